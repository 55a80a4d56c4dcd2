"""A conversation's parts: its turns and pictures, what a chat was given to read, and which part an order
plays.

A conversation is a thread, a direct message or the playground's channel. A *reading* is the one chat call
that a message gets: answered in words it was a chat, answered with tool calls these become orders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bot.core.money import ZERO, Micros
from bot.core.said import ToolCall

ORDERS_AT_ONCE = 4
"""The most orders that one message becomes."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn of a conversation. `role` is `user` or `assistant`.

    `author` is the person who said it, or to whom the bot answered; empty in old rows. `name` is theirs.
    """

    role: str
    content: str
    author: str = ""
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class ResultOf:
    """One result of a request, which may still be on its way; with `sent`, a picture that came with it.

    `index` from 0.
    """

    request_id: str
    index: int = 0
    sent: bool = False

    @property
    def digest(self) -> str:
        """What stands for the digest of its bytes, which nobody knows before they exist."""
        name = f"{self.request_id}/{'sent/' if self.sent else ''}{self.index}"
        return hashlib.sha256(name.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class ConversationPicture:
    """A picture of a conversation; `number` 3 is called p3. Numbers count in the order of appearance, from 1.

    It is result `index` of a request, or with `sent` the picture that came with it at that place. It exists
    from the request's acceptance on: with `awaited` it is still being made, and with `asked` besides its
    price waits for an answer; with `lost` it was not made, or is not there any more. `author` is who asked
    for it or sent it, `words` is what it was ordered with, `source` the number of the picture from which it
    was made, 0 for none.
    """

    number: int
    request_id: str
    index: int = 0
    sent: bool = False
    author: str = ""
    words: str = ""
    source: int = 0
    awaited: bool = False
    asked: bool = False
    lost: bool = False

    @property
    def real(self) -> bool:
        """True when it is there or being made, and so may be meant by "it"."""
        return not self.lost and not self.asked

    @property
    def handle(self) -> str:
        """`p3`."""
        return f"p{self.number}"

    @property
    def result(self) -> ResultOf:
        """What it is."""
        return ResultOf(request_id=self.request_id, index=self.index, sent=self.sent)


class NoteKind(StrEnum):
    """What a reading answered besides words and orders; the values are stored.

    `missing`: why something was not ordered. `question`: a question with choices. `undone`: the newest
    picture is an earlier one again. `balance`: the person asked what is left, to be answered in private.
    `compare`: prices of the order `line` on `models` are wanted.
    """

    MISSING = "missing"
    QUESTION = "question"
    UNDONE = "undone"
    BALANCE = "balance"
    COMPARE = "compare"


@dataclass(frozen=True, kw_only=True)
class Note:
    """One such answer. `text` is for the person; `picture` is the newest picture's number, 0 for none."""

    kind: NoteKind
    text: str = ""
    choices: tuple[str, ...] = ()
    picture: int = 0
    line: str = ""
    models: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a chat was given to read, and what it called. Stored with its request.

    `tools` are the capabilities that it may order, `projects` and `styles` the names that it may give with
    them. `foreign` is true when words of anybody else than the
    speaker, or a document, are in it: then nothing runs without a press. `came_along` is what came with the
    words, as text; it and `history` are deleted when the answer is there. `earlier` is what was said in a
    thread before the bot was called into it; it is deleted however the request ends. `replied_to` is the
    result that the message answers; `beside` is the address of the orders after the first. `pictures` are the
    conversation's as the model saw them, `newest` the number of the one meant by "it", `pointed` that of the
    last one ordered or gone back to, which may not have been made; `focus` are those whose pixels were sent,
    `shown` true when the message itself showed them, by a reply or by bringing them along. `calls` are as
    they arrived. `decided` is true once orders were made of them, `orders` how many; `notes` are the other
    answers. With `asks` the price of every order is asked about, however low it is.
    """

    tools: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    foreign: bool = False
    came_along: str = ""
    earlier: str = ""
    replied_to: ResultOf | None = None
    beside: Mapping[str, Any] = field(default_factory=dict[str, Any])
    system: str = ""
    history: tuple[Turn, ...] = ()
    pictures: tuple[ConversationPicture, ...] = ()
    newest: int = 0
    pointed: int = 0
    focus: tuple[int, ...] = ()
    shown: bool = False
    calls: tuple[ToolCall, ...] = ()
    decided: bool = False
    asks: bool = False
    orders: int = 0
    notes: tuple[Note, ...] = ()

    def ended(self, *, again: bool = False) -> Reading:
        """Without what it was given to read. With `again` it may still run: then only words that others said
        before are deleted.
        """
        if again:
            return replace(self, earlier="")
        return replace(self, system="", history=(), came_along="", earlier="")


@dataclass(frozen=True, kw_only=True)
class ConversationPart:
    """The part of an order in its conversation.

    It is order `place` (from 0) of the `of` that one message became. `after` is the request before it, which
    must end well first; empty for none. `uses` are the numbers of the pictures that it works on, `made` the
    number of the first that it makes, 0 where it makes none. `reading` is what understanding the message
    cost, which the receipt of its first order names. `foreign` tells why the price of an order is asked:
    words of others, or a document, were read with the message.
    """

    place: int = 0
    of: int = 1
    after: str = ""
    uses: tuple[int, ...] = ()
    made: int = 0
    reading: Micros = ZERO
    foreign: bool = False

    @property
    def planned(self) -> bool:
        """True for one of several orders, which are agreed to together."""
        return self.of > 1
