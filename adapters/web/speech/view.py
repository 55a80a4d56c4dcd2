"""What was said to the bot, and what it became, as the JSON API and the page see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.common.talking import notes as talk_notes
from adapters.common.talking import words as talk_words
from adapters.web.json_values import moment, money
from bot.core.command_parser import words
from bot.core.request import Request, State
from bot.use_cases.spoken.answers import Answered, Reply, price_of
from bot.use_cases.spoken.prices import Choice


def reading_view(request: Request) -> dict[str, Any] | None:
    """What a message was understood as, once it was."""
    reading = request.reading
    if reading is None:
        return None
    notes = [
        {
            "kind": note.kind,
            "text": talk_notes.note(note),
            "choices": list(note.choices),
            "line": note.line,
        }
        for note in reading.notes
    ]
    return {"orders": reading.orders, "notes": notes}


def part_view(request: Request) -> dict[str, Any] | None:
    """Which of a conversation's pictures an order works on, which it makes, and its place in a plan."""
    part = request.part
    if part is None:
        return None
    return {
        "place": part.place,
        "of": part.of,
        "uses": [f"p{number}" for number in part.uses],
        "made": f"p{part.made}" if part.made else None,
    }


def plan_view(orders: Sequence[Request]) -> dict[str, Any] | None:
    """The total of several orders, while all of them wait for one press."""
    if not orders or any(order.state is not State.AWAITING_CONFIRMATION for order in orders):
        return None
    total = price_of(orders)
    lines = [{"command": words(order.order), "price": money(order.estimate)} for order in orders]
    expires = min(order.expires_at or 0 for order in orders)
    return {"total": money(total), "orders": lines, "expires_at": moment(expires)}


def answered_view(found: Answered) -> dict[str, Any]:
    """What a plain yes, no or stop did; `things` are those that it could have meant, each with its button."""
    which = found.reply is Reply.WHICH
    return {
        "kind": "said",
        "reply": found.reply,
        "text": talk_words.answered(found, talk_words.one_line),
        "answer": found.answer,
        "things": [
            {
                "id": rows[0].id,
                "line": talk_words.thing_line(rows, talk_words.named(rows, talk_words.one_line)),
                "button": talk_words.thing_button(found, number),
                "shown": price_of(rows),
            }
            for number, rows in enumerate(found.things if which else [], start=1)
        ],
    }


def choices_view(found: Sequence[Choice]) -> list[dict[str, Any]]:
    """Explicit ways to do what was said: the command of each, and its price."""
    return [
        {
            "command": words(one.order),
            "capability": one.order.capability,
            "price": money(one.price) if one.price is not None else None,
        }
        for one in found
    ]
