"""Facts of the core as Slack messages. Pure: events in, blocks out.

A button carries `verb:request_id` (and a picture's number or the price) as its value, so it works after any
restart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from adapters.common import shared_texts, wording
from adapters.common.talking import alternatives
from adapters.common.talking import words as talk_words
from adapters.slack.identity import raw_id
from adapters.slack.views import request_texts, unknown
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    button,
    context,
    escape,
    quote,
    section,
    when,
    words,
)
from bot.core.budget_rules.refusals import grantable
from bot.core.capability import about
from bot.core.errors import BudgetExceeded, Refusal
from bot.core.events import (
    AwaitingConfirmation,
    BudgetLeft,
    Cancelled,
    Corrected,
    Failed,
    Progressed,
)
from bot.core.money import dollars
from bot.core.order_rules import alternatives_of
from bot.core.request import Request, State, stoppable
from bot.core.text.translation import gettext as _


def thing(request: Request) -> str:
    """What was asked for, as a noun."""
    return _(about(request.capability).noun)


def value(verb: str, request: Request, number: int | None = None) -> str:
    """What a button carries; the number is that of a picture, or the price in micro-dollars."""
    return f"{verb}:{request.id}" + ("" if number is None else f":{number}")


def asker(request: Request) -> str:
    return f"<@{raw_id(request.actor.person)}>"


# on the way


def progress(request: Request, event: Progressed | None = None) -> Message:
    """The message that was promised, while the work goes on."""
    doing = _doing(request, event)
    facts = [escape(request.order.model)]
    if request.estimate is not None:
        facts.append(wording.about(request.estimate))
    facts += _timing(event)
    blocks = [
        section(request_texts.doing_for(doing, asker(request), quoted(request))),
        context(" · ".join(facts)),
    ]
    if stoppable(request) and not request.cancel_requested:
        blocks.append(actions(button(_("Cancel"), "cancel", value("cancel", request))))
    blocks += unknown.blocks(request)
    return Message(text=f"{doing}…", blocks=blocks)


def _doing(request: Request, event: Progressed | None) -> str:
    if request.state is State.AMBIGUOUS:
        return request_texts.finding_out()
    if event is not None and event.position:
        return wording.capital(wording.queue_position(event.position))
    row = about(request.capability)
    return f"{_(row.doing)} {_(row.doing_what)}".strip()


def _timing(event: Progressed | None) -> list[str]:
    if event is None:
        return []
    done = wording.percent(event.percent) if event.percent is not None else ""
    return list(filter(None, [done, wording.elapsed(event)]))


def quoted(request: Request) -> str:
    return quote(request.order.prompt) if request.order.prompt else ""


def price(event: AwaitingConfirmation) -> Message:
    """The price on a button; only the asker's press counts."""
    request, cost = event.request, dollars(event.price)
    notes = wording.price_notes(request)
    return Message(
        text=request_texts.would_cost(thing(request), cost),
        blocks=[
            section(request_texts.would_cost_asker(thing(request), cost, asker(request), quoted(request))),
            *([context(notes)] if notes else []),
            context(
                talk_words.pictures_of(request),
                request_texts.offer_ends(escape(request.order.model), when(event.expires_at)),
            ),
            actions(
                button(
                    shared_texts.run_it_for(cost),
                    "confirm",
                    value("confirm", request, event.price),
                    style="primary",
                ),
                button(shared_texts.no_thanks(), "cancel", value("cancel", request)),
            ),
        ],
    )


# ends


def left(room: BudgetLeft) -> str:
    """What remains of the tightest budget."""
    return wording.room(replace(room, budget=escape(room.budget)), when)


def corrected(event: Corrected) -> Message:
    """What an ended request really cost."""
    said = wording.corrected(event, request_texts.your(thing(event.request)))
    return Message(text=said, blocks=[context(said)])


def ended(event: Failed | Cancelled) -> Message:
    """No result, and honestly what it cost."""
    request = event.request
    match event:
        case Failed():
            title, reason = request_texts.failed(thing(request)), escape(wording.failure(request))
        case Cancelled():
            title, reason = request_texts.cancelled(thing(request)), escape(wording.cancelled(request))
        case _:
            assert_never(event)
    mark = "⚠️" if isinstance(event, Failed) else "✖️"
    return Message(
        text=f"{title}. {reason}",
        blocks=[
            section(f"{mark} *{title}*, {asker(request)}. {reason}\n{quoted(request)}".rstrip()),
            context(f"{escape(request.order.model)} · {wording.receipt_sentence(event.receipt)}"),
            actions(
                button(shared_texts.try_again(), "again", value("again", request)),
                button(_("Details"), "details", value("details", request)),
            ),
        ],
    )


def refused(refusal: Refusal, request: Request | None = None) -> Message:
    """A clear no, for the asker's eyes: which budget, what is left, when it resets, and whom to ask."""
    lines = [f"🚫 {escape(refusal.message)}"]
    buttons: list[Block] = []
    if isinstance(refusal, BudgetExceeded):
        lines.append(wording.advice(refusal, when))
        if request is not None and grantable(refusal):
            buttons.append(
                button(shared_texts.ask_an_admin(), "plead", value("plead", request), style="primary")
            )
    if request is not None:
        buttons += [
            button(
                alternatives.alternative(one, request.order),
                f"use_model_{at}",
                value("use_model", request, at),
            )
            for at, one in enumerate(alternatives_of(request))
        ]
    blocks = [section("\n".join(filter(None, lines)))]
    if request is not None and request.order.prompt:
        blocks.append(context(request_texts.you_asked(words(request.order.prompt, 300))))
    if buttons:
        blocks.append(actions(*buttons))
    return Message(text=escape(refusal.message), blocks=blocks)
