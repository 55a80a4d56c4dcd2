"""Results as files of this machine."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from adapters.composition import Core
from bot.core.request import Request


async def fetched(core: Core, request: Request, out: Path) -> list[str]:
    """Where each result is: a file in the folder, or its address where it could not be fetched."""
    places: list[str] = []
    for index, asset in enumerate(request.assets):
        source = await core.service.result_file(request, index)
        if source is not None:
            target = out / f"{request.id}-{index + 1}{source.suffix}"
            await asyncio.to_thread(_copy, source, target)
            places.append(str(target))
        elif asset.url:
            places.append(f"{asset.url} (it could not be fetched; the link may die within the hour)")
    return places


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
