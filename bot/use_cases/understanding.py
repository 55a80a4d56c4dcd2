"""Measures how well a model understands what people say: readings only, and never an order.

Each sentence is one paid chat call. What a misunderstood one would have ordered is priced by a dry run.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.conversation.calls import Understood
from bot.conversation.sentences import Sentence, became, order_for, orders_of, said_at_once, same
from bot.core.capability import Capability, about
from bot.core.catalog import Catalog
from bot.core.errors import BotError
from bot.core.errors.outside import GatewayAmbiguous, GatewayError
from bot.core.identity import new_trace_id
from bot.core.money import ZERO, Micros
from bot.core.ports.gateway import TRUNCATED, Gateway, Outcome
from bot.core.request import ChatOrder, Upload
from bot.core.text.translation import gettext as _

AT_ONCE = 4
USER = "cli:understand"
"""The gateway's log has these calls under this name."""


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
    """One model and one list of sentences. `defaults` are the models of orders that name none."""

    def __init__(
        self, gateway: Gateway, *, model: str, max_tokens: int, picture: StandIn, defaults: Mapping[str, str]
    ) -> None:
        self._gateway = gateway
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
        try:
            outcome = await self._gateway.chat(
                self._order(sentence),
                self._pictures,
                trace_id=new_trace_id(),
                user=USER,
                on_text=lambda _text: None,
            )
        except GatewayAmbiguous as error:
            return Heard(sentence=sentence, problem=error.message, cost=share, guessed=True)
        except GatewayError as error:
            return Heard(sentence=sentence, problem=error.message)
        return await self._judged(sentence, outcome, share)

    async def _judged(self, sentence: Sentence, outcome: Outcome, share: Micros) -> Heard:
        what, understood = became(outcome.calls)
        right = same(sentence, what)
        heard = Heard(
            sentence=sentence,
            became=what,
            right=right,
            cost=share if outcome.cost is None else outcome.cost,
            guessed=outcome.cost is None,
        )
        if outcome.finish_reason == TRUNCATED:
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
        return order_for(sentence, self._model, self._max_tokens, self._picture.upload)

    @property
    def _pictures(self) -> dict[str, bytes]:
        return {self._picture.upload.digest: self._picture.data}
