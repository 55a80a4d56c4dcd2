"""Building blocks of every message: a view without timeout, its text, its pictures, its buttons.

Limits (Discord docs, Components): 40 components and 4,000 characters of text in a message, 10 media in a
gallery, 5 buttons in a row. Texts are clamped where they enter, so that a view is within them by
construction; `card` refuses to build one that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import discord
from discord import ui

from adapters.common import shared_texts
from adapters.common.lists import Page
from adapters.discord.views.buttons import RequestButton
from bot.core.text.translation import gettext as _

TEXT_LIMIT = 4000
GALLERY_LIMIT = 10

Row = Sequence[ui.Item[Any]]
"""Buttons side by side."""

BLUE, GREEN, RED, YELLOW, GREY = 0x5865F2, 0x3BA55D, 0xED4245, 0xFAA61A, 0x747F8D


def card(
    *blocks: str | ui.Item[Any] | None, accent: int | None = None, rows: Iterable[Sequence[ui.Item[Any]]] = ()
) -> ui.LayoutView:
    """One framed message; strings become text, empty ones and None are left out, rows of buttons come last.

    Raises ValueError beyond Discord's limits.
    """
    container: ui.Container[Any] = ui.Container(accent_colour=accent)
    for block in blocks:
        if block:
            container.add_item(ui.TextDisplay(block) if isinstance(block, str) else block)
    for presses in rows:
        if presses:
            container.add_item(ui.ActionRow(*presses))
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    return checked(view)


def plain(
    *blocks: str | ui.Item[Any] | None,
    rows: Iterable[Sequence[ui.Item[Any]]] = (),
    covered: bool = False,
) -> ui.LayoutView:
    """The same without a frame, for words that should read like a message; the first is `covered` until
    somebody clicks on it.
    """
    view = ui.LayoutView(timeout=None)
    for number, block in enumerate(blocks):
        if covered and number == 0 and isinstance(block, str):
            view.add_item(ui.Container(ui.TextDisplay(block), spoiler=True))
        elif block:
            view.add_item(ui.TextDisplay(block) if isinstance(block, str) else block)
    for presses in rows:
        if presses:
            view.add_item(ui.ActionRow(*presses))
    return checked(view)


def checked(view: ui.LayoutView) -> ui.LayoutView:
    """The view, if Discord will take its text. Raises ValueError."""
    if view.content_length() > TEXT_LIMIT:
        raise ValueError(f"{view.content_length()} characters of text in one message")
    return view


def gallery(media: Sequence[tuple[str, str]], *, hidden: bool = False) -> ui.MediaGallery[Any] | None:
    """Up to ten pictures or videos, each an address and what it shows; `hidden` ones are covered."""
    if not media:
        return None
    items = (
        discord.MediaGalleryItem(url, description=note or None, spoiler=hidden)
        for url, note in media[:GALLERY_LIMIT]
    )
    return ui.MediaGallery(*items)


def link(label: str, url: str) -> ui.Button[Any]:
    """A button that only opens an address."""
    return ui.Button(label=label[:80], url=url)


def lines_within(lines: Iterable[str], limit: int = 3500, more: str = "") -> str:
    """As many whole lines as fit, and how many were left out."""
    kept: list[str] = []
    rest = list(lines)
    used = 0
    while rest and used + len(rest[0]) + 1 <= limit:
        used += len(rest[0]) + 1
        kept.append(rest.pop(0))
    if rest:
        kept.append("-# " + (more or shared_texts.and_more()).format(count=len(rest)))
    return "\n".join(kept)


def turning(subject: str, page: Page[Any]) -> list[RequestButton]:
    """Buttons to the pages before and after; none where there is one page."""
    back = [] if page.before is None else [RequestButton("page", subject, _("Back"), page.before)]
    return back + ([] if page.after is None else [RequestButton("page", subject, _("Next"), page.after)])


def page_note(page: Page[Any]) -> str:
    """Which page this is; nothing where there is one page."""
    return (
        _("-# Page {number} of {count}").format(number=page.number + 1, count=page.count)
        if page.count > 1
        else ""
    )
