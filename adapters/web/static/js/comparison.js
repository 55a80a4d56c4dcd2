// The same order on several models: priced in one table, run with one press, shown side by side. Each is ordered with
// its price asked first, and agreed to at the price of the table at most: what costs more by now is asked again.

import { ApiError, freshKey, post, send, withLine } from "./api.js";
import { h, replace, short } from "./dom.js";
import { markdown } from "./markdown.js";
import { covered, grid } from "./media.js";
import { state, toHere } from "./state.js";
import { say } from "./texts.js";

const watched = new Map();
// Set by main: take a request as the server sees it now.
export const comparison = { took: () => {} };

/** The price of what is chosen, in micro-dollars as every amount. */
export const together = (quotes) => short({ micros: quotes.reduce((sum, { price }) => sum + price.micros, 0) });

/** Order the chosen ones; `host` becomes their columns. */
export async function runTogether(quotes, host, form) {
  const press = freshKey();
  const columns = quotes.map(({ model }) => h("article", { class: "column-of", "aria-label": model }, h("h3", {}, model), h("div", {}, say.progress.asking)));
  replace(host, columns);
  await Promise.all(quotes.map((quote, at) => order(quote, columns[at].lastElementChild, `${press}:${quote.model}`, form)));
}

async function order({ command, price }, place, press, form) {
  try {
    const fields = { text: command, press, ask_price: "always", ...toHere() };
    const key = freshKey();
    const { request } = form ? await send("/api/orders", withLine(form, fields), { key }) : await post("/api/orders", fields, { key });
    watched.set(request.id, { price, place, agreed: false });
    comparison.took(request);
    // It may have moved before its answer came.
    await compared(state.requests.get(request.id) ?? request);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    replace(place, error.problem.message);
  }
}

/** A request has moved: agree to its price, or show what it has become. */
export async function compared(view) {
  const one = watched.get(view.id);
  if (!one) return;
  replace(one.place, shown(view));
  if (view.state !== "awaiting_confirmation" || one.agreed) return;
  one.agreed = true;
  try {
    comparison.took(await post(`/api/requests/${view.id}/confirm`, { shown: one.price.micros }, { key: freshKey() }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    replace(one.place, error.problem.message);
  }
}

function shown(view) {
  if (view.state === "delivered") {
    const result = view.assets.length > 0 ? covered(view, () => grid(view)) : h("div", { class: "text" }, markdown(view.text ?? ""));
    return [result, h("p", { class: "receipt" }, view.receipt)];
  }
  return view.error?.message || say.progress.doing(view.about.doing);
}
