// The JSON API. Every problem arrives as an ApiError whose message a person can read.

import { say } from "./texts.js";

export class ApiError extends Error {
  constructor(problem, status) {
    super(problem.message);
    this.problem = problem;
    this.status = status;
  }
}

export const acting = { key: "" };

function headers(extra) {
  return { ...(acting.key ? { "X-Demo-Person": acting.key } : {}), ...extra };
}

async function call(method, path, { body, form, key, signal } = {}) {
  const extra = {};
  if (body !== undefined) extra["Content-Type"] = "application/json";
  if (key) extra["Idempotency-Key"] = key;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: headers(extra),
      body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ code: "offline", message: say.page.offline }, 0);
  }
  if (response.status === 401) location.href = "/login";
  let answer = {};
  try {
    answer = await response.json();
  } catch {
    answer = { error: { code: "unreadable", message: say.page.unreadable(response.status) } };
  }
  if (!response.ok) throw new ApiError(answer.error, response.status);
  return answer;
}

export const get = (path, options) => call("GET", path, options);
export const post = (path, body = {}, options = {}) => call("POST", path, { ...options, body });
export const send = (path, form, options = {}) => call("POST", path, { ...options, form });

/** A copy of a form with other fields: the same pictures, for another line. */
export function withLine(form, fields) {
  const copy = new FormData();
  for (const [name, value] of [...form, ...Object.entries(fields)]) copy.set(name, value);
  return copy;
}

/** A path for <img>, <video> and EventSource, which cannot carry headers. */
export function withPerson(path) {
  if (!acting.key) return path;
  return `${path}${path.includes("?") ? "&" : "?"}person=${encodeURIComponent(acting.key)}`;
}

/** A fresh key: the same press sent twice stays one request. */
export function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
}

/** Server-sent events that come back by themselves and resume where they were. */
export class Stream {
  constructor(handlers, onConnection) {
    this.handlers = handlers;
    this.onConnection = onConnection;
    this.last = "";
    this.open();
  }

  open() {
    this.close();
    const path = `/api/events${this.last ? `?after=${encodeURIComponent(this.last)}` : ""}`;
    this.source = new EventSource(withPerson(path));
    this.source.onopen = () => this.onConnection(true);
    this.source.onerror = () => {
      this.onConnection(false);
      // A refused answer closes for good; only a broken one is retried by the browser itself.
      if (this.source.readyState === EventSource.CLOSED) this.later = setTimeout(() => this.open(), 2000);
    };
    for (const [kind, handler] of Object.entries(this.handlers)) {
      this.source.addEventListener(kind, (event) => {
        if (event.lastEventId) this.last = event.lastEventId;
        handler(JSON.parse(event.data));
      });
    }
  }

  close() {
    clearTimeout(this.later);
    this.source?.close();
  }
}
