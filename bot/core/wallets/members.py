"""The accounts of one person, and which of them count together. Pure.

A wallet is a list; nothing moves when it changes. Limits for a person everywhere look at the sum of what its
accounts have spent. Leaving takes effect when the month ends (UTC, the clock of these limits), and a window
that began before still counts whom it has counted, so neither leaving nor erasing gives a limit back.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.windows import UTC_ALWAYS, Window, bounds

MOST_ACCOUNTS = 5
"""Accounts in one wallet, those that are leaving among them."""
WEEK_US = 7 * 24 * 3600 * 1_000_000
"""For so long (microseconds) an account that has left is remembered: the longest window that can have begun
before the end of its month is a week.
"""
ERASED = "erased:"
"""How the hash begins that stands for an account whose person had it erased."""


@dataclass(frozen=True, kw_only=True)
class WalletMember:
    """An account in a wallet. `name` is what the other side was shown. `since` and `ended_at` (None: stays)
    are UTC microseconds.
    """

    wallet: str
    person: str
    name: str = ""
    since: int = 0
    ended_at: int | None = None

    @property
    def erased(self) -> bool:
        """True when only a keyed hash is left of it, which still counts until the month ends."""
        return self.person.startswith(ERASED)

    def active(self, now: int) -> bool:
        """Whether it belongs to the wallet now; one that is leaving does until the month ends."""
        return self.ended_at is None or self.ended_at > now


@dataclass(frozen=True, kw_only=True)
class LinkedAccount:
    """Another account of the same person; `until` (UTC micros) is when the link ends; None: it stays."""

    person: str
    until: int | None = None

    def counts_since(self, start: int) -> bool:
        """Whether it counts in a window that began at `start`; for this moment: whether it is linked."""
        return self.until is None or self.until > start


def linked_accounts(person: str, members: Iterable[WalletMember]) -> list[LinkedAccount]:
    """The accounts that are, or were lately, in a wallet with the person's; `members` are all of all these
    wallets, the person's own memberships among them.
    """
    known = list(members)
    own = {one.wallet: one for one in known if one.person == person}
    found: dict[str, LinkedAccount] = {}
    for other in known:
        mine = own.get(other.wallet)
        if mine is None or other.person == person or not _met(mine, other):
            continue
        until = min((end for end in (mine.ended_at, other.ended_at) if end is not None), default=None)
        before = found.get(other.person)
        if before is None or (before.until is not None and (until is None or until > before.until)):
            found[other.person] = LinkedAccount(person=other.person, until=until)
    return [found[name] for name in sorted(found)]


def _met(one: WalletMember, other: WalletMember) -> bool:
    """Whether both were in the wallet at the same time."""
    return one.active(other.since) and other.active(one.since)


def month_end(now: int) -> int:
    """When leaving takes effect: at the end of the month around `now`, UTC micros."""
    return bounds(Window.MONTH, now, UTC_ALWAYS)[1] or now


def stands_for(person: str, key: bytes) -> str:
    """The keyed hash that stays of an erased account, so that coming back does not begin a new limit."""
    return ERASED + hmac.digest(key, person.encode(), "sha256").hex()


def present(members: Sequence[WalletMember], now: int) -> list[WalletMember]:
    """The members that belong to a wallet now; none where only one is left."""
    found = [one for one in members if one.active(now)]
    return found if len(found) > 1 else []
