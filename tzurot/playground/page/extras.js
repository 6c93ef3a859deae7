// @ts-check
/** What a message carries beside its words: its files. */

import { el, ownFile } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @typedef {import("./store.js").Message} Message
 * @typedef {import("./store.js").Attachment} Attachment
 */

const WIDEST = 440;
const HIGHEST = 320;
const COMPONENTS_ONLY = 1 << 15;

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
  if ((message.flags ?? 0) & COMPONENTS_ONLY) return [];
  // What an embed shows is not shown twice.
  const inside = JSON.stringify(message.embeds ?? []);
  return (message.attachments ?? [])
    .filter(({ url }) => !inside.includes(JSON.stringify(url)))
    .map((file) => picture(file) ?? recording(file) ?? other(file));
}

/** @param {Attachment} file */
function other({ filename, size: bytes, url, description }) {
  return card(filename, [description, size(bytes)].filter(Boolean).join(" • "), ownFile(url));
}

/** @param {Attachment} file a voice message */
function recording({ duration_secs: seconds, url }) {
  if (seconds === undefined) return null;
  const whole = Math.round(seconds);
  const length = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  return card("Voice message", length, ownFile(url), "voice");
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
export function card(name, detail, href, shape = "file") {
  const title = href
    ? el("a", { href, target: "_blank", rel: "noopener" }, name)
    : el("span", {}, name);
  return el("div", { class: "file" }, icon(shape), el("div", {}, title, el("small", {}, detail)));
}
