"""What the server says of a person's own conversations."""

from __future__ import annotations

from bot.core.text.translation import gettext as _


def no_such_conversation() -> str:
    return _("There is no such conversation here. Nothing was charged; begin a new one.")
