// One option of a command that is being filled in: its name, and a box to type into, pick from, or drop a
// file on.

import {
  ATTACHMENT,
  BOOLEAN,
  CHANNEL,
  INTEGER,
  MENTIONABLE,
  NUMBER,
  ROLE,
  USER,
  typedValue,
} from "./commandline.js";
import { fill, h, icon } from "./dom.js";
import { bytes } from "./gallery.js";

/** A box that grows with its text; a text area, as prompts run over several lines. */
export function growing(props) {
  const area = h("textarea", {
    rows: 1,
    cols: 1,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    ...props,
  });
  const node = h("span", { class: "grow" }, area);
  const copy = () => {
    node.dataset.text = `${area.value || area.placeholder}\u200b`;
  };
  area.addEventListener("input", copy);
  area.regrow = copy;
  copy();
  return { node, area };
}

export class Field {
  /**
   * @param {object} option as registered
   * @param {{onInput: function(Field, Event|null), onKey: function(Field, KeyboardEvent), onFocus:
   *   function(Field), onRemove: function(Field)}} hears
   */
  constructor(option, hears) {
    this.option = option;
    this.hears = hears;
    this.choice = null;
    this.file = null;
    this.node = h("div", { class: "field", role: "group", "aria-label": option.name });
    if (option.type === ATTACHMENT) this.buildFile();
    else this.buildText();
  }

  buildText() {
    const { option, hears } = this;
    const id = `option-${option.name}`;
    const numeric = { [INTEGER]: "numeric", [NUMBER]: "decimal" }[option.type];
    const { node, area } = growing({
      id,
      role: "combobox",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      inputmode: numeric && (option.min_value ?? -1) >= 0 ? numeric : null,
      enterkeyhint: "send",
      "aria-required": String(Boolean(option.required)),
      on: {
        input: (event) => {
          this.choice = null;
          this.complain(null);
          hears.onInput(this, event);
        },
        keydown: (event) => hears.onKey(this, event),
        focus: () => hears.onFocus(this),
      },
    });
    this.input = area;
    this.node.append(h("label", { class: "field-name", for: id }, option.name), node, this.remover());
  }

  buildFile() {
    const { option, hears } = this;
    const picker = h("input", {
      type: "file",
      hidden: true,
      accept: "image/*",
      on: { change: () => this.setFile(picker.files[0] ?? null) },
    });
    this.words = h("span", {}, "Choose a file");
    this.input = h(
      "button",
      {
        type: "button",
        class: "field-file",
        "aria-label": `${option.name}: choose a file`,
        on: {
          click: () => picker.click(),
          keydown: (event) => hears.onKey(this, event),
          focus: () => hears.onFocus(this),
        },
      },
      icon("plus"),
      this.words,
    );
    this.node.append(h("span", { class: "field-name" }, option.name), this.input, picker, this.remover());
  }

  remover() {
    if (this.option.required) return "";
    return h(
      "button",
      {
        type: "button",
        class: "field-remove",
        "aria-label": `Remove ${this.option.name}`,
        on: { click: () => this.hears.onRemove(this) },
      },
      icon("close"),
    );
  }

  setFile(file) {
    this.file = file;
    this.complain(null);
    if (this.preview) URL.revokeObjectURL(this.preview);
    this.preview = file?.type.startsWith("image/") ? URL.createObjectURL(file) : null;
    fill(this.words, file ? `${file.name} · ${bytes(file.size)}` : "Choose a file");
    this.input.querySelector("img")?.remove();
    if (this.preview) this.input.prepend(h("img", { src: this.preview, alt: "", class: "field-picture" }));
  }

  get text() {
    return this.option.type === ATTACHMENT ? (this.file?.name ?? "") : this.input.value;
  }

  set text(text) {
    if (this.option.type === ATTACHMENT) return;
    this.input.value = text;
    this.input.regrow();
  }

  get empty() {
    return this.text.trim() === "";
  }

  /** Take a choice of the list: its name shows, its value is sent. */
  choose(name, value) {
    this.text = name;
    this.choice = { value };
    this.complain(null);
  }

  /** Whether it holds a list of its own to choose from. */
  get picks() {
    return (
      Boolean(this.option.choices?.length || this.option.autocomplete) ||
      [BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE].includes(this.option.type)
    );
  }

  /** What would be sent. @returns {{value: *}|{problem: string}|null} null: nothing was given */
  read(names) {
    if (this.option.type === ATTACHMENT) {
      if (this.file) return { value: this.file };
      return this.option.required ? { problem: "This option is required. Choose a file." } : null;
    }
    if (this.empty)
      return this.option.required ? { problem: "This option is required. Say what it is." } : null;
    return this.choice ?? typedValue(this.option, this.text, names);
  }

  complain(problem) {
    this.node.classList.toggle("wrong", Boolean(problem));
    if (problem) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
    this.problem = problem;
  }

  focus(end = true) {
    this.input.focus();
    if (this.input.setSelectionRange) {
      const at = end ? this.input.value.length : 0;
      this.input.setSelectionRange(at, at);
    }
  }
}
