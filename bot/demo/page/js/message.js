// One message as a node.

import { components } from "./components.js";
import { dots, h, icon } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { attachments } from "./gallery.js";
import { embeds } from "./embeds.js";
import { markdown, plainText } from "./markdown.js";

const COLOURS = ["#e5734a", "#3fa37a", "#4a8fe5", "#b565d8", "#d8a331", "#d8567f"];

/** A picture for an account: the bot's own, or a letter on a colour that stays. */
export function avatar(user, size = "") {
  if (user.bot) return h("img", { class: `avatar ${size}`, src: "/favicon.svg", alt: "" });
  const name = user.display_name ?? user.username ?? "?";
  const colour = COLOURS[[...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % COLOURS.length];
  return h(
    "span",
    { class: `avatar letter ${size}`, style: { "--colour": colour }, "aria-hidden": "true" },
    name.slice(0, 1).toUpperCase(),
  );
}

const GROUP_SECONDS = 7 * 60;

/** Whether a message goes on from the one before it, under the same name. */
export function goesOn(message, before) {
  if (
    !before ||
    before.author.id !== message.author.id ||
    startsAnew(message) ||
    before.ephemeral !== message.ephemeral
  )
    return false;
  if (new Date(message.timestamp).toDateString() !== new Date(before.timestamp).toDateString()) return false;
  return (new Date(message.timestamp) - new Date(before.timestamp)) / 1000 < GROUP_SECONDS;
}

const startsAnew = (message) =>
  Boolean(
    message.command ||
    message.message_reference ||
    message.ephemeral ||
    message.interaction_metadata?.interacted_message_id,
  );

/** "22:04" today, "22/11/2026, 22:04" before. */
export function clock(date) {
  const today = date.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(
    undefined,
    today ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" },
  ).format(date);
}

/**
 * A message.
 * @param {object} message as the control API gives it
 * @param {{continues: boolean, scene: object}} how
 */
export function messageNode(message, { continues, scene }) {
  const mine = message.pinged || message.mentions.some((one) => one.id === scene.me);
  const author = scene.users.get(message.author.id) ?? {
    ...message.author,
    display_name: message.author_name,
  };
  const classes = [
    "message",
    continues ? "goes-on" : "",
    message.ephemeral ? "ephemeral" : "",
    mine && !message.ephemeral ? "pings" : "",
  ];
  const time = new Date(message.timestamp);
  return h(
    "li",
    {
      class: classes.filter(Boolean).join(" "),
      id: `message-${message.id}`,
      data: { id: message.id },
      tabIndex: -1,
    },
    continues ? null : above(message, scene),
    h(
      "div",
      { class: "side" },
      continues
        ? h("time", { class: "side-time", datetime: message.timestamp }, clock(time))
        : avatar(author),
    ),
    h(
      "div",
      { class: "body" },
      continues
        ? null
        : h(
            "div",
            { class: "byline" },
            name(author, scene),
            author.bot ? h("span", { class: "app-tag" }, "APP") : null,
            h("time", { datetime: message.timestamp }, clock(time)),
          ),
      contents(message, author, scene),
      scene.failure(message.id)
        ? h("div", { class: "failure", role: "alert" }, icon("warning"), scene.failure(message.id))
        : null,
      reactions(message, scene),
      message.ephemeral ? onlyYou(message, scene) : null,
    ),
    tools(message, scene),
  );
}

function name(author, scene) {
  const moderator = author.moderator ? " moderator" : "";
  return h(
    "button",
    {
      type: "button",
      class: `name${moderator}`,
      on: { click: (event) => scene.onPerson(author, event.currentTarget) },
    },
    author.display_name ?? author.username,
  );
}

/** The line above: which command, or which message, this answers. */
function above(message, scene) {
  if (message.command) {
    const user = scene.users.get(message.command.user.id) ?? message.command.user;
    return h(
      "div",
      { class: "above" },
      avatar(user, "tiny"),
      h("b", {}, user.display_name),
      " used ",
      h(
        "button",
        { type: "button", class: "command-name", on: { click: () => scene.onCommand(message.command.name) } },
        `/${message.command.name}`,
      ),
    );
  }
  const id = message.message_reference?.message_id ?? message.interaction_metadata?.interacted_message_id;
  if (!id) return null;
  const target = scene.message(id);
  if (!target) return h("div", { class: "above" }, icon("reply"), h("i", {}, "Original message was deleted"));
  return h(
    "div",
    { class: "above" },
    avatar(scene.users.get(target.author.id) ?? target.author, "tiny"),
    h("b", {}, target.author_name),
    h(
      "button",
      { type: "button", class: "snippet", on: { click: () => scene.onGoTo(id) } },
      snippet(target, scene),
    ),
  );
}

/** A message in one line. */
export function snippet(message, scene) {
  const text = message.content || firstText(message.components ?? []) || "";
  return (
    plainText(text, scene) || (message.shown_attachments?.length ? "Picture" : "Click to see the message")
  );
}

function firstText(parts) {
  for (const part of parts) {
    if (part.type === 10) return part.content;
    const inner = firstText(part.components ?? []);
    if (inner) return inner;
  }
  return null;
}

function contents(message, author, scene) {
  if (message.loading)
    return h(
      "div",
      { class: "thinking", role: "status" },
      dots(),
      `${author.display_name ?? author.username} is thinking…`,
    );
  const classic = (message.flags & (1 << 15)) === 0;
  const edited = message.edited_timestamp && classic ? h("span", { class: "edited" }, "(edited)") : null;
  return [
    message.content ? h("div", { class: "text" }, markdown(message.content, scene), edited) : null,
    classic ? attachments(message.attachments, message, scene) : null,
    embeds(message.embeds, message, scene),
    message.components?.length
      ? h("div", { class: "parts" }, components(message.components, message, scene))
      : null,
  ];
}

function reactions(message, scene) {
  if (!message.reactions?.length) return null;
  const mine = new Set(message.my_reactions ?? []);
  return h(
    "div",
    { class: "reactions" },
    message.reactions.map((one) => {
      const pressed = mine.has(one.emoji.name);
      return h(
        "button",
        {
          type: "button",
          class: "reaction",
          "aria-pressed": String(pressed),
          "aria-label": `${one.emoji.name}, ${one.count}`,
          on: { click: () => scene.react(message, one.emoji.name, pressed) },
        },
        emojiOf(one.emoji),
        h("span", {}, one.count),
      );
    }),
  );
}

function onlyYou(message, scene) {
  return h(
    "div",
    { class: "only-you" },
    icon("eye"),
    "Only you can see this · ",
    h(
      "button",
      { type: "button", class: "link", on: { click: () => scene.remove(message) } },
      "Dismiss message",
    ),
  );
}

/** What comes up beside a message under the pointer. */
function tools(message, scene) {
  const button = (name, label, act) =>
    h(
      "button",
      { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click: act } },
      icon(name),
    );
  return h(
    "div",
    { class: "tools" },
    message.ephemeral
      ? null
      : button("smile", "Add reaction", (event) => scene.onReact(message, event.currentTarget)),
    message.ephemeral ? null : button("reply", "Reply", () => scene.onReply(message)),
    button("more", "More", (event) => scene.onMenu(message, event.currentTarget)),
  );
}

/** A line that only this page knows: a command on its way, or what went wrong. */
export function localNode(note, scene) {
  const user = scene.users.get(scene.me);
  const head = note.command
    ? h(
        "div",
        { class: "above" },
        avatar(user, "tiny"),
        h("b", {}, user.display_name),
        " used ",
        h("span", { class: "command-name" }, `/${note.command}`),
      )
    : null;
  const sending = note.kind === "sending";
  return h(
    "li",
    { class: `message local ${note.kind}`, id: `message-${note.id}` },
    head,
    h("div", { class: "side" }, avatar(scene.bot)),
    h(
      "div",
      { class: "body" },
      h(
        "div",
        { class: "byline" },
        h("span", { class: "name" }, scene.bot.display_name),
        h("span", { class: "app-tag" }, "APP"),
        h("time", {}, clock(new Date(note.at))),
      ),
      sending
        ? h("div", { class: "thinking", role: "status" }, dots(), "Sending command…")
        : h("div", { class: "failure", role: "alert" }, icon("warning"), note.text),
      sending
        ? null
        : h(
            "div",
            { class: "only-you" },
            icon("eye"),
            "Only you can see this · ",
            h(
              "button",
              { type: "button", class: "link", on: { click: () => scene.forget(note.id) } },
              "Dismiss message",
            ),
          ),
    ),
  );
}
