"""A request whose outcome is unknown: until when it is decided, and the button by which admins end it."""

from __future__ import annotations

from typing import Any

from discord import ui

from adapters.common import wording
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import GREY, card
from adapters.discord.views.markdown import when
from bot.core.request import Request, State


def decided(request: Request) -> str:
    """When it is decided; empty for any other request."""
    return f"-# {wording.undecided(request, when)}" if request.state is State.AMBIGUOUS else ""


def press(request: Request) -> tuple[ui.Item[Any], ...]:
    """The button that ends it; none for any other request."""
    if request.state is not State.AMBIGUOUS:
        return ()
    return (RequestButton("settle", request.id, wording.end_unknown(request)),)


def ended(request: Request) -> ui.LayoutView:
    """What the admin who pressed is told."""
    return card(wording.unknown_ended(request), accent=GREY)
