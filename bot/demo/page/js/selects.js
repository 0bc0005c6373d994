// Select menus, in messages and in dialogs: a list beside the field, or from below on a phone.

import { beside, dots, fill, h, icon, narrow, say } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { matching } from "./commandline.js";

const STRING = 3,
  USER = 5,
  ROLE = 6,
  MENTIONABLE = 7,
  CHANNEL = 8;
const SEARCH_FROM = 9;

/** What a select offers, whatever its type, as {value, label, description, emoji}. */
export function offered(part, scene) {
  const users = [...scene.users.values()].map((one) => ({
    value: one.id,
    label: one.display_name,
    description: one.name,
    kind: "user",
  }));
  const roles = [...scene.roles.values()].map((one) => ({
    value: one.id,
    label: `@${one.name}`,
    kind: "role",
  }));
  const channels = [...scene.channels.values()]
    .filter((one) => !part.channel_types?.length || part.channel_types.includes(one.type))
    .map((one) => ({ value: one.id, label: `#${one.name}`, kind: "channel" }));
  const all = {
    [STRING]: part.options ?? [],
    [USER]: users,
    [ROLE]: roles,
    [MENTIONABLE]: [...users, ...roles],
    [CHANNEL]: channels,
  };
  return all[part.type] ?? [];
}

/** What it opens with. */
export function preset(part) {
  if (part.type !== STRING) return (part.default_values ?? []).map((one) => String(one.id));
  return (part.options ?? []).filter((one) => one.default).map((one) => one.value);
}

/** The closed field: what is chosen, or the placeholder. */
export function selectFace(part, scene, chosen = [], busy = false) {
  const values = chosen.length ? chosen : preset(part);
  const options = offered(part, scene).filter((one) => values.includes(one.value));
  const words = options.length
    ? options.flatMap((one, at) => [at ? ", " : "", one.emoji ? emojiOf(one.emoji) : null, ` ${one.label}`])
    : [part.placeholder ?? "Make a selection"];
  return h(
    "button",
    {
      type: "button",
      class: `select${options.length ? "" : " empty"}${busy ? " busy" : ""}`,
      disabled: Boolean(part.disabled),
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      data: { customId: part.custom_id },
    },
    h("span", { class: "select-words" }, words),
    busy ? dots() : icon("chevron"),
  );
}

/**
 * Open the list.
 * @param {HTMLElement} face what it belongs to
 * @param {{values?: string[], onDone: function(string[]): void}} options `values`: chosen so far; `onDone`
 *   hears the choice, once
 */
export function openSelect(face, part, scene, { values = null, onDone }) {
  const least = part.min_values ?? 1,
    most = part.max_values ?? 1;
  const before = values ?? preset(part);
  const chosen = new Set(before);
  const options = offered(part, scene);
  let words = "";
  const list = h("div", {
    class: "select-list",
    role: "listbox",
    "aria-multiselectable": most > 1 ? "true" : "false",
  });
  const sheet = h("dialog", {
    class: "sheet select-sheet",
    "aria-label": part.placeholder ?? "Make a selection",
  });
  const enough = () => chosen.size >= least && chosen.size <= most;
  const finish = () => {
    sheet.close();
    onDone([...chosen]);
  };
  const pick = (option) => {
    if (most === 1) {
      const again = chosen.has(option.value);
      chosen.clear();
      if (!again || least > 0) chosen.add(option.value);
      finish();
      return;
    }
    if (chosen.has(option.value)) chosen.delete(option.value);
    else if (chosen.size < most) chosen.add(option.value);
    else say(`At most ${most}.`);
    draw();
  };
  const done = h("button", { type: "button", class: "button primary", on: { click: finish } }, "Done");
  const draw = () => {
    const focused = document.activeElement?.dataset?.value;
    fill(
      list,
      matching(options, words, (one) => `${one.label} ${one.description ?? ""}`).map((one) =>
        optionRow(one, chosen, most, pick),
      ),
    );
    if (focused !== undefined) [...list.children].find((row) => row.dataset.value === focused)?.focus();
    done.disabled = !enough();
  };
  const search =
    options.length >= SEARCH_FROM
      ? h("input", {
          type: "search",
          class: "select-search",
          placeholder: "Search",
          "aria-label": "Search",
          on: {
            input: (event) => {
              words = event.target.value.trim();
              draw();
            },
          },
        })
      : null;
  fill(
    sheet,
    search,
    list,
    most > 1
      ? h("footer", {}, h("span", {}, least === most ? `Choose ${most}` : `Choose ${least} to ${most}`), done)
      : null,
  );
  draw();
  openSheet(sheet, face);
  (search ?? list.querySelector("[aria-selected=true]") ?? list.firstElementChild)?.focus();
}

function optionRow(option, chosen, most, pick) {
  const selected = chosen.has(option.value);
  return h(
    "button",
    {
      type: "button",
      role: "option",
      class: "select-option",
      "aria-selected": String(selected),
      data: { value: option.value },
      on: { click: () => pick(option), keydown: walk },
    },
    option.emoji ? h("span", { class: "option-emoji" }, emojiOf(option.emoji)) : null,
    h(
      "span",
      { class: "option-words" },
      h("span", {}, option.label),
      option.description ? h("small", {}, option.description) : null,
    ),
    h("span", { class: most > 1 ? "tick box" : "tick" }, selected ? icon("check") : null),
  );
}

/** Arrow keys go through a list of buttons. */
export function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const rows = [...event.currentTarget.parentElement.querySelectorAll("button:not(:disabled)")];
  rows[(rows.indexOf(event.currentTarget) + step + rows.length) % rows.length].focus();
}

/**
 * Show a dialog beside `anchor`, or from below on a phone. It goes with Esc and with a click beside it.
 * @param {HTMLDialogElement} sheet
 * @param {HTMLElement|{x: number, y: number}} anchor an element, or a point of the window
 */
export function openSheet(sheet, anchor) {
  const expands = anchor instanceof HTMLElement && anchor.hasAttribute("aria-expanded");
  const back = document.activeElement;
  document.body.append(sheet);
  sheet.showModal();
  place(sheet, anchor);
  if (expands) anchor.setAttribute("aria-expanded", "true");
  sheet.addEventListener("click", (event) => {
    if (beside(event, sheet)) sheet.close();
  });
  sheet.addEventListener("close", () => {
    if (expands) anchor.setAttribute("aria-expanded", "false");
    sheet.remove();
    if (back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true });
  });
}

const GAP = 6;

function place(sheet, anchor) {
  if (narrow()) {
    sheet.classList.add("from-below");
    return;
  }
  const box =
    anchor instanceof HTMLElement ? anchor.getBoundingClientRect() : new DOMRect(anchor.x, anchor.y, 0, 0);
  if (anchor instanceof HTMLElement)
    sheet.style.setProperty("min-width", `${Math.min(Math.max(box.width, 220), 480)}px`);
  const size = sheet.getBoundingClientRect();
  const below = box.bottom + GAP + size.height <= innerHeight;
  const top = below ? box.bottom + GAP : Math.max(GAP, box.top - GAP - size.height);
  const left = Math.max(GAP, Math.min(box.left, innerWidth - size.width - GAP));
  sheet.style.setProperty("top", `${top}px`);
  sheet.style.setProperty("left", `${left}px`);
}
