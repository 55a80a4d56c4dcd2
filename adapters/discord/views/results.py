"""Results as people get them: what was made, one line of receipt, and the likeliest next buttons.

Everything else about a result (its details, the other buttons) is in the private answer to "More".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui

from adapters.common import receipt_words
from adapters.common.talking import words as talk_words
from adapters.discord.identity import snowflake
from adapters.discord.views import form_texts, request_texts
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import GREEN, Row, gallery, lines_within, plain
from adapters.discord.views.layout import card as framed
from adapters.discord.views.markdown import bold, escape, title
from adapters.discord.views.request import model_name, quoted
from bot.core.capability import FollowUp, about
from bot.core.events import Delivered
from bot.core.request import MADE, Request
from bot.core.text.translation import gettext as _

NOTES_SHOWN = 2000
MOST_NUMBERED = 4
"""So many pictures have a button each beside "More"; Discord shows five buttons in a row."""
ROW = 5
LIKELIEST: tuple[FollowUp, ...] = ("edit", "vary", "upscale", "animate")
SHOWN = 3
"""So many follow-ups stand on the result itself."""


@dataclass(frozen=True, kw_only=True)
class ResultDisplay:
    """How results go out: `media` are gallery entries (address, description), `notes` lines on them.

    `hint` says how to go on, with the first result of a place; `reachable` is false where the bot cannot
    reach the message later, so that deleting must be a button on it.
    """

    media: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    hint: str = ""
    reachable: bool = True
    hidden: bool = False


def delivered(event: Delivered, shown: ResultDisplay) -> ui.LayoutView:
    """Pictures or videos with their receipt, and what can be done next."""
    request = event.request
    return framed(
        request_texts.done_for(
            title(request.capability),
            snowflake(request.actor.person),
            talk_words.pictures_of(request),
        ),
        quoted(request),
        gallery(shown.media, hidden=shown.hidden),
        lines_within(shown.notes, NOTES_SHOWN),
        below(event, shown.hint),
        accent=GREEN,
        rows=[result_row(request, reachable=shown.reachable)],
    )


def answer(
    event: Delivered, page: str, *, last: bool, file: str = "", shown: ResultDisplay | None = None
) -> ui.LayoutView:
    """One page of a chat's answer; the last carries the receipt, the buttons, and a file if any."""
    request, hidden = event.request, event.request.hidden
    if not last:
        return plain(page, covered=hidden)
    shown = shown or ResultDisplay()
    attached = ui.File(f"attachment://{file}", spoiler=hidden) if file else None
    cut = f"-# {escape(request.cut)}" if request.cut else None
    under = below(event, shown.hint)
    rows = [result_row(request, reachable=shown.reachable)]
    return plain(page, attached, cut, under, rows=rows, covered=hidden)


def pictures(shown: ResultDisplay) -> ui.LayoutView:
    """Pictures that came with an answer in words."""
    return plain(gallery(shown.media, hidden=shown.hidden), lines_within(shown.notes, NOTES_SHOWN))


def below(event: Delivered, hint: str = "", answer: str = "") -> str:
    """The model, what was charged, what is left; and once in a place how to go on."""
    request = event.request
    line = "-# " + receipt_words.receipt_line(
        event.receipt, model_name(request), bold, answer=answer or request.text, spent=event.spent
    )
    return f"{line}\n-# {hint}" if hint else line


def result_row(request: Request, *, reachable: bool = True) -> Row:
    """The likeliest next steps and "More"."""
    deleting: list[ui.Item[Any]] = [] if reachable else [_deletion(request)]
    return [*_likeliest(request), RequestButton("more", request.id, request_texts.more()), *deleting]


def more_rows(request: Request) -> list[Row]:
    """Everything that can be done with a result and does not stand on it; at most 5 rows of five."""
    if request.state not in MADE:
        return []
    standing = {button.custom_id for button in _likeliest(request)}
    numbered = [button for button in _upscales(request) if button.custom_id not in standing]
    rest = [button for button in _others(request) if button.custom_id not in standing]
    return [*_in_rows(numbered), *_in_rows(_continuing(request)), *_in_rows([*rest, _deletion(request)])]


def _likeliest(request: Request) -> list[RequestButton]:
    upscales = _upscales(request)
    if 1 < len(upscales) <= MOST_NUMBERED:
        return upscales
    return [button for button in _singly(request) if button is not None][:SHOWN]


def _singly(request: Request) -> list[RequestButton | None]:
    offered, upscales = about(request.capability).follow_ups, _upscales(request)
    labels = {"edit": form_texts.edit(), "vary": _("Vary"), "animate": form_texts.animate()}
    return [
        (upscales[0] if len(upscales) == 1 else None)
        if verb == "upscale"
        else RequestButton(verb, request.id, labels[verb])
        for verb in LIKELIEST
        if verb in offered
    ]


def _others(request: Request) -> list[RequestButton]:
    """All buttons that concern no one picture, the likeliest first."""
    found = [button for button in _singly(request) if button is not None]
    if "vary" in about(request.capability).follow_ups:
        found.append(RequestButton("remix", request.id, form_texts.vary_with_changes()))
    return [*found, RequestButton("again", request.id, _("Again"))]


def _upscales(request: Request) -> list[RequestButton]:
    """One for each picture, with its number where there are several."""
    if "upscale" not in about(request.capability).follow_ups:
        return []
    count = len(request.assets) or 1
    return [
        RequestButton(
            "upscale",
            request.id,
            request_texts.upscale_number(index + 1) if count > 1 else _("Upscale"),
            index + 1,
        )
        for index in range(count)
    ]


def _continuing(request: Request) -> list[RequestButton]:
    """One for each picture of a conversation, as far as a row goes; the others can be named in words."""
    return [
        RequestButton("use", request.id, talk_words.continue_from(handle), number)
        for number, handle in enumerate(talk_words.handles(request)[:ROW], start=1)
    ]


def _deletion(request: Request) -> RequestButton:
    return RequestButton("delete", request.id, _("Delete"))


def _in_rows(buttons: Sequence[ui.Item[Any]]) -> list[Row]:
    return [buttons[start : start + ROW] for start in range(0, len(buttons), ROW)]
