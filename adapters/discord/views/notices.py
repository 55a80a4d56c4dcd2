"""Notices and digests as Discord shows them. Pure; nobody is mentioned by name in a way that pings."""

from __future__ import annotations

from discord import ui

from adapters.common.notices import digest_words, words
from adapters.discord.identity import snowflake
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import BLUE, GREY, RED, YELLOW, card, gallery, lines_within
from adapters.discord.views.markdown import bold, code, escape, when
from bot.core.notices.digest import Digest, Dimension
from bot.core.notices.thresholds import Notice
from bot.core.text.translation import gettext as _

CHART = "digest.png"
_PART = 640
"""Characters of one part of a digest; four parts, titles and endings stay within 4,000."""


def notice(told: Notice) -> ui.LayoutView:
    """One notice, with a button against more of them."""
    channel = f"<#{snowflake(told.budget.subject)}>"
    return card(
        bold(words.headline(told, channel)),
        words.consequence(told, when),
        f"-# {words.advice(told, code('/budget set'))}",
        accent=RED if told.threshold >= 100 else YELLOW if told.threshold >= 80 else GREY,
        rows=[(RequestButton("quiet", told.id, words.switch_off()),)],
    )


def digest(found: Digest, *, marker: str = "", chart: bool = False, preview: bool = False) -> ui.LayoutView:
    """The figures of a period; with a `chart` that picture is attached, and the `marker` tells it from
    others.
    """
    picture = gallery([(f"attachment://{CHART}", digest_words.chart_text(found))]) if chart else None
    parts = [
        f"{bold(part.title)}\n{lines_within((f'• {line}' for line in part.lines), _PART)}"
        for part in digest_words.parts(found, _name(found))
    ]
    return card(
        f"## {digest_words.title(found)}",
        bold(digest_words.total(found)),
        picture,
        *parts,
        "\n".join(digest_words.endings(found)),
        f"-# {digest_words.preview_note()}" if preview else "",
        accent=BLUE,
        rows=[(RequestButton("digest", marker, _("Settings")),)] if marker else [],
    )


def _name(found: Digest) -> digest_words.Name:
    def name(dimension: Dimension, key: str) -> str:
        match dimension:
            case Dimension.PERSON:
                return escape(found.names.get(key, ""), 40) or digest_words.unnamed()
            case Dimension.CHANNEL:
                return f"<#{snowflake(key)}>" if key else digest_words.no_channel()
            case Dimension.PROJECT:
                return escape(found.names.get(key, key), 40) if key else digest_words.no_project()
            case Dimension.MODEL:
                return code(key)
            case Dimension.CAPABILITY:
                return key

    return name
