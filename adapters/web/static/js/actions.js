// The buttons under a message, and the two cards that wait for a press: a price to confirm, a refusal to overrule.

import { ApiError, freshKey, post, withPerson } from "./api.js";
import { button, h, icon, short } from "./dom.js";
import { addressOf } from "./library.js";
import { showDetails } from "./lightbox.js";
import { note } from "./notes.js";
import { presses, replyTo } from "./speech.js";
import { ENDED, isAdmin, isMine, opened, state, toHere } from "./state.js";
import { say } from "./texts.js";

// Set by main: redraw one message; take a request as the server sees it now.
export const hooks = { redraw: () => {}, took: () => {} };

/** Press something at the server; what goes wrong becomes a note only this person sees. */
export async function press(id, what, body = {}) {
  try {
    const answer = await post(`/api/requests/${id}/${what}`, { ...toHere(), ...body }, { key: freshKey() });
    if (answer.request ?? answer.state) hooks.took(answer.request ?? answer);
    if (answer.note) note.twice(answer.note);
    return answer;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    note.problem(error.problem);
    return null;
  }
}

presses.press = press;

/** A press while another one is on its way does nothing; a disabled button would lose the focus. */
async function once(event, work) {
  const pressed = event.currentTarget;
  if (pressed.getAttribute("aria-disabled") === "true") return;
  pressed.setAttribute("aria-disabled", "true");
  await work();
  pressed.removeAttribute("aria-disabled");
}

const presser = (id, what, body) => (event) => once(event, () => press(id, what, body));

// confirming

export function confirmCard(view) {
  const mine = isMine(view);
  const threshold = state.me?.threshold;
  const why = threshold && view.estimate?.micros > threshold.micros ? ` ${say.offer.above(threshold.shown)}` : "";
  return h(
    "div",
    { class: "card ask" },
    h("p", { class: "card-title" }, say.offer.title(view.estimate?.shown ?? "?")),
    h("p", {}, `${say.offer.notCharged}${why}`),
    view.price_notes && h("p", {}, view.price_notes),
    h(
      "div",
      { class: "buttons" },
      mine && button(say.offer.accept(view.estimate?.shown), { kind: "primary", on: presser(view.id, "confirm", { shown: view.estimate?.micros }) }),
      (mine || isAdmin()) && button(say.offer.reject, { on: presser(view.id, "cancel") }),
      !mine && h("span", { class: "muted" }, say.offer.waitingFor(view.person.name)),
      h("span", { class: "muted countdown", data: { until: view.expires_at ?? "" } }),
    ),
  );
}

/** One price for all that a message became, and one press. */
export function planCard(view) {
  const { plan } = view;
  const mine = isMine(view);
  return h(
    "div",
    { class: "card ask" },
    h("p", { class: "card-title" }, say.offer.plan(plan.orders.length, plan.total.shown)),
    h("ol", {}, plan.orders.map(({ command, price }) => h("li", {}, say.offer.step(price?.shown ?? "?", command)))),
    h("p", {}, say.offer.notCharged),
    h(
      "div",
      { class: "buttons" },
      mine && button(say.offer.acceptAll(plan.total.shown), { kind: "primary", on: presser(view.id, "agree", { shown: plan.total.micros }) }),
      (mine || isAdmin()) && button(say.offer.reject, { on: presser(view.id, "drop") }),
      !mine && h("span", { class: "muted" }, say.offer.waitingFor(view.person.name)),
      h("span", { class: "muted countdown", data: { until: plan.expires_at ?? "" } }),
    ),
  );
}

/** "14:32 left to decide"; called every second for every card on the page. */
export function countDown(element) {
  const seconds = Math.max(0, Math.round((new Date(element.dataset.until) - Date.now()) / 1000));
  element.textContent = seconds
    ? say.offer.timeLeft(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`)
    : say.offer.ended;
}

// refusals

export function refusalButtons(view) {
  const { possible, asked } = view.approval;
  const row = h("div", { class: "buttons" });
  if (possible && isAdmin()) {
    row.append(
      button(say.refusal.makeException, { kind: "primary", on: decide(view.id, true) }),
      button(say.refusal.decline, { on: decide(view.id, false) }),
    );
  } else if (possible && isMine(view)) {
    row.append(
      asked
        ? h("span", { class: "muted asked-note" }, say.refusal.asked)
        : button(say.refusal.ask, { kind: "primary", on: presser(view.id, "ask-admin") }),
    );
  } else if (possible && asked) {
    row.append(h("span", { class: "muted" }, say.refusal.waiting));
  }
  for (const { label, changes } of view.error?.alternatives ?? []) {
    row.append(button(label, { kind: row.querySelector(".primary") ? "" : "primary", on: presser(view.id, "repeat", { changes }) }));
  }
  const rest = buttonsOf(view);
  if (rest) row.append(...rest.children);
  return row.children.length ? row : null;
}

export function decide(id, approve) {
  return (event) =>
    once(event, async () => {
      try {
        hooks.took(await post(`/api/admin/approvals/${id}`, { approve }));
      } catch (error) {
        note.problem(error.problem ?? { message: String(error) });
      }
    });
}

// results

export function buttonsOf(view) {
  const over = ENDED.has(view.state);
  const mayRule = isMine(view) || isAdmin();
  if (!over) {
    if (view.state === "ambiguous") {
      const end = button(view.hold ? say.buttons.endAndCharge(view.hold.shown) : say.buttons.endAndChargeHeld, { on: presser(view.id, "settle") });
      return isAdmin() ? h("div", { class: "buttons" }, end) : null;
    }
    const stop = mayRule && view.stoppable && !view.cancel_requested;
    return stop ? h("div", { class: "buttons" }, button(say.buttons.cancel, { ico: "cancel", on: presser(view.id, "cancel") })) : null;
  }
  const pictures = view.state === "delivered" ? view.assets.filter((asset) => asset.url && asset.content_type.startsWith("image/")) : [];
  const ui = opened(view.id);
  const row = h("div", { class: "buttons" });
  if (pictures.length > 1) row.append(picker(view, pictures.length, ui));
  if (pictures.length) row.append(...pictureButtons(view, ui, (what) => LIKELIEST.includes(what)));
  if (pictures.length) row.append(button(say.buttons.reply, { on: () => replyTo(view, ui.pick) }));
  if (view.assets[ui.pick]?.url) row.append(saveLink(view, ui.pick));
  if (view.state === "delivered") row.append(moreButton(view, ui));
  if (view.state !== "delivered" || ui.more) row.append(...furtherButtons(view, ui, pictures.length, mayRule));
  return ui.form && pictures.length ? h("div", {}, row, form(view, ui)) : row;
}

// The others stand behind "More".
const LIKELIEST = ["edit", "vary", "upscale"];

function moreButton(view, ui) {
  const toggle = () => {
    ui.more = !ui.more;
    hooks.redraw(view.id);
  };
  return button(say.buttons.more, { pressed: String(Boolean(ui.more)), on: toggle });
}

function furtherButtons(view, ui, pictures, mayRule) {
  const rest = pictures ? pictureButtons(view, ui, (what) => !LIKELIEST.includes(what)) : [];
  return [
    ...rest,
    button(say.buttons.again, { ico: "again", title: say.buttons.againTitle, on: presser(view.id, "repeat") }),
    button("", { ico: "info", kind: "small", title: say.buttons.details, on: () => showDetails(view) }),
    ...(view.state === "delivered" ? [h("a", { class: "btn small", href: addressOf(view.id), title: say.library.link, "aria-label": say.library.link }, icon("link"))] : []),
    ...(mayRule ? [button("", { ico: "trash", kind: "small", title: say.buttons.remove, on: presser(view.id, "delete") })] : []),
  ];
}

function pictureButtons(view, ui, wanted) {
  const open = (what) => () => {
    ui.form = ui.form === what ? "" : what;
    hooks.redraw(view.id);
    if (ui.form) document.querySelector(`[data-form="${CSS.escape(view.id)}"] input`)?.focus();
  };
  return view.about.follow_ups.filter(wanted).map((what) => {
    if (what === "upscale") {
      return button(say.buttons.followUps.upscale, { ico: "upscale", on: presser(view.id, "upscale", { index: ui.pick }) });
    }
    const toggle = button(say.buttons.followUps[what], { ico: what, pressed: String(ui.form === what), on: open(what) });
    toggle.dataset.what = what;
    return toggle;
  });
}

function picker(view, count, ui) {
  const pick = (index) => () => {
    ui.pick = index;
    hooks.redraw(view.id);
  };
  return h(
    "span",
    { class: "picker", role: "group", "aria-label": say.buttons.picker },
    Array.from({ length: count }, (_, index) =>
      h("button", { type: "button", "aria-pressed": String(ui.pick === index), title: say.buttons.picture(index + 1), on: { click: pick(index) } }, index + 1),
    ),
  );
}

function form(view, ui) {
  const placeholder = say.buttons.asks[ui.form];
  const input = h("input", { type: "text", placeholder, "aria-label": placeholder, maxlength: "4000", required: ui.form === "edit", value: ui.form === "vary" ? view.prompt : "" });
  const submit = async (event) => {
    event.preventDefault();
    const what = ui.form;
    const prompt = input.value.trim();
    ui.form = "";
    hooks.redraw(view.id);
    await press(view.id, what, { index: ui.pick, prompt: what === "vary" && prompt === view.prompt ? "" : prompt });
  };
  const close = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    const what = ui.form;
    ui.form = "";
    hooks.redraw(view.id);
    document.querySelector(`.message[data-id="${CSS.escape(view.id)}"] [data-what="${what}"]`)?.focus();
  };
  return h(
    "form",
    { class: "inline-form", data: { form: view.id }, on: { submit, keydown: close } },
    input,
    h("button", { type: "submit", class: "btn primary" }, say.buttons.go[ui.form]),
  );
}

function saveLink(view, index) {
  const href = withPerson(`/media/${view.id}/${index}?download=1`);
  const link = h("a", { class: "btn small", href, download: "", title: say.buttons.save, "aria-label": say.buttons.save });
  link.append(button("", { ico: "save" }).firstChild);
  return link;
}

export function approvalCard(view) {
  return h(
    "div",
    { class: "card ask" },
    h("p", {}, say.refusal.asksFor(h("strong", {}, view.person.name), view.error.message)),
    h("p", { class: "muted clip" }, view.command),
    h(
      "div",
      { class: "buttons" },
      button(say.refusal.allow(short(view.estimate)), { kind: "primary", on: decide(view.id, true) }),
      button(say.refusal.decline, { on: decide(view.id, false) }),
    ),
  );
}

