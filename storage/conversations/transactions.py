"""Conversations: numbers for pictures, what a message became, and erasing.

The row of a conversation is locked before numbers are given, so that two messages never share one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.core.capability import Output, about
from bot.core.money import ZERO, Micros
from bot.core.ports.changes import Change, Fence
from bot.core.ports.conversations import ConversationState, ConversationTotal
from bot.core.request import MADE, TERMINAL, Request, State, uploads_of
from bot.core.spoken import ConversationPart, ConversationPicture, ResultOf, Turn
from storage.moves import Turns, move
from storage.rows import insert_params, storable
from storage.transaction import Ask, Execute, Row, Transaction, ask, tell

WORDS_MAX = 200
"""Characters kept of the words a picture was ordered with; they name it to the model."""


def became(
    request_id: str,
    change: Change,
    *,
    fence: Fence,
    orders: Sequence[Request],
    turns: Sequence[Turn],
    newest: int | None,
    now: int,
) -> Transaction[Request]:
    """`Conversations.become`."""
    row = yield from _moved(request_id, change, fence=fence, turns=turns, now=now)
    if newest is not None:
        yield from point(row.conversation, newest, row.created_at)
    for order in orders:
        if (new := (yield from insert(order, arrived=row.created_at))) is not None:
            yield from _refer(new)
    return row


def _moved(
    request_id: str, change: Change, *, fence: Fence | None, turns: Sequence[Turn], now: int
) -> Transaction[Request]:
    rows = yield from ask("request_get", id=request_id)
    said: Turns | None = (rows[0]["conversation"], turns) if rows and turns else None
    return (yield from move(request_id, change, fence=fence, posting=None, turns=said, now=now))


def moved_together(request_ids: Sequence[str], change: Change, now: int) -> Transaction[list[Request]]:
    """`Conversations.move_together`; the rows are locked in one order."""
    found: dict[str, Request] = {}
    for one in sorted(request_ids):
        found[one] = yield from _moved(one, change, fence=None, turns=(), now=now)
    return [found[one] for one in request_ids]


def insert(request: Request, *, arrived: int) -> Transaction[Request | None]:
    """Write a new request, with the numbers of its pictures in its conversation; None if its key is known.

    `arrived` is when its message came (UTC microseconds).
    """
    if request.conversation and (pictures := list(_pictures(request))):
        row = (yield from ask("conversation_lock", id=request.conversation))[0]
        if (yield from ask("request_by_dedupe_key", dedupe_key=request.dedupe_key)):
            return None
        first = yield from _numbered(row, pictures, arrived)
        if not pictures[0].sent:
            request = replace(request, part=replace(request.part or ConversationPart(), made=first))
    return request if (yield from ask("request_insert", **insert_params(request))) else None


def _refer(order: Request) -> Transaction[None]:
    """Keep the pictures that came with the message for its order too."""
    digests = {upload.digest for upload in uploads_of(order.order) if upload.of is None}
    yield Execute("upload_refer", [{"request_id": order.id, "digest": one} for one in sorted(digests)])


def _pictures(request: Request) -> Iterator[ConversationPicture]:
    """The pictures that came with a message, or that an order will make; not numbered yet."""
    plain = ConversationPicture(number=0, request_id=request.id, author=request.actor.person)
    if request.reading is not None:
        for index, upload in enumerate(uploads_of(request.order)):
            if upload.of is None:
                yield replace(plain, index=index, sent=True)
    elif about(request.capability).output is Output.PICTURE:
        source = request.part.uses[0] if request.part and request.part.uses else 0
        for index in range(getattr(request.order, "n", 1)):
            yield replace(plain, index=index, words=request.order.prompt[:WORDS_MAX], source=source)


def _numbered(row: Row, pictures: Sequence[ConversationPicture], arrived: int) -> Transaction[int]:
    """Give the next numbers of a locked conversation; returns the first."""
    first: int = row["pictures"] + 1
    numbered = [replace(one, number=first + place) for place, one in enumerate(pictures)]
    yield Execute("picture_add", [_params(row["id"], one, arrived) for one in numbered])
    newest = {"newest": first, "newest_at": arrived} if arrived >= row["newest_at"] else {}
    yield Execute("conversation_put", [{**row, "pictures": numbered[-1].number, **newest}])
    return first


def _params(conversation: str, picture: ConversationPicture, arrived: int) -> Row:
    return {
        "conversation": conversation,
        "number": picture.number,
        "request_id": picture.request_id,
        "place": picture.index,
        "sent": picture.sent,
        "author": picture.author,
        "words": storable(picture.words),
        "source": picture.source,
        "at": arrived,
    }


def point(conversation: str, newest: int, at: int) -> Transaction[None]:
    """`Conversations.point`; by words, `at` is when their message arrived."""
    row = (yield from ask("conversation_lock", id=conversation))[0]
    yield Execute("conversation_put", [{**row, "newest": newest, "newest_at": max(at, row["newest_at"])}])


def state(conversation: str, before: int | None, limit: int) -> Transaction[ConversationState]:
    """`Conversations.conversation`."""
    known = yield from ask("conversation_get", id=conversation)
    rows = yield from ask("pictures_of_conversation", conversation=conversation, limit=limit)
    found = [_picture(row) for row in reversed(rows) if before is None or row["at"] <= before]
    newest = known[0]["newest"] if known else 0
    if newest and before is not None and known[0]["newest_at"] > before:
        newest = found[-1].number if found else 0
    return ConversationState(pictures=tuple(found), newest=newest)


def picture_of(conversation: str, result: ResultOf) -> Transaction[ConversationPicture | None]:
    """`Conversations.picture_of`."""
    rows = yield from ask(
        "picture_of_result",
        conversation=conversation,
        request_id=result.request_id,
        place=result.index,
        sent=result.sent,
    )
    return _picture(rows[0]) if rows else None


def pictures_numbered(conversation: str, numbers: Sequence[int]) -> Transaction[list[ConversationPicture]]:
    """`Conversations.pictures_numbered`."""
    rows: list[Row] = yield Ask(
        "picture_numbered", [{"conversation": conversation, "number": one} for one in numbers]
    )
    return [_picture(row) for row in rows]


def _picture(row: Row) -> ConversationPicture:
    state = State.DELIVERED if row["sent"] else State(row["state"])
    made = state in MADE
    missing = made and not row["sent"] and row["place"] >= len(json.loads(row["assets"]))
    return ConversationPicture(
        number=row["number"],
        request_id=row["request_id"],
        index=row["place"],
        sent=bool(row["sent"]),
        author=row["author"],
        words=row["words"],
        source=row["source"],
        awaited=state not in MADE | TERMINAL,
        asked=state is State.AWAITING_CONFIRMATION,
        lost=state in TERMINAL - MADE or missing,
    )


def total(conversation: str) -> Transaction[ConversationTotal]:
    """`Conversations.conversation_total`."""
    rows = yield from ask("conversation_total", conversation=conversation)
    return ConversationTotal(**rows[0])


def charged(conversation: str) -> Transaction[Micros]:
    """`Conversations.conversation_charged`."""
    rows = yield from ask("conversation_charged", conversation=conversation)
    return Micros(rows[0]["charged"]) if rows else ZERO


def forget(conversation: str) -> Transaction[int]:
    """`Conversations.forget`."""
    gone = yield from ask("turns_forget", conversation=conversation)
    yield from tell("pictures_forget", conversation=conversation)
    yield from tell("conversation_forget", id=conversation)
    yield from tell("readings_blank", conversation=conversation)
    return len(gone)
