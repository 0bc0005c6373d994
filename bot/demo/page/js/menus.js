// Menus of messages and people: reactions, replies, the bot's own entries under "Apps".

import { localized } from "./commandline.js";
import { copyText, fill, h, icon } from "./dom.js";
import { drawn } from "./emoji.js";
import { avatar } from "./message.js";
import { openSheet, walk } from "./selects.js";

const REACTIONS = ["👍", "❤️", "😂", "🎨", "🎲", "⭐"];
const LONG_PRESS = 450;

export class Menus {
  constructor(store, scene, list) {
    this.store = store;
    this.scene = scene;
    list.addEventListener("contextmenu", (event) => this.rightClick(event));
    this.longPress(list);
  }

  rightClick(event) {
    if (event.target.closest("a, img, input, textarea") || String(getSelection())) return;
    const message = this.at(event.target);
    if (!message) return;
    event.preventDefault();
    this.message(message, { x: event.clientX, y: event.clientY });
  }

  /** A finger that stays: phones have no pointer that hovers. */
  longPress(list) {
    let timer = null,
      opened = false;
    const stop = () => clearTimeout(timer);
    list.addEventListener(
      "touchstart",
      (event) => {
        stop();
        opened = false;
        const { target } = event;
        const { clientX: x, clientY: y } = event.touches[0];
        timer = setTimeout(() => {
          const message =
            target.isConnected && !target.closest("input, textarea, pre") ? this.at(target) : null;
          if (!message) return;
          opened = true;
          navigator.vibrate?.(10);
          this.message(message, { x, y });
        }, LONG_PRESS);
      },
      { passive: true },
    );
    for (const name of ["touchmove", "touchcancel"]) list.addEventListener(name, stop, { passive: true });
    list.addEventListener("touchend", (event) => {
      stop();
      if (opened) event.preventDefault();
    });
  }

  /** A menu entry in the person's language. */
  nameOf(command) {
    return localized(command.name_localizations, this.store.me.locale, command.name);
  }

  at(target) {
    return this.scene.message(target.closest(".message")?.dataset.id);
  }

  /** What can be done with a message. */
  message(message, anchor) {
    const { store, scene } = this;
    const may = message.mine || (store.channel?.can_manage_messages ?? false);
    const sheet = h("dialog", { class: "sheet menu", "aria-label": "Message" });
    const item = item_(sheet);
    const apps = message.ephemeral ? [] : store.menus(3);
    fill(
      sheet,
      message.ephemeral ? null : this.reactionRow(message, sheet),
      message.ephemeral ? null : item("reply", "Reply", () => scene.onReply(message)),
      item("copy", "Copy text", () => copyText(textOf(message))),
      apps.length ? h("h3", {}, "Apps") : null,
      apps.map((command) =>
        item(
          null,
          this.nameOf(command),
          () => store.menu(command, { message: message.id }),
          avatar(store.bot, "tiny"),
        ),
      ),
      message.ephemeral ? item("close", "Dismiss message", () => scene.remove(message)) : null,
      may && !message.ephemeral
        ? item("trash", "Delete message", () => scene.remove(message), null, "danger")
        : null,
    );
    openSheet(sheet, anchor);
    sheet.querySelector("button")?.focus();
  }

  reactionRow(message, sheet) {
    return h(
      "div",
      { class: "quick-reactions" },
      REACTIONS.map((emoji) =>
        h(
          "button",
          {
            type: "button",
            "aria-label": `React ${emoji}`,
            on: {
              click: () => {
                sheet.close();
                this.scene.react(message, emoji, false);
              },
            },
          },
          drawn(emoji),
        ),
      ),
    );
  }

  /** Only the reactions. */
  reactions(message, anchor) {
    const sheet = h("dialog", { class: "sheet menu", "aria-label": "Add reaction" });
    sheet.append(this.reactionRow(message, sheet));
    openSheet(sheet, anchor);
  }

  /** A person's card, with what the bot can do with them. */
  person(user, anchor) {
    const { store } = this;
    const sheet = h("dialog", {
      class: "sheet menu person-card",
      "aria-label": user.display_name ?? user.username,
    });
    const item = item_(sheet);
    const apps = user.bot ? [] : store.menus(2);
    const known = store.users.get(user.id) ?? user;
    const dm = [...store.channels.values()].find((one) => one.kind === "dm");
    fill(
      sheet,
      h(
        "header",
        {},
        avatar(known, "large"),
        h(
          "div",
          {},
          h("b", {}, known.display_name ?? known.username),
          known.bot ? h("span", { class: "app-tag" }, "APP") : null,
          h(
            "small",
            {},
            known.bot ? (store.bot.online ? "online" : "offline") : known.moderator ? "moderator" : "member",
          ),
        ),
      ),
      !known.bot && known.id !== store.me.id
        ? item("people", `Switch to ${known.display_name}`, () => store.enter(known.username))
        : null,
      known.bot && dm ? item("reply", "Message", () => store.show(dm.id)) : null,
      apps.length ? h("h3", {}, "Apps") : null,
      apps.map((command) =>
        item(
          null,
          this.nameOf(command),
          () => store.menu(command, { user: known.username }),
          avatar(store.bot, "tiny"),
        ),
      ),
    );
    openSheet(sheet, anchor);
  }
}

const item_ =
  (sheet) =>
  (name, words, act, face = null, kind = "") =>
    h(
      "button",
      {
        type: "button",
        class: `menu-item ${kind}`,
        on: {
          click: () => {
            sheet.close();
            act();
          },
          keydown: walk,
        },
      },
      face ?? icon(name),
      h("span", { class: "menu-words" }, words),
    );

/** All texts of a message, as they were written. */
export function textOf(message) {
  const texts = message.content ? [message.content] : [];
  const visit = (parts) => {
    for (const part of parts ?? []) {
      if (part.type === 10) texts.push(part.content);
      visit(part.components);
    }
  };
  visit(message.components);
  return texts.join("\n");
}
