"""Presses that are one: the second press of a button by the same person within a moment is no new order.

Which request a press made is kept beside the requests, so it holds over replicas and restarts. A later press
is meant, and makes a new order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bot.core.request import Actor

WINDOW_US = 5_000_000
"""Microseconds within which a second press is the first: longer than a double click and a slow answer."""
ALREADY = "Already on it."
"""What the second press is answered with."""


def press_of(actor: Actor, subject: str, verb: str, chosen: Mapping[str, Any] | None = None) -> str:
    """The same 64 characters for the same button of `subject`, pressed by the same person.

    `chosen` is what the person filled in with the press: other words are another press.
    """
    parts = [actor.tenant, actor.person, subject, verb, chosen or {}]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def is_same(earlier: int, now: int) -> bool:
    """True where two presses at these UTC microseconds are one; replicas' clocks may differ a little."""
    return abs(now - earlier) < WINDOW_US
