// The side panel: what is left and what was spent, the models, the history, and the admin's desk.

import { acting, get } from "./api.js";
import { approvalCard } from "./actions.js";
import { adminForms } from "./adminforms.js";
import { spendChart } from "./chart.js";
import { list } from "./conversations.js";
import { $, button, h, icon, replace } from "./dom.js";
import { keepFocus } from "./page/focus.js";
import { library } from "./library.js";
import { box } from "./notes.js";
import { budgetBar, historyRow, modelRow } from "./pieces.js";
import { isAdmin, state } from "./state.js";
import { say } from "./texts.js";

const RAIL = "(min-width: 1100px)"; // where the conversations stand beside the channel, as in channel.css
const NARROW = "(max-width: 899px)"; // where the panel covers the channel, as in panel.css
const HISTORY = 40; // requests read at once

export class Panel {
  constructor() {
    this.tab = "money";
    this.body = h("div", { class: "panel-body", id: "panel-body", role: "tabpanel", tabindex: "0" });
    this.talks = h("nav", { class: "talk-list", "aria-label": say.conversations.title });
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": say.panel.label });
    this.close = h("button", { type: "button", class: "icon close", "aria-label": say.panel.close, on: { click: () => this.toggle(false) } }, icon("close"));
    $("panel").prepend(h("div", { class: "panel-top" }, this.tabs, this.close), this.body);
    $("panel-toggle").append(icon("panel"));
    $("panel-toggle").addEventListener("click", () => this.toggle());
    $("balance").addEventListener("click", () => this.show("money"));
    const narrow = matchMedia(NARROW);
    narrow.addEventListener("change", () => this.setAside());
    matchMedia(RAIL).addEventListener("change", () => this.refresh());
    addEventListener("keydown", (event) => event.key === "Escape" && this.covers && !document.querySelector("dialog[open]") && this.toggle(false));
    this.tabs.addEventListener("keydown", (event) => this.turn(event));
    // On a narrow page what is chosen here lies below the panel.
    this.body.addEventListener("click", (event) => event.target.closest(".row:not(:disabled)") && this.covers && this.toggle(false), { capture: true });
    this.toggle(!narrow.matches);
  }

  /** Arrows go from tab to tab. */
  turn(event) {
    const tabs = [...this.tabs.children];
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: tabs[at + 1] ?? tabs[0], ArrowLeft: tabs.at(at - 1), Home: tabs[0], End: tabs.at(-1) }[event.key];
    if (!to) return;
    event.preventDefault();
    to.focus();
    this.show(to.dataset.tab);
  }

  toggle(open = document.body.dataset.panel !== "open") {
    const before = document.body.dataset.panel;
    if (open && before !== "open") this.from = document.activeElement;
    document.body.dataset.panel = open ? "open" : "closed";
    $("panel-toggle").setAttribute("aria-expanded", String(open));
    this.setAside();
    if (open) this.refresh();
    if (before && (before === "open") !== open && matchMedia(NARROW).matches) (open ? this.close : this.from)?.focus();
  }

  get covers() {
    return document.body.dataset.panel === "open" && matchMedia(NARROW).matches;
  }

  /** On a narrow page the panel is a dialog: what lies below it cannot be reached until it is closed. */
  setAside() {
    const over = this.covers;
    $("panel").setAttribute("role", over ? "dialog" : "complementary");
    if (over) $("panel").setAttribute("aria-modal", "true");
    else $("panel").removeAttribute("aria-modal");
    for (const other of $("app").children) other.inert = over && other !== $("panel");
  }

  show(tab) {
    this.tab = tab;
    if (state.me) this.drawTabs();
    this.toggle(true);
  }

  /** The conversations are a tab where they do not stand beside the channel. */
  has(tab) {
    if (tab === "talks") return !matchMedia(RAIL).matches;
    return tab !== "admin" || isAdmin();
  }

  drawTabs() {
    const waiting = this.waiting?.length ?? 0;
    const drawn = () => replace(
      this.tabs,
      Object.entries(say.panel.tabs).filter(([key]) => this.has(key)).map(([key, label]) =>
        h(
          "button",
          { type: "button", role: "tab", "aria-selected": String(key === this.tab), tabindex: key === this.tab ? "0" : "-1", "aria-controls": "panel-body", data: { tab: key }, on: { click: () => this.show(key) } },
          label,
          key === "admin" && waiting > 0 && h("span", { class: "badge", "aria-label": say.panel.waiting(waiting) }, waiting),
        ),
      ),
    );
    keepFocus(this.tabs, drawn);
  }

  /** Read again what the open tab shows; several calls in a row become one. */
  refresh() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.draw(), 60);
  }

  /** For who acts now; when another person takes over meanwhile, it is drawn again for them. */
  async draw() {
    const { as } = state;
    if (!state.me || as !== acting.key) return;
    try {
      await this.drawTab();
    } catch (error) {
      if (as === acting.key) throw error;
    }
  }

  async drawTab() {
    if (!this.has(this.tab)) this.tab = "money";
    this.waiting = isAdmin() ? (await get("/api/admin/approvals")).approvals : [];
    this.drawTabs();
    if (document.body.dataset.panel !== "open") return;
    const { tab } = this;
    const content = await { money, talks, models, history, library, admin }[tab](this);
    if (tab !== this.tab || this.editing()) return;
    // The focus is kept within a tab; what another one has in the same place is another thing.
    if (this.drawn === tab) keepFocus(this.body, () => replace(this.body, content));
    else replace(this.body, content);
    this.drawn = tab;
  }

  /** A form somebody is typing into is left alone. */
  editing() {
    const at = document.activeElement;
    return this.body.contains(at) && at.matches("input, select, textarea") && this.body.dataset.tab === this.tab && at.value;
  }
}

function talks(panel) {
  panel.body.dataset.tab = "talks";
  return list(panel.talks);
}

async function money(panel) {
  panel.body.dataset.tab = "money";
  const [{ budgets }, spend] = await Promise.all([get("/api/balance"), get("/api/spend?days=7")]);
  return [
    h("h2", {}, isAdmin() ? say.panel.binds : say.notes.left),
    budgets.length ? budgets.map(budgetBar) : h("p", { class: "muted" }, say.notes.noLimit),
    h("h2", {}, isAdmin() ? say.panel.spentByAll : say.panel.spentByYou),
    spendChart(spend),
  ];
}

function models(panel) {
  if (panel.body.dataset.tab === "models") return [...panel.body.childNodes];
  panel.body.dataset.tab = "models";
  const list = h("ul", { class: "rows" });
  const kind = h(
    "select",
    { "aria-label": say.panel.ability },
    h("option", { value: "" }, say.panel.everything),
    state.commands.filter((item) => item.order).map((item) => h("option", { value: item.name }, say.controls.whats[item.name] ?? item.name)),
  );
  const query = h("input", { type: "search", placeholder: say.panel.search, "aria-label": say.panel.search });
  const draw = () => {
    const words = query.value.toLowerCase().split(/\s+/);
    const fits = state.models.filter((model) => (!kind.value || model.capabilities.includes(kind.value)) && words.every((word) => [model.id, model.name, ...model.aliases].join(" ").toLowerCase().includes(word)));
    const pick = (model) => () => box.put(`/${kind.value || model.capabilities[model.capabilities.length - 1]} --model ${model.id} `);
    replace(list, fits.length ? fits.map((model) => modelRow(model, pick(model))) : h("li", { class: "muted" }, say.panel.noMatch));
  };
  query.addEventListener("input", draw);
  kind.addEventListener("change", draw);
  draw();
  return [h("div", { class: "search" }, query, kind), h("p", { class: "muted" }, say.panel.hints), list];
}

async function history(panel) {
  panel.body.dataset.tab = "history";
  const whose = isAdmin() ? "&everyone=1" : "";
  const page = async (before) => (await get(`/api/history?limit=${HISTORY}${whose}&before=${before}`)).requests;
  const first = await page("");
  const list = h("ul", { class: "rows" }, first.map(historyRow));
  const older = button(say.panel.older, {
    on: async () => {
      const found = await page(older.dataset.before);
      const rows = found.map(historyRow);
      list.append(...rows);
      remember(found);
      if (older.hidden) rows[0]?.firstChild.focus();
    },
  });
  const remember = (found) => {
    older.hidden = found.length < HISTORY;
    older.dataset.before = found.at(-1)?.id ?? "";
  };
  remember(first);
  return [
    h("h2", {}, isAdmin() ? say.panel.allRequests : say.panel.yourRequests),
    first.length ? [list, older] : h("p", { class: "muted" }, say.notes.nothingYet),
  ];
}

async function admin(panel) {
  panel.body.dataset.tab = "admin";
  const [limits, { settings, fields }] = await Promise.all([get("/api/admin/budgets"), get("/api/admin/settings")]);
  return [
    panel.waiting.length > 0 && [h("h2", {}, say.panel.waitingForYou), panel.waiting.map(approvalCard)],
    adminForms(limits, settings, fields, () => panel.refresh()),
  ];
}
