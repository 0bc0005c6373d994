// A command being filled in: its options as fields, the others one tap away, suggestions while one types.

import {
  ATTACHMENT,
  STRING,
  entryOf,
  lineOf,
  localized,
  matching,
  optionBegun,
  typedValue,
} from "./commandline.js";
import { fill, h, say, touch } from "./dom.js";
import { Field } from "./fields.js";
import { heading, names, optionItems, ownItems } from "./offers.js";

const ASK_AFTER = 120;

export class CommandForm {
  /**
   * @param {object} entry the command (see commandline.js)
   * @param {Map<string, string>} texts values that are given already
   * @param {{popup: Popup, store: Store, send: function, leave: function(string), typedCommand:
   *   function(string): boolean}} around
   */
  constructor(entry, texts, around) {
    Object.assign(this, { entry, ...around });
    this.fields = new Map();
    this.asked = 0;
    this.more = h("button", {
      type: "button",
      class: "more-options",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      on: { click: () => this.offerMore(), keydown: (event) => this.moreKey(event) },
    });
    this.tail = h("input", {
      class: "tail",
      type: "text",
      role: "combobox",
      "aria-expanded": "false",
      "aria-label": "Add an option, or Enter to send",
      autocomplete: "off",
      autocapitalize: "off",
      enterkeyhint: "send",
      on: {
        input: () => this.tailTyped(),
        focus: () => this.tailTyped(),
        keydown: (event) => this.tailKey(event),
      },
    });
    this.node = h(
      "div",
      { class: "command-form", role: "group", "aria-label": `/${entry.title}` },
      h("span", { class: "command-title" }, `/${entry.title}`),
      this.more,
      this.tail,
    );
    for (const option of entry.options) {
      if (option.required || texts.has(option.name)) this.add(option, texts.get(option.name) ?? "");
    }
    this.showMore();
  }

  get locale() {
    return this.store.me?.locale ?? "en-US";
  }

  get free() {
    return this.entry.options.filter((option) => !this.fields.has(option.name));
  }

  add(option, text = "") {
    const field = new Field(option, {
      onInput: (one, event) => this.typed(one, event),
      onKey: (one, event) => this.key(one, event),
      onFocus: (one) => this.suggest(one),
      onRemove: (one) => this.remove(one),
    });
    this.fields.set(option.name, field);
    this.node.insertBefore(field.node, this.more);
    if (text) this.put(field, text);
    this.showMore();
    return field;
  }

  /** Text for a field; the name of a choice stands for its value. */
  put(field, text) {
    field.text = text;
    const choice = field.option.choices?.find((one) => String(one.value) === text || one.name === text);
    if (choice) field.choose(localized(choice.name_localizations, this.locale, choice.name), choice.value);
  }

  remove(field) {
    const before = [...this.fields.values()];
    const at = before.indexOf(field);
    this.fields.delete(field.option.name);
    field.node.remove();
    this.showMore();
    (before[at - 1] ?? [...this.fields.values()][0] ?? this.tail).focus();
  }

  showMore() {
    const count = this.free.length;
    this.more.hidden = count === 0;
    fill(this.more, `+${count} more`);
    this.more.setAttribute("aria-label", `${count} more options`);
  }

  /** Where typing goes on: the last field that has something, else the first empty one. */
  focus() {
    const all = [...this.fields.values()];
    const needed = all.find((field) => field.empty && field.option.required);
    (needed ?? all.at(-1) ?? this.tail).focus();
  }

  // typing

  typed(field, event) {
    const area = field.input;
    const pasted = event?.inputType === "insertFromPaste" && /^\s*\//.test(area.value);
    if (pasted && this.pastedLine(area.value)) return;
    const typing = !event?.inputType || /^insert(Text|CompositionText)$/.test(event.inputType);
    const caret = area.selectionStart;
    if (typing && this.began(field, area.value.slice(0, caret), area.value.slice(caret))) return;
    if (/^\s/.test(area.value)) this.trim(area);
    area.regrow();
    this.suggest(field);
  }

  /** "steps: 20": the space after the colon is none of the value. */
  trim(area) {
    const caret = area.selectionStart,
      before = area.value.length;
    area.value = area.value.trimStart();
    const at = Math.max(0, caret - (before - area.value.length));
    area.setSelectionRange(at, at);
  }

  pastedLine(text) {
    return Boolean(entryOf(this.store.entries(), text)) && this.typedCommand(text.trim());
  }

  /** "steps:" typed into another option's box opens that option. */
  began(field, before, after) {
    const own = before.trim() === `${field.option.name}:` ? [field.option.name] : [];
    const begun = optionBegun(before, [...this.free.map((option) => option.name), ...own]);
    if (!begun) return false;
    field.text = begun.kept;
    if (begun.name === field.option.name) {
      this.put(field, after.trim());
      return true;
    }
    const next = this.add(
      this.entry.options.find((option) => option.name === begun.name),
      after.trim(),
    );
    say(`Option ${begun.name}`);
    next.focus();
    return true;
  }

  key(field, event) {
    if (this.popup.key(event) || event.isComposing) return;
    const { input } = field;
    const atStart = input.selectionStart === 0 && input.selectionEnd === 0;
    const atEnd = input.selectionStart === input.value?.length;
    if (event.key === "Enter" && !event.shiftKey && field.option.type !== ATTACHMENT) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Backspace" && field.empty) {
      event.preventDefault();
      this.back(field);
    } else if (event.key === "ArrowLeft" && atStart) this.step(field, -1, event);
    else if (event.key === "ArrowRight" && atEnd) this.step(field, 1, event);
    else if (event.key === "Escape") {
      event.preventDefault();
      this.leave("");
    } else if (event.key === "ArrowDown" && field.option.type !== STRING) {
      this.suggest(field);
    }
  }

  back(field) {
    if (!field.option.required) {
      this.remove(field);
      return;
    }
    const others = [...this.fields.values()].filter((one) => one !== field && !one.empty);
    if (others.length === 0) this.leave(`/${this.entry.title}`);
    else this.step(field, -1);
  }

  step(field, by, event = null) {
    const all = [...this.fields.values()];
    const at = all.indexOf(field) + by;
    if (at < 0) return;
    event?.preventDefault();
    if (at < all.length) all[at].focus(by < 0);
    else this.tail.focus();
  }

  moreKey(event) {
    if (this.popup.key(event)) return;
    if (event.key === "Backspace") {
      event.preventDefault();
      [...this.fields.values()].at(-1)?.focus();
    }
    if (event.key === "Escape") {
      event.preventDefault();
      this.leave("");
    }
  }

  // after the last field: names of options, or Enter

  tailTyped() {
    const text = this.tail.value;
    const begun = optionBegun(
      text,
      this.free.map((option) => option.name),
    );
    if (begun) {
      this.tail.value = "";
      this.add(this.entry.options.find((option) => option.name === begun.name)).focus();
    } else this.listOptions(this.tail, text.trim());
  }

  tailKey(event) {
    if (this.popup.key(event) || event.isComposing) return;
    const last = [...this.fields.values()].at(-1);
    if (event.key === "Enter") {
      event.preventDefault();
      this.send();
    } else if (
      (event.key === "Backspace" && this.tail.value === "") ||
      (event.key === "ArrowLeft" && this.tail.selectionStart === 0)
    ) {
      event.preventDefault();
      if (last) last.focus();
      else this.leave(`/${this.entry.title}`);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.leave("");
    }
  }

  // suggestions

  suggest(field) {
    const { option } = field;
    this.asked += 1;
    const words = field.choice ? "" : field.text.trim();
    if (option.autocomplete) this.ask(field);
    else
      this.list(
        field,
        matching(this.own(option), words, (item) => item.label),
      );
  }

  own(option) {
    return ownItems(option, this.store, this.locale);
  }

  list(field, items, note = null) {
    const said = field.text.trim().toLowerCase();
    const typing = said !== "" && !field.choice;
    const exact = items.find((item) => item.label.toLowerCase() === said);
    this.popup.show({
      heading: heading(field.option, this.locale, field.problem),
      items,
      note,
      input: field.input,
      mark: typing && !exact && items.length > 0,
      onPick: (item) => this.picked(field, item),
    });
    if (exact && typing) field.choice = { value: exact.value };
  }

  picked(field, item) {
    field.choose(item.label, item.value);
    this.asked += 1;
    this.popup.close();
    const needed = [...this.fields.values()].find((one) => one.option.required && one.empty);
    if (needed) needed.focus();
    else field.focus();
    this.popup.close();
  }

  /** Ask the bot, a moment after the last key. Older answers are not shown. */
  async ask(field) {
    const turn = this.asked;
    await new Promise((resolve) => void setTimeout(resolve, ASK_AFTER));
    // What was sent or left meanwhile wants no suggestions any more.
    if (turn !== this.asked || document.activeElement !== field.input) return;
    if (this.popup.input !== field.input) this.list(field, [], "Loading options…");
    const words = field.choice ? "" : field.text;
    const choices = await this.store.choices(this.entry, field.option.name, words, this.valuesBut(field));
    if (turn !== this.asked || document.activeElement !== field.input) return;
    const items = (choices ?? []).map((one) => ({ label: one.name, value: one.value }));
    const none = choices === null ? "Loading options failed" : "No options match what you type.";
    this.list(field, items, items.length ? null : none);
  }

  valuesBut(field) {
    const others = [...this.fields.values()].filter(
      (one) => one !== field && one.option.type !== ATTACHMENT && !one.empty,
    );
    const read = others.map((one) => [
      one.option.name,
      one.choice ?? typedValue(one.option, one.text, names(this.store)),
    ]);
    return Object.fromEntries(
      read.filter(([, value]) => !value.problem).map(([name, { value }]) => [name, value]),
    );
  }

  /** Every option that is not there yet. */
  offerMore() {
    if (this.free.length === 0) return;
    if (touch()) document.activeElement?.blur?.();
    this.more.focus({ preventScroll: true });
    this.listOptions(this.more, "", !touch());
  }

  listOptions(input, words, mark = words !== "") {
    this.asked += 1;
    const found = matching(this.free, words, (option) => option.name);
    const items = optionItems(found, this.locale);
    if (items.length === 0 && words === "") {
      this.popup.close();
      return;
    }
    this.popup.show({
      heading: "More options",
      items,
      mark,
      input,
      note: items.length ? null : "No option is called that.",
      onPick: ({ option }) => {
        this.tail.value = "";
        this.add(option).focus();
      },
    });
  }

  // reading

  /**
   * Everything that was given. @returns {{options: object, files: Map}|null} null: something is wrong, and
   * shown
   */
  read() {
    const options = {},
      files = new Map();
    for (const [name, field] of this.fields) {
      const read = field.read(names(this.store));
      if (read?.problem) {
        this.refuse(field, read.problem);
        return null;
      }
      if (read === null) continue;
      if (field.option.type === ATTACHMENT) files.set(name, read.value);
      else options[name] = read.value;
    }
    return { options, files };
  }

  refuse(field, problem) {
    field.complain(problem);
    field.focus();
    this.list(field, field.option.autocomplete ? [] : this.own(field.option));
  }

  texts() {
    return new Map([...this.fields].map(([name, field]) => [name, field.text]));
  }

  line() {
    return lineOf(
      this.entry,
      [...this.texts()].filter(([, text]) => text !== ""),
    );
  }
}
