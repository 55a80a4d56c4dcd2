"""Smaller copies of results for the page: made once, when first asked for, and kept beside the result."""

from __future__ import annotations

import asyncio
import weakref
from pathlib import Path, PurePosixPath

import structlog
from cachetools import LRUCache

from bot.core.errors import StoreUnavailable
from bot.core.ports.media import MediaStore, copy_name
from bot.core.request import Request
from bot.images import copies

log = structlog.get_logger(__name__)

EDGES = (480, 960)
"""The longest sides, in pixels, in which pictures are shown on the page."""
_SUFFIX = ".webp"
_FAILURES_KEPT = 10_000


class ResultCopies:
    """Copies by result and longest side. Nothing here raises."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._without: LRUCache[str, bool] = LRUCache(_FAILURES_KEPT)

    async def find(self, request: Request, index: int, edge: int) -> Path | None:
        """A read-only file with the copy; None where the result itself is to be shown."""
        asset = request.assets[index] if 0 <= index < len(request.assets) else None
        if asset is None or not asset.path or not asset.content_type.startswith("image/"):
            return None
        file_name = f"{PurePosixPath(asset.path).stem}-{edge}{_SUFFIX}"
        kept = copy_name(asset.path, file_name)
        if kept in self._without:
            return None
        lock = self._locks.setdefault(kept, asyncio.Lock())
        async with lock:  # the second who asks waits for what the first one makes
            try:
                return await self._media.find(kept) or await self._made(asset.path, file_name, edge)
            except (StoreUnavailable, OSError) as error:
                log.warning("copy_not_kept", request_id=request.id, error=type(error).__name__)
                return None

    async def _made(self, name: str, file_name: str, edge: int) -> Path | None:
        path = await self._media.find(name)
        if path is None:
            return None
        made = await copies.page_copy(path, edge)
        if made is None:
            self._without[copy_name(name, file_name)] = True
            return None
        async with self._media.scratch() as folder:
            file = folder / file_name
            await asyncio.to_thread(file.write_bytes, made.data)
            kept = await self._media.put_copy(name, file)
        return await self._media.find(kept) if kept else None
