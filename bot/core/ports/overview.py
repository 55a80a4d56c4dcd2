"""The part of the store's port that looks over the whole installation, for its operator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How many requests were accepted in some time, and how many people asked for them."""

    requests: int
    people: int


class KnownBy(StrEnum):
    """Why the database knows a person."""

    ASKED = "asked"
    LIMIT = "limit"
    HOME = "home"
    LINK = "link"
    ADMIN = "admin"
    BLOCKED = "blocked"


@dataclass(frozen=True, kw_only=True)
class KnownPerson:
    """One reason to know a person, and the tenant that it is about (`*`: all of them)."""

    person: str
    tenant: str
    known_by: KnownBy


class Overview(Protocol):
    """Counts and lists over all tenants."""

    async def asked_between(self, since: int, until: int) -> Asked:
        """What was asked for from `since` on and before `until` (UTC micros), counted in those rows alone."""
        ...

    async def known_people(self) -> list[KnownPerson]:
        """Everybody who has asked for anything, has a limit or a home, or is linked; each reason once.

        What settings say of people (admins, blocked) is in the tenants.
        """
        ...
