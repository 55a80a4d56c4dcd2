"""What somebody said to the bot, with everything that came with it, before anything is understood.

An adapter reads it off its platform; the conversation makes a chat or orders of it. A model's own part of it
are the calls that it answers with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

P_co = TypeVar("P_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file that came with the words and was read as text. `cut`: only its beginning was read."""

    name: str
    text: str
    cut: bool = False


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """Words of another message: forwarded, quoted or replied to. `own`: the speaker wrote them.

    `author` is empty where the platform does not say who wrote them.
    """

    author: str
    words: str
    own: bool = False


@dataclass(frozen=True, kw_only=True)
class Said(Generic[P_co]):
    """One message: the speaker's own words, and what came with them.

    `earlier` is what was said in the thread before the bot was called into it.
    `pictures` are those attached, else those of the message replied to or forwarded. `unread` are sentences
    to the speaker about what was not taken: a film, an eleventh picture. `hidden` is such a sentence where
    the words are about a message that the platform does not show to the bot: nothing may be spent on them.
    """

    words: str
    pictures: tuple[P_co, ...] = ()
    documents: tuple[Document, ...] = ()
    quoted: tuple[Quoted, ...] = ()
    earlier: tuple[Quoted, ...] = ()
    unread: tuple[str, ...] = ()
    hidden: str = ""

    @property
    def foreign(self) -> bool:
        """True when words of anybody else came along: what others wrote never buys unpressed."""
        return bool(self.documents) or any(not quote.own for quote in (*self.quoted, *self.earlier))

    @property
    def empty(self) -> bool:
        """True when there is nothing to answer: no words, and nothing that could be read."""
        return not (self.words or self.pictures or self.documents or self.quoted)

    @property
    def unseen(self) -> bool:
        """True when files came along and none could be read: the words are about something unknown."""
        return bool(self.unread) and not (self.pictures or self.documents or self.quoted)


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A call that a chat model answered with, as it arrived (Lumenfall API, tool calls): nothing is checked.

    `arguments` is meant to be a JSON object, as text, and may be anything. `id` is the model's name for the
    call: it may be empty, and two calls may have the same.
    """

    id: str = ""
    name: str
    arguments: str = ""
