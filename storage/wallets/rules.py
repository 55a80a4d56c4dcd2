"""The rules of a person with what their linked accounts bring: whose spending counts, whose limits bind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.core.ledger import Budget
from bot.core.limits import Rules
from bot.core.wallets.members import WalletMember, linked_accounts, stands_for
from storage.rows import budget_of
from storage.transaction import Ask, Row, Transaction, ask

MOST_FOUND = 1000
_FOUND: dict[str, str] = {}
"""Whom keyed hashes stand for, as far as this process has found out."""


def with_wallet(rules: Rules, person: str, row: Row) -> Transaction[Rules]:
    """The rules with the person's linked accounts and their limits in all places.

    `row` is the one that the rules were read from. Somebody who has linked nothing costs no further question.
    """
    members = [
        WalletMember(wallet=wallet, person=one, since=since, ended_at=ended_at)
        for wallet, one, since, ended_at in json.loads(row["wallet"] or "[]")
    ]
    if row["erased"]:
        members = yield from known_again(person, members)
    linked = linked_accounts(person, members)
    if not linked:
        return rules
    more = yield from budgets_everywhere(one.person for one in linked)
    return replace(rules, linked=linked, budgets=(*rules.budgets, *more))


def budgets_everywhere(people: Iterable[str]) -> Transaction[list[Budget]]:
    """The limits in all places that were set for these people."""
    rows: list[Row] = yield Ask("everywhere_budgets", [{"subject": one} for one in people])
    return [budget_of(row) for row in rows]


def wallet_of(person: str, *others: str) -> Transaction[list[WalletMember]]:
    """Every member of the wallets that the account is in or was in lately, by their ids where a person had
    theirs erased.
    """
    members = members_of((yield from ask("wallet_of", account=person)))
    if (yield from ask("wallet_erased")):
        members = yield from known_again(person, members, others)
    return members


def members_of(rows: Iterable[Row]) -> list[WalletMember]:
    """Rows of `wallet_members`."""
    return [
        WalletMember(
            wallet=row["wallet"],
            person=row["person"],
            name=row["name"],
            since=row["since"],
            ended_at=row["ended_at"],
        )
        for row in rows
    ]


def wallet_key() -> Transaction[bytes]:
    """The key of the hashes; made by the migration."""
    rows = yield from ask("wallet_key")
    return bytes.fromhex(json.loads(rows[0]["body"])["hex"])


def known_again(
    person: str, members: Sequence[WalletMember], others: Sequence[str] = ()
) -> Transaction[list[WalletMember]]:
    """The members with ids instead of hashes, and those of a wallet that the person was erased from.

    A hash cannot be turned back, so everybody who has spent anything is compared with it, and `others`. That
    is slow, and only needed in the month of an erasure, for those who were linked with that account; whom a
    process has found it remembers.
    """
    key = yield from wallet_key()
    came_back = members_of((yield from ask("wallet_of", account=stands_for(person, key))))
    known = {(one.wallet, one.person): one for one in (*members, *came_back)}
    wanted = {one.person for one in known.values() if one.erased}
    _FOUND.update((stands_for(one, key), one) for one in (person, *others))
    if wanted - _FOUND.keys():
        for row in (yield from ask("everywhere_spenders")):
            if (name := stands_for(row["person"], key)) in wanted:
                _FOUND[name] = row["person"]
    found = [replace(one, person=_FOUND.get(one.person, one.person)) for one in known.values()]
    while len(_FOUND) > MOST_FOUND:
        del _FOUND[next(iter(_FOUND))]
    return found


def hashed(person: str) -> Transaction[str]:
    """The keyed hash that stands for an account once it is erased."""
    return stands_for(person, (yield from wallet_key()))
