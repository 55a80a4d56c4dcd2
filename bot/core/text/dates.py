"""Days and moments as the reader's language writes them: `2026-11-29` in English, `29.11.2026` in German."""

from __future__ import annotations

from datetime import UTC, date, datetime

from babel.dates import format_date, format_skeleton, format_time, get_datetime_format

from bot.core.text.translation import Language, language, locale


def day(when: date | str) -> str:
    """A day, which may come as ISO 8601 writes it: in English that way, since 3/4 is April to some and March
    to others.
    """
    found = date.fromisoformat(when) if isinstance(when, str) else when
    if language() == Language.ENGLISH:
        return found.isoformat()
    return format_date(found, "medium", locale=locale())


def day_and_month(when: str) -> str:
    """The same without the year, for the marks of a chart."""
    if language() == Language.ENGLISH:
        return when[5:]
    return format_skeleton("Md", date.fromisoformat(when), locale=locale())


def utc(micros: int) -> str:
    """A moment (UTC microseconds) to the minute, where the reader's own zone is not known."""
    found = datetime.fromtimestamp(micros / 1_000_000, UTC)
    if language() == Language.ENGLISH:
        return f"{found:%Y-%m-%d %H:%M} UTC"
    clock = format_time(found, "short", locale=locale())
    pattern = str(get_datetime_format("medium", locale=locale()))
    return f"{pattern.format(clock, day(found))} UTC"
