"""The part of the store's port that keeps conversations: their turns, their pictures, what messages
became."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.money import Micros
from bot.core.ports.changes import Change, Fence
from bot.core.request import Request
from bot.core.spoken import ConversationPicture, ResultOf, Turn


@dataclass(frozen=True, kw_only=True)
class ConversationState:
    """A conversation's pictures, oldest first, and `newest`, the number of the one meant by "it" (0:
    none)."""

    pictures: tuple[ConversationPicture, ...] = ()
    newest: int = 0


@dataclass(frozen=True, kw_only=True)
class ConversationTotal:
    """What a conversation has cost, and what is held for it now. `requests` counts all that were accepted."""

    charged: Micros
    held: Micros
    requests: int


class Conversations(Protocol):
    """A conversation is named by its key (`order_rules.conversation_key`)."""

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
        """Apply `change` to a message's row and accept the orders that it became, in one transaction.

        An order whose dedupe key is known is left as it is. `turns` are appended to the conversation;
        `newest` makes that picture the newest. Raises like `Store.move`.
        """
        ...

    async def move_together(self, request_ids: Sequence[str], change: Change) -> list[Request]:
        """Apply `change` to each of the rows in one transaction; when it raises for one, none is written."""
        ...

    async def turns(self, conversation: str, *, limit: int, since: int) -> list[Turn]:
        """The last turns of a conversation since a time, oldest first."""
        ...

    async def conversation(
        self, key: str, *, before: int | None = None, limit: int = 50
    ) -> ConversationState:
        """A conversation's last pictures; with `before` those of messages that arrived until then (UTC
        micros)."""
        ...

    async def picture_of(self, conversation: str, result: ResultOf) -> ConversationPicture | None:
        """The picture of a conversation that is this result, however long ago; None where there is none."""
        ...

    async def pictures_numbered(self, conversation: str, numbers: Sequence[int]) -> list[ConversationPicture]:
        """Those of these pictures of a conversation that are on record, however long ago."""
        ...

    async def point(self, conversation: str, number: int, *, at: int) -> None:
        """Make a picture the newest of its conversation, for messages that arrive after `at` (UTC micros)."""
        ...

    async def unfinished_in(self, conversation: str) -> list[Request]:
        """The requests of a conversation that have not ended, in order of arrival."""
        ...

    async def last_of_person_in(self, conversation: str, person: str) -> Request | None:
        """What a person has asked or said last in a conversation, whatever became of it."""
        ...

    async def orders_of(self, message: Request) -> list[Request]:
        """The orders that a message became, in their order."""
        ...

    async def last_order_in(self, conversation: str) -> Request | None:
        """The last thing that was ordered in a conversation, chats aside, whatever became of it; what was
        cancelled only where there is nothing else.
        """
        ...

    async def conversation_total(self, conversation: str) -> ConversationTotal:
        """What a conversation has cost so far, what is held for it, and how many requests it has; counting
        them takes longer the more there are.
        """
        ...

    async def conversation_charged(self, conversation: str) -> Micros:
        """What a conversation has cost so far, as fast for a long one as for a short one."""
        ...

    async def requests_of(self, conversation: str, *, limit: int, before: str = "") -> list[Request]:
        """The requests of a conversation, newest first; `before` is the id of the last one known."""
        ...

    async def conversations_from(self, prefix: str, *, limit: int, before: str = "") -> list[Request]:
        """The first request of each conversation whose key begins with `prefix`, the last key first.

        `prefix` is not empty; the rest of a key has small letters and digits. `before` is the last key known.
        """
        ...

    async def forget(self, conversation: str) -> int:
        """Erase a conversation's turns and the numbers of its pictures; returns how many turns were
        erased."""
        ...
