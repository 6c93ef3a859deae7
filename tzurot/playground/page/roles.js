// @ts-check
/** What people are in a server: their roles, the colour of their name, and what they may do there. */

import { store } from "./store.js";

/** @typedef {import("./store.js").Guild} Guild */

/** Discord's own numbers of the permissions that the page asks about. */
export const MAY = {
  kick: 1n << 1n,
  administer: 1n << 3n,
  manageServer: 1n << 5n,
  manageMessages: 1n << 13n,
  moderate: 1n << 40n,
};

/**
 * @param {string} user
 * @param {Guild | undefined} guild
 */
const memberOf = (user, guild) =>
  guild?.members.find((member) => (member.user ?? member).id === user);

/**
 * The roles of a person, the highest first.
 * @param {string} user
 * @param {Guild | undefined} guild
 * @returns {any[]}
 */
export function rolesOf(user, guild) {
  const held = memberOf(user, guild)?.roles ?? [];
  return (guild?.roles ?? [])
    .filter(({ id }) => held.includes(id))
    .sort((a, b) => b.position - a.position);
}

/** @param {any} role */
export const colourOfRole = (role) => {
  const number = role?.colors?.primary_color || role?.color || 0;
  return number ? `#${number.toString(16).padStart(6, "0")}` : null;
};

/**
 * The colour of a person's name: that of the highest role that has one.
 * @param {string} user
 * @param {Guild | undefined} [guild]
 * @returns {string | null}
 */
export const colourOf = (user, guild = store.guild) =>
  rolesOf(user, guild).map(colourOfRole).find(Boolean) ?? null;

/**
 * @param {string} user
 * @param {Guild | undefined} guild
 * @param {bigint} permission
 */
export function may(user, guild, permission) {
  const member = memberOf(user, guild);
  if (!guild || !member) return false;
  if (guild.owner_id === user) return true;
  const everyone = (guild.roles ?? []).filter(({ id }) => id === guild.id);
  const held = [...everyone, ...rolesOf(user, guild)].reduce(
    (sum, role) => sum | BigInt(role.permissions ?? 0),
    0n,
  );
  return Boolean(held & (permission | MAY.administer));
}

/**
 * Whether Discord would let the person at the page delete a message.
 * @param {import("./store.js").Message} message
 */
export function canDelete(message) {
  const guild = store.guilds.find(
    ({ id }) => id === store.channels.get(message.channel_id)?.guild_id,
  );
  return store.isMine(message) || may(store.me, guild, MAY.manageMessages);
}

/**
 * What somebody is, in one word.
 * @param {string} user
 */
export function standing(user) {
  const words = [];
  const { guild } = store;
  if (store.applications.some(({ owner }) => owner?.id === user)) words.push("host");
  if (!guild) return words.join() || "member";
  if (!memberOf(user, guild)) words.push("not in this server");
  else if (guild.owner_id === user) words.push("owner");
  else if (may(user, guild, MAY.administer)) words.push("administrator");
  else if (may(user, guild, MAY.manageMessages | MAY.moderate | MAY.kick)) words.push("moderator");
  else if (!words.length) words.push("member");
  return words.join(", ");
}
