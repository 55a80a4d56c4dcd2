"""Facts of the core as Slack messages. Pure: events in, blocks out.

A button carries `verb:request_id` (and a picture's number or the price) as its value, so it works after any
restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from gettext import gettext as _
from typing import assert_never

from adapters.common import shared_texts, wording
from adapters.common.marking import N_
from adapters.slack.identity import raw_id
from adapters.slack.views import request_texts, unknown
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    button,
    confirmation,
    context,
    escape,
    feedback,
    option,
    quote,
    section,
    select,
    when,
    words,
)
from bot.core.capability import Output, about
from bot.core.errors import BudgetExceeded, Refusal
from bot.core.events import (
    AwaitingConfirmation,
    BudgetLeft,
    Cancelled,
    Corrected,
    Delivered,
    Failed,
    Progressed,
    Receipt,
)
from bot.core.limits import grantable
from bot.core.money import dollars
from bot.core.order_rules import alternatives_of
from bot.core.request import Request, State, stoppable

_ON_A_PICTURE = (
    ("upscale", N_("Upscale")),
    ("edit", N_("Edit")),
    ("animate", N_("Animate")),
    ("vary", N_("Vary")),
)


def thing(request: Request) -> str:
    """What was asked for, as a noun."""
    return about(request.capability).noun


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
        section(request_texts.doing_for(doing, asker(request), _prompt(request))),
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
    return f"{row.doing} {row.doing_what}".strip()


def _timing(event: Progressed | None) -> list[str]:
    if event is None:
        return []
    done = wording.percent(event.percent) if event.percent is not None else ""
    return list(filter(None, [done, wording.elapsed(event)]))


def _prompt(request: Request) -> str:
    return quote(request.order.prompt) if request.order.prompt else ""


def price(event: AwaitingConfirmation) -> Message:
    """The price on a button; only the asker's press counts."""
    request, cost = event.request, dollars(event.price)
    notes = wording.price_notes(request)
    return Message(
        text=request_texts.would_cost(thing(request), cost),
        blocks=[
            section(request_texts.would_cost_asker(thing(request), cost, asker(request), _prompt(request))),
            *([context(notes)] if notes else []),
            context(request_texts.offer_ends(escape(request.order.model), when(event.expires_at))),
            actions(
                button(
                    request_texts.run_for(cost),
                    "confirm",
                    value("confirm", request, event.price),
                    style="primary",
                ),
                button(_("Cancel"), "cancel", value("cancel", request)),
            ),
        ],
    )


# ends


def delivered(event: Delivered, *, notes: Sequence[str] = ()) -> list[Block]:
    """What stands with the files: words, cost, what is left, and what can be done next."""
    request = event.request
    several = "s" if len(request.assets) > 1 else ""
    title = request_texts.done_for(thing(request).capitalize(), several, asker(request))
    blocks = [
        section(f"{title}\n{_prompt(request)}".rstrip()),
        context(*_facts(event.request, event.receipt)),
    ]
    if notes:
        blocks.append(context(*(escape(note) for note in notes)))
    return [*blocks, *_next(request)]


def _next(request: Request) -> list[Block]:
    common = [
        button(_("Again"), "again", value("again", request)),
        button(_("Details"), "details", value("details", request)),
        button(_("Delete"), "delete", value("delete", request), confirm=_deletion()),
    ]
    row = about(request.capability)
    if row.output is not Output.PICTURE:
        return [actions(*common)]
    offered = [(verb, _(label)) for verb, label in _ON_A_PICTURE if verb in row.follow_ups]
    if len(request.assets) > 1:
        choices = [
            option(request_texts.follow_up(label, index + 1), value(verb, request, index))
            for index in range(len(request.assets))
            for verb, label in offered
        ]
        return [actions(select("pick", request_texts.do_more(), choices), *common)]
    buttons = [button(label, verb, value(verb, request, 0)) for verb, label in offered]
    return [actions(*buttons, *common)]


def _deletion() -> Block:
    return confirmation(request_texts.delete_result(), request_texts.delete_means(), _("Delete"))


def _facts(request: Request, receipt: Receipt) -> list[str]:
    return [
        f"{escape(request.order.model)} · {wording.duration(receipt.elapsed_s)} · {wording.receipt(receipt)}",
        left(receipt.room) if receipt.room else "",
    ]


def left(room: BudgetLeft) -> str:
    """What remains of the tightest budget."""
    return wording.room(replace(room, budget=escape(room.budget)), when)


def corrected(event: Corrected) -> Message:
    """What an ended request really cost."""
    said = wording.corrected(event, request_texts.your(thing(event.request)))
    return Message(text=said, blocks=[context(said)])


def answer_footer(event: Delivered) -> list[Block]:
    """What stands under a chat's answer."""
    request = event.request
    cut = [escape(request.cut)] if request.cut else []
    return [
        context(*cut, *_facts(request, event.receipt)),
        actions(
            button(shared_texts.ask_again(), "again", value("again", request)),
            button(_("Details"), "details", value("details", request)),
        ),
        feedback(request.id),
    ]


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
            section(f"{mark} *{title}*, {asker(request)}. {reason}\n{_prompt(request)}".rstrip()),
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
                wording.alternative(one, request.order), f"use_model_{at}", value("use_model", request, at)
            )
            for at, one in enumerate(alternatives_of(request))
        ]
    blocks = [section("\n".join(filter(None, lines)))]
    if request is not None and request.order.prompt:
        blocks.append(context(request_texts.you_asked(words(request.order.prompt, 300))))
    if buttons:
        blocks.append(actions(*buttons))
    return Message(text=escape(refusal.message), blocks=blocks)


def done_elsewhere(request: Request, link: str = "") -> Message:
    """The promised message once the result stands in its thread."""
    said = request_texts.ready_for(thing(request), asker(request))
    said += request_texts.see_it(link) if link else request_texts.in_this_thread()
    asked = [section(_prompt(request))] if request.order.prompt else []
    return Message(text=request_texts.ready(thing(request)), blocks=[context(said), *asked])


def link_instead(event: Delivered, reason: str) -> Message:
    """Slack would not take the file: where it lies meanwhile, for as long as it lies there."""
    request = event.request
    links = [
        f"<{escape(asset.url)}|{thing(request)} {index + 1}>"
        for index, asset in enumerate(request.assets)
        if asset.url
    ]
    until = next((asset.expires_at for asset in request.assets if asset.expires_at), None)
    said = request_texts.here_by_link(escape(reason), thing(request), asker(request))
    until_when = [context(request_texts.link_works_until(when(until)))] if until else []
    # A block each: a signed address may be long, and a block has room for 3,000 characters.
    return Message(
        text=request_texts.ready_by_link(thing(request)),
        blocks=[section(said), *(section(link) for link in links), *until_when, *delivered(event)],
    )
