// @ts-check
/** What a message is beside words and files: one that is passed on, a poll, stickers. */

import { el } from "./dom.js";
import { embeds } from "./embed.js";
import { files } from "./extras.js";
import { icon } from "./icons.js";
import { parse, render } from "./markdown.js";
import { fullTime, stamp } from "./time.js";

/**
 * @typedef {import("./store.js").Message} Message
 * @typedef {import("./markdown.js").Names} Names
 */

const LOTTIE = 3;
const GIF = 4;

/**
 * @param {Message} message
 * @param {Names} names
 * @returns {HTMLElement[]}
 */
export function special(message, names) {
  const { message_snapshots: snapshots = [], poll, sticker_items: stickers = [] } = message;
  return [
    ...snapshots.map((each) => forwarded(each.message, names)),
    ...(poll ? [asked(poll)] : []),
    ...stickers.map(sticker),
  ];
}

/**
 * The same in one line of plain words.
 * @param {Message} message
 * @returns {string}
 */
export function specialWords({ message_snapshots: snapshots = [], poll, sticker_items: stickers = [] }) {
  if (snapshots.length) return `Forwarded: ${snapshots[0].message.content || "a message"}`;
  if (poll) return `Poll: ${poll.question.text}`;
  return stickers.map(({ name }) => `Sticker: ${name}`).join(", ");
}

/**
 * @param {Message} message without its author: Discord does not tell whose it was
 * @param {Names} names
 */
function forwarded(message, names) {
  const at = new Date(message.timestamp);
  const time = el("time", { datetime: message.timestamp, title: fullTime(at) }, stamp(at));
  const { content } = message;
  return el(
    "blockquote",
    { class: "forwarded" },
    el("div", { class: "forwarded-head" }, icon("forward"), "Forwarded"),
    content ? el("div", { class: "content" }, render(parse(content), names)) : null,
    special(message, names),
    files(message, null),
    embeds(message, names),
    el("small", {}, time),
  );
}

/** @param {any} poll Discord's own object */
function asked({ question, answers, allow_multiselect: several, expiry }) {
  const ends = new Date(expiry);
  const hint = several ? "Select one or more answers" : "Select one answer";
  return el(
    "section",
    { class: "poll", "aria-label": `Poll: ${question.text}` },
    el("strong", {}, icon("poll"), question.text),
    el("small", {}, hint),
    el(
      "ul",
      {},
      answers.map((/** @type {any} */ { poll_media: { text, emoji } }) =>
        el("li", {}, emoji?.name ? `${emoji.name} ${text}` : text),
      ),
    ),
    el("small", {}, "Ends ", el("time", { datetime: expiry, title: fullTime(ends) }, stamp(ends))),
  );
}

/** @param {{id: string, name: string, format_type: number}} item */
function sticker({ id, name, format_type: kind }) {
  // An animation drawn by a program is shown by its name.
  if (kind === LOTTIE) return el("div", { class: "sticker named" }, name);
  const src = `/cdn/stickers/${id}.${kind === GIF ? "gif" : "png"}`;
  return el("img", { class: "sticker", src, alt: `Sticker: ${name}`, title: name });
}
