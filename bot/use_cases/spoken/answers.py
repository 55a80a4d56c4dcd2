"""What a yes, a no or a stop does: said as a message of its own, or pressed on a button of a whole message.

What a word was taken to mean is written down before it is done: the platform may bring it again, after a
process died in between, and then it must not become a paid question about the word "yes".

Money is spent by a word only when there is one thing that it can mean: one price that was shown, and nothing
that its person has said to the bot since. In every other case what may be meant is shown with buttons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.short_answers import ShortAnswer
from bot.core.errors import NotAllowed, NotFound, PriceMoved, TooLate
from bot.core.money import ZERO, Micros
from bot.core.order_rules import conversation_key
from bot.core.ports.store import Store
from bot.core.request import Actor, Request, State, stoppable
from bot.core.text.translation import gettext as _
from bot.use_cases.requests import Service
from bot.use_cases.row_changes import agreed

SOURCE = "short_answer"
"""Of the rows of the inbox that remember what a bare yes or stop was taken to mean, by its dedupe key."""
OFFERED_MOST = 5
"""Things that are offered again with buttons, the newest of them; each has its own button where it stands."""


class Reply(StrEnum):
    """How a message was answered at once, free and without a model.

    `agreed`: it said yes to the one open price. `stopped`: it stopped the one thing under way. `which`: it
    said yes, no or stop, and it is not certain to what: buttons decide.
    """

    AGREED = "agreed"
    STOPPED = "stopped"
    WHICH = "which"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer without a model; `requests` are those that it is about, as they are now.

    `answer` is what was said. `things` are the requests by what one button decides: the orders of a plan are
    one thing.
    """

    reply: Reply
    answer: ShortAnswer
    requests: tuple[Request, ...]

    @property
    def things(self) -> list[list[Request]]:
        return together(self.requests)


class SpokenAnswers:
    """The use cases of people who agree to something or stop it."""

    def __init__(self, *, service: Service, store: Store) -> None:
        self._service = service
        self._store = store

    async def said(
        self,
        actor: Actor,
        answer: ShortAnswer,
        conversation: str,
        *,
        dedupe_key: str,
        replied_to: str = "",
        most: Micros | None = None,
    ) -> Answered | None:
        """The answer to a bare yes, no or stop; None where nothing of the speaker's is open here.

        The same `dedupe_key` is the same answer, whatever has changed since.

        `replied_to` is the request whose message it replies to: that one is meant. A yes agrees to at most
        `most`.
        """
        if (before := await self.answered(dedupe_key)) is not None:
            return before
        key = conversation_key(actor.place_id, conversation)
        mine = [row for row in await self._store.unfinished_in(key) if row.actor.person == actor.person]
        found = _open_prices(mine) if answer is ShortAnswer.YES else together(filter(stoppable, mine))
        named = [rows for rows in found if replied_to and replied_to in _names(rows)]
        found = named or found
        if not found:
            return None
        if len(found) > 1 or not (named or await self._last_said(actor, answer, key, found[0])):
            rows = tuple(row for rows in found[-OFFERED_MOST:] for row in rows)
            return Answered(reply=Reply.WHICH, answer=answer, requests=rows)
        if answer is ShortAnswer.YES:
            _check_most(found[0], most)
        kept = {"answer": str(answer), "requests": [row.id for row in found[0]]}
        await self._store.inbox_put(SOURCE, dedupe_key, kept)
        return await self._done(actor, answer, found[0])

    async def answered(self, dedupe_key: str) -> Answered | None:
        """What a message that has come before was taken to mean, done if it had not been; None: nothing.

        Raises TooLate and PriceMoved when it can be done no more.
        """
        kept = await self._store.inbox_get(SOURCE, dedupe_key)
        known = [await self._store.get(str(one)) for one in kept["requests"]] if kept else []
        rows = [row for row in known if row is not None]
        if not kept or not rows:
            return None
        answer = ShortAnswer(kept["answer"])
        try:
            return await self._done(rows[0].actor, answer, rows)
        except TooLate:
            if any(row.state is State.AWAITING_CONFIRMATION for row in rows):
                raise
        reply = Reply.AGREED if answer is ShortAnswer.YES else Reply.STOPPED
        return Answered(reply=reply, answer=answer, requests=tuple(rows))  # it was done before

    async def _last_said(self, actor: Actor, answer: ShortAnswer, key: str, rows: Sequence[Request]) -> bool:
        """Whether it answers what came last: a yes only a price that was shown, a yes or a no only what its
        speaker has said nothing after.
        """
        if answer is ShortAnswer.STOP:
            return True
        if answer is ShortAnswer.YES and any(row.notified != row.state for row in rows):
            return False
        last = await self._store.last_of_person_in(key, actor.person)
        return last is None or last.id in _names(rows)

    async def meant(
        self, actor: Actor, request_id: str, answer: ShortAnswer, shown: Micros | None = None
    ) -> Answered:
        """A press on one of the things that were offered again; a yes agrees to at most `shown`."""
        row = await self._service.request(actor, request_id)
        rows = await self._orders(actor, row.parent_id) if row.part and row.part.planned else [row]
        return await self._done(actor, answer, rows, shown)

    async def _done(
        self, actor: Actor, answer: ShortAnswer, rows: Sequence[Request], shown: Micros | None = None
    ) -> Answered:
        """Agree to an open price, or stop what is under way; a plan is one of them."""
        planned = rows[0].part is not None and rows[0].part.planned
        if answer is not ShortAnswer.YES:
            stopped = [await self._service.cancel(actor, row.id) for row in rows if stoppable(row)]
            if not stopped:
                raise TooLate(_("This request has already ended."))
            return Answered(reply=Reply.STOPPED, answer=answer, requests=tuple(stopped))
        if planned:
            moved = await self.agree(actor, rows[0].parent_id, shown)
        else:
            moved = [await self._service.confirm(actor, rows[0].id, shown)]
        return Answered(reply=Reply.AGREED, answer=answer, requests=tuple(moved))

    # plans

    async def agree(self, actor: Actor, reading_id: str, shown: Micros | None = None) -> list[Request]:
        """Agree to all orders of a message at once, up to `shown` in total; None: what the rows say.

        One transaction; each holds its money when it starts, and when one fails the rest do not run. Only the
        person who spoke may. Raises TooLate, PriceMoved, NotAllowed and NotFound.
        """
        rows = await self._orders(actor, reading_id)
        if any(row.actor.person != actor.person for row in rows):
            raise NotAllowed(_("Only the person who asked can do that."))
        if any(row.actor.tenant != actor.tenant for row in rows):
            raise TooLate(_("Another server pays for you here now. Nothing was charged; please ask again."))
        _check_most(rows, shown)
        now = self._service.clock.now()
        moved = await self._store.move_together([row.id for row in rows], lambda row: agreed(row, None, now))
        self._service.wake()
        return moved

    async def drop(self, actor: Actor, reading_id: str) -> list[Request]:
        """Cancel all orders of a message that can still be stopped. The person who spoke and admins may."""
        rows = [row for row in await self._orders(actor, reading_id) if stoppable(row)]
        if not rows:
            raise TooLate(_("This request has already ended."))
        return [await self._service.cancel(actor, row.id) for row in reversed(rows)]

    async def orders(self, actor: Actor, reading_id: str) -> list[Request]:
        """The orders that a message became, in their order."""
        return await self._store.orders_of(await self._service.request(actor, reading_id))

    async def _orders(self, actor: Actor, reading_id: str) -> list[Request]:
        rows = await self.orders(actor, reading_id)
        if not rows:
            raise NotFound(_("There is no such request here."))
        return rows


def together(rows: Iterable[Request]) -> list[list[Request]]:
    """The rows, those of one plan as one."""
    found: dict[str, list[Request]] = {}
    for row in rows:
        planned = row.part is not None and row.part.planned
        found.setdefault(row.parent_id if planned else row.id, []).append(row)
    return list(found.values())


def _open_prices(rows: Sequence[Request]) -> list[list[Request]]:
    """What waits for a yes: single prices, and plans of which every order waits."""
    waits = State.AWAITING_CONFIRMATION
    return [one for one in together(rows) if all(row.state is waits for row in one)]


def _names(rows: Sequence[Request]) -> set[str]:
    """The requests by which a thing is named: its own, and the message that became it."""
    return {row.id for row in rows} | {
        row.parent_id for row in rows if row.part is not None and row.parent_id
    }


def price_of(rows: Iterable[Request]) -> Micros:
    """What these orders are estimated at together."""
    return Micros(sum(row.estimate or ZERO for row in rows))


def _check_most(rows: Sequence[Request], most: Micros | None) -> None:
    """Raise PriceMoved when these orders cost more together than `most`; None: any price."""
    total = price_of(rows)
    if most is not None and total > most:
        raise PriceMoved(shown=most, price=total)
