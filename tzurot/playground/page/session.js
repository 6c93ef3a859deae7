// @ts-check
/** What the person at the page does: opens channels, speaks, edits, reacts, becomes somebody else. */

import { api, emojiKey, listen, packed } from "./api.js";
import { forgetCommands } from "./commands.js";
import { toast } from "./dialog.js";
import { apply } from "./events.js";
import { catchUp } from "./interactions.js";
import { reads, unsent } from "./kept.js";
import { addressOf } from "./names.js";
import { store } from "./store.js";

/**
 * @typedef {import("./store.js").Message} Message
 * @typedef {import("./store.js").Pending} Pending
 */

const PAGE = 50;
/** A jump to an old message loads at most this many pages on its way. */
const FARTHEST = 40;
const USER_KEY = "tzurot:user";
let pendingCount = 0;

/** @type {any[]} events that came while the state was being fetched; they are newer than it */
let waiting = [];
let syncing = false;
let again = false;

/** Opens the stream of events anew. */
let listenAgain = () => {};

/** Begins: finds who one is, listens, fetches what is there, opens the channel that the address names. */
export function start() {
  addEventListener("hashchange", () => show(location.hash));
  store.on(["structure"], () => {
    if (store.current && !store.channels.has(store.current)) show("");
  });
  introduce();
}

async function introduce() {
  try {
    const { users } = await api.state();
    store.me = whoAmI(users);
  } catch (error) {
    toast(message(error));
    setTimeout(introduce, 2_000);
    return;
  }
  listenAgain = listen(() => store.me, {
    opened: sync,
    lost: () => {
      store.connected = false;
      store.changed("connection");
    },
    event: (event) => {
      if (syncing) waiting.push(event);
      else if (changesSight(event)) sync();
      else apply(event);
    },
  });
}

/**
 * Whether an event changes what one can see, so that everything is fetched anew.
 * @param {{type: string, data: any}} event
 */
const changesSight = ({ type, data }) =>
  type.startsWith("GUILD_") ||
  (type === "THREAD_MEMBERS_UPDATE" && Boolean(data.removed_member_ids?.includes(store.me)));

/** Fetches everything anew: at the start, and after each gap in the stream. */
async function sync() {
  again = syncing;
  if (syncing) return;
  syncing = true;
  try {
    const state = await api.state(store.me);
    const open = store.current;
    const length = Math.min(Math.max(store.stream(open ?? "")?.messages.length ?? 0, PAGE), 100);
    forgetCommands();
    store.load(state);
    // The open channel stays as it is until its newest messages are there.
    for (const channel of store.streams.keys()) if (channel !== open) store.streams.delete(channel);
    if (open && store.channels.has(open)) await loadNewest(open, length);
    await catchUp();
    store.connected = true;
    store.changed("connection", "structure");
  } catch (error) {
    toast(message(error));
    setTimeout(sync, 2_000);
  } finally {
    syncing = false;
    const missed = waiting;
    waiting = [];
    again ||= missed.some(changesSight);
    missed.forEach(apply);
  }
  if (again) await sync();
  else if (store.connected) await show(location.hash);
}

/**
 * The person whom the address names (`?user=ben`), or who this tab was, or the first.
 * @param {import("./store.js").User[]} people
 */
function whoAmI(people) {
  const wanted = [
    new URLSearchParams(location.search).get("user"),
    sessionStorage.getItem(USER_KEY),
  ];
  const found = people.find(({ id, username }) => wanted.includes(id) || wanted.includes(username));
  return (found ?? people[0]).id;
}

/** @param {unknown} error */
export const message = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Runs what may fail and says so when it does.
 * @param {() => Promise<unknown>} work
 */
export async function attempt(work) {
  try {
    await work();
  } catch (error) {
    toast(message(error));
  }
}

// Places

/** @param {string} channel */
export function open(channel) {
  if (location.hash === addressOf(channel)) return show(location.hash);
  location.hash = addressOf(channel);
}

/** @param {string} hash */
async function show(hash) {
  if (!store.people.length) return;
  const wanted = hash.split("/")[2] ?? "";
  const openable = store.openable();
  const archived = store.channels.get(wanted);
  const found =
    openable.find(({ id }) => id === wanted) ?? (store.isThread(archived) ? archived : undefined);
  const channel = found ?? openable.find((each) => !store.isDm(each)) ?? openable[0];
  if (!channel) return;
  if (!found) history.replaceState(null, "", addressOf(channel.id));
  if (channel.id !== store.current) {
    store.current = channel.id;
    store.readBefore = store.isUnread(channel) ? lastRead(channel.id) : null;
    restoreUnsent(channel.id);
    store.changed("current", "structure", "messages", "typing");
  }
  if (!store.stream(channel.id)) await attempt(() => loadNewest(channel.id, PAGE));
}

/** @param {string} channel */
function lastRead(channel) {
  return reads.get(store.me, channel)?.last ?? "0";
}

/**
 * @param {string} channel
 * @param {number} limit
 */
async function loadNewest(channel, limit) {
  const viewer = store.me;
  const page = await api.messages(channel, viewer, undefined, limit);
  // Who has become somebody else meanwhile does not see what was for the other only.
  if (viewer !== store.me) return;
  store.addPage(channel, page, page.length < limit, false);
}

/**
 * @param {string} channel
 * @returns {Promise<boolean>} whether anything older came
 */
export async function loadOlder(channel) {
  const stream = store.stream(channel);
  if (!stream || stream.complete || stream.loading || !stream.messages.length) return false;
  stream.loading = true;
  try {
    const page = await api.messages(channel, store.me, stream.messages[0].id, PAGE);
    if (store.stream(channel) !== stream) return false;
    store.addPage(channel, page, page.length < PAGE, true);
    return page.length > 0;
  } catch (error) {
    stream.loading = false;
    toast(message(error));
    return false;
  }
}

/**
 * Loads back to a message.
 * @param {string} channel
 * @param {string} id
 * @returns {Promise<boolean>} whether it is there now
 */
export async function reach(channel, id) {
  const there = () => Boolean(store.stream(channel)?.messages.some((each) => each.id === id));
  for (let page = 0; page < FARTHEST && !there(); page += 1) if (!(await loadOlder(channel))) break;
  return there();
}

/** The direct messages of this person with the bot. */
export function openDm() {
  return attempt(async () => {
    const known = store.dmOf(store.me);
    const channel = known ?? (await api.dm(store.me));
    if (!known) apply({ type: "CHANNEL_CREATE", data: { ...channel, type: 1, user_id: store.me } });
    open(channel.id);
  });
}

/** @param {string} user */
export async function become(user) {
  if (user === store.me) return;
  const { channel } = store;
  store.me = user;
  sessionStorage.setItem(USER_KEY, user);
  store.current = null;
  store.streams.clear();
  store.changed("structure", "messages", "typing");
  listenAgain();
  if (store.isDm(channel)) await openDm();
  // A private one is opened again once it is known that the new person sees it.
  else if (channel && !store.isPrivate(channel)) await show(addressOf(channel.id));
}

// Words

/**
 * Sends a message; it stands in the stream at once, and stays there with a reason when it fails.
 * @param {{content: string, replyTo: string | null, files: File[]}} said
 */
export function say({ content, replyTo, files }) {
  const channel = store.current;
  if (!channel) return;
  /** @type {Pending} */
  const entry = {
    key: newKey(),
    channel,
    user: store.me,
    content,
    replyTo,
    files,
    at: Date.now(),
    error: null,
  };
  store.pending.push(entry);
  store.readBefore = null;
  store.changed("messages");
  deliver(entry);
}

/** A key for a message that has no id yet. */
const newKey = () => `pending-${(pendingCount += 1)}`;

/** @type {Map<string, Promise<void>>} the last delivery of each channel: messages keep their order */
const queues = new Map();

/** @param {Pending} entry */
function deliver(entry) {
  const turn = (queues.get(entry.channel) ?? Promise.resolve()).then(async () => {
    try {
      const attachments = await Promise.all(entry.files.map(packed));
      const said = await api.say(entry.channel, {
        user: entry.user,
        content: entry.content,
        ...(entry.replyTo ? { reply_to: entry.replyTo } : {}),
        ...(attachments.length ? { attachments } : {}),
      });
      store.pending = store.pending.filter((each) => each !== entry);
      store.put(said);
    } catch (error) {
      entry.error = message(error);
      store.changed("messages");
    }
    keepUnsent(entry);
  });
  queues.set(entry.channel, turn);
}

/** @param {Pending} entry */
export function retry(entry) {
  entry.error = null;
  store.changed("messages");
  deliver(entry);
}

/** @param {Pending} entry */
export function discard(entry) {
  store.pending = store.pending.filter((each) => each !== entry);
  keepUnsent(entry);
  store.changed("messages");
}

/** @param {Pending} entry any of the person's and channel's whose words are to survive a closed page */
function keepUnsent({ user, channel }) {
  const failed = store.pending.filter(
    (each) => each.error && each.user === user && each.channel === channel,
  );
  const kept = failed.map(({ content, replyTo, at }) => ({ content, replyTo, at }));
  unsent.set(user, channel, kept.length ? kept : null);
}

/** @param {string} channel */
function restoreUnsent(channel) {
  if (store.pending.some((each) => each.channel === channel && each.user === store.me)) return;
  const error = "This was not sent before the page was closed.";
  for (const kept of unsent.get(store.me, channel)) {
    store.pending.push({ ...kept, key: newKey(), channel, user: store.me, files: [], error });
  }
}

/**
 * @param {Message} edited
 * @param {string} content
 * @throws {Error} when it was not accepted
 */
export async function edit(edited, content) {
  store.put(await api.edit(edited.channel_id, edited.id, store.me, content));
}

/** Lets the bot into the open server. */
export const addBot = () => attempt(() => api.addBot(store.guild?.id ?? ""));

/** Sends the bot out of the open server. */
export const removeBot = () => attempt(() => api.removeBot(store.guild?.id ?? ""));

/** @param {Message} gone */
export const remove = (gone) => attempt(() => api.remove(gone.channel_id, gone.id, store.me));

/**
 * @param {Message} to
 * @param {{id: string | null, name: string}} emoji
 */
export function toggleReaction(to, emoji) {
  const key = emojiKey(emoji);
  const mine = to.reactions
    ?.find((each) => emojiKey(each.emoji) === key)
    ?.users?.includes(store.me);
  return attempt(() => (mine ? api.unreact : api.react)(to.channel_id, to.id, key, store.me));
}

/**
 * @param {string} name
 * @param {Message} [from] the message that it grows from
 */
export function openThread(name, from) {
  return attempt(async () => {
    const thread = { user: store.me, name, ...(from ? { message_id: from.id } : {}) };
    const channel = await api.thread(from?.channel_id ?? store.current ?? "", thread);
    apply({ type: "THREAD_CREATE", data: channel });
    open(channel.id);
  });
}

const TYPING_EVERY_MS = 8_000;
let typedAt = 0;
let typedIn = "";

/** Tells the others, now and then. */
export function type() {
  const where = `${store.me}/${store.current}`;
  if (
    !store.current ||
    !store.connected ||
    (where === typedIn && Date.now() - typedAt < TYPING_EVERY_MS)
  )
    return;
  typedAt = Date.now();
  typedIn = where;
  attempt(() => api.typing(store.current ?? "", store.me));
}

/** After a message the next key counts as typing again. */
export function stopTyping() {
  typedIn = "";
}
