"""Measures how well a model understands what people say: readings only, and never an order.

Each sentence is a request of its own in the ledger: one chat call, priced, held and settled like any, within
the limits of the place of the command line. What a misunderstood one would have ordered is priced by a dry
run.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from bot.conversation.calls import Understood
from bot.conversation.sentences import (
    SPEAKER,
    Sentence,
    became,
    measured,
    orders_of,
    said_at_once,
    same,
    sent,
)
from bot.core.capability import Capability, about
from bot.core.catalog import Catalog
from bot.core.errors import BotError
from bot.core.errors.outside import GatewayError
from bot.core.identity import new_request_id
from bot.core.money import ZERO, Micros
from bot.core.ports.for_adapters import Clock
from bot.core.ports.gateway import Gateway
from bot.core.ports.store import Store
from bot.core.prices.pricing import Pricing
from bot.core.request import MADE, TERMINAL, ChatOrder, Request, State, Upload
from bot.core.text.translation import gettext as _
from bot.use_cases.row_changes import cancelled

AT_ONCE = 4
ORIGIN = "cli"
LOOK_S = 0.05
"""Seconds between two looks at a row; a model needs a second or more."""
UNKNOWN_S = 40.0
"""How long the gateway's log may take to say what became of a call that broke off."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What became of one sentence.

    `cost` is what reading it cost, the estimate where `guessed`. `order` is the price of what a misunderstood
    one would have ordered; None where nobody names it. `problem`: it was not read, and why.
    """

    sentence: Sentence
    became: str = ""
    right: bool = False
    cost: Micros = ZERO
    guessed: bool = False
    order: Micros | None = ZERO
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """The picture that stands for every picture of the sentences."""

    upload: Upload
    data: bytes


class Measurement:
    """One model and one list of sentences. `defaults` are the models of orders that name none.

    `wake` tells the worker of this process that a row is due.
    """

    def __init__(
        self,
        gateway: Gateway,
        store: Store,
        clock: Clock,
        *,
        wake: Callable[[], None],
        model: str,
        max_tokens: int,
        picture: StandIn,
        defaults: Mapping[str, str],
    ) -> None:
        self._gateway = gateway
        self._store = store
        self._clock = clock
        self._wake = wake
        self._model = model
        self._max_tokens = max_tokens
        self._picture = picture
        self._defaults = defaults
        self._catalog = Catalog()
        self._each: dict[tuple[bool, bool], Micros] = {}
        self._spent = 0

    async def price(self, sentences: Sequence[Sentence]) -> Micros:
        """The most that reading them should cost: the longest of each shape by dry run, times their number.

        Raises GatewayError or PriceUnknown.
        """
        read = [sentence for sentence in sentences if not sentence.answered_at_once]
        longest = {sentence.shape: sentence for sentence in sorted(read, key=lambda one: len(one.say))}
        for shape, sentence in longest.items():
            self._each[shape] = (await self._gateway.price(self._order(sentence), self._pictures)).price
        counts = Counter(sentence.shape for sentence in read)
        return Micros(sum(self._each[shape] * count for shape, count in counts.items()))

    async def run(
        self, sentences: Sequence[Sentence], *, most: Micros, done: Callable[[Heard], None]
    ) -> list[Heard]:
        """Read every sentence once, after `price`. What would go beyond `most` is not read.

        When the first that is read at all cannot be, the others are not tried.
        """
        with suppress(GatewayError):
            self._catalog.replace(await self._gateway.models())
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(sentence: Sentence) -> Heard:
            async with slots:
                heard = await self._within(sentence, most)
            done(heard)
            return heard

        tried = next((n for n, sentence in enumerate(sentences) if not sentence.answered_at_once), 0) + 1
        found = [await one(sentence) for sentence in sentences[:tried]]
        if found and found[-1].problem:
            return found
        return found + await asyncio.gather(*(one(sentence) for sentence in sentences[tried:]))

    async def _within(self, sentence: Sentence, most: Micros) -> Heard:
        """The sentence's share is set aside while it is read, so that four at once stay within the price."""
        share = Micros(0 if sentence.answered_at_once else self._each[sentence.shape])
        if self._spent + share > most:
            return Heard(sentence=sentence, problem=_("Not read: what was agreed to is used up."))
        self._spent += share
        heard = await self._hear(sentence, share)
        self._spent += heard.cost - share
        return heard

    async def _hear(self, sentence: Sentence, share: Micros) -> Heard:
        if sentence.answered_at_once:
            what = said_at_once(sentence)
            return Heard(sentence=sentence, became=what, right=what == sentence.means)
        row = await self._read(sentence, share)
        guessed = row.charged_from not in ("", "gateway", "log")
        heard = Heard(sentence=sentence, cost=row.charged or ZERO, guessed=guessed)
        if row.state is State.AWAITING_CONFIRMATION:
            return replace(heard, problem=_("Not read: it costs more now than was agreed to."))
        if row.state is State.AMBIGUOUS:
            text = _("The connection broke; the ledger will say what it cost.")
            return replace(heard, problem=text, cost=row.hold or share, guessed=True)
        if row.state not in MADE or row.reading is None:
            return replace(heard, problem=row.failure.message if row.failure else _("Not read."))
        return await self._judged(heard, row)

    async def _read(self, sentence: Sentence, share: Micros) -> Request:
        """Accept the message and wait for its end, or until nobody can say it."""
        order, reading = measured(sentence, self._model, self._max_tokens, self._picture.upload)
        now, key = self._clock.now(), new_request_id()
        request = Request(
            id=key,
            dedupe_key=f"{SPEAKER.person}:{key}",
            origin=ORIGIN,
            actor=SPEAKER,
            order=order,
            reply_to={},
            state=State.RECEIVED,
            created_at=now,
            updated_at=now,
            due_at=now,
            reading=reading,
            pricing=Pricing(agreed=share),
        )
        await self._store.accept(request, self._pictures)
        self._wake()
        return await self._end_of(request)

    async def _end_of(self, row: Request) -> Request:
        unknown = 0.0
        while row.state not in MADE | TERMINAL and unknown < UNKNOWN_S:
            await self._clock.sleep(LOOK_S)
            row = await self._store.get(row.id) or row
            unknown += LOOK_S if row.state is State.AMBIGUOUS else 0
            if row.state is State.AWAITING_CONFIRMATION:
                await self._store.move(row.id, partial(cancelled, now=self._clock.now()))
                return row
        return row

    async def _judged(self, heard: Heard, row: Request) -> Heard:
        what, understood = became(row.reading.calls if row.reading else ())
        right = same(heard.sentence, what)
        heard = replace(heard, became=what, right=right)
        if row.cut:
            return replace(heard, right=False, problem=_("The answer broke off."))
        return heard if right else replace(heard, order=await self._order_price(understood))

    async def _order_price(self, understood: Understood) -> Micros | None:
        """What the orders of an answer would cost, by dry run; None where no price is named."""
        total = 0
        try:
            for order in orders_of(understood, self._picture.upload):
                named = replace(order, model=order.model or self._default(order.capability))
                total += (await self._gateway.price(named, self._pictures)).price
        except BotError:
            return None
        return Micros(total)

    def _default(self, capability: Capability) -> str:
        if about(capability).converses:
            return self._model
        return self._defaults.get(capability.value) or self._catalog.default(capability)

    def _order(self, sentence: Sentence) -> ChatOrder:
        return sent(*measured(sentence, self._model, self._max_tokens, self._picture.upload))

    @property
    def _pictures(self) -> dict[str, bytes]:
        return {self._picture.upload.digest: self._picture.data}
