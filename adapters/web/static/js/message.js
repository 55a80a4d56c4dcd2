// One message: the line somebody typed, and below it the bot's answer in whatever state it is.

import { withPerson } from "./api.js";
import { buttonsOf, confirmCard, planCard, refusalButtons } from "./actions.js";
import { avatar, button, clockTime, duration, h, icon, leftWords, untilWhen, untilWords } from "./dom.js";
import { showPictures } from "./lightbox.js";
import { markdown } from "./markdown.js";
import { covered, grid } from "./media.js";
import { box } from "./notes.js";
import { ENDED, nameOf, opened } from "./state.js";
import { noteButtons } from "./speech.js";
import { say } from "./texts.js";
import { moment, percent as share } from "./translation.js";

const STEPS = ["price", "hold", "make", "deliver"];
const AT = { received: 0, priced: 1, awaiting_confirmation: 1, reserved: 2, submitted: 2, running: 2, ambiguous: 2, settled: 3 };

export function renderMessage(view) {
  const node = h("article", { class: `message is-${view.state}`, tabindex: "-1", data: { id: view.id }, "aria-label": labelOf(view) });
  node.append(asked(view), h("div", { class: "answer" }, answer(view)));
  return node;
}

function labelOf(view) {
  return `${view.person.name}: ${view.command.slice(0, 120)}`;
}

function asked(view) {
  return h(
    "div",
    { class: "asked" },
    avatar(view.person),
    h(
      "div",
      { class: "asked-body" },
      h(
        "p",
        { class: "who" },
        h("strong", {}, view.person.name),
        h("time", { datetime: view.created_at, title: moment(new Date(view.created_at), { dateStyle: "medium", timeStyle: "short" }) }, clockTime(view.created_at)),
      ),
      h(
        "p",
        { class: "line" },
        view.about.talk ? null : h("span", { class: "cmd" }, `/${view.capability}`),
        view.prompt && h("span", { class: "prompt" }, view.prompt),
        Object.entries(view.options)
          .filter(([name]) => !(view.about.talk && ["max_tokens", "model"].includes(name))) // the receipt names the model
          .map(([name, value]) => h("span", { class: "opt" }, h("i", {}, name), value)),
        (view.part?.made || view.part?.uses.length > 0) && h("span", { class: "muted" }, say.result.from(view.part.made, view.part.uses.join(", "))),
      ),
      view.inputs.length > 0 && h("div", { class: "inputs" }, view.inputs.map((input) => thumb(input))),
    ),
  );
}

function thumb(input) {
  const src = withPerson(input.url);
  const small = withPerson(`${input.url}?edge=480`);
  const picture = h("img", { src: small, alt: say.result.sentIn[input.role], loading: "lazy", decoding: "async", width: input.width, height: input.height });
  const open = () => showPictures([{ src, label: say.result.sentIn[input.role] }], 0);
  return h(
    "button",
    { type: "button", class: "input", on: { click: open } },
    picture,
    input.role === "image" ? null : h("span", { class: "role" }, say.box.roles[input.role]),
  );
}

function answer(view) {
  if (view.state === "awaiting_confirmation") return view.part?.of > 1 ? h("p", { class: "muted" }, say.offer.together) : confirmCard(view);
  if (view.state === "refused") return refused(view);
  if (view.state === "failed" || view.state === "cancelled") return withoutResult(view);
  if (view.state === "delivered" || (view.state === "settled" && ready(view))) return delivered(view);
  return underWay(view);
}

const ready = (view) => view.text || (view.assets.length > 0 && view.assets.every((asset) => asset.url || asset.link));

// under way

function underWay(view) {
  return [h("div", { class: "status", data: { status: view.id } }, status(view)), streaming(view), buttonsOf(view)];
}

function streaming(view) {
  const text = view.hidden && !opened(view.id).uncovered ? "" : view.progress?.text;
  return h("div", { class: "text streaming", hidden: !text }, text ? markdown(text) : null);
}

export function status(view) {
  const progress = view.progress ?? {};
  const at = AT[view.state] ?? 0;
  const priced = progress.estimate ?? view.estimate;
  const share = shareOf(view);
  return [
    h(
      "p",
      { class: "doing" },
      h("span", { class: "spinner", "aria-hidden": "true" }),
      h("span", {}, doing(view, progress)),
      at >= 2 && h("span", { class: "clock", data: { clock: view.id } }, clock(view)),
    ),
    h(
      "div",
      {
        class: `bar ${share === null ? "guess" : ""}`,
        role: "progressbar",
        "aria-label": say.progress.bar,
        "aria-valuemin": "0",
        "aria-valuemax": "100",
        "aria-valuenow": share === null ? null : Math.round(share),
      },
      h("span", { "width%": share === null ? null : share, data: share === null ? {} : { bar: view.id } }),
    ),
    h(
      "ol",
      { class: "steps" },
      STEPS.map((name, step) =>
        h(
          "li",
          { class: step < at ? "done" : step === at ? "now" : "" },
          step < at && icon("check"),
          stepWords(name, step < at || step === at, priced, progress.hold ?? view.hold),
        ),
      ),
    ),
  ];
}

function stepWords(name, reached, price, hold) {
  if (name === "price" && price) return say.progress.priced(price.shown);
  if (name === "hold" && reached && hold?.micros) return say.progress.held(hold.shown);
  return say.progress.steps[name];
}

function doing(view, progress) {
  if (view.cancel_requested) return say.progress.cancelling;
  if (progress.position) return say.progress.queued(progress.position);
  if (view.state === "received") return say.progress.asking;
  if (view.state === "priced") return say.progress.holding;
  if (view.state === "ambiguous") {
    const until = view.expires_at ? ` ${say.progress.decided(untilWords(view.expires_at))}` : "";
    return `${say.progress.lookingUp}${until}`;
  }
  if (view.state === "settled") return say.progress.fetching;
  const percent = progress.percent ?? null;
  return percent === null ? say.progress.doing(view.about.doing) : say.progress.doingPart(view.about.doing, share(percent / 100));
}

/** Seconds under way, counted on from the last report. */
function elapsed(progress) {
  return progress.elapsed_s === undefined ? null : progress.elapsed_s + (Date.now() - progress.at) / 1000;
}

export function shareOf(view) {
  const progress = view.progress ?? {};
  if (view.state === "settled") return 96;
  if (progress.percent !== null && progress.percent !== undefined) return progress.percent;
  const so_far = elapsed(progress);
  if (!progress.expected_s || so_far === null || AT[view.state] !== 2) return null;
  // Never pretends to be done: past the usual time the bar creeps on.
  return 95 * (1 - Math.exp((-1.6 * so_far) / progress.expected_s));
}

export function clock(view) {
  const so_far = elapsed(view.progress ?? {});
  if (so_far === null) return "";
  const usual = view.progress.expected_s;
  if (!usual) return duration(so_far);
  return so_far < usual ? say.progress.timeLeft(duration(so_far), duration(usual - so_far)) : say.progress.late(duration(so_far));
}

// ends

function delivered(view) {
  if (view.reading?.orders || view.reading?.notes.length) return understood(view);
  return [
    view.text && covered(view, () => h("div", { class: "text" }, markdown(view.text))),
    view.cut && h("p", { class: "muted" }, view.cut),
    view.assets.length > 0 && covered(view, () => grid(view)),
    view.state === "delivered" ? receipt(view) : h("p", { class: "receipt" }, say.result.writingReceipt),
    buttonsOf(view),
  ];
}

/** A message that became orders, or something else than an answer: they tell of themselves. */
function understood(view) {
  const { orders, notes } = view.reading;
  return [
    view.text && h("div", { class: "text" }, markdown(view.text)),
    notes.some(({ kind }) => kind === "balance") && h("div", { class: "buttons" }, button(say.notes.left, { on: () => box.run("/balance") })),
    notes.filter(({ kind }) => kind !== "balance").map((one) => [h("p", {}, [one.text, one.line].filter(Boolean).join(" ")), noteButtons(view, one)]),
    view.plan && planCard(view),
    !orders && view.state === "delivered" && receipt(view),
  ];
}

function receipt(view) {
  const parts = [];
  if (view.receipt) parts.push(h("span", view.overrun ? { class: "over" } : {}, view.receipt));
  if (view.left) parts.push(h("span", { title: view.left.words ?? view.left.budget }, `${leftWords(view.left.left)} ${untilWhen(view.left.resets_at)}`));
  parts.push(h("span", { class: "model" }, view.model));
  return h("p", { class: "receipt" }, parts);
}

function withoutResult(view) {
  const cancelled = view.state === "cancelled";
  const words = view.error?.message || (cancelled ? say.result.cancelled : say.result.none);
  const paid = view.receipt_sentence;
  const said = !paid || words.includes(paid.slice(0, -1));
  return h(
    "div",
    { class: `card ${cancelled ? "plain" : "bad"}` },
    h("p", { class: "card-title" }, cancelled ? say.result.cancelledTitle : say.result.failedTitle),
    h("p", {}, said ? words : `${words} ${paid}`),
    buttonsOf(view),
  );
}

function refused(view) {
  const budget = view.error?.code === "budget_exceeded";
  const { approved_by: by, denied_by: denied } = view.approval;
  return h(
    "div",
    { class: "card refused" },
    h("p", { class: "card-title" }, budget ? say.refusal.overBudget : say.refusal.title),
    h("p", {}, view.error?.message),
    budget && view.error.resets_at && h("p", { class: "muted" }, say.refusal.resetsAt(untilWords(view.error.resets_at), moment(new Date(view.error.resets_at), { weekday: "short", hour: "2-digit", minute: "2-digit" }))),
    view.error?.advice && h("p", { class: "muted" }, view.error.advice),
    denied && h("p", { class: "muted" }, say.refusal.declinedBy(nameOf(denied))),
    by && h("p", { class: "muted" }, say.refusal.approvedBy(nameOf(by))),
    refusalButtons(view),
  );
}

export const isOver = (view) => ENDED.has(view.state);
