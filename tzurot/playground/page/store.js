// @ts-check
/** What the page knows: people, channels and messages, changed by the events of the playground's Discord. */

import { nameOf } from "./dom.js";
import { reads } from "./kept.js";

/**
 * @typedef {{id: string, username: string, global_name?: string | null, avatar?: string | null, bot?: boolean}} User
 * @typedef {{emoji: {id: string | null, name: string}, count: number, me?: boolean, users?: string[]}} Reaction
 * @typedef {{id: string, filename: string, url: string, size: number, content_type?: string, width?: number,
 *   height?: number, description?: string, duration_secs?: number}} Attachment
 * @typedef {{id: string, type: number, channel_id: string, author: User, content: string, timestamp: string,
 *   edited_timestamp?: string | null, webhook_id?: string, application_id?: string, mentions?: User[],
 *   mention_everyone?: boolean, message_reference?: {message_id?: string}, referenced_message?: Message | null,
 *   reactions?: Reaction[], attachments?: Attachment[], embeds?: any[], thread?: Channel, flags?: number,
 *   components?: any[], interaction?: {name: string, user: User}, interaction_metadata?: any,
 *   message_snapshots?: {message: Message}[], poll?: any, sticker_items?: {id: string, name: string,
 *   format_type: number}[]}} Message
 * @typedef {{id: string, type: number, name?: string, guild_id?: string, parent_id?: string | null, position?: number,
 *   topic?: string | null, nsfw?: boolean, permission_overwrites?: {id: string, deny: string}[], last_message_id?: string | null, user_id?: string,
 *   thread_metadata?: {archived: boolean}}} Channel
 * @typedef {{id: string, name: string, owner_id?: string, channels: Channel[], members: any[], roles?: any[],
 *   bot_member?: boolean}} Guild
 * @typedef {{messages: Message[], complete: boolean, loading: boolean}} Stream oldest first; complete at its beginning
 * @typedef {{key: string, channel: string, user: string, content: string, replyTo: string | null, files: File[],
 *   at: number, error: string | null}} Pending a message on its way, or one that did not get there
 * @typedef {"structure" | "messages" | "typing" | "connection" | "names" | "current"} Topic
 */

const PRIVATE_THREAD = 12;
const THREAD_TYPES = [10, 11, PRIVATE_THREAD];
const VIEW_CHANNEL = 1 << 10;
const TEXT_TYPES = [0, 5];
const DM_TYPE = 1;
const TYPING_MS = 10_000;
/** More than this many messages of one channel are not kept while the reader is at the newest. */
const KEPT = 300;

/**
 * Orders snowflakes by time.
 * @param {string} a
 * @param {string} b
 */
export const byAge = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

class Store {
  /** @type {User | null} */ bot = null;
  /** @type {User[]} */ people = [];
  /** @type {Guild[]} */ guilds = [];
  /** @type {any[]} */ applications = [];
  /** @type {string[]} */ names = [];
  /** @type {{command: string, option: string} | null} the option that suggests more names */
  namesFrom = null;
  /** @type {Map<string, Channel>} */ channels = new Map();
  /** @type {Map<string, User>} */ users = new Map();
  /** @type {Map<string, Stream>} */ streams = new Map();
  /** @type {Map<string, Map<string, number>>} */ typing = new Map();
  /** @type {Pending[]} */ pending = [];
  /** @type {Map<string, User>} who has spoken through webhooks, by name */ voices = new Map();
  botOnline = false;
  connected = false;
  /** @type {string} the person whom the page is */ me = "";
  /** @type {string | null} the open channel */ current = null;
  /** @type {string | null} the newest message read before this channel was opened: the red line stands below it */
  readBefore = null;
  /** @type {() => boolean} whether what arrives in the open channel is seen at once */ seesNewest =
    () => false;

  /** @type {Map<Topic, Set<() => void>>} */ #listeners = new Map();
  /** @type {Set<Topic>} */ #changed = new Set();

  /**
   * @param {Topic[]} topics
   * @param {() => void} listener called after a change, once for all changes of one moment
   */
  on(topics, listener) {
    for (const topic of topics) {
      const listeners = this.#listeners.get(topic) ?? new Set();
      this.#listeners.set(topic, listeners.add(listener));
    }
  }

  /** @param {...Topic} topics */
  changed(...topics) {
    if (!this.#changed.size) {
      queueMicrotask(() => {
        const due = new Set(
          [...this.#changed].flatMap((topic) => [...(this.#listeners.get(topic) ?? [])]),
        );
        this.#changed.clear();
        for (const listener of due) listener();
      });
    }
    for (const topic of topics) this.#changed.add(topic);
  }

  /** @param {any} state the answer of GET /state */
  load(state) {
    this.bot = state.bot;
    this.people = state.users;
    this.guilds = state.guilds;
    this.applications = state.applications ?? [];
    this.names = state.names;
    this.namesFrom = state.names_from;
    this.botOnline = state.bot_online;
    this.channels.clear();
    for (const guild of this.guilds) {
      for (const channel of guild.channels)
        this.channels.set(channel.id, { ...channel, guild_id: guild.id });
      for (const member of guild.members) this.#meet(member.user ?? member);
    }
    for (const dm of state.dms) this.channels.set(dm.id, { ...dm, type: DM_TYPE });
    for (const user of [state.bot, ...state.users]) this.#meet(user);
    // Who comes for the first time has read everything that is already there.
    for (const channel of this.channels.values()) {
      for (const { id } of this.people) {
        if (!reads.get(id, channel.id))
          reads.set(id, channel.id, { last: channel.last_message_id ?? "0", pings: [] });
      }
    }
    this.changed("structure", "names", "messages");
  }

  /** @param {User} user */
  #meet(user) {
    this.users.set(user.id, user);
  }

  // Questions

  /** @returns {Channel | undefined} */
  get channel() {
    return this.current === null ? undefined : this.channels.get(this.current);
  }

  /** @param {string} id */
  nameOfUser(id) {
    const user = this.users.get(id);
    return user ? nameOf(user) : null;
  }

  /** @param {Channel} channel */
  nameOfChannel(channel) {
    return channel.type === DM_TYPE
      ? nameOf(this.bot ?? { username: "bot" })
      : (channel.name ?? "");
  }

  /** @param {Channel | undefined} channel */
  isDm(channel) {
    return channel?.type === DM_TYPE;
  }

  /** @param {Channel | undefined} channel */
  isThread(channel) {
    return THREAD_TYPES.includes(channel?.type ?? -1);
  }

  /**
   * @param {Channel | undefined} channel
   * @returns {boolean} whether it, or what it hangs on, is not for everybody of its server
   */
  isPrivate(channel) {
    if (channel?.type === PRIVATE_THREAD) return true;
    if (this.isThread(channel)) return this.isPrivate(this.channels.get(channel?.parent_id ?? ""));
    const everyone = channel?.permission_overwrites?.find(({ id }) => id === channel.guild_id);
    return Boolean(Number(everyone?.deny ?? 0) & VIEW_CHANNEL);
  }

  /** @param {string} user */
  dmOf(user) {
    return [...this.channels.values()].find(
      (channel) => this.isDm(channel) && channel.user_id === user,
    );
  }

  /** @param {string} guild the text channels, each followed by its threads */
  channelsOf(guild) {
    const all = [...this.channels.values()].filter((channel) => channel.guild_id === guild);
    const tops = all.filter(({ type }) => TEXT_TYPES.includes(type));
    tops.sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || byAge(a.id, b.id));
    return tops.flatMap((top) => {
      const threads = all.filter((each) => this.isThread(each) && each.parent_id === top.id);
      return [
        top,
        ...threads
          .filter((thread) => !thread.thread_metadata?.archived)
          .sort((a, b) => byAge(a.id, b.id)),
      ];
    });
  }

  /** The servers that this person is in. */
  myGuilds() {
    return this.guilds.filter(({ members }) =>
      members.some((member) => (member.user ?? member).id === this.me),
    );
  }

  /** @returns {Guild | undefined} the server of the open channel */
  get guild() {
    return this.guilds.find(({ id }) => id === this.channel?.guild_id);
  }

  /** Everything that this person can open, in the order in which it is listed. */
  openable() {
    const dm = this.dmOf(this.me);
    return [...(dm ? [dm] : []), ...this.myGuilds().flatMap((guild) => this.channelsOf(guild.id))];
  }

  /** @param {string} channel */
  stream(channel) {
    return this.streams.get(channel);
  }

  /** @param {Channel} channel */
  isUnread(channel, user = this.me) {
    const read = reads.get(user, channel.id);
    if (!read) return Boolean(channel.last_message_id);
    return read.pings.length > 0 || byAge(channel.last_message_id ?? "0", read.last) > 0;
  }

  /** @param {string} channel how many unread messages speak to this person */
  pings(channel, user = this.me) {
    return reads.get(user, channel)?.pings.length ?? 0;
  }

  /** @param {string} user */
  allPings(user) {
    return [...this.channels.keys()].reduce((sum, channel) => sum + this.pings(channel, user), 0);
  }

  /** @param {Message} message */
  isMine(message) {
    return message.author.id === this.me;
  }

  /** @param {Message} message */
  speaksToMe(message, user = this.me) {
    if (message.author.id === user) return false;
    if (this.channels.get(message.channel_id)?.user_id === user) return true;
    return Boolean(message.mention_everyone || message.mentions?.some(({ id }) => id === user));
  }

  /** Who is typing in the open channel, without oneself. */
  typists() {
    const now = Date.now();
    const typing = [...(this.typing.get(this.current ?? "") ?? [])];
    return typing
      .filter(([id, until]) => until > now && id !== this.me)
      .map(([id]) => this.nameOfUser(id) ?? "Someone");
  }

  // Changes

  /** @param {string} channel */
  markRead(channel) {
    const last = this.channels.get(channel)?.last_message_id ?? "0";
    const newest = this.streams.get(channel)?.messages.at(-1)?.id ?? "0";
    const read = { last: byAge(last, newest) > 0 ? last : newest, pings: [] };
    const before = reads.get(this.me, channel);
    if (before && before.last === read.last && !before.pings.length) return;
    reads.set(this.me, channel, read);
    this.changed("structure");
  }

  /**
   * @param {string} channel
   * @param {Message[]} page newest first, as the API answers
   * @param {boolean} complete whether nothing is older
   * @param {boolean} older whether they go before what is there, and do not replace it
   */
  addPage(channel, page, complete, older) {
    const before = older ? (this.streams.get(channel)?.messages ?? []) : [];
    const messages = [...page.reverse(), ...before];
    for (const message of messages) this.#notice(message);
    this.streams.set(channel, { messages, complete, loading: false });
    this.changed("messages");
  }

  /** @param {Message} message */
  #notice(message) {
    if (message.webhook_id) this.voices.set(message.author.username, message.author);
    else this.#meet(message.author);
    for (const user of message.mentions ?? []) this.#meet(user);
  }

  /** @param {Message} message puts it in its place, or in place of what it was */
  put(message) {
    const stream = this.streams.get(message.channel_id);
    this.#notice(message);
    if (stream) {
      const at = stream.messages.findLastIndex(({ id }) => byAge(id, message.id) <= 0);
      const known = stream.messages[at]?.id === message.id ? stream.messages[at] : null;
      // Events keep the reactions and know who reacted.
      const now = known ? { ...message, reactions: known.reactions ?? message.reactions } : message;
      stream.messages = stream.messages.toSpliced(known ? at : at + 1, known ? 1 : 0, now);
      if (
        stream.messages.length > KEPT &&
        (message.channel_id !== this.current || this.seesNewest())
      ) {
        stream.messages = stream.messages.slice(-KEPT);
        stream.complete = false;
      }
    }
    this.changed("messages");
  }

  /**
   * @param {string} channel
   * @param {string} id
   * @param {(message: Message) => Message} change
   */
  alter(channel, id, change) {
    const stream = this.streams.get(channel);
    if (stream)
      stream.messages = stream.messages.map((message) =>
        message.id === id ? change(message) : message,
      );
    this.changed("messages");
  }

  /**
   * @param {string} channel
   * @param {string[]} ids
   */
  drop(channel, ids) {
    const stream = this.streams.get(channel);
    if (stream) {
      /** @type {(message: Message) => Message} */
      const forget = (message) =>
        ids.includes(message.referenced_message?.id ?? "")
          ? { ...message, referenced_message: null }
          : message;
      stream.messages = stream.messages.filter(({ id }) => !ids.includes(id)).map(forget);
    }
    for (const { id: user } of this.people) {
      const read = reads.get(user, channel);
      if (read?.pings.length)
        reads.set(user, channel, { ...read, pings: read.pings.filter((id) => !ids.includes(id)) });
    }
    this.changed("messages", "structure");
  }

  /** @param {Message} message a new one */
  arrive(message) {
    const { channel_id: where, author } = message;
    const channel = this.channels.get(where);
    const typing = this.typing.get(where);
    typing?.delete(author.id);
    if (author.bot && this.bot) typing?.delete(this.bot.id);
    const sent = this.pending.findIndex(
      (each) =>
        !each.error &&
        each.channel === where &&
        each.user === author.id &&
        each.content === message.content,
    );
    if (sent >= 0) this.pending.splice(sent, 1);
    for (const { id } of this.people) {
      const read = reads.get(id, where) ?? { last: "0", pings: [] };
      if (author.id === id) reads.set(id, where, { last: message.id, pings: [] });
      else if (this.speaksToMe(message, id) && byAge(message.id, read.last) > 0) {
        reads.set(id, where, {
          ...read,
          pings: [...new Set([...read.pings, message.id])].slice(-99),
        });
      }
    }
    if (channel) channel.last_message_id = message.id;
    this.put(message);
    if (where === this.current && this.seesNewest()) this.markRead(where);
    this.changed("structure", "typing");
  }

  /** @param {{channel_id: string, user_id: string, member?: {user?: User}}} data */
  startTyping({ channel_id: channel, user_id: user, member }) {
    if (member?.user) this.#meet(member.user);
    const typing = this.typing.get(channel) ?? new Map();
    this.typing.set(channel, typing.set(user, Date.now() + TYPING_MS));
    this.changed("typing");
    setTimeout(() => this.changed("typing"), TYPING_MS + 50);
  }
}

export const store = new Store();
