// What one person sees, kept current, and what they do. Views subscribe to it and never talk to the server.

import { Api, Refused, Unreachable } from "./api.js";
import { entries } from "./commandline.js";

const SLOW_TYPING = 10_000;
const RETRY_MS = 3_000;
/** Who one is if the address names somebody unknown. */
const FALLBACK = "ben";

/**
 * Tells of changes with `on(kind, listener)`: "person" (everything is new), "channel" (another one is
 * shown, or its facts changed), "message" ({channelId, id}), "messages" (a channel's whole list),
 * "commands", "modal" (a dialog that this page asked for), "bot", "line" (connected or not), "unread",
 * "typing".
 */
export class Store {
  constructor() {
    this.listeners = new Map();
    this.revealed = new Set();
    this.busy = new Set();
    this.failures = new Map();
    this.stop = null;
    this.used = false; // whether a command was sent from this page
    this.connected = true;
    this.last = 0;
    this.clear();
  }

  clear() {
    this.me = null;
    this.people = [];
    this.bot = null;
    this.server = null;
    this.users = new Map();
    this.roles = new Map();
    this.channels = new Map();
    this.messages = new Map();
    this.local = new Map();
    this.unread = new Map();
    this.typing = new Map();
    this.commands = [];
    this.channelId = null;
  }

  on(kind, listener) {
    if (!this.listeners.has(kind)) this.listeners.set(kind, []);
    this.listeners.get(kind).push(listener);
  }

  tell(kind, detail) {
    for (const listener of this.listeners.get(kind) ?? []) listener(detail);
  }

  /** Become a person and show a channel by name, or the first one. */
  enter(person, channelName = null) {
    this.stop?.();
    this.wanted = channelName ?? this.channel?.name ?? null;
    this.api = new Api(person);
    this.fresh = true;
    this.busy.clear();
    this.failures.clear();
    this.listen(person);
  }

  listen(person) {
    const { api } = this;
    const gone = () => {
      this.line(false);
      if (this.me === null && person !== FALLBACK) this.enter(FALLBACK, this.wanted);
      else
        setTimeout(() => {
          if (this.api === api) this.listen(person);
        }, RETRY_MS);
    };
    this.stop = api.listen(
      (name, data) => this.hear(name, data),
      (up) => this.line(up),
      gone,
    );
  }

  line(up) {
    if (up === this.connected) return;
    this.connected = up;
    this.tell("line", up);
  }

  // what comes in

  hear(name, data) {
    const hearers = {
      state: () => this.load(data),
      message_create: () => this.put(data, true),
      message_update: () => this.put(data, false),
      message_delete: () => this.drop(data.channel_id, data.message_id),
      typing: () => this.showTyping(data.channel_id),
      commands_changed: () => this.setCommands(data),
      channel_update: () => this.setChannel(data.channel),
      session: () => {
        this.bot = { ...this.bot, online: data.online };
        this.tell("bot");
      },
    };
    hearers[name]?.();
  }

  load(state) {
    const local = this.fresh ? new Map() : this.local;
    const before = this.fresh ? null : this.channelId;
    const unread = this.fresh ? new Map() : this.unread;
    this.clear();
    Object.assign(this, {
      me: state.me,
      people: state.people,
      bot: state.bot,
      server: state.server,
      commands: state.commands,
      local,
      unread,
    });
    for (const user of [...state.people, state.bot]) this.users.set(user.id, user);
    for (const role of state.roles) this.roles.set(role.id, role);
    for (const { messages, ...channel } of state.channels) {
      this.channels.set(channel.id, channel);
      this.messages.set(channel.id, new Map(messages.map((message) => [message.id, message])));
    }
    const named = [...this.channels.values()].find((channel) => channel.name === this.wanted);
    this.channelId =
      (this.channels.has(before) ? before : null) ?? named?.id ?? this.channels.keys().next().value;
    this.fresh = false;
    this.tell("person");
  }

  put({ channel_id: channelId, message }, isNew) {
    const all = this.messages.get(channelId);
    if (!all) return;
    const known = all.has(message.id);
    all.set(message.id, message);
    this.typing.delete(channelId);
    if (message.command?.user.id === this.me.id) this.arrived(message.command.name);
    if (isNew && !known && channelId !== this.channelId && !message.mine) this.count(channelId, message);
    this.tell("message", { channelId, id: message.id, isNew: !known });
  }

  /** The answer is there before the request that asked for it comes back. */
  arrived(command) {
    const waiting = [...this.local.values()].find(
      (note) => note.kind === "sending" && note.command === command,
    );
    if (waiting) this.forget(waiting.id);
  }

  count(channelId, message) {
    const { messages = 0, pings = 0 } = this.unread.get(channelId) ?? {};
    this.unread.set(channelId, { messages: messages + 1, pings: pings + (message.pinged ? 1 : 0) });
    this.tell("unread");
  }

  drop(channelId, id) {
    if (this.messages.get(channelId)?.delete(id)) this.tell("message", { channelId, id });
  }

  setCommands({ commands, offered }) {
    this.commands = commands;
    for (const [id, allowed] of Object.entries(offered)) {
      const channel = this.channels.get(id);
      if (channel) this.channels.set(id, { ...channel, commands: allowed });
    }
    this.tell("commands");
  }

  setChannel(channel) {
    if (channel.deleted) this.channels.delete(channel.id);
    else this.channels.set(channel.id, channel);
    if (!this.messages.has(channel.id)) this.messages.set(channel.id, new Map());
    if (!this.channels.has(this.channelId)) this.channelId = this.channels.keys().next().value;
    this.tell("channel");
  }

  showTyping(channelId) {
    const at = Date.now();
    this.typing.set(channelId, at);
    this.tell("typing");
    setTimeout(() => {
      if (this.typing.get(channelId) === at) {
        this.typing.delete(channelId);
        this.tell("typing");
      }
    }, SLOW_TYPING);
  }

  // what is asked of it

  get channel() {
    return this.channels.get(this.channelId) ?? null;
  }

  /** Messages of the shown channel, with those that only this page knows (waiting, failed) after them. */
  shown() {
    const local = [...this.local.values()].filter((one) => one.channelId === this.channelId);
    return { messages: [...(this.messages.get(this.channelId)?.values() ?? [])], local };
  }

  /** Commands a person can pick here, subcommands as entries of their own. */
  entries() {
    const allowed = new Set(this.channel?.commands ?? []);
    return entries(this.commands.filter((command) => allowed.has(command.id)));
  }

  /** Context menus: 2 of people, 3 of messages. */
  menus(type) {
    const allowed = new Set(this.channel?.commands ?? []);
    return this.commands.filter((command) => command.type === type && allowed.has(command.id));
  }

  isBusy(messageId, customId) {
    return this.busy.has(`${messageId}:${customId}`);
  }

  // what this person does

  show(channelId) {
    if (!this.channels.has(channelId)) return;
    this.channelId = channelId;
    this.unread.delete(channelId);
    this.tell("channel");
    this.tell("messages");
  }

  /** A line that only this page knows; it goes away with `forget`. */
  note(note) {
    this.last += 1;
    const id = `local-${this.last}`;
    this.local.set(id, { id, channelId: this.channelId, at: Date.now(), ...note });
    this.tell("messages");
    return id;
  }

  forget(id) {
    if (this.local.delete(id)) this.tell("messages");
  }

  /**
   * Do one thing; a refusal becomes a line in the channel, or goes to `fail`. @returns the answer, or null
   */
  async attempt(action, body, { files = null, about = {}, fail = null } = {}) {
    const { api, channelId } = this;
    const tell = fail ?? ((text) => this.note({ kind: "failed", channelId, text, ...about }));
    try {
      const answer = await api.post(action, body, files);
      if (answer.modal && this.api === api) this.tell("modal", answer.modal);
      return answer;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (this.api === api) tell(error.message);
      return null;
    }
  }

  async slash(entry, options, files = new Map()) {
    const about = { command: entry.title };
    this.used = true;
    const id = this.note({ kind: "sending", ...about });
    const outcome = await this.attempt(
      "slash",
      { channel: this.channelId, command: entry.title, options },
      { files, about },
    );
    this.forget(id);
    if (outcome?.kind === "none")
      this.note({ kind: "failed", text: "The application did not respond", ...about });
    return outcome !== null;
  }

  async choices(entry, option, typed, options) {
    const body = { channel: this.channelId, command: entry.title, option, typed, options };
    const answer = await this.attempt("autocomplete", body, { fail: () => {} });
    return answer?.choices ?? null;
  }

  /** Use a component: its button or select shows dots until the answer. */
  async use(action, message, part, body) {
    const key = `${message.id}:${part.custom_id}`;
    if (this.busy.has(key)) return;
    this.busy.add(key);
    this.tell("message", { channelId: message.channel_id, id: message.id });
    this.failures.delete(message.id);
    const fail = (text) => this.failures.set(message.id, text);
    const outcome = await this.attempt(
      action,
      { message: message.id, component: part.custom_id, ...body },
      { fail },
    );
    this.busy.delete(key);
    if (outcome?.kind === "none") fail("This interaction failed");
    this.tell("message", { channelId: message.channel_id, id: message.id });
  }

  click(message, part) {
    return this.use("click", message, part, {});
  }

  select(message, part, values) {
    return this.use("select", message, part, { values });
  }

  async menu(command, target) {
    const about = { command: command.name };
    const outcome = await this.attempt(
      "menu",
      { command: command.name, channel: this.channelId, ...target },
      { about },
    );
    if (outcome?.kind === "none")
      this.note({ kind: "failed", text: "The application did not respond", ...about });
  }

  /** Send a dialog. @returns null if it went, else why not */
  async submit(modal, values, files) {
    try {
      const outcome = await this.api.post("modal", { modal: modal.id, values }, files);
      return outcome.kind === "none" ? "Something went wrong. Try again." : null;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      return error.message;
    }
  }

  say(text, { files = null, replyTo = null } = {}) {
    return this.attempt("say", { channel: this.channelId, text, reply_to: replyTo }, { files });
  }

  remove(message) {
    return this.attempt("delete", { message: message.id });
  }

  react(message, emoji, remove) {
    return this.attempt("react", { message: message.id, emoji, remove });
  }

  async setLocale(locale) {
    await this.attempt("locale", { locale });
    this.me = { ...this.me, locale };
    this.tell("commands");
  }
}
