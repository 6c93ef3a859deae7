// @ts-check
/** Turns each event of the stream, named as Discord's gateway names it, into a change of the store. */

import { emojiKey } from "./api.js";
import { forgetCommands } from "./commands.js";
import { hear } from "./interactions.js";
import { store } from "./store.js";

/** @typedef {import("./store.js").Reaction} Reaction */

/** @type {Record<string, (data: any) => void>} */
const HANDLERS = {
  MESSAGE_CREATE: (data) => store.arrive(data),
  MESSAGE_UPDATE: ({ reactions: _, ...data }) =>
    store.alter(data.channel_id, data.id, (message) => ({ ...message, ...data })),
  MESSAGE_DELETE: ({ channel_id, id }) => store.drop(channel_id, [id]),
  MESSAGE_DELETE_BULK: ({ channel_id, ids }) => store.drop(channel_id, ids),
  MESSAGE_REACTION_ADD: (data) => react(data, true),
  MESSAGE_REACTION_REMOVE: (data) => react(data, false),
  MESSAGE_REACTION_REMOVE_ALL: (data) => reactions(data, () => []),
  MESSAGE_REACTION_REMOVE_EMOJI: (data) =>
    reactions(data, (all) => all.filter((each) => emojiKey(each.emoji) !== emojiKey(data.emoji))),
  TYPING_START: (data) => store.startTyping(data),
  CHANNEL_CREATE: (data) => channel(data),
  CHANNEL_UPDATE: (data) => channel(data),
  CHANNEL_DELETE: ({ id }) => forget(id),
  THREAD_CREATE: (data) => channel(data),
  THREAD_UPDATE: (data) => channel(data),
  THREAD_DELETE: ({ id }) => forget(id),
  NAMES_UPDATE: ({ names, from }) => {
    store.names = names;
    store.namesFrom = from;
    store.changed("names");
  },
  INTERACTION_UPDATE: hear,
  COMMANDS_UPDATE: forgetCommands,
  BOT_STATUS: ({ online }) => {
    store.botOnline = online;
    forgetCommands();
    store.changed("structure");
  },
};

/** @param {{type: string, data: any}} event kinds that the page does not show are passed over */
export function apply(event) {
  HANDLERS[event.type]?.(event.data);
}

/** @param {any} data */
function channel(data) {
  const before = store.channels.get(data.id);
  const dmOwner = data.recipients?.find((/** @type {any} */ user) => !user.bot)?.id;
  store.channels.set(data.id, { ...before, ...data, ...(dmOwner ? { user_id: dmOwner } : {}) });
  store.changed("structure", "messages");
}

/** @param {string} id */
function forget(id) {
  store.channels.delete(id);
  store.streams.delete(id);
  for (const each of store.channels.values()) if (each.parent_id === id) forget(each.id);
  store.changed("structure", "current");
}

/**
 * @param {{channel_id: string, message_id: string}} data
 * @param {(all: Reaction[]) => Reaction[]} change
 */
function reactions(data, change) {
  store.alter(data.channel_id, data.message_id, (message) => ({
    ...message,
    reactions: change(message.reactions ?? []),
  }));
}

/**
 * @param {any} data
 * @param {boolean} added
 */
function react(data, added) {
  reactions(data, (all) => {
    const key = emojiKey(data.emoji);
    const found = all.find((each) => emojiKey(each.emoji) === key) ?? {
      emoji: data.emoji,
      count: 0,
      users: [],
    };
    const users = new Set(found.users);
    if (users.has(data.user_id) === added) return all;
    if (added) users.add(data.user_id);
    else users.delete(data.user_id);
    const now = { ...found, users: [...users], count: found.count + (added ? 1 : -1) };
    const rest = all.includes(found)
      ? all.map((each) => (each === found ? now : each))
      : [...all, now];
    return rest.filter((each) => each.count > 0);
  });
}
