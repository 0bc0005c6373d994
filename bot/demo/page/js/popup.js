// The list above the composer: commands, options, choices. The focus stays where one types; arrow keys move
// the mark, Enter or Tab takes what is marked.

import { append, fill, h } from "./dom.js";

export class Popup {
  /** @param {HTMLElement} node where it shows */
  constructor(node) {
    this.node = node;
    this.rows = [];
    this.marked = -1;
    this.input = null;
    // A tap on a row must not take the focus (and the phone's keyboard) away.
    node.addEventListener("mousedown", (event) => {
      if (!event.target.closest("input")) event.preventDefault();
    });
    this.close();
  }

  get open() {
    return !this.node.hidden;
  }

  /**
   * Show a list.
   * @param {{heading?: Node|string|Array, items?: object[], mark?: boolean, note?: string, onPick?:
   *   function, input: HTMLElement}} content an item is {label, description?, before?, after?}; `mark`: the
   *   first one is marked from the start
   */
  show({ heading = null, items = [], mark = false, note = null, onPick = () => {}, input }) {
    this.detach();
    this.input = input;
    this.onPick = onPick;
    this.items = items;
    this.rows = items.map((item, at) => this.row(item, at));
    const list = h(
      "div",
      { class: "popup-list", role: "listbox", id: "popup-list", "aria-label": "Suggestions" },
      this.rows,
    );
    fill(
      this.node,
      heading ? h("div", { class: "popup-heading" }, heading) : null,
      items.length ? list : null,
      note ? h("div", { class: "popup-note" }, note) : null,
    );
    this.node.hidden = false;
    this.marked = -1;
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", "popup-list");
    if (mark && items.length) this.mark(0);
  }

  row(item, at) {
    const node = h("div", {
      class: "popup-row",
      role: "option",
      id: `popup-${at}`,
      "aria-selected": "false",
      on: { click: () => this.pick(at), mousemove: () => this.mark(at, false) },
    });
    return append(node, [
      item.before ?? null,
      h(
        "div",
        { class: "popup-words" },
        h("div", { class: "popup-label" }, item.label),
        item.description ? h("div", { class: "popup-description" }, item.description) : null,
      ),
      item.after ? h("div", { class: "popup-after" }, item.after) : null,
    ]);
  }

  mark(at, scroll = true) {
    if (at === this.marked) return;
    this.rows[this.marked]?.setAttribute("aria-selected", "false");
    this.marked = at;
    const row = this.rows[at];
    row.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", row.id);
    if (scroll) row.scrollIntoView({ block: "nearest" });
  }

  pick(at) {
    const item = this.items[at];
    if (item) this.onPick(item);
  }

  /** Take a key press. @returns {boolean} whether it was the list's affair */
  key(event) {
    if (!this.open || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.rows.length) {
      const from = this.marked < 0 && step < 0 ? 0 : this.marked;
      this.mark((from + step + this.rows.length) % this.rows.length);
    } else if ((event.key === "Enter" || event.key === "Tab") && this.marked >= 0 && !event.shiftKey) {
      this.pick(this.marked);
    } else if (event.key === "Escape") {
      this.close();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  detach() {
    this.input?.setAttribute("aria-expanded", "false");
    this.input?.removeAttribute("aria-activedescendant");
    this.input = null;
  }

  close() {
    this.detach();
    this.node.hidden = true;
    this.rows = [];
    this.items = [];
    this.marked = -1;
    fill(this.node);
  }
}
