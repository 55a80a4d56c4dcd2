"""Slack's marks as words: mentions, channels, groups, dates, links (Slack docs, Formatting text).

`<@U1>` is `@Ada` where the name is known. `:emoji:` have their names already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from adapters.common.intake.plain_words import name_of, settled

_LABEL = r"(?:\|(?P<{0}>[^<>]*))?"
_MARK = re.compile(
    r"(?<!<)<++(?:"
    rf"@(?P<user>[UWB][A-Z0-9]{{1,20}}){_LABEL.format('user_name')}"
    rf"|#(?P<channel>[CGD][A-Z0-9]{{1,20}}){_LABEL.format('channel_name')}"
    rf"|!subteam\^(?P<group>S[A-Z0-9]{{1,20}}){_LABEL.format('group_name')}"
    rf"|!date\^(?P<date>[^<>|]*){_LABEL.format('date_text')}"
    rf"|!(?P<everyone>here|channel|everyone){_LABEL.format('everyone_name')}"
    rf"|!(?P<special>[a-z][^<>|]*){_LABEL.format('special_text')}"
    rf"|(?P<link>(?:https?|ftp|slack)://[^<>|\s]+){_LABEL.format('link_text')}"
    rf"|(?P<address>(?:mailto|tel):[^<>|\s]+){_LABEL.format('address_text')}"
    r")>"
)
_USER = re.compile(r"<@([UWB][A-Z0-9]{1,20})>")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]{1,20})\|([^<>]{1,80})>")
_GROUP = "<!subteam^"
ASKED_MOST = 10
"""People whose names are looked up for one message; the others stay unknown."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """How people and user groups are called, by id. The marks of `ignored`, the bot itself, vanish."""

    users: Mapping[str, str] = field(default_factory=dict[str, str])
    groups: Mapping[str, str] = field(default_factory=dict[str, str])
    ignored: frozenset[str] = frozenset()


def people_in(text: str) -> list[str]:
    """The ids of people who are mentioned without their names."""
    return list(dict.fromkeys(_USER.findall(text)))[:ASKED_MOST]


def mentions_groups(text: str) -> bool:
    """True where user groups are mentioned."""
    return _GROUP in text


def channels_in(text: str) -> dict[str, str]:
    """Slack's marks for the channels that a text names (`#art` is `<#C1>`), to be used again in the answer.

    Channels that share a name are left out, and people: a mark of theirs notifies them in every message.
    """
    pairs = [(f"#{name_of(name, '')}", f"<#{channel}>") for channel, name in _CHANNEL.findall(text)]
    marks = {name: {mark for other, mark in pairs if other == name} for name, _mark in pairs if len(name) > 1}
    return {name: next(iter(found)) for name, found in marks.items() if len(found) == 1}


def plain_words(text: str, names: Names = Names()) -> str:  # noqa: B008  # frozen
    """A text as Slack sends it (`&`, `<` and `>` escaped), as words, without invisible characters."""
    words = without_marks(text, names)
    return without_marks(words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), names).strip()


def without_marks(text: str, names: Names = Names()) -> str:  # noqa: B008  # frozen
    """The same for a text that is not escaped. Idempotent."""
    return settled(text, partial(_MARK.sub, partial(_words, names)))


def _words(names: Names, mark: re.Match[str]) -> str:
    if user := mark["user"]:
        known = mark["user_name"] or names.users.get(user, "")
        return " " if user in names.ignored else f"@{name_of(known, 'somebody')}"
    if mark["channel"]:
        return f"#{name_of(mark['channel_name'] or '', 'channel')}"
    if group := mark["group"]:
        known = mark["group_name"] or names.groups.get(group, "")
        return f"@{name_of(known.lstrip('@'), 'group')}"
    if mark["everyone"]:
        return f"@{mark['everyone']}"
    return _as_written(mark)


def _as_written(mark: re.Match[str]) -> str:
    """Dates and links: what people see, with the address where the label hides it."""
    if mark["date"] is not None:
        return mark["date_text"] or mark["date"].partition("^")[0]
    if mark["special"]:
        return mark["special_text"] or mark["special"]
    if address := mark["address"]:
        return mark["address_text"] or address.partition(":")[2]
    link, label = mark["link"], (mark["link_text"] or "").strip()
    return link if not label or label.rstrip("…") in link else f"{label} ({link})"
