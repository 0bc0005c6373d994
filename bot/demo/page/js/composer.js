// The box to type in: plain messages, and commands from "/" on.

import { CommandForm } from "./commandform.js";
import { entryOf, localized, matching, parseLine } from "./commandline.js";
import { fill, h, icon, narrow, touch } from "./dom.js";
import { growing } from "./fields.js";
import { avatar, snippet } from "./message.js";
import { bytes } from "./gallery.js";
import { Popup } from "./popup.js";

const MOST_FILES = 10;

export class Composer {
  /**
   * @param {HTMLElement} root the form
   * @param {Store} store
   * @param {object} scene
   */
  constructor(root, store, scene) {
    Object.assign(this, { root, store, scene });
    this.form = null;
    this.files = [];
    this.replyTo = null;
    this.sent = [];
    this.build();
    root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    root.addEventListener("focusout", (event) => {
      if (!root.contains(event.relatedTarget)) this.popup.close();
    });
    store.on("person", () => this.renew());
    store.on("channel", () => this.renew());
    store.on("commands", () => {
      if (!this.form) this.typed();
    });
  }

  build() {
    const { node, area } = growing({
      id: "message-text",
      "aria-label": "Message",
      role: "combobox",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      enterkeyhint: "send",
      autocapitalize: "sentences",
      on: {
        input: () => this.typed(),
        keydown: (event) => this.key(event),
        paste: (event) => this.pasted(event),
        focus: () => this.typed(),
      },
    });
    this.area = area;
    this.popup = new Popup(this.root.querySelector("#popup"));
    this.above = h("div", { class: "composer-above" });
    this.body = h("div", { class: "composer-body" }, node);
    this.textNode = node;
    const picker = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      on: {
        change: () => {
          this.addFiles(picker.files);
          picker.value = "";
        },
      },
    });
    const button = (name, label, act, type = "button") =>
      h(
        "button",
        {
          type,
          class: `icon-button composer-${name}`,
          "aria-label": label,
          title: label,
          on: act ? { click: act } : {},
        },
        icon(name),
      );
    this.attach = button("plus", "Add files", () => picker.click());
    this.commandsButton = button("slash", "Commands", () => this.offerCommands());
    this.bar = h(
      "div",
      { class: "composer-bar" },
      this.attach,
      this.body,
      picker,
      this.commandsButton,
      button("send", "Send", null, "submit"),
    );
    this.root.append(this.above, this.bar);
  }

  /** Another person or channel. */
  renew() {
    const { channel, channelId, me } = this.store;
    const place = `${me?.id}/${channelId}`;
    if (place !== this.place) {
      this.leave();
      this.reply(null);
    }
    const may = channel?.can_send ?? false;
    this.area.disabled = !may;
    const where = channel?.kind === "dm" ? `@${this.store.bot.display_name}` : `#${channel?.name}`;
    this.area.placeholder = may ? `Message ${where}` : "You may not write in this channel";
    this.area.regrow();
    if (place !== this.place && !touch()) this.focus();
    this.place = place;
  }

  focus() {
    if (this.form) this.form.focus();
    else this.area.focus({ preventScroll: true });
  }

  // typing

  typed() {
    const text = this.area.value;
    this.area.regrow();
    this.root.classList.toggle("with-text", text.trim() !== "" || this.files.length > 0);
    if (!text.startsWith("/")) {
      this.mentioning();
      return;
    }
    const entry = entryOf(this.store.entries(), text);
    if (entry && text.length > entry.title.length + 1) this.begin(entry, parseLine(entry, text));
    else this.list(text.slice(1));
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) {
      event.preventDefault();
      this.addFiles(files);
    }
  }

  key(event) {
    if (this.popup.key(event) || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.replyTo) {
      this.reply(null);
    } else if (event.key === "ArrowUp" && this.area.value === "" && this.sent.length) {
      event.preventDefault();
      this.setText(this.sent.at(-1));
    }
  }

  setText(text) {
    this.area.value = text;
    this.area.focus();
    this.typed();
  }

  // commands

  offerCommands() {
    if (this.form) {
      this.form.offerMore();
      return;
    }
    if (!this.area.value.startsWith("/")) this.area.value = "/";
    this.area.focus();
    this.typed();
  }

  list(words) {
    const locale = this.store.me?.locale ?? "en-US";
    const found = matching(this.store.entries(), words, (entry) => entry.title);
    const items = found.map((entry) => ({
      entry,
      before: avatar(this.store.bot, "small"),
      after: this.store.bot.display_name,
      label: [
        `/${entry.title}`,
        entry.options.filter((one) => one.required).map((one) => h("span", { class: "needed" }, one.name)),
      ],
      description: localized(entry.localizations, locale, entry.description),
    }));
    const none = this.store.commands.length
      ? "No command here is called that."
      : "The bot has not registered its commands yet.";
    this.popup.show({
      heading: items.length ? "Commands" : null,
      items,
      mark: !touch(),
      note: items.length ? null : none,
      input: this.area,
      onPick: ({ entry }) => this.begin(entry, new Map()),
    });
  }

  /** Fill in a command. @param {Map<string, string>} texts what is given already */
  begin(entry, texts) {
    this.popup.close();
    this.form = new CommandForm(entry, texts, {
      popup: this.popup,
      store: this.store,
      send: () => this.send(),
      leave: (text) => this.leaveWith(text),
      typedCommand: (line) => this.line(line),
    });
    fill(this.body, this.form.node);
    this.root.classList.add("commanding", "with-text");
    this.form.focus();
  }

  /** A whole line was given: read it anew. */
  line(text) {
    const entry = entryOf(this.store.entries(), text);
    if (!entry) return false;
    this.begin(entry, parseLine(entry, text));
    return true;
  }

  /** A command by name, from a mention or a "used /draw". */
  command(title) {
    const entry = this.store.entries().find((one) => one.title === title);
    if (entry) this.begin(entry, new Map());
  }

  leave() {
    this.form = null;
    this.popup.close();
    this.area.value = "";
    this.files = [];
    fill(this.body, this.textNode);
    this.root.classList.remove("commanding", "with-text");
    this.area.regrow();
    this.showAbove();
  }

  leaveWith(text) {
    this.leave();
    this.setText(text);
  }

  // sending

  send() {
    if (this.form) this.sendCommand();
    else this.sendText();
  }

  async sendCommand() {
    const { form } = this;
    const read = form.read();
    if (!read) return;
    this.sent.push(form.line());
    this.leave();
    if (!narrow() || !touch()) this.area.focus();
    const went = await this.store.slash(form.entry, read.options, read.files);
    if (!went && !this.form && this.area.value === "") this.begin(form.entry, form.texts());
  }

  async sendText() {
    const text = this.withMentions(this.area.value.trim());
    const { files, replyTo } = this;
    if (!text && files.length === 0) return;
    if (text.startsWith("/") && this.popup.items.length) {
      this.popup.pick(Math.max(0, this.popup.marked));
      return;
    }
    this.leave();
    this.reply(null);
    await this.store.say(text, { files: new Map(files.map((file, at) => [`file${at}`, file])), replyTo });
  }

  withMentions(text) {
    const all = [...this.store.users.values()].flatMap((one) => [
      [one.display_name, one.id],
      [one.username, one.id],
    ]);
    return all.reduce(
      (done, [name, id]) => done.replaceAll(new RegExp(`@${name}(?!\\w)`, "gi"), `<@${id}>`),
      text,
    );
  }

  mentioning() {
    const before = this.area.value.slice(0, this.area.selectionStart);
    const match = before.match(/(?:^|\s)@(\w*)$/);
    const people = match ? matching([...this.store.users.values()], match[1], (one) => one.display_name) : [];
    if (people.length === 0) {
      this.popup.close();
      return;
    }
    this.popup.show({
      heading: "People",
      mark: true,
      input: this.area,
      items: people.map((one) => ({
        one,
        before: avatar(one, "small"),
        label: one.display_name,
        after: one.username,
      })),
      onPick: ({ one }) => {
        const after = this.area.value.slice(this.area.selectionStart);
        this.setText(`${before.slice(0, before.length - match[1].length)}${one.display_name} ${after}`);
      },
    });
  }

  // replies and files

  reply(message) {
    this.replyTo = message?.id ?? null;
    this.replying = message;
    this.showAbove();
    if (message) this.area.focus();
  }

  addFiles(files) {
    this.files = [...this.files, ...files].slice(0, MOST_FILES);
    this.showAbove();
    this.root.classList.add("with-text");
    this.area.focus();
  }

  showAbove() {
    const close = (label, act) =>
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": label, on: { click: act } },
        icon("close"),
      );
    fill(
      this.above,
      this.replying
        ? h(
            "div",
            { class: "replying" },
            h(
              "span",
              {},
              "Replying to ",
              h("b", {}, this.replying.author_name),
              h("span", { class: "muted" }, ` ${snippet(this.replying, this.scene)}`),
            ),
            close("Do not reply", () => this.reply(null)),
          )
        : null,
      this.files.map((file, at) =>
        h(
          "div",
          { class: "chip" },
          icon("file"),
          h("span", {}, `${file.name} · ${bytes(file.size)}`),
          close(`Remove ${file.name}`, () => {
            this.files.splice(at, 1);
            this.showAbove();
          }),
        ),
      ),
    );
  }
}
