"""The native API: balance, request log, keys, webhook secret (Lumenfall API, native endpoints)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from sandbox.call import call_of
from sandbox.clock import iso, parse_iso
from sandbox.errors import invalid, not_found
from sandbox.pricing import usd
from sandbox.requestlog import Row
from sandbox.state import State, state_of


async def balance(request: web.Request) -> web.Response:
    left = state_of(request).balance_micros
    return web.json_response(
        {
            "object": "balance",
            "billing_type": "postpaid" if left is None else "prepaid",
            "available": {"amount": None if left is None else usd(left), "currency": "usd"},
        }
    )


async def requests(request: web.Request) -> web.Response:
    """Newest first; both cursors at once, a bad limit or a bad date are 400."""
    state = state_of(request)
    query = dict(request.query)
    rows = _matching(state, query)
    page = _page(rows, query)
    body: dict[str, Any] = {
        "object": "list",
        "data": [_wire(state, row) for row in page],
        "next_page_url": _next(rows, page, query),
        "previous_page_url": _previous(rows, page, query),
    }
    if query.get("summary") == "true":
        shown = [_wire(state, row) for row in rows]
        body["summary"] = {
            "total_cost": usd(sum(row.cost_micros for row, w in zip(rows, shown, strict=True) if w["cost"])),
            "request_count": len(rows),
            "currency": "usd",
        }
    return web.json_response(body)


def _wire(state: State, row: Row) -> dict[str, Any]:
    return row.wire(state.clock.time(), state.switches.request_log_delay)


def _visible(state: State, row: Row) -> bool:
    return state.clock.time() >= row.created_at + state.switches.request_log_lag


def _matching(state: State, query: dict[str, str]) -> list[Row]:
    rows = [row for row in state.log if _visible(state, row)][::-1]
    if after := query.get("created_after"):
        moment = _moment("created_after", after)
        rows = [row for row in rows if row.created_at > moment]
    if before := query.get("created_before"):
        moment = _moment("created_before", before)
        rows = [row for row in rows if row.created_at < moment]
    if key_id := query.get("key_id"):
        rows = [row for row in rows if row.key_id == key_id]
    if status := query.get("status"):
        rows = [row for row in rows if _wire(state, row)["status"] == status]
    return rows


def _moment(name: str, text: str) -> float:
    try:
        return parse_iso(text)
    except ValueError:
        raise invalid(f"Invalid value for '{name}': expected an ISO 8601 date.") from None


def page_limit(query: dict[str, str]) -> int:
    text = query.get("limit", "20")
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise invalid("Invalid value for 'limit': expected a number from 1 to 100.")
    return int(text)


def _page(rows: list[Row], query: dict[str, str]) -> list[Row]:
    limit = page_limit(query)
    after, before = query.get("starting_after"), query.get("ending_before")
    if after and before:
        raise invalid("'starting_after' and 'ending_before' cannot be used together.")
    if after:
        start = _index(rows, after) + 1
        return rows[start : start + limit]
    if before:
        end = _index(rows, before)
        return rows[max(0, end - limit) : end]
    return rows[:limit]


def _index(rows: list[Row], row_id: str) -> int:
    for index, row in enumerate(rows):
        if row.id == row_id:
            return index
    raise invalid("The cursor does not name a request of this list.")


def _next(rows: list[Row], page: list[Row], query: dict[str, str]) -> str | None:
    return None if not page or page[-1] is rows[-1] else _url(query, "starting_after", page[-1])


def _previous(rows: list[Row], page: list[Row], query: dict[str, str]) -> str | None:
    return None if not page or page[0] is rows[0] else _url(query, "ending_before", page[0])


def _url(query: dict[str, str], cursor: str, row: Row) -> str:
    kept = {k: v for k, v in query.items() if k not in {"starting_after", "ending_before"}}
    return f"/v1/requests?{urlencode({**kept, cursor: row.id})}"


def _find(request: web.Request) -> Row:
    state = state_of(request)
    row = state.log.get(request.match_info["id"])
    if row is None or not _visible(state, row):
        raise not_found("Request")
    return row


async def one_request(request: web.Request) -> web.Response:
    return web.json_response(_wire(state_of(request), _find(request)))


async def purge(request: web.Request) -> web.Response:
    """Delete a request's files; its row and cost stay."""
    row = _find(request)
    already, row.purged = row.purged, True
    deleted = state_of(request).media.purge(row.id)
    body = {"id": row.id, "purged": True, "already_purged": already, "media_deleted": deleted}
    return web.json_response(body)


async def keys(request: web.Request) -> web.Response:
    """The keys that have called so far; all are active."""
    seen = state_of(request).keys
    wanted = request.query.get("status", "active")
    items = [
        {
            "id": key_id,
            "object": "key",
            "name": f"Key {key_id}",
            "last_four": key_id[-4:],
            "status": "active",
            "created_at": iso(at),
        }
        for key_id, at in sorted(seen.items(), key=lambda item: -item[1])
        if wanted == "active"
    ][: page_limit(dict(request.query))]
    return web.json_response(
        {"object": "list", "data": items, "next_page_url": None, "previous_page_url": None}
    )


async def webhook_secret(request: web.Request) -> web.Response:
    call_of(request)
    return web.json_response({"key": state_of(request).webhook_secret})
