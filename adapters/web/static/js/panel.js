// The side panel: what is left and what was spent, the models, the history, and the admin's desk.

import { acting, get } from "./api.js";
import { approvalCard } from "./actions.js";
import { adminForms } from "./adminforms.js";
import { spendChart } from "./chart.js";
import { $, button, h, icon, replace } from "./dom.js";
import { library } from "./library.js";
import { box } from "./notes.js";
import { budgetBar, historyRow, modelRow } from "./pieces.js";
import { isAdmin, state } from "./state.js";
import { say } from "./texts.js";

const NARROW = "(max-width: 899px)"; // where the panel covers the channel, as in panel.css
const HISTORY = 40; // requests read at once

export class Panel {
  constructor() {
    this.tab = "money";
    this.body = h("div", { class: "panel-body", id: "panel-body", role: "tabpanel", tabindex: "0" });
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": say.panel.label });
    this.close = h("button", { type: "button", class: "icon close", "aria-label": say.panel.close, on: { click: () => this.toggle(false) } }, icon("close"));
    $("panel").prepend(h("div", { class: "panel-top" }, this.tabs, this.close), this.body);
    $("panel-toggle").append(icon("panel"));
    $("panel-toggle").addEventListener("click", () => this.toggle());
    $("balance").addEventListener("click", () => this.show("money"));
    const narrow = matchMedia(NARROW);
    narrow.addEventListener("change", () => this.setAside());
    addEventListener("keydown", (event) => event.key === "Escape" && this.covers && !document.querySelector("dialog[open]") && this.toggle(false));
    this.toggle(!narrow.matches);
  }

  toggle(open = document.body.dataset.panel !== "open") {
    const before = document.body.dataset.panel;
    if (open && before !== "open") this.from = document.activeElement;
    document.body.dataset.panel = open ? "open" : "closed";
    $("panel-toggle").setAttribute("aria-expanded", String(open));
    this.setAside();
    if (open) this.refresh();
    if (before && matchMedia(NARROW).matches) (open ? this.close : this.from)?.focus();
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
    this.toggle(true);
  }

  drawTabs() {
    const waiting = this.waiting?.length ?? 0;
    replace(
      this.tabs,
      Object.entries(say.panel.tabs).filter(([key]) => key !== "admin" || isAdmin()).map(([key, label]) =>
        h(
          "button",
          { type: "button", role: "tab", "aria-selected": String(key === this.tab), "aria-controls": "panel-body", data: { tab: key }, on: { click: () => this.show(key) } },
          label,
          key === "admin" && waiting > 0 && h("span", { class: "badge", "aria-label": say.panel.waiting(waiting) }, waiting),
        ),
      ),
    );
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
    if (this.tab === "admin" && !isAdmin()) this.tab = "money";
    this.waiting = isAdmin() ? (await get("/api/admin/approvals")).approvals : [];
    this.drawTabs();
    if (document.body.dataset.panel !== "open") return;
    const { tab } = this;
    const content = await { money, models, history, library, admin }[tab](this);
    if (tab === this.tab && !this.editing()) replace(this.body, content);
  }

  /** A form somebody is typing into is left alone. */
  editing() {
    const at = document.activeElement;
    return this.body.contains(at) && at.matches("input, select") && this.body.dataset.tab === this.tab && at.value;
  }
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
      list.append(...found.map(historyRow));
      remember(found);
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
