// @ts-check
/** Times in the words of the reader's own language and place. */

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {Date} at
 * @param {string} style
 */
function format(at, style) {
  let found = formats.get(style);
  if (!found) formats.set(style, (found = new Intl.DateTimeFormat(undefined, STYLES[style])));
  return found.format(at);
}

/** @param {Date} at */
export const clock = (at) => format(at, "t");
/** @param {Date} at */
export const day = (at) => format(at, "D");
/** @param {Date} at */
export const fullTime = (at) => format(at, "F");

/**
 * @param {Date} a
 * @param {Date} b
 */
export const sameDay = (a, b) => a.toDateString() === b.toDateString();

/**
 * The time beside an author's name: shorter the nearer it is.
 * @param {Date} at
 */
export function stamp(at) {
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  if (sameDay(at, new Date())) return clock(at);
  if (sameDay(at, yesterday)) return `Yesterday at ${clock(at)}`;
  return `${format(at, "d")}, ${clock(at)}`;
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/**
 * A time as `<t:…:style>` shows it.
 * @param {Date} at
 * @param {string} style
 */
export function discordTime(at, style) {
  if (style !== "R") return format(at, style);
  const seconds = (at.getTime() - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return relative.format(Math.round(seconds / size), unit);
}

/** Keeps "3 minutes ago" true while it stands there. */
export function keepTimesFresh() {
  setInterval(() => {
    for (const node of document.querySelectorAll('time[data-style="R"]')) {
      node.textContent = discordTime(new Date(/** @type {HTMLTimeElement} */ (node).dateTime), "R");
    }
  }, 15_000);
}
