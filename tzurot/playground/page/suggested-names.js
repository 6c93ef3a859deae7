// @ts-check
/** Whom this person can speak to: the names that the bot suggests for an option of one of its commands. */

import { api } from "./api.js";
import { entriesOf, fetchCommands } from "./commands.js";
import { store } from "./store.js";

const PAUSE_MS = 150;
const FRESH_MS = 3_000;
const KEPT_MS = 60_000;
/** A slower bot is not waited for: the names that are known have to do. */
const PATIENCE_MS = 2_000;

/** @type {Map<string, {names: string[], at: number}>} by person, channel and what was typed */
const answers = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;

/** @param {string} query */
const keyOf = (query) => `${store.me}/${store.current}/${query.toLowerCase()}`;

/**
 * The answer to what was typed, or to as much of it as the bot was asked about.
 * @param {string} query
 */
function nearest(query) {
  for (let end = query.length; end >= 0; end -= 1) {
    const found = answers.get(keyOf(query.slice(0, end)));
    if (found) return { ...found, whole: end === query.length };
  }
  return { names: [], at: 0, whole: false };
}

/** @param {string} query */
export const suggestedNames = (query) => (store.namesFrom ? nearest(query).names : []);

/**
 * Asks the bot after a short pause, unless it has just answered.
 * @param {string} query
 * @param {() => void} changed called when it knows other names than it did
 */
export function askForNames(query, changed) {
  clearTimeout(pause);
  const { names, at, whole } = nearest(query);
  // Where nothing fits the beginning of a name, nothing fits the whole.
  const known = Date.now() - at < FRESH_MS && (whole || !names.length);
  const { namesFrom: from, botOnline } = store;
  if (!from || !botOnline || known) return;
  pause = setTimeout(async () => {
    const key = keyOf(query);
    const found = await ask(query, from).catch(() => names);
    for (const [old, { at: then }] of answers) if (Date.now() - then > KEPT_MS) answers.delete(old);
    answers.set(key, { names: found, at: Date.now() });
    if (found.join("\n") !== names.join("\n")) changed();
  }, PAUSE_MS);
}

/**
 * @param {string} query
 * @param {{command: string, option: string}} from
 * @returns {Promise<string[]>}
 */
async function ask(query, from) {
  const what = { user: store.me, channel: store.current, options: { [from.option]: query } };
  const entry = entriesOf(await fetchCommands()).find(({ name }) => name === from.command);
  if (!entry?.options.find(({ name }) => name === from.option)?.autocomplete) return [];
  const asked = { ...what, command: entry.name, focused: from.option };
  const { choices } = await api.autocomplete(asked, PATIENCE_MS);
  return choices.map((/** @type {{name: string}} */ { name }) => name);
}
