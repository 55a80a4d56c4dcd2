"""Speaking to the bot: what a message becomes, and the presses that belong to a conversation.

`say` accepts a message; the worker reads it in its turn, with one chat call, and makes orders of what the
model called (`worker.readings`). An adapter shows the message's request like any other, then the orders,
which are requests of their own with `part` set and the message's id as `parent_id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core.money import Micros
from bot.core.ports.conversations import ConversationTotal
from bot.core.request import Actor, Order, ReplyTo, Request, Upload
from bot.core.said import Said
from bot.core.spoken import ConversationPicture, ResultOf


class Reply(StrEnum):
    """How a message was answered at once, free and without a model.

    `agreed`: it said yes to the one open price. `stopped`: it stopped the one thing under way. `which`: it
    said yes or stop, and more than one thing is meant: their buttons decide.
    """

    AGREED = "agreed"
    STOPPED = "stopped"
    WHICH = "which"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer without a model; `requests` are those that it is about, as they are now."""

    reply: Reply
    requests: tuple[Request, ...]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One explicit way to do what a message may have meant, with its price; None where nobody names one."""

    order: Order
    price: Micros | None


class Talk:
    """The use cases of people who speak. `conversation` is the thread's name within the actor's place."""

    async def say(
        self,
        actor: Actor,
        said: Said[Upload],
        *,
        conversation: str,
        origin: str,
        reply_to: ReplyTo,
        dedupe_key: str,
        pictures: Mapping[str, bytes] | None = None,
        replied_to: ResultOf | None = None,
        beside: ReplyTo | None = None,
    ) -> Request | Answered:
        """Accept a message. The same `dedupe_key` returns the same request, whatever has changed since.

        `pictures` are the bytes of `said.pictures`; `replied_to` is the result that the message replies to,
        and it decides which picture "it" is. The first order that comes of the message is shown at `reply_to`
        too, the others at `beside` (default: the same). Nothing is asked of the gateway here. Raises a
        Refusal before anything is stored; where the model may not be used, `choices` offers explicit ways.
        """
        raise NotImplementedError

    async def agree(self, actor: Actor, reading_id: str, shown: Micros | None = None) -> list[Request]:
        """Agree to all orders of a message at once, up to `shown` in total; None: what the rows say.

        One transaction; each holds its money when it starts, and when one fails the rest do not run. Only the
        person who spoke may. Raises TooLate, PriceMoved, NotAllowed and NotFound.
        """
        raise NotImplementedError

    async def drop(self, actor: Actor, reading_id: str) -> list[Request]:
        """Cancel all orders of a message that have not started. The person who spoke and admins may."""
        raise NotImplementedError

    async def orders(self, actor: Actor, reading_id: str) -> list[Request]:
        """The orders that a message became, in their order."""
        raise NotImplementedError

    async def undo(self, actor: Actor, conversation: str, steps: int = 1) -> ConversationPicture | None:
        """Make an earlier picture the newest again: the one that the present one was made from, else the one
        before it. Touches nothing under way. None when there is none before.
        """
        raise NotImplementedError

    async def pictures(self, actor: Actor, conversation: str) -> list[ConversationPicture]:
        """The conversation's pictures, oldest first, failed ones included."""
        raise NotImplementedError

    async def total(self, actor: Actor, conversation: str) -> ConversationTotal:
        """What the conversation has cost so far."""
        raise NotImplementedError

    async def choices(self, actor: Actor, said: Said[Upload], pictures: Mapping[str, bytes]) -> list[Choice]:
        """What the words could be ordered as, each with its price, where no model can be asked. Free.

        An adapter puts them on buttons; a press submits the order with `AskPrice.ABOVE`.
        """
        raise NotImplementedError
