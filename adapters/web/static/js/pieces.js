// Pieces that stand both in notes and in the side panel.

import { clockTime, h, leftWords, short, untilWhen } from "./dom.js";
import { isHere, isMine, state } from "./state.js";
import { say } from "./texts.js";

/** A budget as a bar: spent, then what is held for what is running. */
export function budgetBar(room) {
  if (room.limit === null || room.per_person) return h("div", { class: "budget" }, h("p", { class: "budget-head" }, room.words), h("p", { class: "muted budget-foot" }));
  const limit = Math.max(room.limit.micros, 1);
  const spent = Math.min(100, (100 * Math.max(0, room.spent.micros)) / limit);
  const held = Math.min(100 - spent, (100 * Math.max(0, room.held.micros)) / limit);
  const level = room.left.micros <= 0 ? "empty" : spent + held > 75 ? "low" : "fine";
  const title = room.whose ? room.words : room.budget;
  return h(
    "div",
    { class: `budget ${level}` },
    h("p", { class: "budget-head" }, h("span", {}, title), h("b", {}, leftWords(room.left))),
    h(
      "div",
      { class: "meter", role: "img", "aria-label": say.budgets.meter(room.spent.shown, room.held.shown, room.limit.shown) },
      h("span", { class: "spent", "width%": spent }),
      h("span", { class: "held", "width%": held }),
    ),
    h(
      "p",
      { class: "muted budget-foot" },
      h("span", {}, footWords(room)),
    ),
  );
}

function footWords({ spent, held, limit, resets_at: resets }) {
  const end = [short(limit), untilWhen(resets)];
  return held.micros > 0 ? say.budgets.spentAndHeld(short(spent), short(held), ...end) : say.budgets.spent(short(spent), ...end);
}

export function modelRow(model, pick) {
  const price = model.free ? say.money.free : model.starting_price ? say.money.from(model.starting_price.shown) : say.money.byUse;
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "row", on: { click: pick } },
      h("span", { class: "row-main" }, h("b", {}, model.id), h("span", { class: "muted" }, model.capabilities.map((name) => say.controls.abilities[name] ?? name).join(" · "))),
      h("span", { class: "row-side" }, price),
    ),
  );
}

/** Go to a message: where it stands here, in its conversation, or at the address of its result. */
function goTo(view) {
  const node = document.querySelector(`.message[data-id="${CSS.escape(view.id)}"]`);
  if (node) {
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.add("flash");
    setTimeout(() => node.classList.remove("flash"), 1500);
  } else if (isMine(view) && !isHere(view)) {
    state.sought = view;
    location.hash = view.conversation ? `c=${view.conversation}` : "";
  } else location.hash = `result/${view.id}`;
}

/** What was sought from elsewhere has been read along with its conversation. */
export function goToSought() {
  const { sought } = state;
  state.sought = null;
  if (sought && isHere(sought)) goTo(sought);
}

const reached = (view) => state.requests.has(view.id) || (isMine(view) && !isHere(view)) || (view.state === "delivered" && (isMine(view) || !view.conversation));

export function historyRow(view) {
  const cost = view.charge?.micros ? view.charge.shown : view.state === "delivered" ? say.money.free : say.states[view.state];
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "row", disabled: !reached(view), on: { click: () => goTo(view) } },
      h("span", { class: "row-main" }, h("b", { class: "clip" }, view.command), h("span", { class: "muted" }, `${clockTime(view.created_at)} · ${view.model}`)),
      h("span", { class: "row-side" }, cost),
    ),
  );
}

export function settingsTable(fields) {
  return h("dl", { class: "facts" }, fields.map(({ title, shown }) => [h("dt", {}, title), h("dd", {}, shown)]));
}

/** Who spent what; people of one name are told apart by their ids. */
export function spendTable(people) {
  return h(
    "dl",
    { class: "facts" },
    people.map(({ person, name, charged, requests }) => [
      h("dt", { title: person }, twice(people, name) ? say.budgets.namesake(name, person) : name),
      h("dd", {}, say.budgets.spentIn(short(charged), requests)),
    ]),
  );
}

const twice = (people, name) => people.filter((one) => one.name === name).length > 1;
