// Notes that only this person sees: answers of commands, refusals, problems. Gone after a reload.

import { freshKey, withPerson } from "./api.js";
import { runTogether, together } from "./comparison.js";
import { $, announce, button, h, icon, replace, untilWords } from "./dom.js";
import { takeAway } from "./page/focus.js";
import { budgetBar, historyRow, modelRow, settingsTable, spendTable } from "./pieces.js";
import { say } from "./texts.js";

// Set by main: run a line, put a line into the box.
export const box = { run: () => {}, put: () => {}, speak: () => {} };

function show(title, className, ...body) {
  const close = h("button", { type: "button", class: "icon", "aria-label": say.notes.dismiss, on: { click: () => takeAway(card) } }, icon("close"));
  const card = h(
    "article",
    { class: `note ${className}`, tabindex: "-1", "aria-label": title },
    h("header", {}, h("strong", {}, title), h("span", { class: "muted" }, say.notes.onlyYou), close),
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

function problem({ message, suggestions, resets_at: resets, picture, command }) {
  show(
    say.notes.problem,
    "bad",
    h("p", {}, message),
    picture && h("img", { src: picture, alt: say.notes.understood }),
    resets && h("p", { class: "muted" }, say.refusal.resets(untilWords(resets))),
    suggestions?.length > 0 &&
      command &&
      h("div", { class: "buttons" }, suggestions.map((name) => button(say.refusal.use(name), { on: () => box.put(withModel(command, name)) }))),
  );
}

const withModel = (line, model) => `${line.replace(/\s--model(=|\s+)\S+/, "")} --model ${model}`;

function estimate({ price, provider, command }, form) {
  const press = freshKey();
  show(
    say.notes.about(price.shown),
    "",
    h("p", {}, say.notes.priceFor(h("code", {}, command), provider)),
    h("div", { class: "buttons" }, button(say.notes.runFor(price.shown), { kind: "primary", on: () => box.run(command, press, form) })),
  );
}

// `form` has the pictures that came with the line: every order made from here takes them along.
function compare({ quotes, run }, form) {
  const press = freshKey();
  const pressed = run ?? ((command, model) => box.run(command, `${press}:${model}`, form));
  // What a message wanted compared is run one by one; a line of one's own also together.
  const several = !run && quotes.filter(({ price }) => price).length > 1;
  const host = h("div", { class: "side-by-side" });
  const all = several && button("", { kind: "primary" });
  const boxes = quotes.map(({ model, price, affordable }) => several && price && h("input", { type: "checkbox", "aria-label": say.notes.choose(model), checked: affordable, on: { change: () => count() } }));
  const chosen = () => quotes.filter((_, at) => boxes[at]?.checked);
  const count = () => {
    replace(all, say.notes.runTogether(chosen().length, together(chosen())));
    all.disabled = chosen().length === 0;
  };
  const rows = quotes.map(({ model, price, problem: why, affordable, command }, at) =>
    h(
      "tr",
      {},
      h("td", {}, h("label", { class: "choice" }, boxes[at], model)),
      h("td", { class: "num" }, price ? price.shown : "–"),
      h("td", {}, price ? button(say.notes.run, { kind: affordable && !several ? "primary" : "", title: affordable ? "" : say.notes.aboveLeft, on: () => pressed(command, model) }) : h("span", { class: "muted" }, why)),
    ),
  );
  const foot = h("p", { class: "muted" }, say.notes.notRun);
  show(say.notes.compared, "", table(say.notes.comparedHead, rows), all && h("div", { class: "buttons" }, all), host, foot);
  if (!all) return;
  count();
  all.addEventListener("click", () => {
    all.closest(".note").focus({ preventScroll: true });
    all.parentElement.remove();
    foot.remove();
    runTogether(chosen(), host, form);
  });
}

function balance({ budgets }) {
  const body = budgets.length ? budgets.map(budgetBar) : h("p", {}, say.notes.noLimit);
  show(say.notes.left, "", body);
}

function history({ requests }) {
  show(say.notes.requests, "", requests.length ? h("ul", { class: "rows" }, requests.map(historyRow)) : h("p", {}, say.notes.nothingYet));
}

function models({ models: found, total }) {
  const pick = (model) => () => box.put(`/${model.capabilities[0]} --model ${model.id} `);
  show(
    say.notes.models(total),
    "",
    h("ul", { class: "rows" }, found.map((model) => modelRow(model, pick(model)))),
    total > found.length && h("p", { class: "muted" }, say.notes.firstModels(found.length)),
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
    say.notes.help,
    "",
    h("ul", { class: "help" }, rows),
    h("p", { class: "muted" }, say.notes.helpMore),
    h("p", { class: "muted" }, say.notes.helpKeys),
  );
}

function budget({ budgets, report, who, why, said }) {
  if (why) return show(say.notes.limitsOf(who), "", why.map((line) => h("p", {}, line)));
  if (report) return show(report.title, "", spendTable(report.people), report.budgets.map(budgetBar), (report.blocked ?? []).map((use) => h("p", {}, use.text)));
  return show(say.notes.budgets, "", said && h("p", {}, said), budgets.length ? budgets.map(budgetBar) : h("p", {}, say.notes.noBudgets));
}

const audit = ({ title, lines }) => show(title, "", lines.map((line) => h("p", {}, line.text)));
function notices({ wanted, notices: told }) {
  const turn = wanted ? "off" : "on";
  show(
    say.notes.notices,
    "",
    h("p", {}, wanted ? say.notes.noticesOn : say.notes.noticesOff),
    told.map(({ text }) => h("p", {}, text)),
    h("div", { class: "buttons" }, button(say.notes.noticesTurn[turn], { on: () => box.run(`/notices ${turn}`) })),
  );
}

function digest({ digest: found }) {
  const lines = found.parts.map(({ title, lines: rows }) => [h("strong", {}, title), h("ul", { class: "rows" }, rows.map((row) => h("li", {}, row)))]);
  const picture = found.chart && h("img", { class: "digest-chart", src: withPerson(found.chart), alt: found.chart_text });
  show(found.title, "", h("p", {}, found.total), picture, lines, found.endings.map((line) => h("p", {}, line)));
}

const settings = ({ fields }) => show(say.notes.settings, "", settingsTable(fields));
const forget = ({ forgotten_turns: turns }) => show(say.notes.forgotten, "", h("p", {}, turns ? say.notes.erased(turns) : say.notes.nothingToForget));
const cancel = ({ request }) =>
  show(say.notes.cancelled, "", h("p", {}, request.state === "cancelled" ? say.notes.stopped : say.notes.stopping));

const listed = ({ kind, text, download, file }) =>
  show(
    say.notes.lists[kind],
    "",
    text.split("\n").map((line) => h("p", {}, line)),
    download && h("p", {}, h("a", { href: download, download: file }, file)),
  );

const link = ({ title, lines, buttons }) =>
  show(
    title,
    "",
    lines.map((line) => h("p", {}, line)),
    h("div", { class: "buttons" }, buttons.map(({ label, line }) => button(label, { on: () => box.run(line) }))),
  );

const KINDS = {
  estimate, compare, balance, history, models, help, budget, settings, audit, forget, cancel, notices, digest, link,
  project: listed, style: listed, statement: listed,
};

export const note = {
  problem,
  twice: (title) => show(title, "", h("p", {}, say.notes.twice)),
  said: (text, lines, buttons) => show(text, "", lines.map((line) => h("p", {}, line)), h("div", { class: "buttons" }, buttons)),
  limit: (text) => show(say.notes.notices, "", h("p", {}, text)),
  choices: (buttons) => show(say.notes.choices, "", h("div", { class: "buttons" }, buttons)),
  words: (title, text) => show(title, "", h("p", {}, text)),
  answer: (answer, form) => KINDS[answer.kind](answer, form),
};
