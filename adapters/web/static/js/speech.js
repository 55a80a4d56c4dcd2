// Talking: replying to an older picture, the answers to a question, prices where no model may be asked.

import { ApiError, freshKey, get, post, send } from "./api.js";
import { $, announce, button, h, replace } from "./dom.js";
import { box, note } from "./notes.js";
import { isMine, toHere } from "./state.js";
import { say } from "./texts.js";

// Set by actions: press something of a request at the server.
export const presses = { press: () => {} };

let chosen = null;

/** What the next line is about: a picture that was chosen, or nothing. */
export const replied = () => (chosen ? { reply_to: chosen.id, index: chosen.index } : {});

export function replyTo(view, index) {
  replyToPicture({ id: view.id, index, name: view.part?.made ? `p${Number(view.part.made.slice(1)) + index}` : say.buttons.picture(index + 1) });
}

export function replyToPicture(picture) {
  chosen = picture;
  drawReply();
  announce(say.box.replying(picture.name));
  $("box").focus();
}

export function dropReply() {
  chosen = null;
  drawReply();
}

function drawReply() {
  const place = $("replying");
  place.hidden = !chosen;
  const drop = () => {
    dropReply();
    $("box").focus();
  };
  if (chosen) replace(place, h("span", {}, say.box.replying(chosen.name)), button(say.box.dropReply, { kind: "small", on: drop }));
}

async function tried(command, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    note.problem({ ...error.problem, command });
  }
}

/** Buttons beside what a message was answered: the answers to a question, prices that were wanted. */
export function noteButtons(view, { kind, choices }) {
  if (!isMine(view)) return choices.length ? h("p", { class: "muted" }, choices.join(" · ")) : null;
  if (kind === "compare") return row([button(say.notes.showPrices, { on: () => compare(view) })]);
  // One key for all of them: a question is answered once.
  const answer = (choice) => () => tried(choice, () => box.speak(choice, `choose:${view.id}`, { chosen: true }));
  return choices.length ? row(choices.map((choice) => button(choice, { on: answer(choice) }))) : null;
}

/** What a plain yes, no or stop did; where it is not certain what is meant, that is offered again. */
export function showAnswered({ text, answer: said, things, requests }, took) {
  requests.forEach((request) => took(request));
  const pressed = ({ id, shown }) => (event) => {
    const card = event.currentTarget.closest(".note");
    return tried("", async () => {
      showAnswered(await post(`/api/requests/${id}/meant`, { answer: said, shown }, { key: freshKey() }), took);
      card.remove();
    });
  };
  note.said(text, things.map(({ line }) => line), things.map((thing) => button(thing.button, { kind: said === "yes" ? "primary" : "", on: pressed(thing) })));
}

const row = (buttons) => h("div", { class: "buttons" }, buttons);

function compare(view) {
  const run = (_command, model) => presses.press(view.id, "run", { model });
  return tried(view.command, async () => note.answer({ kind: "compare", ...(await get(`/api/requests/${view.id}/prices`)), run }));
}

/** Explicit ways to do what was said, each with its price; `form` has the pictures that came with it. */
export function offerChoices({ choices }, form, took) {
  const key = freshKey();
  const run = (command) => () =>
    tried(command, async () => {
      form?.set("text", command);
      const answer = await (form ? send("/api/orders", form, { key }) : post("/api/orders", { text: command, ...toHere() }, { key }));
      took(answer.request);
      if (answer.note) note.twice(answer.note);
    });
  note.choices(choices.map(({ command, price }) => button(say.notes.choice(command, price?.shown), { on: run(command) })));
}
