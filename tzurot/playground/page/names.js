// @ts-check
/** How the ids in a text become words. */

import { store } from "./store.js";

/** @param {string} channel the address within the page that opens it */
export function addressOf(channel) {
  return `#/${store.channels.get(channel)?.guild_id ?? "@me"}/${channel}`;
}

/** @type {import("./markdown.js").Names} */
export const names = {
  user: (id) => store.nameOfUser(id),
  channel: (id) => {
    const channel = store.channels.get(id);
    return channel ? store.nameOfChannel(channel) : null;
  },
  role: (id) =>
    store.guilds.flatMap((guild) => guild.roles ?? []).find((role) => role.id === id)?.name ?? null,
  address: addressOf,
};
