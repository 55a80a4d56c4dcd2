// Puts the page together: who acts, what stands in the channel, what arrives, what is redrawn.

import { hooks, countDown } from "./actions.js";
import { acting, get, Stream } from "./api.js";
import { compared, comparison } from "./comparison.js";
import { Composer } from "./compose/composer.js";
import { addressed, drawOpen, heard, here, list, refreshList } from "./conversations.js";
import { $, announce, avatar, h, leftWords, replace } from "./dom.js";
import { clock, isOver, renderMessage, shareOf, status } from "./message.js";
import { markdown } from "./markdown.js";
import { followAddress } from "./library.js";
import { note } from "./notes.js";
import { keepFocus, takeAway, walkMessages } from "./page/focus.js";
import { keepBelow, keepPlace, toEnd } from "./page/scrolling.js";
import { Panel } from "./panel.js";
import { dropReply } from "./speech.js";
import { goToSought } from "./pieces.js";
import { forgetRequest, isHere, isMine, state, take } from "./state.js";
import { say } from "./texts.js";

const PERSON_KEY = "lumenfall-person";
const panel = new Panel();
let composer;
let stream;

// drawing

const nodeOf = (id) => document.querySelector(`.message[data-id="${CSS.escape(id)}"]`);

function redraw(id) {
  const view = state.requests.get(id);
  const known = nodeOf(id);
  if (!view) return known && takeAway(known);
  const node = renderMessage(view);
  keepFocus(known, () => {
    if (known) known.replaceWith(node);
    else $("messages").append(node);
    return node;
  });
  tick();
  return undefined;
}

function redrawAll() {
  keepFocus($("messages"), () => replace($("messages"), state.order.map((id) => renderMessage(state.requests.get(id)))));
  $("earlier").hidden = !state.before;
  tick();
}

function took(view) {
  const before = state.requests.get(view.id);
  if (isMine(view)) heard(view);
  if (!isHere(view)) {
    if (isOver(view) && isMine(view)) refreshMoney();
    return;
  }
  if (!take(view)) return;
  redraw(view.id);
  compared(view);
  composer?.offer();
  if (!before && isMine(view)) toEnd();
  if (isOver(view) && before && !isOver(before)) ended(view);
}

function ended(view) {
  refreshMoney();
  drawOpen();
  if (!isMine(view)) return;
  if (view.state === "delivered") announce(view.charge ? say.result.done(view.charge.shown) : say.result.doneFree);
  else announce(view.error?.message ?? say.result.ended[view.state]);
}

function progressed(data) {
  const view = state.requests.get(data.id);
  if (!view || isOver(view)) return;
  view.progress = { ...data, at: Date.now() };
  // An offer waits for a press, which is a fact of its own.
  if (view.state === "awaiting_confirmation") return;
  if (view.state !== data.state) {
    view.state = data.state;
    redraw(data.id);
    refreshMoney();
    return;
  }
  const node = nodeOf(data.id);
  replace(node.querySelector("[data-status]"), status(view));
  const text = node.querySelector(".streaming");
  if (data.text) {
    text.hidden = false;
    replace(text, markdown(data.text));
  }
}

/** A limit has reached a threshold; whose it is decides who reads it. */
async function noticed({ id, person }) {
  if (person && person !== state.me.person.id) return;
  const { notices } = await get("/api/notices");
  const text = notices.find((one) => one.id === id)?.text;
  if (text) note.limit(text);
  refreshMoney();
}

function refreshMoney() {
  clearTimeout(refreshMoney.soon);
  refreshMoney.soon = setTimeout(refreshBalance, 60);
  panel.refresh();
}

/** Once a second: clocks of what is under way, countdowns of offers. */
function tick() {
  for (const element of document.querySelectorAll("[data-clock]")) {
    const view = state.requests.get(element.dataset.clock);
    if (view) element.textContent = clock(view);
  }
  for (const element of document.querySelectorAll("[data-bar]")) {
    const view = state.requests.get(element.dataset.bar);
    const share = view && shareOf(view);
    if (share !== null && share !== undefined) element.style.width = `${share}%`;
  }
  document.querySelectorAll("[data-until]").forEach(countDown);
}

// the channel

/** What stands in the channel, or in the conversation that is open. */
async function loadChannel() {
  const { conversation } = state;
  const { messages, before } = await get(channelAt(""));
  if (conversation !== state.conversation) return; // Another one was opened.
  state.requests.clear();
  state.order = [];
  state.before = before;
  for (const view of messages) {
    if (view.progress) view.progress.at = Date.now();
    take(view);
  }
  redrawAll();
  composer?.offer();
  toEnd();
}

const channelAt = (before) => `/api/channel?${new URLSearchParams({ before, conversation: state.conversation })}`;

/** The address names another conversation, or the channel. */
async function followConversation() {
  const id = addressed();
  if (id === undefined || id === state.conversation) return;
  state.conversation = id;
  if (panel.covers) panel.toggle(false);
  dropReply();
  await Promise.all([loadChannel(), drawOpen()]);
  drawOpen();
  goToSought();
  announce(say.conversations.opened($("place").textContent));
}

async function loadEarlier() {
  const { conversation } = state;
  const { messages, before } = await get(channelAt(state.before));
  if (conversation !== state.conversation) return;
  state.before = before;
  const fresh = messages.toReversed().filter((view) => take(view, { older: true }));
  const nodes = fresh.toReversed().map(renderMessage);
  keepBelow(() => $("messages").prepend(...nodes));
  if (!before && document.activeElement === $("earlier")) (nodes.at(-1) ?? $("box")).focus({ preventScroll: true });
  $("earlier").hidden = !before;
}

// who acts

async function refreshBalance() {
  const { budgets } = await get("/api/balance");
  const chip = $("balance");
  chip.hidden = budgets.length === 0;
  if (!budgets.length) return;
  const [{ left, limit, budget }] = budgets;
  chip.dataset.level = left.micros <= 0 ? "empty" : left.micros < limit.micros * 0.25 ? "low" : "fine";
  chip.title = budget;
  replace(chip, h("span", {}, leftWords(left, (amount) => h("b", {}, amount))));
}

async function become() {
  // First who acts, since that decides what may be seen.
  const { key } = acting;
  const me = await get("/api/me");
  if (key !== acting.key) return; // Another person has taken over.
  Object.assign(state, { me, as: key });
  const [{ commands }, { models }] = await Promise.all([get("/api/commands"), get("/api/models?limit=200")]);
  Object.assign(state, { people: state.me.people, commands, models });
  $("mode").textContent = state.me.paused ? say.page.paused : state.me.demo ? say.page.demo : "";
  drawPerson();
  await Promise.all([refreshBalance(), refreshList()]);
  drawOpen();
  panel.refresh();
}

function drawPerson() {
  const { me, people } = state;
  const choose = async (event) => {
    acting.key = event.target.value;
    localStorage.setItem(PERSON_KEY, acting.key);
    // A conversation is its person's own.
    state.conversation = "";
    history.replaceState(null, "", here());
    stream.open();
    await become();
    await loadChannel();
    composer.changed();
    announce(say.page.youAre(state.me.person.name));
  };
  const current = people.find((item) => item.id === me.person.id);
  const select = h(
    "select",
    { "aria-label": say.page.actAs, title: say.page.actAs, on: { change: choose } },
    people.map((item) => h("option", { value: item.key, selected: item === current }, say.page.person(item.name, item.about))),
  );
  const leave = h("form", { method: "post", action: "/logout" }, h("button", { type: "submit", class: "btn small" }, say.page.signOut));
  const name = h("span", { class: "person-name" }, h("b", {}, me.person.name), current && h("small", {}, current.about));
  keepFocus($("person"), () => replace($("person"), avatar(me.person), name, people.length > 0 && select, me.can_sign_out && leave));
}

// arriving

function listen() {
  let late = null;
  const onConnection = (up) => {
    if (up) {
      clearTimeout(late);
      late = null;
      $("connection").hidden = true;
    } else late ??= setTimeout(() => ($("connection").hidden = false), 1500);
  };
  stream = new Stream(
    {
      hello: () => {},
      reset: () => loadChannel(),
      request: took,
      progress: progressed,
      hidden: ({ id }) => {
        forgetRequest(id);
        redraw(id);
        composer.offer();
      },
      approvals: () => panel.refresh(),
      budgets: refreshMoney,
      notice: noticed,
      digest: () => panel.refresh(),
      settings: () => become(),
    },
    onConnection,
  );
}

function keys(event) {
  const typing = event.target.closest("input, textarea, select, dialog");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (!$("box").value) composer.put("/");
    else $("box").focus();
  }
}

async function begin() {
  acting.key = localStorage.getItem(PERSON_KEY) ?? "";
  state.conversation = addressed() ?? "";
  list($("talks"));
  hooks.redraw = redraw;
  hooks.took = took;
  comparison.took = took;
  composer = new Composer({ took });
  addEventListener("keydown", keys);
  keepPlace();
  walkMessages();
  $("earlier").addEventListener("click", loadEarlier);
  try {
    await become();
  } catch {
    // The person chosen last time may be gone.
    acting.key = "";
    await become();
  }
  listen();
  addEventListener("pagehide", () => stream.close());
  // A browser opens six connections to a host at most, so tabs nobody looks at give theirs back.
  document.addEventListener("visibilitychange", () => (document.hidden ? stream.close() : stream.open()));
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  addEventListener("hashchange", followConversation);
  await loadChannel();
  drawOpen();
  composer.changed();
  setInterval(tick, 1000);
  followAddress();
  document.body.dataset.ready = "yes";
  if (matchMedia("(hover: hover)").matches) $("box").focus();
}

begin().catch((error) => note.problem({ message: error.message }));
