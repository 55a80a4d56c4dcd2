"""Follows requests to their ends: progress, prices that are agreed to or not, results, questions.

What is told to another process on the same database is read from the rows, a second later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.cli.asking.agreement import Agreement, Spending
from adapters.cli.asking.results import fetched
from adapters.cli.asking.screen import Screen, receipt_of_end
from adapters.cli.asking.terminal import Keyboard, TerminalNotifier
from adapters.common import wording
from adapters.common.talking import notes as talk_notes
from adapters.common.talking import words as talk_words
from adapters.composition import Core
from bot.conversation import pictures
from bot.core.command_parser import parse
from bot.core.errors import BotError, PriceMoved, TooLate
from bot.core.events import (
    AwaitingConfirmation,
    Cancelled,
    Corrected,
    Delivered,
    Event,
    Failed,
    Final,
    Progressed,
    Refused,
    receipt_of,
)
from bot.core.money import ZERO, Micros, dollars
from bot.core.request import Actor, Request, State
from bot.core.spoken import Note, NoteKind
from bot.images.preparation import PreparedImage
from bot.use_cases.spoken.answers import price_of

LOOK_S = 1.0
"""Seconds without news after which the rows are looked at."""


@dataclass(frozen=True, kw_only=True)
class Followed:
    """How it went: `good` where nothing failed, `choices` of a question that is open, `unread` where words
    could not be understood because no model read them.
    """

    good: bool
    choices: tuple[str, ...] = ()
    unread: bool = False


class Following:
    """For one command; `agreed` bounds what it spends in all."""

    def __init__(
        self,
        core: Core,
        notifier: TerminalNotifier,
        actor: Actor,
        out: Path,
        *,
        agreed: Agreement,
        spending: Spending,
        screen: Screen,
        keyboard: Keyboard | None,
    ) -> None:
        self._core = core
        self._events = notifier.events
        self._actor = actor
        self._out = out
        self._agreed = agreed
        self._spending = spending
        self._screen = screen
        self._keyboard = keyboard
        self._open: set[str] = set()
        self._over: set[str] = set()
        self._shown: dict[str, Micros] = {}
        self._good = True
        self._choices: tuple[str, ...] = ()
        self._unread = False

    async def follow(self, requests: Iterable[Request]) -> Followed:
        """Until these and what they become have ended. When the command is stopped, so are they."""
        self._good, self._choices, self._unread = True, (), False
        self._open |= {request.id for request in requests}
        try:
            while self._open - self._over:
                await self._take(await self._next())
        except asyncio.CancelledError:
            await self._stop()
            raise
        return Followed(good=self._good, choices=self._choices, unread=self._unread)

    def pressed(self, request_id: str, price: Micros) -> None:
        """The person has seen this price and chosen it."""
        self._shown[request_id] = price

    async def _stop(self) -> None:
        for request_id in self._open - self._over:
            with suppress(BotError):
                await self._core.service.cancel(self._actor, request_id)

    # news

    async def _next(self) -> Event:
        while True:
            with suppress(TimeoutError):
                return await asyncio.wait_for(self._events.get(), LOOK_S)
            for request_id in sorted(self._open - self._over):
                row = await self._core.service.request(self._actor, request_id)
                if (event := await self._told(row)) is not None:
                    return event

    async def _told(self, row: Request) -> Event | None:
        """What was told elsewhere of a row; None while there is nothing."""
        if row.notified != row.state:
            return None
        match row.state:
            case State.AWAITING_CONFIRMATION:
                return await self._asked(row)
            case State.DELIVERED:
                orders = tuple(await self._core.talk.orders(self._actor, row.id)) if row.reading else ()
                return Delivered(request=row, receipt=receipt_of(row), orders=orders)
            case State.CANCELLED:
                return Cancelled(request=row, receipt=receipt_of(row))
            case State.REFUSED | State.FAILED:
                return Failed(request=row, receipt=receipt_of(row))
            case State.RECEIVED | State.PRICED | State.RESERVED | State.SUBMITTED | State.RUNNING:
                return None
            case State.AMBIGUOUS | State.SETTLED:
                return None

    async def _asked(self, row: Request) -> Event | None:
        """The price of a row; the orders of a plan are asked about together, once all have theirs."""
        rows, message = [row], row
        if row.part is not None and row.part.planned:
            message = await self._core.service.request(self._actor, row.parent_id)
            rows = await self._core.talk.orders(self._actor, row.parent_id)
            if any(one.state is not State.AWAITING_CONFIRMATION for one in rows):
                return None
        total = price_of(rows)
        plan = tuple(rows) if message is not row else ()
        return AwaitingConfirmation(request=message, price=total, expires_at=row.expires_at or 0, plan=plan)

    async def _take(self, event: Event) -> None:
        match event:
            case Progressed():
                if event.request.id in self._open - self._over:
                    self._screen.progress(event)
            case AwaitingConfirmation():
                if event.request.id in self._open:
                    await self._price(event)
            case Corrected():
                pass
            case Refused() | Failed() | Cancelled() | Delivered():
                await self._ended(event)

    # prices

    async def _price(self, event: AwaitingConfirmation) -> None:
        """Agree to a price, or end what has it."""
        yes = await self._agrees(event)
        self._screen.priced(event, agreed=yes)
        if yes:
            self._spending.note(event.request.id if not event.plan else event.plan[0].id, event.price)
        try:
            if event.plan and yes:
                await self._core.talk.agree(self._actor, event.request.id, event.price)
            elif event.plan:
                await self._core.talk.drop(self._actor, event.request.id)
            elif yes:
                await self._core.service.confirm(self._actor, event.request.id, event.price)
            else:
                await self._core.service.cancel(self._actor, event.request.id)
        except (TooLate, PriceMoved) as error:  # it ended, or is asked again
            self._screen.say(error.message)

    async def _agrees(self, event: AwaitingConfirmation) -> bool:
        price, before = event.price, self._spending.total
        for one in event.plan:
            self._screen.say(talk_words.plan_line(one, one.order.prompt, one.order.model))
        if self._agreed.too_high(Micros(price + before)):
            most = dollars(self._agreed.most or ZERO)
            spent = f" together with {dollars(before)} for what came before" if before else ""
            self._screen.say(f"This costs about {dollars(price)}, which is above --max {most}{spent}.")
            return False
        if self._agreed.yes or price <= self._shown.pop(event.request.id, Micros(-1)):
            return True
        if self._keyboard is None:
            self._screen.say(f"This costs about {dollars(price)}. Add --yes to agree to it.")
            return False
        head = talk_words.plan_costs(len(event.plan), price) + "." if event.plan else ""
        notes = talk_words.plan_notes(event.plan) if event.plan else wording.price_notes(event.request)
        asked = head or f"This costs about {dollars(price)}."
        self._screen.ask(" ".join(filter(None, (asked, notes, "Go on? [y/n]"))))
        return (await self._keyboard.line()).casefold() in ("y", "yes", "j", "ja", "o", "oui")

    # ends

    async def _ended(self, event: Final) -> None:
        request = event.request
        if request.id in self._over:
            return
        self._over.add(request.id)
        if request.id not in self._open and request.parent_id not in self._open:
            self._over.discard(request.id)  # of another command on the same database
            return
        self._spending.note(request.id, request.charged or ZERO)
        orders = event.orders if isinstance(event, Delivered) else ()
        self._open |= {order.id for order in orders}
        places = await fetched(self._core, request, self._out) if isinstance(event, Delivered) else []
        self._screen.ended(event, places, "" if orders else receipt_of_end(event))
        if not isinstance(event, Delivered):
            self._good = False
            self._unread = request.reading is not None and not isinstance(event, Cancelled)
        elif request.reading is not None:
            await self._notes(request)

    async def _notes(self, request: Request) -> None:
        """What a message was answered besides words and orders."""
        assert request.reading is not None  # noqa: S101 — the caller has looked
        for note in request.reading.notes:
            match note.kind:
                case NoteKind.BALANCE:
                    found = await self._core.service.balance(self._actor)
                    self._screen.out(*(wording.budget_left(room) for room in found))
                case NoteKind.COMPARE:
                    await self._compared(request, note)
                case NoteKind.QUESTION:
                    self._screen.out(note.text, *(f"{n}. {one}" for n, one in enumerate(note.choices, 1)))
                    self._choices = note.choices
                    self._screen.facts["question"] = {"text": note.text, "choices": list(note.choices)}
                case NoteKind.MISSING:
                    self._screen.say(note.text)
                    self._good = False
                case NoteKind.UNDONE:
                    self._screen.out(talk_notes.note(note))

    async def _compared(self, request: Request, note: Note) -> None:
        try:
            await self._compare(request, note)
        except BotError as error:
            self._screen.refused(error)
            self._good = False

    async def _compare(self, request: Request, note: Note) -> None:
        """The prices that were asked for; free."""
        prepared = await self._pictures(request, note.picture)
        order = parse(note.line).order([one.upload for one in prepared])
        data = {one.upload.digest: one.data for one in prepared}
        if not note.models:
            found = await self._core.service.quotes.estimate(self._actor, order, data)
            self._screen.out(f"{dollars(found.price):<12} {note.line}")
            return
        for quote in await self._core.service.quotes.compare(self._actor, order, list(note.models), data):
            price = dollars(quote.price) if quote.price is not None else quote.problem
            self._screen.out(f"{price:<12} {quote.model}")

    async def _pictures(self, request: Request, number: int) -> list[PreparedImage]:
        """The picture of that number, as far as it is kept."""
        known = pictures.by_number(request.reading.pictures if request.reading else (), number)
        data = await self._core.service.pictures.of(pictures.reference(known.result)) if known else None
        return [await self._core.service.prepare(data)] if data is not None else []

    async def chosen(self, names: Sequence[str], *, own: bool = False) -> str:
        """What somebody chooses of a numbered list, or with `own` types instead; empty for nothing."""
        if not own:
            self._screen.out(*(f"{number}. {name}" for number, name in enumerate(names, 1)))
        if self._keyboard is None:
            return ""
        self._screen.ask("Which one? (a number; Enter for none)")
        typed = await self._keyboard.line()
        if typed.isdecimal() and len(typed) < 3 and 1 <= int(typed) <= len(names):
            return names[int(typed) - 1]
        return typed if own else ""
