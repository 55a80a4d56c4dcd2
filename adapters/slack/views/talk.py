"""What a message became, where it is no answer in words: a plan with one price, questions, prices wanted."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.common import shared_texts
from adapters.common.talking import notes as talk_notes
from adapters.common.talking import words as talk_words
from adapters.slack.views import request_texts, texts
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    button,
    context,
    escape,
    markdown,
    packed,
    section,
    when,
    words,
)
from adapters.slack.views.request import asker, value
from bot.conversation.short_answers import ShortAnswer
from bot.core.capability import about
from bot.core.events import AwaitingConfirmation
from bot.core.money import Micros
from bot.core.request import Request
from bot.core.spoken import Note, NoteKind
from bot.core.text.translation import gettext as _
from bot.use_cases.spoken.answers import Answered, Reply, price_of
from bot.use_cases.spoken.prices import Choice

LINE = 160
CARRIED = 1900
"""A button carries 2000 characters (Slack docs, Button element), with the asker's id in front of these."""


def plan(event: AwaitingConfirmation) -> Message:
    """Several orders of one message: each with its price, and one button for all."""
    message, price = event.request, event.price
    costs = talk_words.plan_costs(len(event.plan), price)
    lines = [
        f"{number}. "
        + talk_words.plan_line(order, words(order.order.prompt, LINE), f"`{escape(order.order.model)}`")
        for number, order in enumerate(event.plan, start=1)
    ]
    return Message(
        text=costs,
        blocks=[
            section(request_texts.plan_for(asker(message), costs, when(event.expires_at))),
            section("\n".join(lines)),
            context(talk_words.plan_notes(event.plan)),
            actions(
                button(talk_words.run_all(price), "plan", value("plan", message, price), style="primary"),
                button(shared_texts.no_thanks(), "drop", value("drop", message)),
            ),
        ],
    )


def answers(request: Request, said: str, notes: Sequence[Note]) -> Message:
    """Words and notes that came with orders, or instead of them."""
    lines = list(filter(None, map(line, notes)))
    blocks: list[Block] = [markdown(said)] if said else []
    if lines:
        blocks.append(section("\n".join(lines)))
    for note in notes:
        blocks += _presses(request, note)
    return Message(text=said or "\n".join(lines) or "…", blocks=blocks)


def line(note: Note) -> str:
    """One note as a line."""
    return escape(talk_notes.note(note))


def _presses(request: Request, note: Note) -> list[Block]:
    if note.kind is NoteKind.QUESTION and note.choices:
        return [
            actions(
                *(
                    button(choice, f"choose_{number}", value("choose", request, number))
                    for number, choice in enumerate(note.choices, start=1)
                )
            )
        ]
    if note.kind is NoteKind.COMPARE:
        return [actions(button(talk_words.compare(), "compare", value("compare", request)))]
    return []


def answered(found: Answered) -> Message:
    """A plain yes, no or stop; where it is not certain what is meant, that is offered again with buttons."""
    text = talk_words.answered(found, words)
    if found.reply is not Reply.WHICH:
        return Message(text=text, blocks=[context(text)])
    verb = "meant" if found.answer is ShortAnswer.YES else "unwanted"
    lines, presses = [text], list[Block]()
    for number, rows in enumerate(found.things, start=1):
        line = talk_words.thing_line(rows, talk_words.named(rows, words))
        lines.append(line if len(found.things) == 1 else f"{number}. {line}")
        carried = value(verb, rows[0], price_of(rows))
        presses.append(button(talk_words.thing_button(found, number), f"{verb}_{number}", carried))
    return Message(text=text, blocks=[section("\n".join(lines)), actions(*presses)])


def continued(user: str, picture: str) -> Message:
    """An older picture is the one that is meant."""
    text = talk_words.continued(f"<@{user}>", picture)
    return Message(text=text, blocks=[context(text)])


def sentences(found: Sequence[str]) -> Message:
    """Sentences about what could not be read."""
    text = "\n".join(escape(one) for one in found if one)
    return Message(text=text, blocks=[section(text)])


def plan_runs(orders: Sequence[Request], price: Micros) -> Message:
    """A plan that was agreed to."""
    text = talk_words.plan_runs(len(orders), price)
    return Message(text=text, blocks=[context(text)])


def plan_dropped() -> Message:
    """A plan that nobody wants."""
    text = talk_words.plan_dropped()
    return Message(text=text, blocks=[context(text)])


def what_to_do(user: str, files: Sequence[str]) -> Message:
    """A picture without words: ask, with three buttons that carry it."""
    carried = f"{user}:{packed({'f': list(files)[:10]}, CARRIED)}"
    return Message(
        text=texts.what_to_do(),
        blocks=[
            section(texts.what_to_do_for(user, "")),
            actions(
                button(texts.edit_it(), "picture_edit", carried, style="primary"),
                button(texts.enlarge_it(), "picture_upscale", carried),
                button(texts.ask_about_it(), "picture_chat", carried),
            ),
        ],
    )


def choices(user: str, said: str, files: Sequence[str], found: Sequence[Choice]) -> Message:
    """Explicit ways to do what was said, where no model can be asked."""
    carried = f"{user}:{packed({'f': list(files)[:10], 'p': said}, CARRIED, 'p')}"
    buttons = [
        button(
            talk_words.choice(_(about(one.order.capability).title), one.price),
            f"picture_{one.order.capability}",
            carried,
        )
        for one in found
    ]
    return Message(
        text=talk_words.choices_offered(),
        blocks=[section(talk_words.choices_offered()), actions(*buttons)],
    )
