// @ts-check
/** Pictures and other files inside embeds and components; the playground's own only, others as links. */

import { el, ownFile } from "./dom.js";
import { icon } from "./icons.js";
import { webAddress } from "./markdown-parse.js";

const SPOILER = "Spoiler, hidden. Press to show it.";

/**
 * A picture, or a link in its place when it is somebody else's.
 * @param {string | undefined} url
 * @param {string} [alt]
 * @param {{width?: number, height?: number}} [size] of the picture itself, when it is known
 */
export function image(url, alt = "", { width, height } = {}) {
  const src = ownFile(url);
  if (src) {
    const node = el("img", { src, alt, loading: "lazy", width, height });
    return el("a", { class: "media", href: src, target: "_blank", rel: "noopener" }, node);
  }
  const href = url && webAddress(url);
  if (!href) return null;
  const link = { href, target: "_blank", rel: "noopener noreferrer nofollow", title: href };
  return el("a", { class: "media elsewhere", ...link }, icon("out"), alt || new URL(href).host);
}

/**
 * A small round picture beside a name, when the playground has it.
 * @param {string | undefined} url
 */
export function smallImage(url) {
  const src = ownFile(url);
  return src ? el("img", { class: "small-image", src, alt: "" }) : null;
}

/**
 * Covers something until it is pressed.
 * @param {HTMLElement} node
 * @param {boolean | undefined} hidden
 */
export function veiled(node, hidden) {
  if (!hidden) return node;
  node.inert = true;
  const cover = el("button", { type: "button", class: "veil-word", "aria-label": SPOILER }, "SPOILER");
  const veil = el("div", { class: "veil" }, node, cover);
  cover.addEventListener("click", () => {
    node.inert = false;
    cover.remove();
    veil.classList.add("revealed");
  });
  return veil;
}
