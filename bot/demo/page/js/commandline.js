// Slash commands as text: which command a line means, which options it gives, and what a typed value is
// worth. Pure functions; the composer and the tests use them.

const STRING = 3,
  INTEGER = 4,
  BOOLEAN = 5,
  USER = 6,
  CHANNEL = 7,
  ROLE = 8,
  MENTIONABLE = 9,
  NUMBER = 10;
export const ATTACHMENT = 11;
export { STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER };
const SUBCOMMAND = 1,
  GROUP = 2;

/**
 * Every command a person can pick, subcommands as entries of their own.
 * @param {object[]} commands as registered with Discord
 * @returns {{command: object, path: string[], title: string, description: string, options: object[]}[]}
 */
export function entries(commands) {
  const found = [];
  for (const command of commands) if (command.type === 1) collect(command, command, [], found);
  return found.sort((a, b) => a.title.localeCompare(b.title));
}

function collect(command, node, path, found) {
  const inner = (node.options ?? []).filter((option) => option.type === SUBCOMMAND || option.type === GROUP);
  if (inner.length === 0) {
    found.push({
      command,
      path,
      title: [command.name, ...path].join(" "),
      description: node.description ?? "",
      localizations: node.description_localizations ?? {},
      options: ordered(node.options ?? []),
    });
  }
  for (const option of inner) collect(command, option, [...path, option.name], found);
}

const ordered = (options) => [...options.filter((o) => o.required), ...options.filter((o) => !o.required)];

/**
 * The entry that `line` ("/draw …") begins with, the longest title first; null if none or more letters may
 * follow.
 */
export function entryOf(all, line) {
  const text = line.trimStart();
  if (!text.startsWith("/")) return null;
  const rest = text.slice(1);
  const fits = all.filter(
    (entry) =>
      rest === entry.title || (/^\s/.test(rest.slice(entry.title.length)) && rest.startsWith(entry.title)),
  );
  return fits.sort((a, b) => b.title.length - a.title.length)[0] ?? null;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A pattern for `name:` of any of these options, at the start or after white space. */
function marks(names, tail = "") {
  return new RegExp(`(^|\\s)(${names.map(escaped).join("|")}):${tail}`, tail ? "" : "g");
}

/**
 * Read "/draw prompt: a puppy steps: 20". What stands before the first `name:` belongs to the first option;
 * a name that was given already is plain text of the value it stands in.
 * @returns {Map<string, string>} texts by option name, in the order of the line
 */
export function parseLine(entry, line) {
  const given = new Map();
  const text = line.trimStart().slice(entry.title.length + 1);
  const names = entry.options.map((option) => option.name);
  if (names.length === 0) return given;
  const seen = new Set();
  let name = names[0],
    from = 0;
  const take = (to) => {
    const value = text.slice(from, to).trim();
    if (!value && !seen.has(name)) return;
    seen.add(name);
    given.set(name, value);
  };
  for (const match of text.matchAll(marks(names))) {
    if (seen.has(match[2])) continue;
    take(match.index);
    if (seen.has(match[2])) continue;
    name = match[2];
    seen.add(name);
    from = match.index + match[0].length;
  }
  take(text.length);
  return given;
}

/**
 * What is being typed into one option ends with the name of another one and a colon: "a puppy steps:".
 * @param {string} before the text up to the caret
 * @param {string[]} free names that may still be given
 * @returns {{kept: string, name: string}|null}
 */
export function optionBegun(before, free) {
  if (free.length === 0) return null;
  const match = before.match(marks(free, "$"));
  return match ? { kept: before.slice(0, match.index).trimEnd(), name: match[2] } : null;
}

/**
 * A typed text as the value of an option.
 * @returns {{value: string|number|boolean}|{problem: string}}
 */
export function typedValue(option, text, people = {}) {
  const said = text.trim();
  if (option.choices?.length) return fromChoices(option, said);
  switch (option.type) {
    case STRING:
      return lengthChecked(option, said);
    case INTEGER:
      return /^[+-]?\d+$/.test(said) ? ranged(option, Number(said)) : { problem: "Must be a whole number." };
    case NUMBER:
      return readNumber(option, said);
    case BOOLEAN:
      return readBoolean(said);
    case USER:
      return readEntity(said, people.users, "@", "Nobody here is called that.");
    case CHANNEL:
      return readEntity(said, people.channels, "#", "There is no such channel.");
    case ROLE:
      return readEntity(said, people.roles, "@", "There is no such role.");
    case MENTIONABLE:
      return readEntity(
        said,
        [...(people.users ?? []), ...(people.roles ?? [])],
        "@",
        "Nobody here is called that.",
      );
    default:
      return { value: said };
  }
}

function fromChoices(option, said) {
  const fold = (text) => String(text).toLowerCase();
  const choice = option.choices.find(
    (one) => fold(one.value) === fold(said) || fold(one.name) === fold(said),
  );
  return choice ? { value: choice.value } : { problem: "Choose one of the list." };
}

function lengthChecked(option, text) {
  const most = option.max_length ?? 6000;
  if (text.length > most) return { problem: `At most ${most.toLocaleString()} characters.` };
  if (option.min_length && text.length < option.min_length)
    return { problem: `At least ${option.min_length} characters.` };
  return { value: text };
}

function readNumber(option, said) {
  const number = Number(said.replace(",", "."));
  return said !== "" && Number.isFinite(number) ? ranged(option, number) : { problem: "Must be a number." };
}

function ranged(option, number) {
  if (option.min_value !== undefined && number < option.min_value)
    return { problem: `At least ${option.min_value}.` };
  if (option.max_value !== undefined && number > option.max_value)
    return { problem: `At most ${option.max_value}.` };
  if (!Number.isSafeInteger(Math.trunc(number))) return { problem: "Too large." };
  return { value: number };
}

function readBoolean(said) {
  if (/^(true|yes|on|1)$/i.test(said)) return { value: true };
  if (/^(false|no|off|0)$/i.test(said)) return { value: false };
  return { problem: "True or False." };
}

function readEntity(said, all, mark, problem) {
  const name = (said.startsWith(mark) ? said.slice(1) : said)
    .replace(/^<[@#]&?!?(\d+)>$/, "$1")
    .toLowerCase();
  const found = (all ?? []).find(
    (one) => one.id === name || one.name?.toLowerCase() === name || one.display_name?.toLowerCase() === name,
  );
  return found ? { value: found.id } : { problem };
}

/** How well `words` fits a text: 0 begins with it, 1 a word begins with it, 2 contains it, -1 not at all. */
export function fit(text, words) {
  const where = text.toLowerCase().indexOf(words.toLowerCase());
  if (where <= 0) return where;
  return /\W/.test(text[where - 1]) ? 1 : 2;
}

/** Those of `all` whose `text(one)` fits, the best first. */
export function matching(all, words, text) {
  return all
    .map((one, at) => ({ one, at, rank: fit(text(one), words) }))
    .filter((item) => item.rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .map((item) => item.one);
}

/** What a line of a command says, for copying and for one's own history. */
export function lineOf(entry, given) {
  const parts = [...given].map(([name, value]) => `${name}: ${value}`);
  return [`/${entry.title}`, ...parts].join(" ");
}

/** A text in the person's language, if the bot gave one. */
export function localized(map, locale, fallback) {
  if (!map) return fallback;
  return map[locale] ?? map[locale.split("-")[0]] ?? fallback;
}
