// The admin's forms: budgets, grants, and the settings that are changed most.

import { ApiError, post } from "./api.js";
import { button, h, icon } from "./dom.js";
import { note } from "./notes.js";
import { budgetBar, settingsTable } from "./pieces.js";
import { state } from "./state.js";

async function tell(path, body, done) {
  try {
    await post(path, body);
    document.activeElement?.blur();
    done();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    note.problem(error.problem);
  }
}

export function adminForms(budgets, settings, done) {
  return [
    h("h2", {}, "Budgets"),
    budgets.length ? budgets.map((line) => budgetLine(line, done)) : h("p", { class: "muted" }, "There are none: everyone may spend what the account has."),
    h("h3", {}, "Set a budget"),
    budgetForm(done),
    h("h2", {}, "Settings"),
    settingsForm(settings, done),
    settingsTable(settings),
    h("p", { class: "muted" }, "More with /settings in the box: models to allow or deny, capabilities, defaults, time zone."),
  ];
}

function budgetLine(line, done) {
  const bar = budgetBar(line);
  if (line.scope === "installation") return bar;
  const remove = () => tell("/api/admin/budgets/remove", { id: line.id }, done);
  const tools = h("div", { class: "buttons" });
  if (!line.per_person) {
    tools.append(button("+ $1", { kind: "small", title: "Let this budget have one dollar more until it ends", on: () => tell("/api/admin/budgets/grant", { id: line.id, amount: 1 }, done) }));
  }
  const trash = button("", { ico: "trash", kind: "small", title: `Remove ${line.whose}'s budget per ${line.window}`, on: remove });
  trash.setAttribute("aria-label", trash.title);
  tools.append(trash);
  bar.querySelector(".budget-foot").append(tools);
  return bar;
}

const choice = (name, label, options) =>
  h("label", {}, h("span", {}, label), h("select", { name }, options.map(([value, text]) => h("option", { value }, text))));

const amount = (name, label, placeholder) =>
  h("label", {}, h("span", {}, label), h("input", { name, inputmode: "decimal", placeholder, size: "6", required: true }));

function budgetForm(done) {
  const people = state.people.map((item) => [item.key, item.name]);
  const submit = (event) => {
    event.preventDefault();
    tell("/api/admin/budgets", Object.fromEntries(new FormData(event.target)), done);
  };
  return h(
    "form",
    { class: "fields", on: { submit } },
    choice("who", "Who", [...people, ["everyone", "Everyone, each"], ["all", "All together"]]),
    amount("limit", "Dollars", "5.00"),
    choice("window", "Per", [["day", "day"], ["week", "week"], ["month", "month"], ["total", "in all"]]),
    h("button", { type: "submit", class: "btn primary" }, icon("check"), "Set"),
  );
}

function settingsForm(settings, done) {
  const submit = (event) => {
    event.preventDefault();
    tell("/api/admin/settings", { threshold: new FormData(event.target).get("threshold") }, done);
  };
  const pause = () => tell("/api/admin/settings", { paused: !settings.paused }, done);
  return h(
    "form",
    { class: "fields", on: { submit } },
    amount("threshold", "Ask above, dollars", settings.threshold.shown.slice(1)),
    h("button", { type: "submit", class: "btn primary" }, icon("check"), "Set"),
    button(settings.paused ? "Let requests through again" : "Pause all new requests", { kind: settings.paused ? "primary" : "", on: pause }),
  );
}
