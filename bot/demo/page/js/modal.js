// Dialogs that the bot opens.

import { append, fill, h, icon } from "./dom.js";
import { bytes } from "./gallery.js";
import { markdown } from "./markdown.js";
import { offered, openSelect, preset, selectFace } from "./selects.js";
import { avatar } from "./message.js";

const STRING_SELECT = 3,
  TEXT_INPUT = 4,
  TEXT = 10,
  LABEL = 18,
  FILE = 19,
  RADIO = 21,
  CHECKBOXES = 22,
  CHECKBOX = 23;

/**
 * Show a dialog.
 * @param {{title: string, components: object[]}} modal
 * @param {object} scene
 * @param {function(object, Map<string, File>): Promise<string|null>} submit gives null if it went, else why
 *   not
 */
export function openModal(modal, scene, submit) {
  const fields = [];
  const problem = h("p", { class: "modal-problem", role: "alert" });
  const send = h("button", { type: "submit", class: "button primary" }, "Submit");
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" });
  const form = h(
    "form",
    { novalidate: true },
    h("header", {}, avatar(scene.bot, "small"), h("h2", { id: "modal-title" }, modal.title), closer(dialog)),
    h(
      "div",
      { class: "modal-parts" },
      modal.components.map((part) => partNode(part, fields, scene)),
    ),
    problem,
    h(
      "footer",
      {},
      h("button", { type: "button", class: "button plain", on: { click: () => dialog.close() } }, "Cancel"),
      send,
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!complete(fields)) return;
    send.disabled = true;
    const files = new Map(fields.flatMap((field) => field.files?.() ?? []));
    const values = Object.fromEntries(
      fields.filter((field) => !field.files).map((field) => [field.id, field.value()]),
    );
    const why = await submit(values, files);
    send.disabled = false;
    if (why === null) dialog.close();
    else fill(problem, why);
  });
  dialog.append(form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("textarea, input, .select")?.focus();
}

function closer(dialog) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => dialog.close() } },
    icon("close"),
  );
}

/** Whether everything that must be there is; the first field that lacks something gets the focus. */
function complete(fields) {
  let first = null;
  for (const field of fields) {
    const why = field.problem();
    field.complain(why);
    if (why && !first) first = field;
  }
  first?.focus();
  return first === null;
}

function partNode(part, fields, scene) {
  if (part.type === TEXT) return h("div", { class: "text" }, markdown(part.content, scene));
  if (part.type === LABEL)
    return labelled(part.component, { label: part.label, description: part.description }, fields, scene);
  return (part.components ?? []).map((field) => labelled(field, { label: field.label }, fields, scene));
}

function labelled(part, { label, description }, fields, scene) {
  const field = make(part, scene);
  const id = `field-${part.custom_id}`;
  const why = h("span", { class: "field-problem", id: `${id}-why` });
  field.id = part.custom_id;
  field.control.id = id;
  field.complain = (text) => {
    fill(why, text ? `– ${text}` : "");
    field.control.setAttribute("aria-describedby", `${id}-why`);
    field.control.setAttribute("aria-invalid", String(Boolean(text)));
  };
  fields.push(field);
  const grouped = [RADIO, CHECKBOXES].includes(part.type);
  return h(
    "div",
    { class: "modal-field", role: grouped ? "group" : null, "aria-label": grouped ? label : null },
    h(
      grouped ? "div" : "label",
      { for: grouped ? null : id, class: "modal-label" },
      label,
      part.required !== false && part.type !== CHECKBOX
        ? h("span", { class: "star", "aria-label": "required" }, "*")
        : null,
      why,
    ),
    description ? h("div", { class: "modal-description" }, description) : null,
    field.node,
  );
}

const MAKERS = {
  [TEXT_INPUT]: textField,
  [FILE]: fileField,
  [RADIO]: tickField,
  [CHECKBOXES]: tickField,
  [CHECKBOX]: checkField,
};

function make(part, scene) {
  return (MAKERS[part.type] ?? selectField)(part, scene);
}

const MISSING = "required";

function textField(part) {
  const long = part.style === 2;
  const control = h(long ? "textarea" : "input", {
    class: "input",
    value: part.value ?? "",
    placeholder: part.placeholder,
    maxlength: part.max_length,
    rows: long ? 4 : null,
    type: long ? null : "text",
    autocomplete: "off",
  });
  const counter = h("span", { class: "counter", "aria-hidden": "true" });
  const count = () => fill(counter, long ? `${control.value.length}/${part.max_length ?? 4000}` : "");
  control.addEventListener("input", count);
  count();
  const problem = () => {
    if (!control.value) return part.required === false ? null : MISSING;
    return control.value.length < (part.min_length ?? 0) ? `at least ${part.min_length} characters` : null;
  };
  return {
    node: h("div", { class: "input-box" }, control, counter),
    control,
    value: () => control.value,
    problem,
    focus: () => control.focus(),
  };
}

function selectField(part, scene) {
  let chosen = preset(part);
  const node = h("div", { class: "select-box" });
  const field = { node, control: null, value: () => chosen, focus: () => field.control.focus() };
  const draw = () => {
    const face = selectFace(part, scene, chosen);
    if (field.control) face.id = field.control.id;
    face.addEventListener("click", () =>
      openSelect(face, part, scene, {
        values: chosen,
        onDone: (values) => {
          chosen = values;
          draw();
          field.control.focus();
        },
      }),
    );
    field.control = face;
    fill(node, face);
  };
  draw();
  field.problem = () =>
    part.required !== false && chosen.length === 0 && offered(part, scene).length ? MISSING : null;
  return field;
}

function tickField(part) {
  const single = part.type === RADIO;
  const boxes = part.options.map((option) =>
    h("input", {
      type: single ? "radio" : "checkbox",
      name: part.custom_id,
      value: option.value,
      checked: Boolean(option.default),
    }),
  );
  const node = h(
    "div",
    { class: "ticks" },
    part.options.map((option, at) =>
      h(
        "label",
        { class: "tick-row" },
        boxes[at],
        h("span", {}, option.label, option.description ? h("small", {}, option.description) : null),
      ),
    ),
  );
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const problem = () => {
    const count = chosen().length;
    if (count === 0) return part.required === false ? null : MISSING;
    if (!single && count > (part.max_values ?? boxes.length)) return `at most ${part.max_values}`;
    return !single && count < (part.min_values ?? 1) ? `at least ${part.min_values}` : null;
  };
  return {
    node,
    control: node,
    value: () => (single ? (chosen()[0] ?? null) : chosen()),
    problem,
    focus: () => boxes[0].focus(),
  };
}

function checkField(part) {
  const control = h("input", { type: "checkbox", checked: Boolean(part.default), class: "check" });
  return {
    node: control,
    control,
    value: () => control.checked,
    problem: () => null,
    focus: () => control.focus(),
  };
}

function fileField(part) {
  const most = part.max_values ?? 1;
  const control = h("input", { type: "file", class: "input", multiple: most > 1 });
  const list = h("div", { class: "modal-description" });
  control.addEventListener("change", () =>
    fill(list, [...control.files].map((file) => `${file.name} (${bytes(file.size)})`).join(", ")),
  );
  const problem = () => {
    if (control.files.length > most) return `at most ${most}`;
    return control.files.length === 0 && part.required !== false ? MISSING : null;
  };
  return {
    node: append(h("div", {}), [control, list]),
    control,
    value: () => null,
    problem,
    focus: () => control.focus(),
    files: () => [...control.files].map((file) => [part.custom_id, file]),
  };
}
