// Notes that only this person sees: answers of commands, refusals, problems. Gone after a reload.

import { freshKey } from "./api.js";
import { $, announce, button, h, icon, untilWords } from "./dom.js";
import { budgetBar, historyRow, modelRow, settingsTable, spendTable } from "./pieces.js";

// Set by main: run a line, put a line into the box.
export const box = { run: () => {}, put: () => {} };

function show(title, className, ...body) {
  const close = h("button", { type: "button", class: "icon", "aria-label": "Dismiss", on: { click: () => card.remove() } }, icon("close"));
  const card = h(
    "section",
    { class: `note ${className}`, "aria-label": title },
    h("header", {}, h("strong", {}, title), h("span", { class: "muted" }, "only you can see this"), close),
    ...body,
  );
  $("messages").append(card);
  card.scrollIntoView({ block: "end" });
  announce(title);
  return card;
}

const table = (head, rows) =>
  h(
    "div",
    { class: "wide" },
    h("table", {}, h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))), h("tbody", {}, rows)),
  );

function problem({ message, suggestions, resets_at: resets, command }) {
  show(
    "That did not go through",
    "bad",
    h("p", {}, message),
    resets && h("p", { class: "muted" }, `It resets ${untilWords(resets)}.`),
    suggestions?.length > 0 &&
      command &&
      h("div", { class: "buttons" }, suggestions.map((name) => button(`Use ${name}`, { on: () => box.put(withModel(command, name)) }))),
  );
}

const withModel = (line, model) => `${line.replace(/\s--model(=|\s+)\S+/, "")} --model ${model}`;

function estimate({ price, provider, command }) {
  const press = freshKey();
  show(
    `About ${price.shown}`,
    "",
    h("p", {}, "for ", h("code", {}, command), provider && h("span", { class: "muted" }, ` at ${provider}`)),
    h("div", { class: "buttons" }, button(`Run it for ${price.shown}`, { kind: "primary", on: () => box.run(command, press) })),
  );
}

function compare({ quotes }) {
  const press = freshKey();
  const rows = quotes.map(({ model, price, problem: why, affordable, command }) =>
    h(
      "tr",
      {},
      h("td", {}, model),
      h("td", { class: "num" }, price ? price.shown : "–"),
      h("td", {}, price ? button("Run", { kind: affordable ? "primary" : "", title: affordable ? "" : "Above what is left", on: () => box.run(command, `${press}:${model}`) }) : h("span", { class: "muted" }, why)),
    ),
  );
  show("Prices side by side", "", table(["Model", "Price", ""], rows), h("p", { class: "muted" }, "Nothing has run and nothing was charged."));
}

function balance({ budgets }) {
  const body = budgets.length ? budgets.map(budgetBar) : h("p", {}, "You have no budget limit here.");
  show("What is left", "", body);
}

function history({ requests }) {
  show("Your last requests", "", requests.length ? h("ul", { class: "rows" }, requests.map(historyRow)) : h("p", {}, "Nothing yet."));
}

function models({ models: found, total }) {
  const pick = (model) => () => box.put(`/${model.capabilities[0]} --model ${model.id} `);
  show(
    total === 1 ? "One model" : `${total} models`,
    "",
    h("ul", { class: "rows" }, found.map((model) => modelRow(model, pick(model)))),
    total > found.length && h("p", { class: "muted" }, `The first ${found.length} are shown; add words to narrow it down.`),
  );
}

function help({ commands }) {
  const rows = commands.map(({ name, usage, help: words }) =>
    h(
      "li",
      {},
      h("button", { type: "button", class: "cmd-link", on: { click: () => box.put(`/${name} `) } }, `/${name}`),
      h("span", {}, words, usage && h("code", { class: "muted" }, ` /${name} ${usage}`)),
    ),
  );
  show(
    "What you can do here",
    "",
    h("ul", { class: "help" }, rows),
    h("p", { class: "muted" }, "Plain words talk to the chat model. Drop, paste or pick a picture to edit, enlarge or animate it. “/” jumps to the box, Tab completes, ↑ brings your last line back."),
  );
}

function budget({ budgets, report, who, why, said }) {
  if (why) return show(`Limits of ${who}`, "", why.map((line) => h("p", {}, line)));
  if (report) return show(report.title, "", spendTable(report.people), report.budgets.map(budgetBar));
  return show("Budgets here", "", said && h("p", {}, said), budgets.length ? budgets.map(budgetBar) : h("p", {}, "There are none."));
}

const settings = ({ fields }) => show("Settings here", "", settingsTable(fields));
const forget = ({ forgotten_turns: turns }) => show("Forgotten", "", h("p", {}, turns ? `${turns} remembered turns were erased.` : "There was nothing to forget."));
const cancel = ({ request }) =>
  show("Cancelled", "", h("p", {}, request.state === "cancelled" ? "It was stopped; nothing was charged." : "It is being stopped; the receipt will say what it cost."));

const KINDS = { estimate, compare, balance, history, models, help, budget, settings, forget, cancel };

export const note = {
  problem,
  twice: (title) => show(title, "", h("p", {}, "You pressed twice; it is ordered and charged once.")),
  words: (title, text) => show(title, "", h("p", {}, text)),
  answer: (answer) => KINDS[answer.kind](answer),
};
