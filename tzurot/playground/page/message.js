// @ts-check
/** One message of the stream as DOM: a row whose parts are made anew only when they change. */

import { emojiKey } from "./api.js";
import { components, wordsIn } from "./components.js";
import { appTag, avatar, el, nameOf } from "./dom.js";
import { embeds } from "./embed.js";
import { files } from "./extras.js";
import { icon } from "./icons.js";
import { pressOf } from "./interactions.js";
import { parse, plainText, render } from "./markdown.js";
import { names } from "./names.js";
import { colourOf } from "./roles.js";
import { dots } from "./select.js";
import { special, specialWords } from "./special.js";
import { open } from "./session.js";
import { store } from "./store.js";
import { clock, fullTime, stamp } from "./time.js";

/**
 * @typedef {import("./store.js").Message} Message
 * @typedef {import("./store.js").Pending} Pending
 * @typedef {object} Flags
 * @property {boolean} grouped whether it continues the message above
 * @property {Pending | null} pending set while it has not arrived
 * @property {import("./interactions.js").Run | null} run set while it stands for a command on its way
 * @property {HTMLElement | null} editor shown in place of the text
 * @typedef {object} Actions what the stream does for a row
 * @property {(message: Message) => void} jump
 * @property {(message: Message, emoji: {id: string | null, name: string}) => void} react
 * @property {(message: Message, anchor: HTMLElement) => void} pick
 * @property {(pending: Pending) => void} retry
 * @property {(pending: Pending) => void} discard
 * @property {(run: import("./interactions.js").Run) => void} refill puts a command back where it was typed
 * @property {(run: import("./interactions.js").Run) => void} runAgain
 * @property {(run: import("./interactions.js").Run) => void} drop
 * @property {(message: Message) => void} dismiss a message that only this person sees
 */

const REPLY = 19;
const CHAT_COMMAND = 20;
const MENU_COMMAND = 23;
const THREAD_STARTER = 21;
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const ONLY_EMOJI =
  /^(?:\s|\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f\u20e3])+$/u;
const MOST_LARGE_EMOJI = 30;

/** @type {Record<number, (message: Message) => string>} what Discord itself says in the name of a person */
const NOTES = {
  6: (message) => `${nameOf(message.author)} pinned a message to this channel.`,
  7: (message) => `${nameOf(message.author)} is here now.`,
  18: (message) => `${nameOf(message.author)} started a thread: ${message.content}`,
  21: () => "The message that this thread grew from was deleted.",
};

/** @param {Message} message */
export const isNote = (message) => message.type in NOTES && shownIn(message) === message;

/** The message that a row shows: a thread begins with the message that it grew from. @param {Message} message */
const shownIn = (message) =>
  (message.type === THREAD_STARTER && message.referenced_message) || message;

/** @param {Message} message */
const isThinking = ({ flags = 0 }) => Boolean(flags & LOADING);
/** @param {Message} message whether only this person sees it */
export const isEphemeral = ({ flags = 0 }) => Boolean(flags & EPHEMERAL);

/**
 * A message in one line of plain words.
 * @param {Message} message
 */
export function summary(message) {
  if (isNote(message)) return NOTES[message.type](message);
  if (isThinking(message)) return `${nameOf(message.author)} is thinking…`;
  const inner = message.embeds?.map(({ title, description }) => title ?? description ?? "") ?? [];
  const parts = [message.content, ...inner, wordsIn(message.components ?? [])];
  const text = [...parts, specialWords(message)].find(Boolean);
  const words = plainText(parse(text ?? ""), names);
  const count = (message.attachments?.length ?? 0) + (message.embeds?.length ?? 0);
  return words || (count ? "Attachment" : "Empty message");
}

/** @type {WeakMap<HTMLElement, Record<string, string>>} what each part of a row was made from */
const made = new WeakMap();

/** @returns {HTMLElement} an empty row for `updateRow` */
export function newRow() {
  const part = (/** @type {string} */ name) =>
    el("div", { class: `part ${name}`, "data-part": name });
  const body = el(
    "div",
    { class: "body" },
    ...["head", "text", "special", "files", "embeds", "components", "state", "thread", "reactions", "notice"].map(part),
  );
  return el("li", { class: "message", tabindex: -1 }, part("reply"), part("gutter"), body);
}

/**
 * Brings a row up to date.
 * @param {HTMLElement} row
 * @param {Message} message
 * @param {Flags} flags
 * @param {Actions} actions
 */
export function updateRow(row, message, flags, actions) {
  const shown = shownIn(message);
  const at = new Date(shown.timestamp);
  const note = isNote(message);
  const { pending, grouped, editor, run } = flags;
  const colour = message.webhook_id ? null : colourOf(shown.author.id);
  row.dataset.id = message.id;
  row.className = "message";
  row.classList.toggle("grouped", grouped);
  row.classList.toggle("note", note);
  row.classList.toggle("to-me", store.speaksToMe(message) && !store.isDm(store.channel));
  row.classList.toggle("pending", Boolean(pending && !pending.error));
  row.classList.toggle("failed", Boolean(pending?.error));
  row.classList.toggle("editing", Boolean(editor));
  row.classList.toggle("ephemeral", isEphemeral(shown));
  const edited = shown.edited_timestamp ? ", edited" : "";
  row.setAttribute(
    "aria-label",
    `${note ? "" : `${nameOf(shown.author)}, `}${stamp(at)}${edited}: ${summary(shown)}`,
  );

  const who = [shown.author, colour, grouped, at.toDateString(), new Date().toDateString()];
  const used = usedBy(message);
  const reply = message.type === REPLY ? [message.referenced_message ?? null] : null;
  /** @type {Record<string, [unknown, () => (Node | string | null)[]]>} */
  const parts = {
    reply: [
      [used, reply],
      () => (used ? usedLine(used) : reply ? replyLine(message, actions) : []),
    ],
    gutter: [[who, note], () => gutter(shown, grouped, note)],
    head: [[who, note], () => (grouped || note ? [] : head(shown, colour))],
    text: [
      [shown.content, shown.edited_timestamp, note, editor ? "editor" : "", shown.flags, run?.state],
      () => (editor ? [editor] : run ? progress(run) : text(shown, note)),
    ],
    special: [
      [shown.message_snapshots, shown.poll, shown.sticker_items],
      () => special(shown, names),
    ],
    files: [
      [shown.attachments, pending?.files.map(({ name }) => name)],
      () => files(shown, pending),
    ],
    embeds: [[shown.embeds, shown.flags], () => embeds(shown, names)],
    components: [
      [shown.components, shown.edited_timestamp, pressOf(shown.id)],
      () => components(shown, names),
    ],
    state: [
      [pending?.error, run?.state, run?.error],
      () =>
        pending?.error
          ? failure(pending, actions)
          : run?.state === "failed"
            ? runFailure(run, actions)
            : [],
    ],
    thread: [
      message.thread?.id && store.channels.get(message.thread.id)?.name,
      () => threadLink(message),
    ],
    reactions: [[message.reactions, store.me], () => reactions(message, actions)],
    notice: [
      [isEphemeral(shown), Boolean(run)],
      () => (isEphemeral(shown) && !run ? notice(() => actions.dismiss(shown)) : []),
    ],
  };
  const before = made.get(row) ?? {};
  for (const slot of row.querySelectorAll("[data-part]")) {
    const name = /** @type {HTMLElement} */ (slot).dataset.part ?? "";
    const signature = JSON.stringify(parts[name][0]) ?? "";
    if (before[name] === signature) continue;
    before[name] = signature;
    const focused =
      slot.contains(document.activeElement) &&
      /** @type {HTMLElement} */ (document.activeElement).dataset.key;
    slot.replaceChildren(...parts[name][1]().filter((node) => node !== null));
    if (focused) {
      const again = [...slot.querySelectorAll("[data-key]")].find(
        (node) => node.getAttribute("data-key") === focused,
      );
      /** @type {HTMLElement} */ (again ?? row).focus();
    }
  }
  made.set(row, before);
}

/**
 * @param {Message} message
 * @param {boolean} grouped
 * @param {boolean} note
 */
function gutter({ author, timestamp }, grouped, note) {
  const at = new Date(timestamp);
  if (note) return [icon("thread")];
  if (grouped) return [el("time", { datetime: timestamp, title: fullTime(at) }, clock(at))];
  return [avatar(author)];
}

/**
 * @param {Message} message
 * @param {string | null} colour
 */
function head({ author, timestamp, webhook_id: hook }, colour) {
  const at = new Date(timestamp);
  const time = el("time", { datetime: timestamp, title: fullTime(at) }, stamp(at));
  const name = el("span", { class: "author" }, nameOf(author));
  if (colour) name.style.color = colour;
  return [name, appTag({ bot: author.bot || Boolean(hook) }), time];
}

/**
 * Who used which command, when the message answers one.
 * @param {Message} message
 */
function usedBy({ interaction, interaction_metadata: about, type }) {
  const user = about?.user ?? interaction?.user;
  const name = about?.name ?? interaction?.name;
  if (!user || !name || ![CHAT_COMMAND, MENU_COMMAND].includes(type)) return null;
  const title = type === MENU_COMMAND ? name : `/${name.replace(/^\//, "")}`;
  return { user: store.users.get(user.id) ?? user, title };
}

/** @param {{user: import("./store.js").User, title: string}} used */
function usedLine({ user, title }) {
  return [
    el(
      "span",
      { class: "used-line" },
      avatar(user, "tiny"),
      el("span", { class: "author" }, nameOf(user)),
      " used ",
      el("span", { class: "mention" }, title),
    ),
  ];
}

/** @param {import("./interactions.js").Run} run */
function progress({ state }) {
  if (state === "failed") return [];
  const words = state === "sending" ? "Sending command…" : `${botName()} is thinking…`;
  return [el("div", { class: "thinking", role: "status" }, dots(), words)];
}

const botName = () => (store.bot ? nameOf(store.bot) : "The bot");

/** @param {() => void} dismiss */
function notice(dismiss) {
  return [
    el(
      "div",
      { class: "only-you" },
      icon("eye"),
      "Only you can see this • ",
      el("button", { type: "button", class: "link", on: { click: dismiss } }, "Dismiss message"),
    ),
  ];
}

/**
 * @param {import("./interactions.js").Run} run
 * @param {Actions} actions
 */
function runFailure(run, actions) {
  const button = (/** @type {string} */ label, /** @type {() => void} */ click) =>
    el("button", { type: "button", class: "link", on: { click } }, label);
  return [
    el(
      "div",
      { class: "failure", role: "alert" },
      icon("warning"),
      el("span", {}, run.error),
      button("Try again", () => actions.runAgain(run)),
      run.filled ? button("Edit", () => actions.refill(run)) : null,
    ),
    ...notice(() => actions.drop(run)),
  ];
}

/**
 * @param {Message} message
 * @param {boolean} note
 */
function text(message, note) {
  if (note) {
    const at = new Date(message.timestamp);
    return [
      NOTES[message.type](message),
      " ",
      el("time", { datetime: message.timestamp, title: fullTime(at) }, stamp(at)),
    ];
  }
  if (isThinking(message)) {
    const words = `${nameOf(message.author)} is thinking…`;
    return [el("div", { class: "thinking", role: "status" }, dots(), words)];
  }
  const { content, edited_timestamp: edited } = message;
  const large =
    ONLY_EMOJI.test(content) && /\S/.test(content) && [...content].length <= MOST_LARGE_EMOJI;
  const words = el(
    "div",
    { class: large ? "content large" : "content" },
    render(parse(content), names),
  );
  if (edited) {
    const title = fullTime(new Date(edited));
    words.append(el("span", { class: "edited", title }, "(edited)"));
  }
  return content || edited ? [words] : [];
}

/**
 * @param {Message} message
 * @param {Actions} actions
 */
function replyLine(message, actions) {
  const to = message.referenced_message;
  if (!to)
    return [
      el(
        "span",
        { class: "reply-gone" },
        icon("reply"),
        "The message that this answers was deleted.",
      ),
    ];
  const words = el("span", { class: "reply-words" }, summary(to));
  const jump = { click: () => actions.jump(to) };
  const label = `Answers ${nameOf(to.author)}: ${summary(to)}. Go there.`;
  return [
    el(
      "button",
      { type: "button", class: "reply-line", "aria-label": label, on: jump },
      avatar(to.author, "tiny"),
      appTag(to.author),
      el("span", { class: "author" }, nameOf(to.author)),
      words,
    ),
  ];
}

/**
 * @param {Pending} pending
 * @param {Actions} actions
 */
function failure(pending, actions) {
  const button = (/** @type {string} */ label, /** @type {() => void} */ click) =>
    el("button", { type: "button", class: "link", on: { click } }, label);
  return [
    el(
      "div",
      { class: "failure", role: "alert" },
      icon("warning"),
      el("span", {}, `Not sent. ${pending.error}`),
      button("Try again", () => actions.retry(pending)),
      button("Discard", () => actions.discard(pending)),
    ),
  ];
}

/** @param {Message} message */
function threadLink(message) {
  const thread = message.thread && store.channels.get(message.thread.id);
  if (!thread) return [];
  const click = () => open(thread.id);
  return [
    el(
      "button",
      { type: "button", class: "thread-link", on: { click } },
      icon("thread"),
      thread.name ?? "Thread",
    ),
  ];
}

/**
 * @param {Message} message
 * @param {Actions} actions
 */
function reactions(message, actions) {
  if (!message.reactions?.length) return [];
  const buttons = message.reactions.map((reaction) => {
    const { emoji, count, users = [] } = reaction;
    const mine = users.includes(store.me);
    const who = users.map((id) => store.nameOfUser(id) ?? "somebody").join(", ");
    const shown = emoji.id ? `:${emoji.name}:` : emoji.name;
    return el(
      "button",
      {
        type: "button",
        class: "reaction",
        "aria-pressed": String(mine),
        "aria-label": `${shown}, ${count}${who ? `: ${who}` : ""}`,
        title: who,
        "data-key": emojiKey(emoji),
        on: { click: () => actions.react(message, emoji) },
      },
      el("span", { class: "glyph" }, shown),
      el("span", { class: "count" }, String(count)),
    );
  });
  const add = el(
    "button",
    {
      type: "button",
      class: "reaction add",
      "aria-label": "Add a reaction",
      "data-key": "add",
      on: {
        click: (/** @type {Event} */ event) =>
          actions.pick(message, /** @type {HTMLElement} */ (event.currentTarget)),
      },
    },
    icon("smile"),
  );
  return [...buttons, add];
}
