// What is offered while a command is filled in: an option's description, its choices, people, channels,
// roles.

import { BOOLEAN, CHANNEL, MENTIONABLE, ROLE, USER, localized } from "./commandline.js";
import { h } from "./dom.js";
import { avatar } from "./message.js";

const TYPES = {
  3: "text",
  4: "whole number",
  5: "true or false",
  6: "person",
  7: "channel",
  8: "role",
  9: "person or role",
  10: "number",
  11: "file",
};

const described = (option, locale) => localized(option.description_localizations, locale, option.description);

/** The line above the list: what an option is, and what is wrong with what was given. */
export function heading(option, locale, problem = null) {
  return [
    h("span", { class: "heading-name" }, option.name),
    h("span", { class: "heading-words" }, described(option, locale)),
    h("span", { class: "heading-type" }, TYPES[option.type]),
    problem ? h("div", { class: "heading-problem", role: "alert" }, problem) : null,
  ];
}

/** Options to choose from, as items of the list. */
export function optionItems(options, locale) {
  return options.map((option) => ({
    option,
    label: option.name,
    description: described(option, locale),
    after: TYPES[option.type],
  }));
}

const personItem = (one) => ({
  label: one.display_name,
  value: one.id,
  before: avatar(one, "small"),
  after: one.username,
});

/** What an option itself offers, as items of the list. The bot's completions are none of it. */
export function ownItems(option, store, locale) {
  if (option.choices?.length) {
    return option.choices.map((one) => ({
      label: localized(one.name_localizations, locale, one.name),
      value: one.value,
    }));
  }
  const people = () => [...store.users.values()].map(personItem);
  const roles = () => [...store.roles.values()].map((one) => ({ label: `@${one.name}`, value: one.id }));
  const channels = () => [...store.channels.values()].filter((one) => one.kind !== "dm");
  const offers = {
    [BOOLEAN]: () => [
      { label: "True", value: true },
      { label: "False", value: false },
    ],
    [USER]: people,
    [ROLE]: roles,
    [MENTIONABLE]: () => [...people(), ...roles()],
    [CHANNEL]: () => channels().map((one) => ({ label: `#${one.name}`, value: one.id })),
  };
  return offers[option.type]?.() ?? [];
}

/** Whom and what a typed name can mean. */
export function names(store) {
  const users = [...store.users.values()];
  return {
    users: users.map((one) => ({ id: one.id, name: one.username, display_name: one.display_name })),
    channels: [...store.channels.values()],
    roles: [...store.roles.values()],
  };
}
