"""Everything that is known of one request, from the platform's event to the message that tells its end.

What people said is in it only when it is asked for; tokens never are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, cast

from bot.core.errors.outside import GatewayError
from bot.core.identity import person_hash
from bot.core.ledger import Entry
from bot.core.ports.gateway import Gateway
from bot.core.ports.store import Store
from bot.core.request import Request
from bot.telemetry.logging import redact
from bot.telemetry.request_record import facts, iso

LOOK_BACK_US = 2 * 3600 * 1_000_000
"""The gateway's clock may differ from ours by so much."""
NOT_AVAILABLE = "not available here"


@dataclass(frozen=True, kw_only=True)
class Story:
    """A request with its ledger entries, and the gateway's log entry or why there is none."""

    request: Request
    entries: list[Entry]
    gateway_log: dict[str, Any] | str


async def tell(store: Store, gateway: Gateway | None, request_id: str) -> Story | None:
    """Collect it; None when there is no such request. Reads only."""
    request = await store.get(request_id)
    if request is None:
        return None
    found = store.entries(since=request.created_at)
    entries = [entry async for entry in found if entry.request_id == request_id]
    return Story(request=request, entries=entries, gateway_log=await _logged(gateway, request))


async def _logged(gateway: Gateway | None, request: Request) -> dict[str, Any] | str:
    if request.submitted_at is None:
        return "nothing was sent"
    if gateway is None:
        return "LUMENFALL_API_KEY is not set"
    try:
        entry = await gateway.find(request.trace_id, since=request.submitted_at - LOOK_BACK_US)
    except GatewayError as error:
        return f"{NOT_AVAILABLE} ({error.code})"
    return "it has no entry of this call" if entry is None else asdict(entry)


def as_json(story: Story, *, key: bytes, words: bool) -> dict[str, Any]:
    """The story for `--json`: money in micro-dollars, times as ISO 8601 and in milliseconds."""
    request = story.request
    return {
        **facts(request, person=person_hash(key, request.actor.person)),
        "person_id": request.actor.person,
        "event": request.dedupe_key,
        "parent": request.parent_id,
        "approved_by": request.approved_by,
        "confirmed": request.confirmed,
        "cancel_requested": request.cancel_requested,
        "due": None if request.due_at is None else iso(request.due_at),
        "lease": request.lease_owner,
        "states": [
            {"state": "received", "at": iso(request.created_at), "after_ms": 0, "held_micros": 0},
            *(
                {
                    "state": str(change.state),
                    "at": iso(change.at),
                    "after_ms": max(0, change.at - request.created_at) // 1000,
                    "held_micros": change.held,
                }
                for change in request.state_changes
            ),
        ],
        "ledger": [_entry(entry) for entry in story.entries],
        "reply_to": _clean(request.reply_to),
        "delivery": _clean(request.delivery),
        "results": [
            {"content_type": asset.content_type, "bytes": asset.size, "file": asset.path}
            for asset in request.assets
        ],
        "gateway_log": _clean(story.gateway_log),
        **(_words(request) if words else {}),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    """An entry as it is kept, its time readable."""
    return {**_clean(asdict(entry)), "at": iso(entry.at)}


def _words(request: Request) -> dict[str, Any]:
    return {
        "name": request.actor.name,
        "prompt": request.order.prompt,
        "answer": request.text,
        "reason": request.failure.message if request.failure else "",
    }


SILENT = frozenset({"response_url", "error_message"})
"""A token in an address, and a sentence that may quote somebody."""


def _clean(value: Any) -> Any:
    """Without tokens, whatever they are called or look like."""
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, Any]", value)
    return dict(redact(None, "", {name: item for name, item in fields.items() if name not in SILENT}))


def as_text(told: dict[str, Any]) -> list[str]:
    """The same as lines, a group at a time; what is empty is left out."""
    lines: list[str] = []
    for name, value in told.items():
        if value in (None, "", [], {}, False):
            continue
        if isinstance(value, list):
            lines += [f"{name}:", *(f"  {_flat(item)}" for item in cast("list[Any]", value))]
        else:
            lines.append(f"{name}: {_flat(value)}")
    return lines


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return "  ".join(f"{name}={_flat(item)}" for name, item in fields.items() if item not in (None, ""))
    return str(value)
