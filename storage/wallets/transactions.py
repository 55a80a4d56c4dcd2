"""What changes who is linked. All of it waits for one lock, so that two presses decide one after another.

Linking is one transaction: the second of the two who agree writes both memberships, or nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.audit.entries import Act, entry_by
from bot.core.errors import NotAllowed, NotFound, TooLate
from bot.core.identity import Actor
from bot.core.wallets.codes import (
    CODE_US,
    TRIES_PER_PERSON,
    TRIES_TOGETHER,
    TRIES_US,
    LinkProposal,
    code_digest,
)
from bot.core.wallets.members import MOST_ACCOUNTS, WEEK_US, WalletMember, month_end, present
from bot.core.wallets.texts import (
    already_linked,
    both_linked,
    code_not_valid,
    leaves_first,
    proposal_over,
    too_many_accounts,
    too_many_tries,
)
from storage.audit.transactions import record
from storage.rows import storable
from storage.transaction import Transaction, ask, tell
from storage.wallets.rules import hashed, members_of, wallet_key, wallet_of

AUDITED = "linked accounts"
"""What the audit log names when the operator ends a link."""
ENTER, OPEN = "enter", "open"
"""Kinds of tries that are counted: codes that were entered, and codes that were asked for."""


@dataclass(frozen=True)
class RefusedTry:
    """What is raised once the transaction, which has counted the try, is written."""

    error: NotFound | NotAllowed


def open_code(person: str, name: str, code: str, now: int) -> Transaction[int | RefusedTry]:
    """`Wallets.open_code`."""
    yield from ask("wallets_lock")
    if refused := (yield from _counted(person, OPEN, now)):
        return refused
    digest, expires_at = code_digest(code, (yield from wallet_key())), now + CODE_US
    yield from tell("link_code_put", person=person, name=storable(name), digest=digest, expires_at=expires_at)
    return expires_at


def enter_code(person: str, name: str, code: str, now: int) -> Transaction[LinkProposal | RefusedTry]:
    """`Wallets.enter_code`."""
    yield from ask("wallets_lock")
    if refused := (yield from _counted(person, ENTER, now)):
        return refused
    digest = code_digest(code, (yield from wallet_key()))
    rows = yield from ask("link_codes_open", now=now)
    found = [row for row in rows if hmac.compare_digest(row["digest"], digest)]
    if not found or found[0]["person"] == person:
        return RefusedTry(NotFound(code_not_valid()))
    yield from tell("link_code_drop", person=found[0]["person"])
    proposal = LinkProposal(
        id=secrets.token_hex(8),
        proposer=found[0]["person"],
        proposer_name=found[0]["name"],
        taker=person,
        taker_name=storable(name),
        expires_at=now + CODE_US,
    )
    yield from tell("link_proposal_add", **vars(proposal))
    return proposal


def _counted(person: str, kind: str, now: int) -> Transaction[RefusedTry | None]:
    """Count a try; what is said when there were too many, of this person or of all together."""
    since = now - TRIES_US
    yield from tell("link_tries_purge", before=since)
    [tries] = yield from ask("link_tries", person=person, kind=kind, since=since)
    if tries["mine"] >= TRIES_PER_PERSON or tries["everyone"] >= TRIES_TOGETHER:
        return RefusedTry(NotAllowed(too_many_tries()))
    yield from tell("link_try_add", person=person, kind=kind, now=now)
    return None


def proposals(person: str, now: int) -> Transaction[list[LinkProposal]]:
    """`Wallets.proposals`."""
    rows = yield from ask("link_proposals_of", person=person, now=now)
    return [_proposal(row) for row in rows]


def _proposal(row: dict[str, object]) -> LinkProposal:
    agreed = tuple(filter(None, str(row["agreed"]).split(" ")))
    return LinkProposal(**{**row, "agreed": agreed})  # pyright: ignore[reportArgumentType]


def answer(proposal_id: str, person: str, *, agrees: bool, now: int) -> Transaction[bool]:
    """`Wallets.answer_proposal`."""
    yield from ask("wallets_lock")
    rows = yield from ask("link_proposal_get", id=proposal_id, now=now)
    if not rows or not (found := _proposal(rows[0])).includes(person):
        raise NotFound(proposal_over())
    if not agrees:
        yield from tell("link_proposal_drop", id=found.id)
        return False
    agreed = {*found.agreed, person}
    if agreed != {found.proposer, found.taker}:
        yield from tell("link_proposal_agree", id=found.id, agreed=" ".join(sorted(agreed)))
        return False
    yield from _link(found, now)
    yield from tell("link_proposal_drop", id=found.id)
    return True


def _link(found: LinkProposal, now: int) -> Transaction[None]:
    """Make two accounts one person's. Raises NotAllowed and TooLate when that cannot be."""
    sides = ((found.proposer, found.proposer_name), (found.taker, found.taker_name))
    mine = yield from _now_with(found.proposer, now, found.taker)
    theirs = yield from _now_with(found.taker, now, found.proposer)
    if mine and theirs and mine[0].wallet == theirs[0].wallet:
        if not any(one.person in (found.proposer, found.taker) and one.ended_at for one in mine):
            raise NotAllowed(already_linked())
        wallet = mine[0].wallet
    else:
        _check_new(found, mine, theirs)
        wallet = (mine or theirs)[0].wallet if mine or theirs else secrets.token_hex(8)
    for (person, name), members in zip(sides, (mine, theirs), strict=True):
        yield from _join(wallet, person, name, bool(members), now)


def _now_with(person: str, now: int, *others: str) -> Transaction[list[WalletMember]]:
    """The members of the person's wallet now, themselves among them; none where they are alone."""
    members = yield from wallet_of(person, *others)
    for wallet in sorted({one.wallet for one in members if one.person == person and one.active(now)}):
        if found := present([one for one in members if one.wallet == wallet], now):
            return found
    return []


def _check_new(found: LinkProposal, mine: Sequence[WalletMember], theirs: Sequence[WalletMember]) -> None:
    leaving = [
        one.ended_at
        for one in (*mine, *theirs)
        if one.person in (found.proposer, found.taker) and one.ended_at is not None
    ]
    if leaving:
        raise TooLate(leaves_first())
    if mine and theirs:
        raise NotAllowed(both_linked())
    if len(mine or theirs) >= MOST_ACCOUNTS:
        raise NotAllowed(too_many_accounts(MOST_ACCOUNTS))


def _join(wallet: str, person: str, name: str, member: bool, now: int) -> Transaction[None]:
    """Put an account into a wallet. One that was erased and comes back, or was leaving, stays what it was."""
    if member:
        yield from tell("wallet_member_drop", wallet=wallet, person=(yield from hashed(person)))
    else:
        yield from _end_alone(wallet, person, now)
    yield from tell("wallet_member_put", wallet=wallet, person=person, name=name, since=now)


def _end_alone(wallet: str, person: str, now: int) -> Transaction[None]:
    """Take an account out of wallets in which nobody else is left."""
    for one in members_of((yield from ask("wallet_of", account=person))):
        if one.person == person and one.wallet != wallet and one.active(now):
            yield from tell("wallet_member_end", wallet=one.wallet, person=person, ended_at=now)


def leave(person: str, *, by: Actor, now: int) -> Transaction[int | None]:
    """`Wallets.leave_wallet`."""
    yield from ask("wallets_lock")
    members = yield from _now_with(person, now)
    own = next((one for one in members if one.person == person), None)
    if own is None:
        return None
    if own.ended_at is not None:
        return own.ended_at
    yield from tell("wallet_member_end", wallet=own.wallet, person=person, ended_at=month_end(now))
    if by.person != person:
        line = entry_by(by, Act.SETTING, what=AUDITED, subject=person, old="linked", new="leaves")
        yield from record([line], now)
    return month_end(now)


def wallets(now: int) -> Transaction[list[list[WalletMember]]]:
    """`Wallets.wallets`."""
    found: dict[str, list[WalletMember]] = {}
    for one in members_of((yield from ask("wallets_all"))):
        found.setdefault(one.wallet, []).append(one)
    return [shown for members in found.values() if (shown := present(members, now))]


def wallet(person: str, now: int) -> Transaction[list[WalletMember]]:
    """`Wallets.wallet`: with the hash of an account that was erased, since nobody is shown whose it was."""
    rows = members_of((yield from ask("wallet_of", account=person)))
    for name in sorted({one.wallet for one in rows if one.person == person and one.active(now)}):
        if found := present([one for one in rows if one.wallet == name], now):
            return found
    return []


def erase(person: str, now: int) -> Transaction[None]:
    """Erase a person's names, codes and questions. A membership becomes a keyed hash until the month ends."""
    yield from ask("wallets_lock")
    for one in members_of((yield from ask("wallet_of", account=person))):
        if one.person == person:
            end = one.ended_at or month_end(now)
            yield from tell(
                "wallet_member_rename",
                wallet=one.wallet,
                person=person,
                new=(yield from hashed(person)),
                name="",
                ended_at=end,
            )
    yield from tell("link_code_drop", person=person)
    yield from tell("link_tries_forget", person=person)
    for found in (yield from proposals(person, 0)):
        yield from tell("link_proposal_drop", id=found.id)


def purge(now: int) -> Transaction[None]:
    """Delete what is over: codes, questions, and memberships that count in no window any more."""
    yield from tell("link_codes_purge", now=now)
    yield from tell("link_proposals_purge", now=now)
    known = members_of((yield from ask("wallets_all")))
    kept = [one for one in known if one.active(now - WEEK_US)]
    alone = {one.wallet for one in kept if sum(other.wallet == one.wallet for other in kept) < 2}
    for one in known:
        if one not in kept or one.wallet in alone:
            yield from tell("wallet_member_drop", wallet=one.wallet, person=one.person)
