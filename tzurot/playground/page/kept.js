// @ts-check
/** What this browser keeps for each person between visits: drafts, unsent messages, what was read. */

/**
 * @typedef {{text: string, marks: Record<string, string>}} Draft words as shown, and what some of them stand for
 * @typedef {{last: string, pings: string[]}} Read the newest message seen, and the unseen ones that ping
 * @typedef {{content: string, replyTo: string | null, at: number}} Unsent
 */

/**
 * @template T
 * @param {string} kind
 * @param {T} fallback
 */
function shelf(kind, fallback) {
  /** @type {(user: string, channel: string) => string} */
  const key = (user, channel) => `tzurot:${kind}:${user}:${channel}`;
  return {
    /**
     * @param {string} user
     * @param {string} channel
     * @returns {T}
     */
    get(user, channel) {
      const text = localStorage.getItem(key(user, channel));
      return text ? JSON.parse(text) : structuredClone(fallback);
    },
    /**
     * @param {string} user
     * @param {string} channel
     * @param {T | null} value null forgets
     */
    set(user, channel, value) {
      if (value === null) localStorage.removeItem(key(user, channel));
      else localStorage.setItem(key(user, channel), JSON.stringify(value));
    },
  };
}

export const drafts = shelf("draft", /** @type {Draft} */ ({ text: "", marks: {} }));
export const unsent = shelf("unsent", /** @type {Unsent[]} */ ([]));
export const reads = shelf("read", /** @type {Read | null} */ (null));
