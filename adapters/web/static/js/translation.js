// The language of the page: the server has chosen it, and has sent the texts that are said otherwise than they are
// written in `texts.js` with the HTML. Numbers, amounts, dates and plurals are the browser's own (Intl).

const catalogue = JSON.parse(document.getElementById("catalogue").textContent);

export const LANGUAGE = catalogue.language;
/** The browser's own region of that language, such as en-GB: clocks and dates differ within a language. */
export const REGION = navigator.languages.find((one) => one.split("-")[0] === LANGUAGE) ?? LANGUAGE;

const PLURALS = new Intl.PluralRules(LANGUAGE);
const PLACEHOLDER = /\{(\w+)\}/;

/** A text in the language of the page. A value may be an element; what comes back is then a list of pieces. */
export const _ = (text, values) => filled(catalogue.texts[text] ?? text, values);

/** The form that fits the count, which is there as `{count}`. */
export function ngettext(one, other, count, values) {
  const forms = catalogue.texts[one] ?? { one, other };
  return filled(forms[PLURALS.select(count)] ?? forms.other, { count: number(count), ...values });
}

function filled(text, values) {
  if (!values) return text;
  const pieces = text.split(PLACEHOLDER).map((piece, at) => (at % 2 ? values[piece] : piece));
  return pieces.some((piece) => typeof piece === "object") ? pieces : pieces.join("");
}

export const number = (value, options) => new Intl.NumberFormat(LANGUAGE, options).format(value);
export const percent = (share) => number(share, { style: "percent" });
export const dollars = (value, digits) => number(value, { style: "currency", currency: "USD", minimumFractionDigits: 2, maximumFractionDigits: digits });

/** A moment in this browser's time. */
export const moment = (when, options) => new Intl.DateTimeFormat(REGION, options).format(when);
