// @ts-check
/** What people start with the bot: commands, pressed buttons, chosen values, submitted forms; and how far they are. */

import { api, packed } from "./api.js";
import { openModal } from "./modal.js";
import { store } from "./store.js";

/**
 * @typedef {import("./store.js").Message} Message
 * @typedef {{id: string, revision: number, status: "waiting" | "deferred" | "answered" | "failed", modal: any,
 *   message: Message | null, error: string | null}} Interaction
 * @typedef {{name: string, options: Record<string, any>, files: Record<string, File>, filled: any}} Command
 *   `filled` is what the composer needs to show it again
 * @typedef {object} Run a command on its way, or one that did not get through
 * @property {string} key
 * @property {string} channel
 * @property {string} user
 * @property {string} name as the header of the answer shows it
 * @property {number} at
 * @property {string | null} id the interaction's, once it has one
 * @property {"sending" | "thinking" | "failed"} state
 * @property {string} error
 * @property {any} filled
 * @property {() => Promise<Interaction>} start
 */

const SILENT = "The application did not respond.";
const REMEMBERED = 200;
let count = 0;

/** @type {Run[]} */
let runs = [];
/** @type {Map<string, Interaction>} the newest word about each interaction; it can come before the answer */
const news = new Map();
/** @type {Map<string, {busy: string | null, error: string | null}>} by person and message: the last press */
const presses = new Map();

/** @param {unknown} error */
const sentence = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Whether a message answers a command. Its event can come before the playground says so.
 * @param {Message} message
 * @param {Run} run
 */
const answers = ({ interaction, timestamp }, { user, name, at }) =>
  interaction?.user.id === user &&
  [interaction.name, `/${interaction.name}`].includes(name) &&
  Date.parse(timestamp) >= at;

/**
 * The commands of this person in the open channel that have no message of their own yet.
 * @param {Message[]} messages those that are there
 */
export const runsHere = (messages) =>
  runs.filter(
    (run) =>
      run.channel === store.current &&
      run.user === store.me &&
      !messages.some((message) => answers(message, run)),
  );

/** @param {string} message */
const pressKey = (message) => `${store.me}/${message}`;

/** @param {string} message */
export const pressOf = (message) => presses.get(pressKey(message)) ?? { busy: null, error: null };

/**
 * Runs a slash command.
 * @param {Command} command
 * @param {(error: string, filled: any) => boolean} refused told when the playground does not take it;
 *   answers whether the words went back to where they were typed
 */
export function runCommand({ name, options, files, filled }, refused) {
  const [user, channel] = [store.me, store.current ?? ""];
  const start = async () => {
    const entries = await Promise.all(
      Object.entries(files).map(async ([option, file]) => [option, await packed(file)]),
    );
    const attachments = entries.length ? { attachments: Object.fromEntries(entries) } : {};
    return api.interact("command", { user, channel, command: name, options, ...attachments });
  };
  return launch(`/${name}`, start, filled, refused);
}

/**
 * Uses a command of the menu of a message or a person.
 * @param {string} command
 * @param {string} target the id of the message or the person
 */
export function useMenu(command, target) {
  const [user, channel] = [store.me, store.current ?? ""];
  return launch(
    command,
    () => api.interact("menu", { user, channel, command, target }),
    null,
    () => false,
  );
}

/**
 * @param {string} name
 * @param {Run["start"]} start
 * @param {any} filled
 * @param {(error: string, filled: any) => boolean} refused
 */
function launch(name, start, filled, refused) {
  /** @type {Run} */
  const run = {
    key: `run-${(count += 1)}`,
    channel: store.current ?? "",
    user: store.me,
    name,
    at: Date.now(),
    id: null,
    state: "sending",
    error: "",
    filled,
    start,
  };
  runs.push(run);
  return follow(run, refused);
}

/**
 * @param {Run} run
 * @param {(error: string, filled: any) => boolean} refused
 */
async function follow(run, refused) {
  run.state = "sending";
  store.changed("messages");
  try {
    settle(run, await run.start());
  } catch (error) {
    if (refused(sentence(error), run.filled)) drop(run);
    else fail(run, sentence(error));
  }
}

/** @param {Run} run */
export const runAgain = (run) => follow(run, () => false);

/** @param {Run} run */
export function drop(run) {
  runs = runs.filter((each) => each !== run);
  store.changed("messages");
}

/**
 * @param {Run} run
 * @param {string} error
 */
function fail(run, error) {
  run.state = "failed";
  run.error = error;
  store.changed("messages");
}

/**
 * @param {Run} run
 * @param {Interaction} answer
 */
function settle(run, answer) {
  const newer = news.get(answer.id);
  const now = newer && newer.revision > answer.revision ? newer : answer;
  if (!run.id && answer.modal) showModal(answer, run.user);
  run.id = now.id;
  if (now.status === "failed") return fail(run, now.error ?? SILENT);
  // An answer that is still being thought about has a message of its own that says so.
  if (now.message) place(now.message, run.user);
  if (now.status === "answered" || now.message) drop(run);
  else run.state = "thinking";
  store.changed("messages");
}

/**
 * Takes in what the stream of events says about an interaction.
 * @param {Interaction} interaction
 */
export function hear(interaction) {
  news.delete(interaction.id);
  news.set(interaction.id, interaction);
  if (news.size > REMEMBERED) news.delete([...news.keys()][0]);
  const run = runs.find(({ id }) => id === interaction.id);
  if (run) settle(run, interaction);
}

/** Asks anew about what is under way: the stream of events had a gap. */
export async function catchUp() {
  const open = runs.filter(({ id, state }) => id && state === "thinking");
  await Promise.all(open.map(async ({ id }) => hear(await api.interaction(id ?? ""))));
}

/**
 * @param {Message} message
 * @param {string} user for whom it came
 */
function place(message, user) {
  if (user === store.me) store.put(message);
}

/**
 * @param {Message} on
 * @param {string} id the button's
 */
export const press = (on, id) => act("press", on, id, {});

/**
 * @param {Message} on
 * @param {string} id the select's
 * @param {string[]} values
 */
export const choose = (on, id, values) => act("select", on, id, { values });

/**
 * @param {"press" | "select"} kind
 * @param {Message} on
 * @param {string} id
 * @param {object} more
 */
async function act(kind, on, id, more) {
  if (pressOf(on.id).busy) return;
  const user = store.me;
  const key = pressKey(on.id);
  presses.set(key, { busy: id, error: null });
  store.changed("messages");
  try {
    const what = { user, channel: on.channel_id, message: on.id, custom_id: id, ...more };
    const answer = await api.interact(kind, what);
    presses.delete(key);
    if (answer.status === "failed") presses.set(key, { busy: null, error: answer.error ?? SILENT });
    if (answer.modal) showModal(answer, user);
    if (answer.message) place(answer.message, user);
  } catch (error) {
    presses.set(key, { busy: null, error: sentence(error) });
  }
  store.changed("messages");
}

/**
 * @param {Interaction} interaction
 * @param {string} user
 */
function showModal(interaction, user) {
  if (user !== store.me) return;
  openModal(interaction.modal, async (values) => {
    const answer = await api.interact("submit", { user, interaction: interaction.id, values });
    if (answer.status === "failed")
      throw new Error(answer.error ?? "Something went wrong. Try again.");
    if (answer.message) place(answer.message, user);
  });
}
