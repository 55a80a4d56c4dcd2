"""What a message became, where it is no answer in words: a plan with one price, questions, prices wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from discord import ui

from adapters.common import shared_texts
from adapters.common.talking import notes as talk_notes
from adapters.common.talking import words as talk_words
from adapters.common.text_split import newest, units
from adapters.discord.identity import snowflake
from adapters.discord.views import request_texts
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import BLUE, YELLOW, Row, card, lines_within, plain
from adapters.discord.views.markdown import clamp, escape, title, when
from adapters.discord.views.request import model_name
from adapters.discord.views.results import ResultDisplay, below, result_row
from bot.conversation.short_answers import ShortAnswer
from bot.core.events import AwaitingConfirmation, Delivered
from bot.core.request import Request
from bot.core.spoken import Note, NoteKind
from bot.use_cases.spoken.answers import Answered, Reply, price_of
from bot.use_cases.spoken.prices import Choice

LINE = 160
NOTE = 1000
WORDS = 2000


def plan(event: AwaitingConfirmation) -> ui.LayoutView:
    """Several orders of one message: each with its price, and one button for all."""
    message, price = event.request, event.price
    lines = [
        f"{number}. " + talk_words.plan_line(order, escape(order.order.prompt, LINE), model_name(order))
        for number, order in enumerate(event.plan, start=1)
    ]
    return card(
        f"**{talk_words.plan_costs(len(event.plan), price)}**",
        lines_within(lines),
        request_texts.plan_for(
            snowflake(message.actor.person), when(event.expires_at, "t"), when(event.expires_at)
        ),
        f"-# {talk_words.plan_notes(event.plan)}",
        accent=YELLOW,
        rows=[
            (
                RequestButton("plan", message.id, talk_words.run_all(price), price),
                RequestButton("drop", message.id, shared_texts.no_thanks()),
            )
        ],
    )


def answers(request: Request, words: str, notes: Sequence[Note]) -> ui.LayoutView:
    """Words and notes that came with orders, or instead of them."""
    rows: list[Row] = []
    for note in notes:
        rows += _presses(request, note)
    lines = [escape_note(note) for note in notes]
    return plain(clamped(words), lines_within(filter(None, lines)) or None, rows=rows)


def answered_with(event: Delivered, notes: Sequence[Note], shown: ResultDisplay) -> ui.LayoutView:
    """Words and notes in place of an answer, with what understanding them cost."""
    request = event.request
    rows = [row for note in notes for row in _presses(request, note)]
    lines = lines_within(filter(None, map(escape_note, notes)))
    return plain(
        clamped(request.text),
        lines,
        below(event, shown.hint, request.text + lines),
        rows=[*rows, result_row(request, reachable=shown.reachable)],
    )


def clamped(words: str) -> str:
    """Words of a model's that stand beside notes, which are short."""
    return words if units(words) <= WORDS else newest(words, WORDS)


def escape_note(note: Note) -> str:
    """One note as a line."""
    return escape(talk_notes.note(note), NOTE)


def _presses(request: Request, note: Note) -> list[Row]:
    if note.kind is NoteKind.QUESTION:
        buttons = [
            RequestButton("choose", request.id, clamp(choice, 75), number)
            for number, choice in enumerate(note.choices, start=1)
        ]
        return [buttons] if buttons else []
    if note.kind is NoteKind.COMPARE:
        return [(RequestButton("compare", request.id, talk_words.compare()),)]
    return []


def answered(found: Answered) -> ui.LayoutView:
    """A plain yes, no or stop; where it is not certain what is meant, that is offered again with buttons."""
    text = talk_words.answered(found, escape)
    if found.reply is not Reply.WHICH:
        return plain(text)
    verb = "meant" if found.answer is ShortAnswer.YES else "unwanted"
    lines, presses = [text], list[ui.Item[Any]]()
    for number, rows in enumerate(found.things, start=1):
        line = talk_words.thing_line(rows, talk_words.named(rows, escape))
        lines.append(line if len(found.things) == 1 else f"{number}. {line}")
        price = price_of(rows)
        presses.append(RequestButton(verb, rows[0].id, talk_words.thing_button(found, number), price))
    return plain("\n".join(lines), rows=[presses])


def choices(subject: str, found: Sequence[Choice]) -> ui.LayoutView:
    """Explicit ways to do what was said, where no model can be asked."""
    labels = [talk_words.choice(title(one.order.capability), one.price) for one in found]
    presses = [
        RequestButton("run", f"{subject}.{number}", clamp(label, 75), 1)
        for number, label in enumerate(labels, start=1)
    ]
    return card(talk_words.choices_offered(), accent=BLUE, rows=[presses])
