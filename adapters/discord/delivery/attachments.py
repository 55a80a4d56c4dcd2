"""Results as attachments: which copy fits, and what to say about those that do not.

A limit that Discord names can still be too high (api-docs issues 7603, 8572), and one file too many fails
the whole message. So a result is packed at one limit after another: as it is, then smaller, then as links
with the moment at which they die. Nothing that goes wrong with a copy keeps the link from being given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from adapters.discord.delivery.transport import Attachment
from adapters.discord.views import texts
from adapters.discord.views.layout import GALLERY_LIMIT
from adapters.discord.views.markdown import clamp, size_text, when
from adapters.discord.views.results import ResultDisplay
from bot.core.capability import Output, about
from bot.core.request import Asset, Request
from bot.images import copies
from bot.images.copies import Changed, Copy, Shows

log = structlog.get_logger(__name__)

SMALLEST = 50_000
"""A picture of fewer bytes is no longer worth looking at; a link is."""
LINK_LIFE_US = 3600 * 1_000_000
"""Where the gateway does not say, its media live an hour (Lumenfall API, media)."""
SHOWN = Shows(still=("PNG", "JPEG", "WEBP", "GIF"), moving=("WEBP", "GIF"))
"""What Discord shows in a message; of an animated PNG or AVIF it shows the first frame alone."""
SPOILER = "SPOILER_"
"""A file whose name begins so is covered until somebody clicks on it (Discord docs, Uploading Files)."""


class ResultFiles(Protocol):
    """Our copies (`bot.use_cases.requests.Service`)."""

    async def result_file(self, request: Request, index: int) -> Path | None: ...


@dataclass(frozen=True, kw_only=True)
class PackedResult:
    """A result ready to send: the files, and how the message shows them."""

    files: tuple[Attachment, ...]
    shown: ResultDisplay


def next_limit(limit: int, sent: Sequence[int]) -> int:
    """What to try after files of these sizes were too large: a third of the largest; 0 means links only."""
    smaller = min(limit, max(sent, default=0)) // 3
    return smaller if smaller >= SMALLEST else 0


async def pack(request: Request, results: ResultFiles, limit: int) -> PackedResult:
    """Every result in a copy of at most `limit` bytes, or as a link."""
    files: list[Attachment] = []
    media: list[tuple[str, str]] = []
    notes: list[str] = []
    for index in range(min(GALLERY_LIMIT, len(request.assets))):
        file, note = await _fitting(request, results, index, limit)
        if file is not None:
            files.append(file)
            media.append((f"attachment://{file.name}", file.description))
        if note:
            notes.append(note)
    hidden = request.hidden
    shown = ResultDisplay(media=tuple(media), notes=tuple(notes), hidden=hidden)
    return PackedResult(files=tuple(files), shown=shown)


async def _fitting(
    request: Request, results: ResultFiles, index: int, limit: int
) -> tuple[Attachment | None, str]:
    """The file and what to say of it; no file where there is none that Discord would take."""
    asset = request.assets[index]
    path = await results.result_file(request, index) if limit > 0 else None
    if path is None:
        return None, _link(request, index, "")
    found = await _copy(asset, path, limit)
    if found is None:
        return None, _link(request, index, texts.too_large(size_text(asset.size)))
    name = f"{SPOILER * request.hidden}{request.id[4:]}-{index + 1}{found.suffix}"
    source = found.data or path
    file = Attachment(name=name, source=source, description=clamp(request.order.prompt, 250))
    return file, _remark(request, index, found.changed)


async def _copy(asset: Asset, path: Path, limit: int) -> Copy | None:
    if asset.content_type.startswith("image/"):
        return await copies.copy_for(path, shows=SHOWN, max_bytes=limit)
    return await copies.as_it_is(path, asset.content_type, limit)


def _remark(request: Request, index: int, changed: Changed) -> str:
    """What a copy lacks, with the link to what has it."""
    match changed:
        case Changed.NOTHING | Changed.FORMAT:
            return ""
        case Changed.SIZE:
            return _link(request, index, texts.in_full_size(size_text(request.assets[index].size)))
        case Changed.MOTION:
            return _link(request, index, texts.as_it_moves(size_text(request.assets[index].size)))


def _link(request: Request, index: int, remark: str) -> str:
    asset: Asset = request.assets[index]
    number = f" {index + 1}" if len(request.assets) > 1 else ""
    film = asset.content_type.startswith("video/") or about(request.capability).output is Output.VIDEO
    what = texts.video() if film else texts.picture()
    if not asset.url.startswith("https://") and not asset.url.startswith("http://"):
        return texts.cannot_be_shown(what, number, remark)
    dies = asset.expires_at or (request.finished_at or request.updated_at) + LINK_LIFE_US
    said = texts.link_until(what, number, remark, asset.url, when(dies, "f"))
    return f"||{said}||" if request.hidden else said
