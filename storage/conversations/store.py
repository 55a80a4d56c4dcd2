"""Implements `bot.core.ports.conversations.Conversations`; a part of the Store."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bot.core.money import Micros
from bot.core.ports.changes import Change, Fence
from bot.core.ports.conversations import ConversationState, ConversationTotal
from bot.core.ports.for_adapters import Clock
from bot.core.request import Request
from bot.core.spoken import ConversationPicture, ResultOf, Turn
from storage import documents as document_queries
from storage import requests
from storage.conversations import transactions
from storage.transaction import Driver


class ConversationStore:
    """The docstrings of the port apply here."""

    _driver: Driver
    _clock: Clock

    async def become(
        self,
        request_id: str,
        change: Change,
        *,
        fence: Fence,
        orders: Sequence[Request] = (),
        turns: Sequence[Turn] = (),
        newest: int | None = None,
    ) -> Request:
        work = partial(
            transactions.became,
            request_id,
            change,
            fence=fence,
            orders=orders,
            turns=turns,
            newest=newest,
            now=self._clock.now(),
        )
        return await self._driver.transact(work)

    async def move_together(self, request_ids: Sequence[str], change: Change) -> list[Request]:
        work = partial(transactions.moved_together, request_ids, change, self._clock.now())
        return await self._driver.transact(work)

    async def turns(self, conversation: str, *, limit: int, since: int) -> list[Turn]:
        return await self._driver.read(partial(document_queries.turns, conversation, limit, since))

    async def conversation(
        self, key: str, *, before: int | None = None, limit: int = 50
    ) -> ConversationState:
        return await self._driver.read(partial(transactions.state, key, before, limit), steps=True)

    async def picture_of(self, conversation: str, result: ResultOf) -> ConversationPicture | None:
        return await self._driver.read(partial(transactions.picture_of, conversation, result), steps=True)

    async def pictures_numbered(self, conversation: str, numbers: Sequence[int]) -> list[ConversationPicture]:
        work = partial(transactions.pictures_numbered, conversation, numbers)
        return await self._driver.read(work, steps=True)

    async def point(self, conversation: str, number: int, *, at: int) -> None:
        await self._driver.transact(partial(transactions.point, conversation, number, at))

    async def unfinished_in(self, conversation: str) -> list[Request]:
        work = partial(requests.many, "unfinished_in_conversation", conversation=conversation)
        return await self._driver.read(work)

    async def last_of_person_in(self, conversation: str, person: str) -> Request | None:
        work = partial(
            requests.one, "last_of_person_in_conversation", conversation=conversation, person=person
        )
        return await self._driver.read(work)

    async def orders_of(self, message: Request) -> list[Request]:
        work = partial(
            requests.many,
            "orders_of_message",
            conversation=message.conversation,
            parent_id=message.id,
        )
        found: list[Request] = await self._driver.read(work)
        return sorted(found, key=lambda row: row.part.place if row.part else 0)

    async def last_order_in(self, conversation: str) -> Request | None:
        for name in ("last_wanted_in_conversation", "last_order_in_conversation"):
            found = await self._driver.read(partial(requests.one, name, conversation=conversation))
            if found is not None:
                return found
        return None

    async def conversation_total(self, conversation: str) -> ConversationTotal:
        return await self._driver.read(partial(transactions.total, conversation))

    async def requests_of(self, conversation: str, *, limit: int, before: str = "") -> list[Request]:
        name, params = "requests_of_conversation", {"conversation": conversation, "limit": limit}
        if before:
            name, params = f"{name}_before", {**params, "before": before}
        return await self._driver.read(partial(requests.many, name, **params))

    async def conversations_from(self, prefix: str, *, limit: int, before: str = "") -> list[Request]:
        work = partial(
            requests.many,
            "first_of_conversations",
            prefix=prefix,
            before=before or f"{prefix}zz",
            limit=limit,
        )
        found: list[Request] = await self._driver.read(work)
        return [row for row in found if row.conversation.startswith(prefix)]

    async def conversation_charged(self, conversation: str) -> Micros:
        return await self._driver.read(partial(transactions.charged, conversation))

    async def forget(self, conversation: str) -> int:
        return await self._driver.transact(partial(transactions.forget, conversation))
