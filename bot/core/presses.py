"""Double presses: a second press of the same button by the same person within five seconds is no new order.

The request of each press is stored in the database, so this works across replicas and restarts. A later press
is intended, and makes a new order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bot.core.request import Actor
from bot.core.text.translation import gettext as _

WINDOW_US = 5_000_000
"""Microseconds within which a second press counts as the first: longer than a double click and a
slow answer."""
ALREADY = _("Already on it.")
"""The answer to the second press."""


def press_of(actor: Actor, subject: str, verb: str, chosen: Mapping[str, Any] | None = None) -> str:
    """The same 64 characters for the same button of `subject`, pressed by the same person.

    `chosen` is what the person filled in with the press; other values make it another press.
    """
    parts = [actor.place_id, actor.person, subject, verb, chosen or {}]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def is_same(earlier: int, now: int) -> bool:
    """True if presses at these two times (UTC microseconds) count as one; replicas' clocks may differ a
    little.
    """
    return abs(now - earlier) < WINDOW_US
