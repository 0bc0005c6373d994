// What stands beside the messages: channels, members, who one is, and the two drawers of a phone.

import { fill, h, icon, narrow } from "./dom.js";
import { avatar } from "./message.js";
import { openSheet } from "./selects.js";

export const LOCALES = ["en-US", "de", "es-ES", "es-419", "fr", "ja", "ko", "pt-BR", "ru", "zh-CN", "zh-TW"];

const MEMBERS_AS_DRAWER = "(max-width: 1020px)";

const byId = (id) => document.getElementById(id);

export class Panels {
  constructor(store, scene) {
    this.store = store;
    this.scene = scene;
    fill(byId("open-channels"), icon("menu"));
    fill(byId("open-members"), icon("people"));
    byId("open-channels").addEventListener("click", () => this.open("channels"));
    byId("open-members").addEventListener("click", () => this.toggleMembers());
    byId("open-person").addEventListener("click", (event) => this.switcher(event.currentTarget));
    byId("scrim").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.opened) this.close();
    });
    for (const kind of ["person", "channel", "unread", "bot", "commands"]) store.on(kind, () => this.draw());
    this.swipes();
  }

  draw() {
    const { store } = this;
    if (!store.me) return;
    fill(byId("server-name"), store.server.name);
    fill(byId("channel-list"), this.channels());
    fill(byId("members"), this.members());
    fill(byId("self"), this.self());
    fill(
      byId("open-person"),
      avatar(store.me, "small"),
      h("span", { class: "person-name" }, store.me.display_name),
      icon("chevron"),
    );
    byId("open-person").setAttribute(
      "aria-label",
      `You are ${store.me.display_name}. Switch person or language`,
    );
    this.top();
  }

  top() {
    const { channel, bot } = this.store;
    const direct = channel?.kind === "dm";
    fill(
      byId("channel-name"),
      direct ? avatar(bot, "small") : icon(channel?.kind === "thread" ? "thread" : "hash"),
      h("span", {}, direct ? bot.display_name : (channel?.name ?? "")),
    );
    fill(byId("channel-topic"), channel?.topic ?? "");
    document.title = `${direct ? bot.display_name : `#${channel?.name}`} · Easel demo`;
  }

  channels() {
    const all = [...this.store.channels.values()];
    const rows = [];
    for (const channel of all.filter((one) => one.kind === "text")) {
      rows.push(this.channelRow(channel));
      for (const thread of all.filter((one) => one.parent_id === channel.id))
        rows.push(this.channelRow(thread));
    }
    const direct = all.filter((one) => one.kind === "dm").map((one) => this.channelRow(one));
    return [h("h3", {}, "Channels"), h("ul", {}, rows), h("h3", {}, "Direct messages"), h("ul", {}, direct)];
  }

  channelRow(channel) {
    const { messages = 0, pings = 0 } = this.store.unread.get(channel.id) ?? {};
    const direct = channel.kind === "dm";
    const face = direct
      ? avatar(this.store.bot, "tiny")
      : icon(channel.kind === "thread" ? "thread" : "hash");
    const name = direct ? this.store.bot.display_name : channel.name;
    const here = channel.id === this.store.channelId;
    return h(
      "li",
      { class: channel.kind === "thread" ? "is-thread" : null },
      h(
        "button",
        {
          type: "button",
          class: `channel${messages ? " unread" : ""}`,
          "aria-current": here ? "page" : null,
          on: {
            click: () => {
              this.close();
              this.store.show(channel.id);
            },
          },
        },
        face,
        h("span", { class: "channel-label" }, name),
        channel.nsfw ? h("span", { class: "age", title: "Age-restricted" }, "18+") : null,
        channel.can_send ? null : icon("lock"),
        pings ? h("span", { class: "badge", "aria-label": `${pings} mentions` }, pings) : null,
      ),
    );
  }

  members() {
    const { people, bot } = this.store;
    const moderators = people.filter((one) => one.moderator);
    const others = people.filter((one) => !one.moderator);
    const group = (title, list) =>
      list.length
        ? [
            h("h3", {}, `${title} — ${list.length}`),
            h(
              "ul",
              {},
              list.map((one) => this.member(one)),
            ),
          ]
        : null;
    return [
      h("header", { class: "panel-title only-narrow" }, h("h2", {}, "Members")),
      group("Apps", [bot]),
      group("Moderators", moderators),
      group("Members", others),
    ];
  }

  member(user) {
    const online = !user.bot || user.online;
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: `member${online ? "" : " away"}`,
          on: { click: (event) => this.scene.onPerson(user, event.currentTarget) },
        },
        h(
          "span",
          { class: "with-status" },
          avatar(user),
          h("i", { class: online ? "status" : "status away" }),
        ),
        h(
          "span",
          { class: user.moderator ? "name moderator" : "name" },
          user.display_name,
          user.id === this.store.me.id ? h("small", {}, " you") : null,
        ),
        user.bot ? h("span", { class: "app-tag" }, "APP") : null,
      ),
    );
  }

  self() {
    const { me } = this.store;
    return h(
      "button",
      {
        type: "button",
        class: "self",
        "aria-label": `You are ${me.display_name}. Switch person or language`,
        on: { click: (event) => this.switcher(event.currentTarget) },
      },
      h("span", { class: "with-status" }, avatar(me), h("i", { class: "status" })),
      h(
        "span",
        { class: "self-words" },
        h("b", {}, me.display_name),
        h("small", {}, me.moderator ? "moderator" : languageName(me.locale)),
      ),
      h("span", { class: "switch" }, "Switch"),
    );
  }

  /** Become somebody else, or speak another language. */
  switcher(anchor) {
    const { store } = this;
    const sheet = h("dialog", { class: "sheet switcher", "aria-label": "Switch person or language" });
    const person = (one) =>
      h(
        "button",
        {
          type: "button",
          class: "menu-item",
          "aria-pressed": String(one.id === store.me.id),
          on: {
            click: () => {
              sheet.close();
              this.close();
              if (one.id !== store.me.id) store.enter(one.username);
            },
          },
        },
        avatar(one, "small"),
        h(
          "span",
          { class: "menu-words" },
          one.display_name,
          h("small", {}, one.moderator ? "moderator: may delete and cancel everybody's" : "member"),
        ),
        one.id === store.me.id ? icon("check") : null,
      );
    const language = h(
      "select",
      {
        id: "language",
        class: "input",
        on: {
          change: () => {
            sheet.close();
            store.setLocale(language.value);
          },
        },
      },
      LOCALES.map((code) =>
        h("option", { value: code, selected: code === store.me.locale }, languageName(code)),
      ),
    );
    fill(
      sheet,
      h("h3", {}, "You are"),
      store.people.map(person),
      h("label", { for: "language" }, icon("globe"), `${store.me.display_name}’s Discord speaks`),
      language,
      h(
        "p",
        { class: "muted" },
        "Everybody sees their own private answers. Commands and private answers come in the person’s language.",
      ),
    );
    openSheet(sheet, anchor);
    sheet.querySelector("[aria-pressed=true]")?.focus();
  }

  // drawers

  open(id) {
    this.close();
    this.opened = id;
    this.back = document.activeElement;
    byId(id).classList.add("open");
    byId("scrim").classList.add("open");
    byId(id).querySelector("button")?.focus();
  }

  close() {
    if (!this.opened) return;
    byId(this.opened).classList.remove("open");
    byId("scrim").classList.remove("open");
    this.opened = null;
    this.back?.focus?.({ preventScroll: true });
  }

  toggleMembers() {
    if (matchMedia(MEMBERS_AS_DRAWER).matches) this.open("members");
    else byId("app").classList.toggle("without-members");
  }

  /** From the left edge: channels; from the right edge: members; back again. */
  swipes() {
    let start = null;
    document.addEventListener(
      "touchstart",
      (event) => {
        const touch = event.touches[0];
        start =
          event.touches.length === 1 && !event.target.closest("dialog, pre, input, textarea")
            ? { x: touch.clientX, y: touch.clientY }
            : null;
      },
      { passive: true },
    );
    document.addEventListener(
      "touchend",
      (event) => {
        if (!start || !narrow()) return;
        const dx = event.changedTouches[0].clientX - start.x,
          dy = event.changedTouches[0].clientY - start.y;
        if (Math.abs(dx) < 70 || Math.abs(dx) < 2 * Math.abs(dy)) return;
        if (this.opened) {
          if (dx < 0 === (this.opened === "channels")) this.close();
        } else if (dx > 0 && start.x < 60) this.open("channels");
        else if (dx < 0 && start.x > innerWidth - 60) this.open("members");
      },
      { passive: true },
    );
  }
}

/** "Deutsch" for "de". */
export function languageName(code) {
  const name = new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
  return name.slice(0, 1).toLocaleUpperCase(code) + name.slice(1);
}
