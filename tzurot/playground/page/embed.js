// @ts-check
/** Embeds: framed cards with a title, fields and pictures. */

import { el } from "./dom.js";
import { parse, render } from "./markdown.js";
import { webAddress } from "./markdown-parse.js";
import { image, smallImage } from "./media.js";
import { fullTime, stamp } from "./time.js";

/** @typedef {import("./markdown.js").Names} Names */

const SUPPRESS_EMBEDS = 1 << 2;
const MOST_IN_A_ROW = 3;

/**
 * @param {import("./store.js").Message} message
 * @param {Names} names
 */
export function embeds(message, names) {
  if ((message.flags ?? 0) & SUPPRESS_EMBEDS) return [];
  return (message.embeds ?? []).map((embed) => oneEmbed(embed, names));
}

/**
 * Words that lead to an address, when there is one.
 * @param {Node | string} words
 * @param {string | undefined} url
 */
function linked(words, url) {
  const href = url && webAddress(url);
  if (!href) return el("span", {}, words);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, words);
}

/**
 * @param {any} embed Discord's own object
 * @param {Names} names
 */
function oneEmbed(embed, names) {
  const words = (/** @type {string} */ text) => render(parse(text), names);
  const { author, title, description, footer, timestamp, thumbnail, fields = [] } = embed;
  const at = timestamp ? new Date(timestamp) : null;
  const foot = [
    footer && el("span", {}, footer.text),
    at && el("time", { datetime: timestamp, title: fullTime(at) }, stamp(at)),
  ].filter(Boolean);
  const card = el(
    "article",
    { class: thumbnail ? "embed with-thumbnail" : "embed" },
    el(
      "div",
      { class: "embed-body" },
      author &&
        el(
          "div",
          { class: "embed-author" },
          smallImage(author.icon_url),
          linked(author.name, author.url),
        ),
      title && el("div", { class: "embed-title" }, linked(words(title), embed.url)),
      description && el("div", { class: "content" }, words(description)),
      fields.length > 0 && el("div", { class: "fields" }, fieldsOf(fields, words)),
    ),
    thumbnail && el("div", { class: "embed-thumbnail" }, image(thumbnail.url, "")),
    embed.image && el("div", { class: "embed-image" }, image(embed.image.url, "", embed.image)),
    foot.length > 0 &&
      el(
        "div",
        { class: "embed-footer" },
        smallImage(footer?.icon_url),
        foot.flatMap((node, i) => (i ? [" • ", node] : [node])),
      ),
  );
  if (embed.color)
    card.style.setProperty("--colour", `#${embed.color.toString(16).padStart(6, "0")}`);
  return card;
}

/**
 * Up to three inline fields stand side by side, and share the width.
 * @param {any[]} fields
 * @param {(text: string) => Node} words
 */
function fieldsOf(fields, words) {
  /** @type {any[][]} */
  const rows = [];
  for (const field of fields) {
    const row = rows.at(-1);
    if (field.inline && row?.[0].inline && row.length < MOST_IN_A_ROW) row.push(field);
    else rows.push([field]);
  }
  return rows.flatMap((row) =>
    row.map((field) => {
      const node = el(
        "div",
        { class: field.inline ? "embed-field inline" : "embed-field" },
        el("div", { class: "field-name" }, words(field.name)),
        el("div", { class: "content" }, words(field.value)),
      );
      if (field.inline) node.style.setProperty("--span", String(12 / row.length));
      return node;
    }),
  );
}
