"""Notices and digests as Slack shows them. Pure; people's names are plain words, so nobody is pinged."""

from __future__ import annotations

from adapters.common.notices import digest_words, words
from adapters.slack.identity import raw_id
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    button,
    clamp,
    context,
    escape,
    header,
    section,
    when,
)
from bot.core.notices.digest import Digest, Dimension
from bot.core.notices.thresholds import Notice
from bot.core.text.translation import gettext as _

_PART = 2500


def notice(told: Notice, command: str) -> Message:
    """One notice, with a button against more of them; `command` is the slash command's name."""
    channel = f"<#{raw_id(told.budget.subject)}>"
    said = words.headline(told, channel)
    return Message(
        text=said,
        blocks=[
            section(f"*{said}*\n{words.consequence(told, when)}"),
            context(words.advice(told, f"`{command} budget`")),
            actions(button(words.switch_off(), "quiet", f"quiet:{told.id}"), block_id=told.id),
        ],
    )


def digest(found: Digest, *, marker: str = "", preview: bool = False) -> Message:
    """The figures of a period; the `marker` tells it from others."""
    parts = [
        section(clamp("\n".join([f"*{part.title}*", *(f"• {line}" for line in part.lines)]), _PART))
        for part in digest_words.parts(found, _name(found))
    ]
    settings = button(_("Settings"), "settings_form", "settings_form:notices")
    presses: list[Block] = [actions(settings, block_id=marker)] if marker else []
    return Message(
        text=digest_words.title(found),
        blocks=[
            header(digest_words.title(found)),
            section(f"*{digest_words.total(found)}*"),
            *parts,
            section("\n".join(digest_words.endings(found))),
            *([context(digest_words.preview_note())] if preview else []),
            *presses,
        ],
    )


def _name(found: Digest) -> digest_words.Name:
    def name(dimension: Dimension, key: str) -> str:
        match dimension:
            case Dimension.PERSON:
                return escape(clamp(found.names.get(key, ""), 40)) or digest_words.unnamed()
            case Dimension.CHANNEL:
                return f"<#{raw_id(key)}>" if key else digest_words.no_channel()
            case Dimension.PROJECT:
                return escape(clamp(found.names.get(key, key), 40)) if key else digest_words.no_project()
            case Dimension.MODEL:
                return f"`{escape(key)}`"
            case Dimension.CAPABILITY:
                return key

    return name
