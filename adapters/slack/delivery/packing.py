"""Results as files that Slack takes and shows: as they are, in another format, smaller, or as a link."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.slack.delivery.files import OutgoingFile
from adapters.slack.views import request_texts, texts
from bot.core.request import Request
from bot.images import copies
from bot.images.copies import Changed, Copy, Shows
from bot.use_cases.requests import Service

SHOWN = Shows(still=("PNG", "JPEG", "GIF"), moving=("GIF",))
"""What Slack shows in a conversation; WebP and AVIF are only offered for download there."""
_ANY = Shows(still=("JPEG", "PNG"), moving=("GIF",))
MOST_BYTES = 1_000_000_000
"""Slack takes a gigabyte (Slack docs, Working with files)."""
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "video/mp4": ".mp4"}


@dataclass(frozen=True, kw_only=True)
class PackedFile:
    """One result: the file, None where there is none, and what to say of it. `source` is our own copy."""

    index: int
    file: OutgoingFile | None = None
    note: str = ""
    source: Path | None = None


class ResultFiles:
    """Packs one result after the other."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def one(self, request: Request, index: int) -> PackedFile:
        """A result as Slack shows it best."""
        asset, path = request.assets[index], await self._service.result_file(request, index)
        if path is None:
            return PackedFile(index=index, note=self.link(request, index) if asset.link else "")
        as_it_is = OutgoingFile(
            name=_name(request, index) + _SUFFIXES.get(asset.content_type, path.suffix or ".bin"),
            title=" ".join(_title(request, index).split()),
            alt=_title(request, index),
            size=(await asyncio.to_thread(path.stat)).st_size,
            path=path,
        )
        whole = PackedFile(index=index, file=as_it_is, source=path)
        if not asset.content_type.startswith("image/"):
            return whole
        found = await copies.copy_for(path, shows=SHOWN, max_bytes=MOST_BYTES)
        if found is None or found.changed is Changed.NOTHING:
            return whole
        kind = asset.content_type.removeprefix("image/")
        if found.changed is Changed.MOTION:  # the file itself is worth more than its first frame
            return replace(whole, note=request_texts.moves_when_downloaded(kind))
        return replace(whole, file=_copied(as_it_is, found), note=texts.converted_from(kind))

    async def smaller(self, request: Request, refused: PackedFile) -> PackedFile | None:
        """A picture that Slack did not take, in another format and smaller; None where there is none."""
        before, path = refused.file, refused.source
        if (
            before is None
            or path is None
            or not request.assets[refused.index].content_type.startswith("image/")
        ):
            return None
        found = await copies.copy_for(path, shows=_ANY, max_bytes=max(1, before.size // 3))
        if found is None or not found.data:
            return None
        return replace(refused, file=_copied(before, found), note=self.link(request, refused.index))

    def link(self, request: Request, index: int) -> str:
        """The address of the result at the gateway, in words; empty where it has none."""
        url = request.assets[index].url
        return request_texts.result_by_link(index + 1, url) if url.startswith(("https://", "http://")) else ""


def _copied(file: OutgoingFile, found: Copy) -> OutgoingFile:
    name = file.name.rpartition(".")[0] + found.suffix
    return replace(file, name=name, size=len(found.data), path=None, data=found.data)


def _name(request: Request, index: int) -> str:
    return f"{request.capability}-{request.id[-8:]}-{index + 1}"


def _title(request: Request, index: int) -> str:
    return request.order.prompt or f"{request.capability} {index + 1}"
