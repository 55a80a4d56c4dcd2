"""The gateway's request log: what a call really cost, found by the trace id we sent with it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from bot.core.ports.gateway import JobStatus, LogEntry
from bot.gateway.http import Http
from bot.gateway.wire import LogPage, LogRow

PAGE = 100
FIND_PAGES = 20
LOG_PAGES = 2000
SLACK_US = 120_000_000
"""The gateway's clock and ours may differ by so much."""
RESENT_US = 900_000_000
"""A submission is repeated within so much of its first try, by the gateway's own clock."""

_STATUS = {
    "completed": JobStatus.COMPLETED,
    "upstream_failure": JobStatus.FAILED,
    "rejected": JobStatus.FAILED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELLED,
    "canceled": JobStatus.CANCELLED,
}


def entry(row: LogRow) -> LogEntry:
    """A row in the core's words; `pending`, `processing` and unknown states count as running."""
    return LogEntry(
        id=row.id,
        status=_STATUS.get(row.status.lower(), JobStatus.RUNNING),
        cost=row.cost if row.currency.lower() in {"usd", ""} else None,
        trace_id=row.trace_id,
        user=row.user,
        error_code=row.error_code,
        error_message=row.error_message[:300],
        created_at=row.created_at or 0,
    )


async def find(http: Http, url: str, trace_id: str, *, since: int) -> LogEntry | None:
    """The row with this trace id, at most `FIND_PAGES` pages back. The log has no such filter.

    A submission that was sent again has several: one that was refused says nothing of an earlier one, so
    the search then goes on for as long as a submission may be repeated.
    """
    wanted, oldest = trace_id.lower(), since - SLACK_US
    best: LogEntry | None = None
    async with aclosing(_rows(http, url, oldest, None, pages=FIND_PAGES)) as rows:
        async for row in rows:
            if row.created_at is not None and row.created_at < oldest:
                return best
            if wanted not in row.trace_id.lower():
                continue
            found = entry(row)
            if found.status != JobStatus.FAILED:
                return found
            if best is None or (found.cost or 0) > (best.cost or 0):
                best = found
            oldest = max(oldest, found.created_at - RESENT_US)
    return best


async def between(http: Http, url: str, *, since: int, until: int) -> AsyncGenerator[LogEntry]:
    """Rows from `since` to `until`, newest first."""
    async with aclosing(_rows(http, url, since, until, pages=LOG_PAGES)) as rows:
        async for row in rows:
            if row.created_at is None or since <= row.created_at <= until:
                yield entry(row)


async def _rows(http: Http, url: str, since: int, until: int | None, *, pages: int) -> AsyncGenerator[LogRow]:
    params = {"limit": str(PAGE), "created_after": _iso(since)}
    if until is not None:
        params["created_before"] = _iso(until)
    for _ in range(pages):
        answer = await http.read("GET", url, params=params)
        page = LogPage.model_validate(answer.body)
        for row in page.data:
            yield row
        # Only the next page's query is taken: its address is a stranger's word.
        following = dict(parse_qsl(urlsplit(page.next_page_url).query))
        if not page.data or not following or following == params:
            return
        params = following


def _iso(micros: int) -> str:
    when = datetime.fromtimestamp(max(micros, 0) / 1_000_000, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
