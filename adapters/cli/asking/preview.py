"""The small picture of a mask that was refused, written beside the results."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.core.errors import BadImage, BotError
from bot.core.text.translation import gettext as _

_NAME = "mask-as-understood.png"


async def written(error: BotError, out: Path) -> tuple[str, ...]:
    """Write it and say where it is; nothing where there is none."""
    if not isinstance(error, BadImage) or not error.picture:
        return ()
    return (await asyncio.to_thread(_put, error.picture, out / _NAME),)


def _put(picture: bytes, place: Path) -> str:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(picture)
    except OSError as error:
        return _("A small picture of the mask could not be written: {why}.").format(why=error.strerror)
    return _("The mask as it was understood: {place} (what is white would change).").format(place=place)
