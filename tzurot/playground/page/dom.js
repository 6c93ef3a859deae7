// @ts-check
/** Makes DOM nodes: elements, and the pictures of people. */

/**
 * An element. Attributes that are null, undefined or false are left out; `on` holds event listeners;
 * strings among the children become text nodes.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined | false | (Node | string | null)[])} children
 * @returns {HTMLElement & Record<string, any>}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [type, listener] of Object.entries(value))
        element.addEventListener(type, listener);
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/**
 * The element of the page with this id; it is there, index.html says so.
 * @param {string} id
 * @returns {HTMLElement & Record<string, any>}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no element #${id}`);
  return found;
}

/**
 * An address of the playground's own files, or nothing: the page loads no picture from elsewhere.
 * @param {string | null | undefined} url
 */
export function ownFile(url) {
  if (!url) return null;
  try {
    const { pathname, search } = new URL(url, location.href);
    return pathname.startsWith("/cdn/") ? pathname + search : null;
  } catch {
    return null; // not an address at all
  }
}

/** @param {{global_name?: string | null, username: string}} user */
export function nameOf(user) {
  return user.global_name || user.username;
}

const HUES = [235, 145, 35, 350, 275, 190, 15, 310];

/**
 * A round picture: the user's own, or initials on a colour that stays theirs.
 * @param {{id: string, username: string, global_name?: string | null, avatar?: string | null, bot?: boolean}} user
 * @param {string} [className]
 */
export function avatar(user, className = "") {
  const name = nameOf(user);
  const letters = [...name.matchAll(/[\p{L}\p{N}]+/gu)]
    .slice(0, 2)
    .map(([word]) => [...word][0].toUpperCase());
  let hash = 0;
  for (const char of user.bot ? name : user.id)
    hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  const plain = el(
    "span",
    { class: `avatar ${className}`, "aria-hidden": "true" },
    letters.join("") || "?",
  );
  plain.style.setProperty("--hue", String(HUES[hash % HUES.length]));
  if (!user.avatar) return plain;
  const src = `/cdn/avatars/${encodeURIComponent(user.id)}/${encodeURIComponent(user.avatar)}.png`;
  const picture = el("img", { class: `avatar ${className}`, src, alt: "", draggable: "false" });
  picture.addEventListener("error", () => picture.replaceWith(plain), { once: true });
  return picture;
}

/**
 * The small mark beside the name of a bot or webhook.
 * @param {{bot?: boolean}} author
 */
export function appTag(author) {
  return author.bot ? el("span", { class: "app-tag" }, "APP") : null;
}

/**
 * Puts new children in place of the old ones; the keyboard stays at the child of the same `data-key`.
 * @param {HTMLElement} parent
 * @param {Node[]} children
 */
export function replaceKeepingFocus(parent, children) {
  const focused =
    document.activeElement instanceof HTMLElement &&
    parent.contains(document.activeElement) &&
    document.activeElement.dataset.key;
  parent.replaceChildren(...children);
  if (!focused) return;
  const again = [...parent.querySelectorAll("[data-key]")].find(
    (node) => node.getAttribute("data-key") === focused,
  );
  if (again instanceof HTMLElement) again.focus();
}

/**
 * Arrow keys move through a list of links.
 * @param {KeyboardEvent} event
 */
export function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey) return;
  const links = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("a, button")];
  const next = links[links.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step];
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
}

/** @param {number} count */
export const badge = (count) =>
  count ? el("span", { class: "badge" }, count > 99 ? "99+" : String(count)) : null;
