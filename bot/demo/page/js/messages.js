// The list of messages: kept at its end while one is there, changed message by message.

import { fill, h, icon, reconcile, say } from "./dom.js";
import { goesOn, localNode, messageNode, snippet } from "./message.js";

const NEAR_END = 80;

export class Messages {
  /**
   * @param {{list: HTMLElement, scroller: HTMLElement, jump: HTMLElement}} nodes
   * @param {Store} store
   * @param {object} scene
   * @param {function(object): Node} welcome makes the beginning of a channel
   */
  constructor({ list, scroller, jump }, store, scene, welcome) {
    Object.assign(this, { list, scroller, jump, store, scene, welcome });
    this.nodes = new Map();
    this.atEnd = true;
    this.height = this.room = 0;
    this.missed = 0;
    scroller.addEventListener("scroll", () => this.look(), { passive: true });
    jump.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.settle()).observe(list);
    new ResizeObserver(() => this.settle()).observe(scroller);
    store.on("person", () => this.renew());
    store.on("commands", () => this.renew());
    store.on("messages", () => this.all());
    store.on("message", (change) => this.one(change));
  }

  /**
   * Where one is. A scroll event that comes after something grew says nothing about what the person wants.
   */
  look() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (this.atEnd && (scrollHeight !== this.height || clientHeight !== this.room)) {
      this.settle();
      return;
    }
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.atEnd) this.missed = 0;
    this.showJump();
  }

  showJump() {
    this.jump.hidden = this.atEnd;
    fill(this.jump, icon("down"), this.missed ? `${this.missed} new` : "To the newest");
  }

  /** Pictures that load and boxes that grow must not push the end out of sight. */
  settle() {
    if (this.atEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.height = this.scroller.scrollHeight;
    this.room = this.scroller.clientHeight;
  }

  toEnd() {
    this.atEnd = true;
    this.missed = 0;
    this.settle();
    this.showJump();
  }

  /**
   * Draw the channel. What has not changed keeps its node, and with it its place, its focus and its
   * pictures.
   */
  all() {
    const moved = this.shownId !== this.store.channelId || this.shownFor !== this.store.me?.id;
    this.shownId = this.store.channelId;
    this.shownFor = this.store.me?.id;
    const { messages, local } = this.store.shown();
    const nodes = [
      this.kept("welcome", this.store.channel, () =>
        h("li", { class: "beginning" }, this.welcome(this.store.channel)),
      ),
    ];
    let before = null;
    for (const message of messages) {
      nodes.push(...this.withDay(message, before));
      before = message;
    }
    nodes.push(...local.map((note) => this.kept(note.id, note, () => localNode(note, this.scene))));
    this.keepingFocus(() => reconcile(this.list, nodes));
    this.forgetAllBut(new Set(nodes));
    if (moved || local.length) this.toEnd();
    else this.settle();
  }

  withDay(message, before) {
    const time = new Date(message.timestamp);
    const node = this.node(message, before);
    if (before && new Date(before.timestamp).toDateString() === time.toDateString()) return [node];
    const words = new Intl.DateTimeFormat(undefined, { dateStyle: "long" }).format(time);
    return [
      this.kept(words, null, () => h("li", { class: "day", role: "separator" }, h("span", {}, words))),
      node,
    ];
  }

  node(message, before) {
    const continues = goesOn(message, before);
    return this.kept(`${message.id} ${continues}`, message, () =>
      messageNode(message, { continues, scene: this.scene }),
    );
  }

  /** The node that was made for this value under this key, or a new one. */
  kept(key, value, make) {
    const known = this.nodes.get(key);
    if (known && known.value === value) return known.node;
    const node = make();
    this.nodes.set(key, { value, node });
    return node;
  }

  forgetAllBut(nodes) {
    for (const [key, { node }] of this.nodes) if (!nodes.has(node)) this.nodes.delete(key);
  }

  /** Everything is drawn from other facts now: names, commands, languages. */
  renew() {
    this.nodes.clear();
    this.all();
  }

  /** One message came, changed or went, or a press on it waits. */
  one({ channelId, id, isNew }) {
    if (channelId !== this.store.channelId) return;
    for (const continues of [true, false]) this.nodes.delete(`${id} ${continues}`);
    this.all();
    if (isNew) this.noticed(this.store.messages.get(channelId).get(id));
  }

  noticed(message) {
    if (!this.atEnd) {
      this.missed += 1;
      this.showJump();
    }
    if (message && !message.mine)
      say(`${message.author_name}: ${snippet(message, this.scene).slice(0, 140)}`);
  }

  /** Change nodes; if the focus was on something with an id or custom id, it stays on its successor. */
  keepingFocus(change) {
    const focused = document.activeElement;
    const within = this.list.contains(focused);
    const message = within ? focused.closest(".message")?.id : null;
    const customId = within ? focused.dataset.customId : null;
    change();
    if (!message || document.activeElement !== document.body) return;
    const node = document.getElementById(message);
    const same = customId
      ? [...(node?.querySelectorAll("[data-custom-id]") ?? [])].find(
          (one) => one.dataset.customId === customId,
        )
      : null;
    (same ?? node)?.focus({ preventScroll: true });
  }

  /** Bring a message into view and show which it is. */
  goTo(id) {
    const node = document.getElementById(`message-${id}`);
    if (!node) return;
    node.scrollIntoView({ block: "center" });
    node.classList.add("pointed-at");
    setTimeout(() => node.classList.remove("pointed-at"), 1600);
    node.focus({ preventScroll: true });
  }
}
