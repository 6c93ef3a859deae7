// @ts-check
/** What a message carries beside its words: files and embeds. */

import { el, ownFile } from "./dom.js";
import { icon } from "./icons.js";
import { parse, render } from "./markdown.js";
import { webAddress } from "./markdown-parse.js";

/**
 * @typedef {import("./store.js").Message} Message
 * @typedef {import("./store.js").Attachment} Attachment
 * @typedef {import("./markdown.js").Names} Names
 */

const WIDEST = 440;
const HIGHEST = 320;
const SUPPRESS_EMBEDS = 1 << 2;

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/**
 * @param {Message} message
 * @param {import("./store.js").Pending | null} pending
 */
export function files(message, pending) {
  if (pending) return pending.files.map((file) => card(file.name, size(file.size), null));
  return (message.attachments ?? []).map(
    (file) => picture(file) ?? card(file.filename, size(file.size), ownFile(file.url)),
  );
}

/** @param {Attachment} file */
function picture(file) {
  const src = ownFile(file.url);
  if (!src || !file.content_type?.startsWith("image/") || !file.width || !file.height) return null;
  // The size is known before the picture is, so that nothing jumps when it comes.
  const scale = Math.min(1, WIDEST / file.width, HIGHEST / file.height);
  const box = { width: Math.round(file.width * scale), height: Math.round(file.height * scale) };
  const image = el("img", { src, alt: file.description || file.filename, loading: "lazy", ...box });
  return el("a", { class: "picture", href: src, target: "_blank", rel: "noopener" }, image);
}

/**
 * @param {string} name
 * @param {string} detail
 * @param {string | null} href
 */
function card(name, detail, href) {
  const title = href
    ? el("a", { href, target: "_blank", rel: "noopener" }, name)
    : el("span", {}, name);
  return el("div", { class: "file" }, icon("file"), el("div", {}, title, el("small", {}, detail)));
}

/**
 * @param {Message} message
 * @param {Names} names
 */
export function embeds(message, names) {
  if ((message.flags ?? 0) & SUPPRESS_EMBEDS) return [];
  return (message.embeds ?? []).map((embed) => oneEmbed(embed, names));
}

/**
 * @param {any} embed Discord's own object
 * @param {Names} names
 */
function oneEmbed(embed, names) {
  const words = (/** @type {string | undefined} */ text) =>
    text ? render(parse(text), names) : null;
  const href = embed.url && webAddress(embed.url);
  const link = { href, target: "_blank", rel: "noopener noreferrer nofollow" };
  const title = embed.title && (href ? el("a", link, words(embed.title)) : words(embed.title));
  const image = ownFile(embed.image?.url);
  const fields = (embed.fields ?? []).map((/** @type {any} */ field) =>
    el(
      "div",
      { class: field.inline ? "embed-field inline" : "embed-field" },
      el("div", { class: "field-name" }, words(field.name)),
      el("div", { class: "content" }, words(field.value)),
    ),
  );
  const card = el(
    "article",
    { class: "embed" },
    embed.author && el("div", { class: "embed-author" }, embed.author.name),
    title && el("div", { class: "embed-title" }, title),
    embed.description && el("div", { class: "content" }, words(embed.description)),
    fields.length > 0 && el("div", { class: "fields" }, fields),
    image && el("img", { src: image, alt: "", loading: "lazy" }),
    embed.footer && el("div", { class: "embed-footer" }, embed.footer.text),
  );
  if (embed.color)
    card.style.setProperty("--colour", `#${embed.color.toString(16).padStart(6, "0")}`);
  return card;
}
