// What the page knows, in one place, and the few questions everybody asks of it.

export const state = {
  me: null,
  // The key `me` was asked for with; another person may be on their way already.
  as: "",
  people: [],
  commands: [],
  models: [],
  requests: new Map(),
  order: [],
  before: null,
  // The person's own conversation that is open; empty for the channel.
  conversation: "",
  // What a person has open under a message: which picture, which form.
  open: new Map(),
};

export const ENDED = new Set(["delivered", "refused", "failed", "cancelled"]);

/** Take a request as it stands; an older version than the one known changes nothing. */
export function take(view, { older = false } = {}) {
  const known = state.requests.get(view.id);
  if (known && known.version > view.version) return false;
  if (known && ENDED.has(known.state) && known.version === view.version && !ENDED.has(view.state)) return false;
  // Only the API's own answers know whether an admin was asked; a fact from the worker must not undo that.
  if (known?.approval.asked && view.approval.possible) view.approval.asked = true;
  state.requests.set(view.id, { ...view, progress: ENDED.has(view.state) ? null : view.progress ?? known?.progress });
  if (!known) {
    if (older) state.order.unshift(view.id);
    else state.order.push(view.id);
  }
  return true;
}

export function forgetRequest(id) {
  state.requests.delete(id);
  state.order = state.order.filter((item) => item !== id);
}

/** What is sent along, so that it goes to the conversation that is open. */
export const toHere = () => (state.conversation ? { conversation: state.conversation } : {});

export const isHere = (view) => (view.conversation ?? "") === state.conversation;
export const isMine = (view) => state.me?.person.id === view.person.id;
export const isAdmin = () => Boolean(state.me?.person.admin);

export function opened(id) {
  if (!state.open.has(id)) state.open.set(id, { pick: 0, form: "" });
  return state.open.get(id);
}

export function nameOf(personId) {
  return state.people.find((item) => item.id === personId)?.name ?? personId.replace(/^web:/, "");
}
