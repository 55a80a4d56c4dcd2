// A person's own conversations beside the channel: the list of them, which one is open, what it has cost so far.

import { get, post, withPerson } from "./api.js";
import { $, clockTime, h, icon, replace, short } from "./dom.js";
import { note } from "./notes.js";
import { replyToPicture } from "./speech.js";
import { state } from "./state.js";
import { say } from "./texts.js";

const ADDRESS = /^#c=([0-9a-z]{20})$/;
const PICTURES = 12; // the newest ones, which can be replied to from the top of a conversation

let known = [];
let before = null;
let title = "";
const hosts = new Set();

/** The conversation that the address names; empty for the channel, undefined where it names something else. */
export function addressed() {
  if (!location.hash || location.hash === "#") return "";
  return ADDRESS.exec(location.hash)?.[1];
}

/** Where the page goes back to when what opened over it is closed. */
export const here = () => `${location.pathname}${state.conversation ? `#c=${state.conversation}` : ""}`;

/** A place for the list, such as a tab of the panel; it is drawn there whenever it changes. */
export function list(host) {
  hosts.add(host);
  draw();
  return host;
}

/** Read the list again, for who acts now. */
export async function refreshList() {
  ({ conversations: known, before } = await get("/api/conversations"));
  draw();
}

async function older() {
  const page = await get(`/api/conversations?before=${before}`);
  known.push(...page.conversations);
  ({ before } = page);
  draw();
}

async function begin() {
  try {
    location.hash = `c=${(await post("/api/conversations")).id}`;
  } catch (error) {
    note.problem({ message: error.message });
  }
  $("box").focus();
}

function draw() {
  const fresh = state.conversation && !known.some(({ id }) => id === state.conversation);
  for (const host of hosts) {
    const held = host.contains(document.activeElement) && document.activeElement.getAttribute("href");
    const items = [
      item("", [h("span", { class: "hash", "aria-hidden": "true" }, "#"), say.conversations.channel], say.conversations.everyones),
      fresh && item(state.conversation, title || say.conversations.fresh),
      known.map((one) => item(one.id, one.title || say.conversations.untitled(clockTime(one.began_at)))),
    ];
    replace(
      host,
      h("button", { type: "button", class: "btn begin", on: { click: begin } }, icon("plus"), h("span", {}, say.conversations.begin)),
      h("ul", {}, items),
      before && h("button", { type: "button", class: "quiet", on: { click: older } }, say.panel.older),
    );
    if (held) host.querySelector(`[href="${CSS.escape(held)}"]`)?.focus();
  }
}

function item(id, words, when) {
  const current = id === state.conversation;
  const link = h("a", { href: `#${id && `c=${id}`}`, class: "talk", "aria-current": current ? "page" : null }, h("span", { class: "clip" }, words), when && h("small", { class: "muted" }, when));
  return h("li", {}, link);
}

/** A request of one's own has come: the first one of a conversation brings it into the list. */
export function heard(view) {
  if (view.conversation && !known.some(({ id }) => id === view.conversation)) refreshList();
}

// the one that is open

/** Draw what the open one is called, at once; then what it has cost, and its pictures. */
export async function drawOpen() {
  const id = state.conversation;
  title = known.find((one) => one.id === id)?.title ?? "";
  drawTitle(id);
  draw();
  if (!id) return;
  const found = await get(`/api/conversation?conversation=${id}`);
  if (id !== state.conversation) return; // another one was opened
  title = found.title || title;
  drawTitle(id, found);
  draw();
}

function drawTitle(id, found) {
  const name = id ? title || say.conversations.fresh : say.conversations.channel;
  replace($("place"), !id && h("span", { class: "hash", "aria-hidden": "true" }, "#"), name);
  document.title = id ? say.conversations.pageTitle(name) : say.conversations.product;
  $("about").hidden = !found?.requests;
  if (found?.requests) replace($("about"), h("p", {}, say.conversations.total(found.requests, short({ micros: found.charged })), found.held > 0 && say.budgets.held(short({ micros: found.held }))), pictures(found));
}

/** The results by their names: a press replies to one. What was hidden, or is not shown here, is only named. */
function pictures({ pictures: all }) {
  const made = all.filter(({ sent, url }) => url && !sent).slice(-PICTURES);
  const one = ({ name, request, index, url }) => {
    const view = state.requests.get(request);
    const shown = view?.assets[index]?.content_type.startsWith("image/") && !view.hidden;
    const reply = () => replyToPicture({ id: request, index, name });
    return h("li", {}, h("button", { type: "button", class: "named", title: say.conversations.reply(name), "aria-label": say.conversations.reply(name), on: { click: reply } }, shown && h("img", { src: withPerson(`${url}?edge=480`), alt: "", loading: "lazy" }), h("span", {}, name)));
  };
  return made.length > 0 && h("ul", { class: "named-pictures", "aria-label": say.conversations.pictures }, made.map(one));
}
