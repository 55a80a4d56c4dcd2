"""A request whose outcome is unknown: until when it is decided, and the button by which admins end it."""

from __future__ import annotations

from adapters.common import wording
from adapters.slack.views.layout import Block, Message, actions, button, context, section, when
from bot.core.request import Request, State


def blocks(request: Request) -> list[Block]:
    """When it is decided, and the button; nothing for any other request."""
    if request.state is not State.AMBIGUOUS:
        return []
    end = button(wording.end_unknown(request), "settle", f"settle:{request.id}")
    return [context(wording.undecided(request, when)), actions(end)]


def ended(request: Request) -> Message:
    """What the admin who pressed is told."""
    said = wording.unknown_ended(request)
    return Message(text=said, blocks=[section(said)])
