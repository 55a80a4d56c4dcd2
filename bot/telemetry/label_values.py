"""The values that labels of metrics can have, so that every series is there, at zero, before its first event.

Prometheus' `increase` needs a value before the event: a series that begins with 1 has not risen. What comes
from outside (codes, names of models, places) is bounded: what does not fit is "other".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.core.errors import Refusal, bounds

ORIGINS = ("discord", "slack", "web", "cli")
"""Where orders come from: each adapter's `ORIGIN`."""
PLATFORMS = ("discord", "slack")
"""Platforms that limit how often they are called."""
STAGES = ("ack", "accept", "queue", "gateway", "delivery")
WEBHOOK_RESULTS = ("taken", "repeated", "unknown_job", "refused", "postponed")
STATUS_CLASSES = ("2xx", "3xx", "4xx", "5xx")
GATEWAY_CODES = (
    "ALL_PROVIDERS_EXHAUSTED", "AUTHENTICATION_FAILED", "CONTENT_POLICY_VIOLATION", "FORBIDDEN",
    "INSUFFICIENT_BALANCE", "INTERNAL_ERROR", "INVALID_REQUEST", "MODEL_DISABLED", "MODEL_NOT_FOUND",
    "RATE_LIMITED", "RECORDING_NOT_FOUND", "UPSTREAM_ERROR", "edge_block", "gateway_ambiguous",
    "gateway_unavailable",
)  # fmt: skip
"""The gateway's published codes (`bot/gateway/failures.py`), and the client's own for silence."""
OTHER = "other"
DIRECT = "direct"
"""The place of requests without a server or workspace: a person's id must not become a label."""

_FORM = re.compile(r"[A-Za-z0-9_.:/\-]{1,96}")


class BoundedLabel:
    """The first `most` values keep their names; every other, and what has no valid form, is "other"."""

    def __init__(self, most: int, known: Iterable[str] = (), form: re.Pattern[str] = _FORM) -> None:
        self._most = most
        self._form = form
        self._seen = set(known)

    def __call__(self, given: str) -> str:
        """The label for a value."""
        if given in self._seen:
            return given
        if len(self._seen) >= self._most or not self._form.fullmatch(given):
            return OTHER
        self._seen.add(given)
        return given


def refusal_codes() -> list[str]:
    """The code of every kind of refusal."""
    return sorted({one.code for one in _kinds(Refusal)} | {bounds.QueueFull.code})


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)


def place_of(tenant: str) -> str:
    """The place's id, or "direct" for what a person has alone."""
    return DIRECT if ":dm:" in tenant else tenant


def status_class(status: int) -> str:
    """Such as 2xx."""
    return f"{status // 100}xx"
