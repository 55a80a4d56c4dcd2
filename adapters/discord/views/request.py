"""Facts to messages: every event of a request as a Components V2 view. Pure; nothing here sends.

Everything a person or a model wrote passes `text.escape` on its way in; an answer of a chat is Markdown by
intention and is only kept from mentioning anybody, by the client.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from discord import ui

from adapters.common import shared_texts, wording
from adapters.common.talking import alternatives
from adapters.common.talking import words as talk_words
from adapters.common.text_split import newest, units
from adapters.discord.identity import snowflake
from adapters.discord.views import request_texts, unknown
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.homes import question
from adapters.discord.views.layout import BLUE, GREY, RED, YELLOW, Row, card, gallery, plain
from adapters.discord.views.markdown import bold, code, escape, noun, title, when
from bot.core.errors import BadImage, BudgetExceeded, NoHome, Refusal
from bot.core.events import AwaitingConfirmation, Cancelled, Corrected, Failed, Progressed
from bot.core.money import dollars
from bot.core.order_rules import alternatives_of
from bot.core.request import STARTING, Request, stoppable
from bot.core.text.translation import gettext as _

PREVIEW = "mask.png"
"""The name of the file that a refusal shows."""
PROMPT_SHOWN = 500
STREAM_SHOWN = 3400
"""Units of a growing answer that are shown; the newest, because people read along."""


# under way


def progress(event: Progressed) -> ui.LayoutView:
    """Where a request stands. The moments in it are live, so it reads right between two edits."""
    request = event.request
    if event.text:
        return _streaming(event)
    doing = request_texts.waiting_in_queue() if event.position else request_texts.working(request.state)
    lines = [doing, _pace(event), unknown.decided(request)]
    return card(
        f"**{title(request.capability)}** · {model_name(request)}",
        quoted(request),
        "\n".join(filter(None, lines)),
        accent=BLUE,
        rows=[_cancel(request) or unknown.press(request)],
    )


def _pace(event: Progressed) -> str:
    request, parts = event.request, list[str]()
    if event.position and request.state in STARTING:
        parts.append(wording.queue_position(event.position))
    percent = event.percent if event.percent is not None else request.progress
    if percent is not None:
        parts.append(wording.percent(percent))
    started = request.submitted_at
    if started is not None:
        parts.append(request_texts.begun(when(started)))
        if event.expected_s:
            parts.append(request_texts.expected(when(started + int(event.expected_s * 1_000_000))))
    elif event.expected_s:
        parts.append(request_texts.usually(wording.duration(event.expected_s)))
    if request.estimate is not None:
        parts.append(wording.about(request.estimate))
    return "-# " + " · ".join(parts) if parts else ""


def _streaming(event: Progressed) -> ui.LayoutView:
    text = newest(event.text, STREAM_SHOWN)
    if units(event.text) > STREAM_SHOWN:
        text = f"…\n{text}"
    return plain(text, "-# writing …", rows=[_cancel(event.request)], covered=event.request.hidden)


def _cancel(request: Request) -> Row:
    return (RequestButton("cancel", request.id, _("Cancel")),) if stoppable(request) else ()


def price(event: AwaitingConfirmation) -> ui.LayoutView:
    """The price on a button."""
    request, price = event.request, dollars(event.price)
    person = snowflake(request.actor.person)
    return card(
        _titled(request),
        quoted(request),
        request_texts.price_to_confirm(price, person, when(event.expires_at, "t"), when(event.expires_at)),
        wording.price_notes(request),
        accent=YELLOW,
        rows=[
            (
                RequestButton("confirm", request.id, shared_texts.run_it_for(price), event.price),
                RequestButton("cancel", request.id, shared_texts.no_thanks()),
            )
        ],
    )


# ends


def corrected(event: Corrected, link: str) -> ui.LayoutView:
    """What an ended request really cost; `link` leads to where its end stands."""
    what = noun(event.request.capability)
    about = request_texts.your_linked(what, link) if link else request_texts.your(what)
    return plain(f"-# {wording.corrected(event, about)}")


def failed(event: Failed) -> ui.LayoutView:
    """No result, why, and whether it cost anything."""
    request = event.request
    return card(
        request_texts.no_result(noun(request.capability), model_name(request)),
        quoted(request),
        escape(wording.failure(request), 600),
        f"-# {wording.receipt_sentence(event.receipt, bold)}",
        accent=RED,
        rows=[
            (
                RequestButton("again", request.id, shared_texts.try_again()),
                RequestButton("details", request.id, _("Details")),
            )
        ],
    )


def cancelled(event: Cancelled) -> ui.LayoutView:
    """Stopped by someone, or by the clock."""
    request = event.request
    return card(
        f"**{title(request.capability)}** · {model_name(request)}",
        quoted(request),
        wording.cancelled(request),
        f"-# {wording.receipt_sentence(event.receipt, bold)}",
        accent=GREY,
        rows=[(RequestButton("again", request.id, shared_texts.ask_again()),)],
    )


def refused(refusal: Refusal, *, request: Request | None = None, can_ask: bool = False) -> ui.LayoutView:
    """A no that its asker alone sees: what stands in the way, how much, until when."""
    lines = [escape(refusal.message, 900)]
    if isinstance(refusal, BudgetExceeded):
        lines.append(wording.advice(refusal, lambda moment: f"{when(moment, 'f')} ({when(moment)})"))
    presses: list[ui.Item[Any]] = [question()] if refusal.code == NoHome.code else []
    if request is not None and can_ask:
        presses = [RequestButton("ask", request.id, shared_texts.ask_an_admin())]
    if request is not None:
        offered = enumerate(alternatives_of(request), start=1)
        presses += [
            RequestButton("model", request.id, alternatives.alternative(one, request.order)[:80], at)
            for at, one in offered
        ]
    return card(
        request_texts.not_this_time(),
        quoted(request) if request else None,
        "\n".join(filter(None, lines)),
        _understood(refusal),
        accent=YELLOW,
        rows=[presses],
    )


def _understood(refusal: Refusal) -> ui.Item[Any] | None:
    """The small picture of what was read, which goes with the message (`delivery.previews`)."""
    if not isinstance(refusal, BadImage) or not refusal.picture:
        return None
    return gallery([(f"attachment://{PREVIEW}", shared_texts.mask_as_understood())])


def refused_in_public(person: str) -> ui.LayoutView:
    """What everybody may know about a refusal when its asker cannot be told alone: nothing about money."""
    return card(
        request_texts.refused_in_public(snowflake(person)),
        accent=GREY,
    )


def interrupted() -> ui.LayoutView:
    """For a message that was promised by a process that died before the order was written down."""
    return card(
        request_texts.interrupted(),
        accent=GREY,
    )


def trouble(reference: str) -> ui.LayoutView:
    """For what should not happen."""
    return card(
        request_texts.trouble(),
        request_texts.reference(code(reference)),
        accent=RED,
    )


def notice(text: str, *, accent: int = GREY) -> ui.LayoutView:
    """One short message of our own words."""
    return card(text, accent=accent)


def with_files(text: str, names: Sequence[str]) -> ui.LayoutView:
    """The same with files that go with the message: Discord shows only those that are named in it."""
    return card(text, *(ui.File(f"attachment://{name}") for name in names), accent=GREY)


# parts


def _titled(request: Request) -> str:
    pictures = talk_words.pictures_of(request)
    return f"**{title(request.capability)}** · {model_name(request)}" + (f" · {pictures}" if pictures else "")


def model_name(request: Request) -> str:
    return code(request.order.model, 80)


def quoted(request: Request | None) -> str:
    if request is None or not request.order.prompt:
        return ""
    return f"> {escape(request.order.prompt, PROMPT_SHOWN)}"


def safe(text: str) -> str:
    """Somebody else's sentence, made harmless."""
    return escape(text, 400)
