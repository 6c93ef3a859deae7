// @ts-check
/** The bot's commands as people see them: found by name, with options that are checked before they are sent. */

import { api } from "./api.js";
import { store } from "./store.js";

/**
 * @typedef {{type: number, name: string, description: string, required?: boolean, choices?: Choice[],
 *   autocomplete?: boolean, min_value?: number, max_value?: number, min_length?: number,
 *   max_length?: number, channel_types?: number[], options?: Option[]}} Option
 * @typedef {{name: string, value: string | number}} Choice
 * @typedef {{name: string, description: string, options: Option[], app: string}} Entry
 *   something that can be run: a command, or one of its sub-commands ("character create")
 */

export const KIND = {
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  attachment: 11,
};
const SLASH = 1;
const SUB = 1;

/** @type {Map<string, Promise<any[]>>} by person and channel */
const known = new Map();

/** Forgets what was fetched: something about commands has changed. */
export function forgetCommands() {
  known.clear();
}

/**
 * The application commands that this person can use in the open channel.
 * @returns {Promise<any[]>} Discord's own objects
 */
export function fetchCommands() {
  const key = `${store.me}/${store.current}`;
  let found = known.get(key);
  if (!found && store.current) {
    found = api
      .commands(store.me, store.current)
      .then(({ commands }) => commands)
      .catch((error) => {
        known.delete(key);
        throw error;
      });
    known.set(key, found);
  }
  return found ?? Promise.resolve([]);
}

/**
 * Everything that can be typed after a slash.
 * @param {any[]} commands
 * @returns {Entry[]} in the order of their names
 */
export function entriesOf(commands) {
  /** @type {(node: any, path: string[], app: string) => Entry[]} */
  const walk = (node, path, app) => {
    const options = node.options ?? [];
    const below = options.filter((/** @type {Option} */ { type }) => type <= KIND.group);
    if (below.length)
      return below.flatMap((/** @type {any} */ each) => walk(each, [...path, each.name], app));
    const ordered = [
      ...options.filter((/** @type {Option} */ { required }) => required),
      ...options.filter((/** @type {Option} */ { required }) => !required),
    ];
    return [{ name: path.join(" "), description: node.description, options: ordered, app }];
  };
  return commands
    .filter(({ type }) => (type ?? SLASH) === SLASH)
    .flatMap((command) => walk(command, [command.name], command.application_id))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * The commands that what was typed can mean.
 * @param {Entry[]} entries
 * @param {string} text what stands after the slash
 */
export function matching(entries, text) {
  const query = text.toLowerCase().trimEnd();
  const typed = `${text.toLowerCase()} `;
  /** @param {Entry} entry */
  const value = ({ name }) => {
    if (typed.startsWith(`${name} `) || name.startsWith(query)) return 0;
    if (name.split(/[ _-]/).some((word) => word.startsWith(query))) return 1;
    return name.includes(query) ? 2 : 3;
  };
  return entries
    .map((entry) => ({ entry, rank: value(entry) }))
    .filter(({ rank }) => rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}

/**
 * Options written as text, `name:Aria greeting:hello there`.
 * @param {Entry} entry
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function optionsIn(entry, text) {
  const names = entry.options.map(({ name }) => name);
  if (!names.length) return {};
  const parts = text.split(new RegExp(`(?:^|\\s)(${names.join("|")}):`, "u"));
  /** @type {Record<string, string>} */
  const found = {};
  for (let i = 1; i + 1 < parts.length; i += 2) found[parts[i]] = parts[i + 1].trim();
  return found;
}

/** @param {Option} option */
export const isNumber = ({ type }) => type === KIND.integer || type === KIND.number;

/** @param {Option} option what a value may be, in a few words */
export function limitsOf({ type, min_value, max_value, min_length, max_length, choices }) {
  if (choices?.length) return "";
  const whole = type === KIND.integer ? "a whole number" : "a number";
  if (type === KIND.integer || type === KIND.number) {
    if (min_value !== undefined && max_value !== undefined)
      return `${whole} from ${min_value} to ${max_value}`;
    if (min_value !== undefined) return `${whole}, at least ${min_value}`;
    return max_value === undefined ? whole : `${whole}, at most ${max_value}`;
  }
  if (type !== KIND.string) return "";
  if (min_length && max_length) return `${min_length} to ${max_length} characters`;
  if (min_length) return `at least ${min_length} characters`;
  return max_length ? `at most ${max_length} characters` : "";
}

/**
 * What is wrong with a typed value, as one sentence.
 * @param {Option} option
 * @param {string} text
 * @returns {string | null}
 */
export function problemWith(option, text) {
  const limits = limitsOf(option);
  const { min_value: least, max_value: most, min_length: shortest, max_length: longest } = option;
  if (isNumber(option)) {
    const value = Number(text);
    const fits =
      Number.isFinite(value) &&
      text.trim() !== "" &&
      (option.type !== KIND.integer || Number.isInteger(value)) &&
      value >= (least ?? -Infinity) &&
      value <= (most ?? Infinity);
    return fits ? null : `Enter ${limits}.`;
  }
  const length = [...text].length;
  const fits = length >= (shortest ?? 0) && length <= (longest ?? Infinity);
  return fits ? null : `Use ${limits}; these are ${length}.`;
}
