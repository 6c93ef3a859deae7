// @ts-check
/** What can be chosen from: people, roles and channels of the open server, and the choices of an option. */

import { rank } from "./completion.js";
import { avatar, el, nameOf } from "./dom.js";
import { icon } from "./icons.js";
import { colourOfRole } from "./roles.js";
import { store } from "./store.js";

/**
 * @typedef {{label: string, value: string | number | boolean, detail?: string, picture?: () => Node}} Suggestion
 */

const PEOPLE_OF_DM = () => [store.users.get(store.me), store.bot];

/** @returns {Suggestion[]} */
export function people() {
  const members = store.guild?.members.map(({ user }) => store.users.get(user.id) ?? user);
  return (members ?? PEOPLE_OF_DM()).flatMap((user) =>
    user
      ? [
          {
            label: nameOf(user),
            value: user.id,
            detail: user.username,
            picture: () => avatar(user, "small"),
          },
        ]
      : [],
  );
}

/** @returns {Suggestion[]} */
export function roles() {
  const all = [...(store.guild?.roles ?? [])].sort((a, b) => b.position - a.position);
  return all.map((role) => ({
    label: role.name.startsWith("@") ? role.name : `@${role.name}`,
    value: role.id,
    detail: "role",
    picture: () => {
      const dot = el("span", { class: "role-dot" });
      dot.style.setProperty("--role", colourOfRole(role) ?? "");
      return dot;
    },
  }));
}

/**
 * @param {number[]} [types] only these types of channels
 * @returns {Suggestion[]}
 */
export function channels(types) {
  const all = store.guild ? store.channelsOf(store.guild.id) : [];
  return all
    .filter(({ type }) => !types?.length || types.includes(type))
    .map((channel) => ({
      label: store.nameOfChannel(channel),
      value: channel.id,
      detail: store.isThread(channel) ? "thread" : "",
      picture: () => icon(store.isThread(channel) ? "thread" : "hash"),
    }));
}

/**
 * @param {Suggestion[]} all
 * @param {string} query
 */
export function filtered(all, query) {
  const wanted = query.replace(/^[@#]/, "").trim();
  return all
    .flatMap((each) => {
      const names = [each.label.replace(/^@/, ""), each.detail ?? "", String(each.value)];
      const values = names.flatMap((name, i) => {
        const found = rank(name, wanted);
        return found === null || (i && !wanted) ? [] : [found];
      });
      return values.length ? [{ each, value: Math.min(...values) }] : [];
    })
    .sort((a, b) => a.value - b.value)
    .map(({ each }) => each);
}

/** @param {Suggestion} suggestion */
export const drawSuggestion = ({ label, detail, picture }) => [
  picture?.() ?? null,
  el("span", { class: "entry-label" }, label),
  detail ? el("span", { class: "entry-detail" }, detail) : null,
];
