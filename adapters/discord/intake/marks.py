"""Discord's marks as words: mentions, channels, times, emoji, links to commands.

`<@1>` is `@Ada` where the name is known. What has no name here is called as Discord shows it to people
(Discord docs, Message Formatting).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from adapters.common.intake.plain_words import name_of, settled

_MARK = re.compile(
    r"(?<!<)<++(?:"
    r"@!?(?P<user>\d{1,20})"
    r"|@&(?P<role>\d{1,20})"
    r"|#(?P<channel>\d{1,20})"
    r"|a?:(?P<emoji>\w{1,64}):\d{1,20}"
    r"|t:(?P<time>-?\d{1,13})(?::[tTdDfFRsS])?"
    r"|(?P<command>/[\w-]{1,32}(?: [\w-]{1,32}){0,2}):\d{1,20}"
    r"|\d{0,20}:?(?:id:)?(?P<place>customize|browse|guide|linked-roles)(?::\d{1,20})?"
    r"|(?P<link>https?://[^\s<>]{1,2000})"
    r")>"
)
_Lookup = Callable[[int], str]


def _nobody(_id: int) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Names:
    """How people, roles and channels are called, by id; empty where that is not known.

    The marks of `ignored` people and roles vanish: it is the bot itself that is spoken to.
    """

    user: _Lookup = _nobody
    role: _Lookup = _nobody
    channel: _Lookup = _nobody
    ignored: frozenset[int] = field(default_factory=frozenset[int])


def plain_words(text: str, names: Names = Names()) -> str:  # noqa: B008  # frozen
    """The text with words for Discord's marks, without invisible characters. Idempotent."""
    return settled(text, partial(_MARK.sub, partial(_words, names)))


def _words(names: Names, mark: re.Match[str]) -> str:
    for group, sign, lookup, unknown in (
        ("user", "@", names.user, "unknown-user"),
        ("role", "@", names.role, "unknown-role"),
        ("channel", "#", names.channel, "unknown"),
    ):
        if mark[group]:
            number = int(mark[group])
            return " " if number in names.ignored else sign + name_of(lookup(number), unknown)
    if mark["emoji"]:
        return f":{mark['emoji']}:"
    if mark["time"]:
        return _time(int(mark["time"]))
    return mark["command"] or mark["place"] or mark["link"]


def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return str(seconds)
