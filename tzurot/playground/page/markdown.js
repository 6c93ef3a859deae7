// @ts-check
/** Discord's markdown in the page: `parse` makes a tree out of a text, `render` DOM nodes out of the tree. */

import { el } from "./dom.js";
import { parse } from "./markdown-parse.js";
import { discordTime, fullTime } from "./time.js";

export { parse };

/**
 * @typedef {import("./markdown-parse.js").Node} Node
 * @typedef {object} Names how ids become words, and where a channel is
 * @property {(id: string) => string | null} user
 * @property {(id: string) => string | null} channel
 * @property {(id: string) => string | null} role
 * @property {(id: string) => string} address
 */

/** @type {Record<string, string>} */
const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strike: "s",
  quote: "blockquote",
  subtext: "small",
};

/**
 * DOM nodes for a tree. Everything that came from people ends up in text nodes and checked addresses.
 * @param {Node[]} nodes
 * @param {Names} names
 * @returns {DocumentFragment}
 */
export function render(nodes, names) {
  const fragment = document.createDocumentFragment();
  for (const node of nodes) fragment.append(one(node, names));
  return fragment;
}

/**
 * @param {Node} node
 * @param {Names} names
 * @returns {HTMLElement | string}
 */
function one(node, names) {
  switch (node.type) {
    case "text":
      return node.text;
    case "code":
      return el("code", { class: "code" }, node.text);
    case "pre":
      return el(
        "pre",
        { class: "fence", "data-lang": node.lang || null },
        el("code", {}, node.text),
      );
    case "heading":
      // The page has headings of its own: a message's begin below them.
      return el(`h${node.level + 2}`, { class: `md-h${node.level}` }, render(node.children, names));
    case "list":
      return el(
        node.start === null ? "ul" : "ol",
        { start: node.start },
        node.items.map((item) => el("li", {}, render(item, names))),
      );
    case "link":
      return el(
        "a",
        {
          href: node.href,
          target: "_blank",
          rel: "noopener noreferrer nofollow",
          title: node.href,
        },
        render(node.children, names),
      );
    case "spoiler":
      return spoiler(node.children, names);
    case "mention":
      return mention(node, names);
    case "command":
      return el("span", { class: "mention" }, `/${node.name}`);
    case "emoji":
      return el("span", { class: "custom-emoji", title: `:${node.name}:` }, `:${node.name}:`);
    case "time": {
      const at = new Date(node.seconds * 1000);
      const attributes = {
        datetime: at.toISOString(),
        title: fullTime(at),
        "data-style": node.style,
      };
      return el("time", { class: "timestamp", ...attributes }, discordTime(at, node.style));
    }
    default:
      return el(TAGS[node.type], { class: `md-${node.type}` }, render(node.children, names));
  }
}

/**
 * Hidden from eyes, screen readers and the keyboard until it is opened.
 * @param {Node[]} children
 * @param {Names} names
 */
function spoiler(children, names) {
  const inner = el(
    "span",
    { class: "spoiler-text", "aria-hidden": "true" },
    render(children, names),
  );
  inner.inert = true;
  const outer = el(
    "span",
    {
      class: "spoiler",
      role: "button",
      tabindex: 0,
      "aria-label": "Spoiler, hidden. Press to show it.",
    },
    inner,
  );
  /** @param {Event} event */
  const reveal = (event) => {
    if (outer.classList.contains("revealed")) return;
    event.preventDefault();
    event.stopPropagation();
    outer.classList.add("revealed");
    inner.inert = false;
    inner.removeAttribute("aria-hidden");
    for (const name of ["role", "tabindex", "aria-label"]) outer.removeAttribute(name);
  };
  outer.addEventListener("click", reveal);
  outer.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") reveal(event);
  });
  return outer;
}

/**
 * @param {Extract<Node, {type: "mention"}>} node
 * @param {Names} names
 */
function mention(node, names) {
  if (node.of === "channel") {
    const name = names.channel(node.id);
    if (name === null) return el("span", { class: "mention unknown" }, "#unknown");
    return el("a", { class: "mention", href: names.address(node.id) }, `#${name}`);
  }
  return el("span", { class: "mention" }, mentionText(node, names));
}

/**
 * @param {Extract<Node, {type: "mention"}>} node
 * @param {Names} names
 */
function mentionText(node, names) {
  if (node.of === "all") return `@${node.id}`;
  if (node.of === "channel") return `#${names.channel(node.id) ?? "unknown"}`;
  if (node.of === "role") return `@${names.role(node.id) ?? "unknown-role"}`;
  return `@${names.user(node.id) ?? "unknown-user"}`;
}

/**
 * One line of plain words, for previews and for what is read aloud. Spoilers stay secret.
 * @param {Node[]} nodes
 * @param {Names} names
 * @returns {string}
 */
export function plainText(nodes, names) {
  /** @param {Node} node */
  const words = (node) => {
    switch (node.type) {
      case "text":
      case "code":
      case "pre":
        return node.text;
      case "spoiler":
        return "(spoiler)";
      case "list":
        return node.items.map((item) => plainText(item, names)).join(", ");
      case "mention":
        return mentionText(node, names);
      case "command":
        return `/${node.name}`;
      case "emoji":
        return `:${node.name}:`;
      case "time":
        return discordTime(new Date(node.seconds * 1000), node.style);
      case "heading":
      case "quote":
      case "subtext":
        return `${plainText(node.children, names)} `;
      default:
        return plainText(node.children, names);
    }
  };
  return nodes.map(words).join("").replace(/\s+/g, " ").trim();
}
