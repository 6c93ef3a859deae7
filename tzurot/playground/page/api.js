// @ts-check
/** Speaks with the playground: its JSON API, and the stream of its events. */

const ROOT = "/playground/api";
const PATIENCE_MS = 20_000;

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {number} [patience] in milliseconds
 * @returns {Promise<any>} the answer, or null where there is none
 * @throws {Error} with one sentence that can be shown to people
 */
async function call(method, path, body, patience = PATIENCE_MS) {
  let response;
  try {
    response = await fetch(ROOT + path, {
      method,
      headers: body ? { "content-type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(patience),
    });
  } catch (cause) {
    throw new Error("The playground does not answer. Is it still running?", { cause });
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw new Error(answer?.error ?? `The playground answered with status ${response.status}.`);
}

/** @param {{id: string | null, name: string}} emoji */
export const emojiKey = (emoji) => (emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name);

/**
 * @param {string} channel
 * @param {string} message
 * @param {string} emoji
 * @param {string} user
 */
const reactionPath = (channel, message, emoji, user) =>
  `/channels/${channel}/messages/${message}/reactions/${encodeURIComponent(emoji)}?user=${user}`;

export const api = {
  /** @param {string} [user] who looks: what they cannot see is left out */
  state: (user) => call("GET", user ? `/state?user=${user}` : "/state"),
  /**
   * @param {string} channel
   * @param {string} user who looks: some messages are for one person only
   * @param {string} [before]
   */
  messages: (channel, user, before, limit = 50) =>
    call(
      "GET",
      `/channels/${channel}/messages?user=${user}&limit=${limit}${before ? `&before=${before}` : ""}`,
    ),
  /**
   * @param {string} channel
   * @param {{user: string, content: string, reply_to?: string, attachments?: object[]}} message
   */
  say: (channel, message) => call("POST", `/channels/${channel}/messages`, message),
  /**
   * @param {string} channel
   * @param {string} message
   * @param {string} user
   * @param {string} content
   */
  edit: (channel, message, user, content) =>
    call("PATCH", `/channels/${channel}/messages/${message}`, { user, content }),
  /**
   * @param {string} channel
   * @param {string} message
   * @param {string} user
   */
  remove: (channel, message, user) =>
    call("DELETE", `/channels/${channel}/messages/${message}?user=${user}`),
  /** @param {Parameters<typeof reactionPath>} what */
  react: (...what) => call("PUT", reactionPath(...what)),
  /** @param {Parameters<typeof reactionPath>} what */
  unreact: (...what) => call("DELETE", reactionPath(...what)),
  /**
   * @param {string} channel
   * @param {string} user
   */
  typing: (channel, user) => call("POST", `/channels/${channel}/typing`, { user }),
  /**
   * @param {string} channel
   * @param {{user: string, name: string, message_id?: string}} thread
   */
  thread: (channel, thread) => call("POST", `/channels/${channel}/threads`, thread),
  /** @param {string} user */
  dm: (user) => call("POST", "/dms", { user }),
  /**
   * @param {string} user
   * @param {string} channel
   */
  commands: (user, channel) => call("GET", `/commands?user=${user}&channel=${channel}`),
  /**
   * Starts an interaction, and waits until the bot has answered it or did not in time.
   * @param {"command" | "menu" | "press" | "select" | "submit"} kind
   * @param {object} what
   */
  interact: (kind, what) => call("POST", `/interactions/${kind}`, what),
  /**
   * @param {object} what
   * @param {number} [patience]
   */
  autocomplete: (what, patience) => call("POST", "/interactions/autocomplete", what, patience),
  /** @param {string} id */
  interaction: (id) => call("GET", `/interactions/${id}`),
  /** @param {string} guild lets the bot join */
  addBot: (guild) => call("PUT", `/guilds/${guild}/bot`),
  /** @param {string} guild lets the bot leave */
  removeBot: (guild) => call("DELETE", `/guilds/${guild}/bot`),
};

/**
 * Listens for as long as the page lives; a lost stream is opened again.
 * @param {() => string} user for whom: events of one person's own messages go to nobody else
 * @param {{opened: () => void, lost: () => void, event: (event: {type: string, data: any}) => void}} on
 * @returns {() => void} opens the stream anew, after the user has become somebody else
 */
export function listen(user, on) {
  let delay = 500;
  /** @type {EventSource | null} */
  let current = null;
  const connect = () => {
    const stream = new EventSource(`${ROOT}/events?user=${user()}`);
    current?.close();
    current = stream;
    stream.onopen = () => {
      delay = 500;
      on.opened();
    };
    stream.onmessage = ({ data }) => {
      if (stream === current) on.event(JSON.parse(data));
    };
    stream.onerror = () => {
      // EventSource gives up for good on some errors; opening it anew never does.
      stream.close();
      if (stream !== current) return;
      on.lost();
      setTimeout(() => {
        if (stream === current) connect();
      }, delay);
      delay = Math.min(delay * 1.5, 5_000);
    };
  };
  connect();
  return connect;
}

/**
 * A file as the API takes it.
 * @param {File} file
 * @returns {Promise<{filename: string, content_type: string, base64: string}>}
 */
export function packed(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const base64 = String(reader.result).split(",")[1] ?? "";
      resolve({
        filename: file.name,
        content_type: file.type || "application/octet-stream",
        base64,
      });
    };
    reader.onerror = () => reject(new Error(`${file.name} could not be read. Choose it again.`));
    reader.readAsDataURL(file);
  });
}
