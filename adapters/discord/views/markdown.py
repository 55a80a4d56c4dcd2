"""Text on its way to people: user words made harmless, clamped, and the small words of money and time.

Nothing a person typed is ever markup, a link or a mention: every sign that Discord's Markdown could read
is escaped here and nowhere else, and the client sends `AllowedMentions.none()` on top.
"""

from __future__ import annotations

import re
from dataclasses import replace

from adapters.common import wording
from bot.core.capability import Capability, about
from bot.core.events import BudgetLeft
from bot.core.money import dollars
from bot.core.text.numbers import decimal
from bot.core.text.translation import gettext as _

_MARKUP = re.compile(r"([\\*_~`|<>\[\]#]|^[-+]|:(?=//))")
_MENTION = re.compile(r"@(?=everyone|here)")


def title(capability: Capability) -> str:
    """What a capability makes, as the first word of a message."""
    return wording.capital(noun(capability))


def noun(capability: Capability) -> str:
    """What a capability makes, within a sentence."""
    return _(about(capability).noun)


def clamp(text: str, limit: int) -> str:
    """One line of at most `limit` characters, an ellipsis where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def escape(text: str, limit: int = 300) -> str:
    """User text as one harmless line of `limit` characters, at most twice as long once escaped."""
    return _MENTION.sub("@\u200b", _MARKUP.sub(r"\\\1", clamp(text, limit)))


def small(text: str, limit: int = 1500) -> str:
    """Text with people's names in it, as a small grey line."""
    return f"-# {escape(text, limit)}"


def code(text: str, limit: int = 100) -> str:
    """A name or id in monospace."""
    return f"`{clamp(text, limit).replace('`', 'ˋ')}`"


def when(moment: int, style: str = "R") -> str:
    """UTC microseconds as a timestamp that Discord keeps live and shows in the reader's own zone."""
    return f"<t:{moment // 1_000_000}:{style}>"


def room_line(room: BudgetLeft) -> str:
    """What is left in a budget and until when."""
    return wording.room(replace(room, budget=escape(room.budget)), when)


def room_detail(room: BudgetLeft) -> str:
    """The same with what was spent and what is set aside, for `/balance`."""
    held = f" · {wording.set_aside(room.held)}" if room.held else ""
    spent = _("{amount} spent").format(amount=dollars(room.spent))
    return f"**{room_line(room)}**\n-# {spent}{held}"


def bold(text: str) -> str:
    """Words that stand out."""
    return f"**{text}**"


def size_text(size: int) -> str:
    """Bytes for people."""
    return f"{decimal(size / 1_048_576, 1)} MB" if size >= 104_858 else f"{max(1, size // 1024)} kB"
