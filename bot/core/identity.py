"""Who asks, where that is seen, and who pays for it.

A request has a place (who sees it: ids, conversation, history) and a payer (whose limits, blocks, pause,
models and admins bind). In a server or workspace they are the same. A person's own direct messages and what
they use in servers without the bot have one place of their own, `discord:dm:123`; its payer is the person's
home, a server that they have chosen.

The ids of requests and traces are made here too, and the hash that stands for a person outside the database.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from enum import StrEnum

from bot.core.text.translation import gettext as _

DAY_US = 24 * 3600 * 1_000_000
"""Microseconds for which a chosen home stands before another may be chosen."""
ONCE_A_DAY = _("You can change this once a day. What you chose before still holds.")


def person_hash(key: bytes, person: str) -> str:
    """A keyed hash of a person's id, 32 hex digits; used in our log, at the gateway and at its providers."""
    return hmac.new(key, person.encode(), hashlib.sha256).hexdigest()[:32]


class Via(StrEnum):
    """How a person reaches the bot: in a place that has it, in a direct message, or through an installation
    of their own where the place does not have it.
    """

    HERE = "here"
    DIRECT = "direct"
    INSTALL = "install"


def personal_place(platform: str, user: str) -> str:
    """The place that one person has alone: their direct messages and personal installations."""
    return f"{platform}:dm:{user}"


def is_personal(place: str) -> bool:
    """True for a place that one person has alone; such a place pays for nothing."""
    return place.split(":")[1:2] == ["dm"]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The person who asks, as the platform describes them at that moment.

    Ids begin with their platform (`discord:123`). `tenant` pays. `place` is who sees the request; empty where
    it is the same. `roles` are role or user-group ids in the tenant. `is_admin` comes from the platform and
    is checked again on every press. `guest` is true for people whom the tenant has not made full members.
    `sensitive_ok` is true only in an age-restricted place. `language` is the code of the one in which they
    are answered; empty where neither the person nor the place says.
    """

    tenant: str
    person: str
    name: str = ""
    channel: str = ""
    roles: tuple[str, ...] = ()
    is_admin: bool = False
    sensitive_ok: bool = False
    place: str = ""
    via: Via = Via.HERE
    guest: bool = False
    language: str = ""

    @property
    def place_id(self) -> str:
        """The place, also where it pays itself."""
        return self.place or self.tenant

    @property
    def elsewhere(self) -> bool:
        """True where another place than this one pays."""
        return self.place_id != self.tenant

    @property
    def unpaid(self) -> bool:
        """True where nobody pays, because the person has no home."""
        return is_personal(self.tenant)


@dataclass(frozen=True, kw_only=True)
class Home:
    """The server that pays for a person in their direct messages. `chosen_at` in UTC microseconds."""

    person: str
    tenant: str
    chosen_at: int

    @property
    def stands_until(self) -> int:
        """When another home may be chosen (UTC microseconds)."""
        return self.chosen_at + DAY_US


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_request_id() -> str:
    """`req_` and 20 characters: first the time, so that ids sort by age, then 50 random bits."""
    bits = int(time.time() * 1000) << 50 | secrets.randbits(50)
    return "req_" + "".join(_ALPHABET[bits >> shift & 31] for shift in range(95, -5, -5))


def new_trace_id() -> str:
    """A W3C trace id: 32 hex digits, never all zero."""
    return secrets.token_hex(16)
