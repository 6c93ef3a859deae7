// @ts-check
/** Finding one's way: servers, channels, the head of the open one, and drawers on small screens. */

import { avatar, badge, byId, el, replaceKeepingFocus, walk } from "./dom.js";
import { icon } from "./icons.js";
import { ask } from "./dialog.js";
import { showMe, showMembers, withStatus } from "./people.js";
import { addressOf } from "./names.js";
import { openDm, openThread } from "./session.js";
import { openSwitcher } from "./switcher.js";
import { store } from "./store.js";

/** @typedef {import("./store.js").Channel} Channel */

const narrow = matchMedia("(max-width: 800px)");
const medium = matchMedia("(max-width: 1100px)");
let membersOpen = !medium.matches;

/** Draws everything around the conversation, and keeps it drawn. */
export function showNavigation() {
  store.on(["structure", "current"], draw);
  store.on(["current"], () => drawer(null));
  byId("scrim").addEventListener("click", () => drawer(null));
  for (const query of [narrow, medium]) query.addEventListener("change", () => drawer(null));
  medium.addEventListener("change", () => {
    membersOpen = !medium.matches;
    settle();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.dataset.drawer) drawer(null);
  });
  byId("channels").addEventListener("keydown", walk);
  byId("rail").addEventListener("keydown", walk);
  settle();
}

function draw() {
  if (!store.people.length) return;
  rail();
  place();
  channels();
  header();
  showMembers();
  showMe();
}

/**
 * @param {boolean} unread
 * @param {number} pings
 */
const said = (unread, pings) => (pings ? `, ${pings} unread for you` : unread ? ", unread" : "");

// The rail

function rail() {
  const dm = store.dmOf(store.me);
  const inDms = store.isDm(store.channel);
  const dmPings = dm ? store.pings(dm.id) : 0;
  const home = el(
    "button",
    {
      type: "button",
      class: "server home",
      "aria-label": `Direct messages${said(dmPings > 0, dmPings)}`,
      title: "Direct messages",
      "aria-current": inDms ? "page" : null,
      "data-key": "home",
      on: { click: openDm },
    },
    icon("bubble"),
    badge(dmPings),
  );
  const servers = store.myGuilds().map((guild) => {
    const own = store.channelsOf(guild.id);
    const pings = own.reduce((sum, { id }) => sum + store.pings(id), 0);
    const unread = own.some((channel) => store.isUnread(channel));
    const here = store.channel?.guild_id === guild.id;
    const to = here ? store.current : (lastIn.get(guild.id) ?? own[0]?.id);
    const letters = [...guild.name.matchAll(/[\p{L}\p{N}]+/gu)]
      .map(([word]) => [...word][0])
      .join("")
      .slice(0, 3);
    const label = `${guild.name}${said(unread, pings)}`;
    const attributes = {
      "aria-label": label,
      title: guild.name,
      "data-key": guild.id,
      "aria-current": here ? "page" : null,
    };
    const className = unread && !here ? "server unread" : "server";
    return el(
      "a",
      { class: className, href: to ? addressOf(to) : "#", ...attributes },
      letters,
      badge(pings),
    );
  });
  replaceKeepingFocus(byId("rail"), [home, el("hr"), ...servers]);
}

/** @type {Map<string, string>} the channel that was last open in each server */
const lastIn = new Map();

// The list of channels

function place() {
  const { channel } = store;
  if (channel?.guild_id) lastIn.set(channel.guild_id, channel.id);
  const { guild } = store;
  const find = el(
    "button",
    { type: "button", class: "find", on: { click: openSwitcher } },
    icon("search"),
    "Find a channel",
    el("kbd", {}, "Ctrl K"),
  );
  byId("place").replaceChildren(...(guild ? [el("h1", {}, guild.name)] : [find]));
}

function channels() {
  const { channel } = store;
  const nav = byId("channels");
  if (store.isDm(channel) || !channel) {
    const dm = store.dmOf(store.me);
    nav.setAttribute("aria-label", "Direct messages");
    replaceKeepingFocus(nav, [
      el("h2", {}, "Direct messages"),
      el("ul", {}, dm ? channelItem(dm) : null),
    ]);
    return;
  }
  nav.setAttribute("aria-label", "Channels");
  const all = store.channelsOf(channel.guild_id ?? "");
  replaceKeepingFocus(nav, [el("h2", {}, "Text channels"), el("ul", {}, all.map(channelItem))]);
}

/** @param {Channel} channel */
function channelItem(channel) {
  const pings = store.pings(channel.id);
  const here = channel.id === store.current;
  const unread = !here && store.isUnread(channel);
  const thread = store.isThread(channel);
  const name = store.nameOfChannel(channel);
  const locked = store.isPrivate(channel);
  const words = [
    locked ? "private" : "",
    channel.nsfw ? "age-restricted" : "",
    thread ? "thread" : "text channel",
  ];
  const kind = store.isDm(channel) ? "" : ` (${words.filter(Boolean).join(" ")})`;
  const picture =
    store.isDm(channel) && store.bot
      ? withStatus(avatar(store.bot, "small"), store.botOnline)
      : icon(thread ? "thread" : "hash");
  return el(
    "li",
    { class: thread ? "thread" : "" },
    el(
      "a",
      {
        href: addressOf(channel.id),
        class: `channel${unread ? " unread" : ""}`,
        "aria-current": here ? "page" : null,
        "aria-label": `${name}${kind}${said(unread, pings)}`,
        "data-key": channel.id,
      },
      picture,
      el("span", { class: "channel-name" }, name),
      channel.nsfw ? el("span", { class: "age", title: "Age-restricted" }, "18+") : null,
      locked ? icon("lock") : null,
      badge(pings),
    ),
  );
}

// The head of the open channel

function header() {
  const { channel } = store;
  if (!channel) return;
  const parent =
    channel.parent_id && store.isThread(channel) ? store.channels.get(channel.parent_id) : null;
  const kind = store.isThread(channel) ? "thread" : store.isDm(channel) ? "bubble" : "hash";
  const shape = store.isPrivate(channel) ? "lock" : kind;
  const tool = (
    /** @type {string} */ label,
    /** @type {string} */ name,
    /** @type {() => void} */ click,
    extra = {},
  ) =>
    el(
      "button",
      {
        type: "button",
        class: `tool ${name}`,
        "aria-label": label,
        title: label,
        "data-key": name,
        on: { click },
        ...extra,
      },
      icon(name),
    );
  const trail = parent
    ? [
        el("a", { href: addressOf(parent.id) }, store.nameOfChannel(parent)),
        el("span", { class: "sep" }, "›"),
      ]
    : [];
  const name = el(
    "h2",
    {},
    icon(shape),
    ...trail,
    el("span", { class: "header-name" }, store.nameOfChannel(channel)),
  );
  const newThread = async () => {
    const thread = await ask({
      title: "Create a thread",
      label: "Thread name",
      confirm: "Create thread",
    });
    if (thread) await openThread(thread);
  };
  replaceKeepingFocus(byId("header"), [
    tool("Channels", "menu", () => drawer("sidebar"), {
      "aria-expanded": String(document.body.dataset.drawer === "sidebar"),
    }),
    name,
    channel.topic ? el("p", { class: "topic" }, channel.topic) : el("span", { class: "space" }),
    ...(channel.type === 0 ? [tool("Create thread", "thread", newThread)] : []),
    tool("Find a channel (Ctrl K)", "search", openSwitcher),
    ...(store.isDm(channel)
      ? []
      : [tool("Members", "people", toggleMembers, { "aria-pressed": String(membersVisible()) })]),
  ]);
  settle();
}

// Drawers: on small screens the lists lie over the conversation, one at a time.

const membersVisible = () =>
  medium.matches ? document.body.dataset.drawer === "members" : membersOpen;

function toggleMembers() {
  if (medium.matches) drawer(membersVisible() ? null : "members");
  else membersOpen = !membersOpen;
  header();
}

/** @param {"sidebar" | "members" | null} open */
function drawer(open) {
  const was = document.body.dataset.drawer;
  if (open) document.body.dataset.drawer = open;
  else delete document.body.dataset.drawer;
  settle();
  const next =
    open === "sidebar" ? "#channels a" : was === "sidebar" ? "#header .menu" : "#header .people";
  const target = document.querySelector(next);
  if ((open || was) && target instanceof HTMLElement) target.focus();
}

/** What cannot be seen cannot be reached either. */
function settle() {
  const open = document.body.dataset.drawer;
  const dm = store.isDm(store.channel);
  byId("sidebar").inert = narrow.matches && open !== "sidebar";
  byId("members").inert = !membersVisible();
  byId("members").hidden = dm || (!medium.matches && !membersOpen);
  byId("main").querySelector(".chat")?.toggleAttribute("inert", Boolean(open));
  byId("scrim").hidden = !open;
}
