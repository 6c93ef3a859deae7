// @ts-check
/** Who is here, and who one is oneself. */

import { colourOf, rolesOf, standing } from "./roles.js";
import { instead } from "./menu.js";
import { below, openUserMenu } from "./menus.js";
import { appTag, avatar, badge, byId, el, nameOf, replaceKeepingFocus, walk } from "./dom.js";
import { icon } from "./icons.js";
import { become } from "./session.js";
import { store } from "./store.js";

/**
 * @param {Node} picture
 * @param {boolean} online
 */
export const withStatus = (picture, online) =>
  el(
    "span",
    { class: "with-status" },
    picture,
    el("span", { class: `status ${online ? "online" : "offline"}` }),
  );

/** Draws the members of the open server: by their highest role that stands apart, then the others. */
export function showMembers() {
  const { guild } = store;
  const all = (guild?.members ?? []).map(
    (member) => store.users.get((member.user ?? member).id) ?? member.user,
  );
  const online = all.filter((user) => !user.bot || store.botOnline);
  const apart = (guild?.roles ?? []).filter(({ hoist }) => hoist);
  apart.sort((a, b) => b.position - a.position);
  const roleOf = (/** @type {import("./store.js").User} */ { id }) =>
    rolesOf(id, guild).find(({ hoist }) => hoist)?.id;
  /** @type {[string, import("./store.js").User[]][]} */
  const groups = [
    ...apart.map(
      ({ id, name }) =>
        /** @type {[string, import("./store.js").User[]]} */ ([
          name,
          online.filter((user) => roleOf(user) === id),
        ]),
    ),
    ["Online", online.filter((user) => !roleOf(user))],
    ["Offline", all.filter((user) => !online.includes(user))],
  ];
  replaceKeepingFocus(
    byId("members"),
    groups.flatMap(([title, users]) =>
      users.length
        ? [el("h2", {}, `${title} — ${users.length}`), el("ul", {}, users.map(memberItem))]
        : [],
    ),
  );
}

/** @param {import("./store.js").User} user */
function memberItem(user) {
  const online = !user.bot || store.botOnline;
  const you = user.id === store.me ? el("span", { class: "you" }, "you") : null;
  const about = !user.bot
    ? null
    : el("small", {}, online ? "Type @ to talk" : "Offline or starting");
  const name = el("span", { class: "member-name" }, nameOf(user));
  const colour = colourOf(user.id);
  if (colour) name.style.color = colour;
  const words = el(
    "div",
    { class: "member-words" },
    el("div", {}, name, appTag(user), you),
    about,
  );
  const more = el(
    "button",
    {
      type: "button",
      class: "tool member-more",
      "aria-label": `More about ${nameOf(user)}`,
      "aria-haspopup": "menu",
      "data-key": `member-${user.id}`,
    },
    icon("more"),
  );
  more.addEventListener("click", () => openUserMenu(user, more, below(more)));
  const contextmenu = (/** @type {MouseEvent} */ event) =>
    instead(event, () =>
      openUserMenu(user, more, { left: event.clientX, top: event.clientY }),
    );
  return el(
    "li",
    { class: online ? "member" : "member away", on: { contextmenu } },
    withStatus(avatar(user, "medium"), online),
    words,
    more,
  );
}

/** Draws who one is. */
export function showMe() {
  const user = store.users.get(store.me);
  if (!user) return;
  const others = store.people.some(({ id }) => id !== store.me && store.allPings(id) > 0);
  const button = el(
    "button",
    {
      type: "button",
      id: "who",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": `You are ${nameOf(user)}. Become somebody else.`,
      "data-key": "who",
      on: { click: chooseUser },
    },
    withStatus(avatar(user, "medium"), true),
    el(
      "span",
      { class: "who-words" },
      el("strong", {}, nameOf(user)),
      el("small", {}, `You, ${standing(user.id)}`),
    ),
    others ? el("span", { class: "dot", title: "Somebody else has unread messages" }) : null,
    icon("down"),
  );
  if (!byId("me").querySelector("[role=menu]")) replaceKeepingFocus(byId("me"), [button]);
}

function chooseUser() {
  const open = byId("me").querySelector("[role=menu]");
  if (open) return closeUsers();
  const items = store.people.map((user) =>
    el(
      "button",
      {
        type: "button",
        role: "menuitemradio",
        "aria-checked": String(user.id === store.me),
        "data-user": user.username,
        on: { click: () => choose(user.id) },
      },
      avatar(user, "medium"),
      el(
        "span",
        { class: "who-words" },
        el("span", {}, nameOf(user)),
        el("small", {}, standing(user.id)),
      ),
      badge(store.allPings(user.id)),
      user.id === store.me ? icon("check") : null,
    ),
  );
  const menu = el("div", { role: "menu", "aria-label": "Who you are" }, items);
  menu.addEventListener("keydown", (event) => {
    walk(event);
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.stopPropagation();
    closeUsers();
  });
  menu.addEventListener("focusout", (event) => {
    const to = /** @type {Node | null} */ (event.relatedTarget);
    if (to && !byId("me").contains(to)) closeUsers(false);
  });
  byId("who").setAttribute("aria-expanded", "true");
  byId("me").prepend(menu);
  (items.find((item) => item.getAttribute("aria-checked") === "true") ?? items[0]).focus();
}

function closeUsers(refocus = true) {
  byId("me").querySelector("[role=menu]")?.remove();
  showMe();
  byId("who").setAttribute("aria-expanded", "false");
  if (refocus) byId("who").focus();
}

/** @param {string} user */
function choose(user) {
  closeUsers();
  become(user);
}
