// The admin's forms: budgets, grants, and all settings, group by group.

import { ApiError, post } from "./api.js";
import { button, h, icon, short } from "./dom.js";
import { note } from "./notes.js";
import { budgetBar } from "./pieces.js";
import { state } from "./state.js";
import { say } from "./texts.js";
import { number } from "./translation.js";

async function tell(path, body, done) {
  try {
    const { looser } = await post(path, body);
    if (looser) note.words(say.admin.looser, looser);
    // A field that has the focus would be left as it is; see Panel.editing.
    document.activeElement?.closest("form.fields")?.querySelector("[type=submit]").focus();
    done();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    note.problem(error.problem);
  }
}

export function adminForms({ budgets, summary }, settings, fields, done) {
  return [
    h("h2", {}, say.admin.budgets),
    budgets.length ? h("p", { class: "muted" }, summary) : "",
    budgets.length ? budgets.map((line) => budgetLine(line, done)) : h("p", { class: "muted" }, say.admin.noBudgets),
    h("h3", {}, say.admin.setBudget),
    budgetForm(done),
    h("h2", {}, say.admin.settings),
    pauseButton(settings, done),
    [...new Set(fields.map((field) => field.group))].map((group) => settingsForm(group, fields.filter((field) => field.group === group), done)),
  ];
}

function budgetLine(line, done) {
  const bar = budgetBar(line);
  if (!line.changeable) return bar;
  const remove = () => tell("/api/admin/budgets/remove", { id: line.id }, done);
  const tools = h("div", { class: "buttons" });
  if (!line.per_person) {
    tools.append(button(say.admin.grant(short({ micros: 1e6 })), { kind: "small", title: say.admin.grantTitle, on: () => tell("/api/admin/budgets/grant", { id: line.id, amount: 1 }, done) }));
  }
  const trash = button("", { ico: "trash", kind: "small", title: say.admin.removeBudget(line.words), on: remove });
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
    choice("who", say.admin.who, [...people, ["everyone", say.admin.everyone], ["all", say.admin.all]]),
    amount("limit", say.admin.dollars, number(5, { minimumFractionDigits: 2 })),
    choice("window", say.admin.per, Object.entries(say.admin.windows)),
    h("button", { type: "submit", class: "btn primary" }, icon("check"), say.admin.set),
  );
}

function pauseButton(settings, done) {
  const pause = () => tell("/api/admin/settings", { paused: !settings.paused }, done);
  return button(settings.paused ? say.admin.resume : say.admin.pause, { kind: settings.paused ? "primary" : "", on: pause });
}

function settingsForm(group, fields, done) {
  const submit = (event) => {
    event.preventDefault();
    const sent = new FormData(event.target);
    const value = (field) => (isList(field) ? sent.getAll(field.name) : sent.get(field.name));
    tell("/api/admin/settings", Object.fromEntries(fields.map((field) => [field.name, value(field)])), done);
  };
  return h(
    "form",
    { class: "fields settings", "aria-label": group, on: { submit } },
    h("h3", {}, group),
    fields.map(settingField),
    h("button", { type: "submit", class: "btn primary" }, icon("check"), say.admin.save(group)),
  );
}

const isList = (field) => field.kind === "people" || field.kind === "capabilities";

function settingField(field) {
  return h("label", {}, h("span", {}, field.title), widget(field), h("small", { class: "muted" }, field.help));
}

function widget(field) {
  const { name, kind, text, values } = field;
  if (kind === "switch") return options(name, [["on", say.admin.on], ["off", say.admin.off]], [text]);
  if (kind === "choice") return options(name, field.choices, [text]);
  if (kind === "capabilities") return options(name, state.commands.filter((item) => item.order).map((item) => [item.name, say.controls.whats[item.name] ?? item.name]), values, true);
  if (kind === "people") return options(name, people(values), values, true);
  if (kind === "models") return h("input", { name, value: text, placeholder: say.admin.firstThatFits, list: modelList(field.capability) });
  if (["text", "words", "channel_texts"].includes(kind)) return h("textarea", { name, rows: "3" }, text);
  return h("input", { name, value: text, required: field.required, inputmode: kind === "money" ? "decimal" : "text" });
}

const options = (name, pairs, chosen, multiple = false) =>
  h("select", { name, multiple, size: multiple ? String(Math.min(pairs.length, 5)) : null }, pairs.map(([value, text]) => h("option", { value, selected: chosen.includes(value) }, text)));

/** Everyone here, and who is listed but is not here any more. */
function people(listed) {
  const here = state.people.map((item) => [`web:${item.key}`, item.name]);
  return [...here, ...listed.filter((id) => !here.some(([known]) => known === id)).map((id) => [id, id])];
}

/** The id of a list of models that can do something, made once. */
function modelList(capability) {
  const id = `models-${capability}`;
  if (!document.getElementById(id)) {
    const fits = state.models.filter((model) => model.capabilities.includes(capability));
    document.body.append(h("datalist", { id }, fits.map((model) => h("option", { value: model.id }))));
  }
  return id;
}
