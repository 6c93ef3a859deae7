// @ts-check
/** Components of a message: rows of buttons and selects, and the layouts of Components V2. */

import { el, ownFile } from "./dom.js";
import { card, size } from "./extras.js";
import { icon } from "./icons.js";
import { choose, press, pressOf } from "./interactions.js";
import { parse, render } from "./markdown.js";
import { webAddress } from "./markdown-parse.js";
import { image, veiled } from "./media.js";
import { createSelect, defaultsOf, dots, glyph } from "./select.js";
import { store } from "./store.js";

/**
 * @typedef {import("./store.js").Message} Message
 * @typedef {import("./markdown.js").Names} Names
 * @typedef {{message: Message, names: Names, busy: string | null}} Place what a component stands in
 */

/** @type {Record<number, string>} */
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link-button" };
const LINK = 5;
const PREMIUM = 6;

/** @type {Map<string, {values: string[], of: string}>} what somebody chose, until the message changes */
const picks = new Map();

/** @type {Record<number, (component: any, place: Place) => HTMLElement | null>} by Discord's types */
const KINDS = {
  1: ({ components }, place) => el("div", { class: "action-row" }, all(components, place)),
  2: button,
  3: select,
  5: select,
  6: select,
  7: select,
  8: select,
  9: ({ components, accessory }, place) =>
    el(
      "div",
      { class: "section" },
      el("div", { class: "section-words" }, all(components, place)),
      el("div", { class: "accessory" }, one(accessory, place)),
    ),
  10: ({ content }, { names }) => el("div", { class: "content" }, render(parse(content), names)),
  11: ({ media, description, spoiler }) => {
    const picture = image(media.url, description ?? "");
    return picture && veiled(el("div", { class: "thumbnail" }, picture), spoiler);
  },
  12: ({ items }) => el("div", { class: `gallery of-${Math.min(items.length, 5)}` }, items.map(item)),
  13: ({ file, name, size: bytes, spoiler }) =>
    veiled(
      card(name || fileName(file.url), bytes ? size(bytes) : "", ownFile(file.url)),
      spoiler,
    ),
  14: ({ divider = true, spacing = 1 }) =>
    el("div", { class: `separator space-${spacing}${divider ? " line" : ""}`, role: "separator" }),
  17: ({ components, accent_color: colour, spoiler }, place) => {
    const box = el("div", { class: "container" }, all(components, place));
    if (colour !== null && colour !== undefined)
      box.style.setProperty("--colour", `#${colour.toString(16).padStart(6, "0")}`);
    return veiled(box, spoiler);
  },
};

/** @param {string} url */
const fileName = (url) => decodeURIComponent(url.split(/[?#]/)[0].split("/").at(-1) ?? "file");

/**
 * @param {any} component
 * @param {Place} place
 */
function one(component, place) {
  const kind = KINDS[component.type];
  if (kind) return kind(component, place);
  const words = `The playground cannot show this part (${component.type}).`;
  return el("p", { class: "unknown" }, words);
}

/**
 * @param {any[]} components
 * @param {Place} place
 */
const all = (components, place) => components.map((each) => one(each, place));

/** @param {any} item of a gallery */
function item({ media, description, spoiler }) {
  const picture = image(media.url, description ?? "", media);
  return el("div", { class: "gallery-item" }, picture && veiled(picture, spoiler));
}

/**
 * @param {any} component
 * @param {Place} place
 */
function button({ style, label, emoji, url, disabled, custom_id: id }, { message, busy }) {
  if (style === PREMIUM) return null;
  const words = [
    emoji ? glyph(emoji) : null,
    label ? el("span", { class: "button-label" }, label) : null,
  ];
  if (style === LINK) {
    const href = url && webAddress(url);
    const link = { href, target: "_blank", rel: "noopener noreferrer nofollow", title: url };
    const off = disabled || !href;
    return el(
      off ? "span" : "a",
      { class: "button link-button", ...(off ? { "aria-disabled": "true" } : link) },
      words,
      icon("out"),
    );
  }
  const waiting = busy === id;
  return el(
    "button",
    {
      type: "button",
      class: `button ${STYLES[style] ?? STYLES[2]}`,
      disabled,
      // The dots hide the words.
      "aria-label": label || emoji?.name,
      "aria-busy": waiting ? "true" : null,
      "data-key": id,
      on: { click: () => press(message, id) },
    },
    words,
    waiting ? dots() : null,
  );
}

/**
 * @param {any} component
 * @param {Place} place
 */
function select(component, { message, busy }) {
  const { custom_id: id } = component;
  const key = `${store.me}/${message.id}/${id}`;
  const of = JSON.stringify([component, message.edited_timestamp]);
  const picked = picks.get(key);
  const chosen = picked?.of === of ? picked.values : defaultsOf(component);
  const commit = (/** @type {string[]} */ values) => {
    picks.set(key, { values, of });
    choose(message, id, values).then(() => {
      // What was not taken is not shown as chosen.
      if (pressOf(message.id).error) picks.delete(key);
    });
  };
  return createSelect(component, chosen, { commit, busy: busy === id });
}

/**
 * @param {Message} message
 * @param {Names} names
 */
export function components(message, names) {
  if (!message.components?.length) return [];
  const { busy, error } = pressOf(message.id);
  const place = { message, names, busy };
  const failed = error
    ? el(
        "div",
        { class: "failure", role: "alert" },
        icon("warning"),
        el("span", {}, `This interaction failed. ${error}`),
      )
    : null;
  return [...all(message.components, place), failed];
}

/**
 * The words in the components of a message.
 * @param {any[]} given
 * @returns {string}
 */
export const wordsIn = (given) =>
  given
    .map(({ content, components: inner }) => content ?? (inner ? wordsIn(inner) : ""))
    .filter(Boolean)
    .join(" ");
