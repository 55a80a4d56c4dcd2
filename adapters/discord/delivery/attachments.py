"""Results as attachments: which copy fits, and what to say about those that do not.

A limit that Discord names can still be too high (api-docs issues 7603, 8572), and one file too many fails
the whole message. So a result is packed at one limit after another: as it is, then smaller, then as links
with the moment at which they die.
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
from bot.core.errors import BadImage
from bot.core.request import Asset, Request
from bot.images import preparation

log = structlog.get_logger(__name__)

SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/avif": ".avif",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/quicktime": ".mov",
}
SMALLEST = 50_000
"""A picture of fewer bytes is no longer worth looking at; a link is."""
LINK_LIFE_US = 3600 * 1_000_000
"""Where the gateway does not say, its media live an hour (Lumenfall API, media)."""
SHOWABLE = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


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
    return PackedResult(files=tuple(files), shown=ResultDisplay(media=tuple(media), notes=tuple(notes)))


async def _fitting(
    request: Request, results: ResultFiles, index: int, limit: int
) -> tuple[Attachment | None, str]:
    asset, path = request.assets[index], await results.result_file(request, index)
    if path is None or limit <= 0:
        return None, _link(request, index, "")
    suffix = SUFFIXES.get(asset.content_type, path.suffix)
    name = f"{request.id[4:]}-{index + 1}"
    note = clamp(request.order.prompt, 250)
    fits = path.stat().st_size <= limit
    if fits and (asset.content_type in SHOWABLE or not asset.content_type.startswith("image/")):
        return Attachment(name=name + suffix, source=path, description=note), ""
    if not asset.content_type.startswith("image/"):
        return None, _link(request, index, texts.too_large(size_text(asset.size)))
    try:
        smaller = await preparation.shrink(path, max_bytes=limit, formats=("png", "webp", "jpeg"))
    except BadImage:
        return None, _link(request, index, texts.too_large(size_text(asset.size)))
    file = Attachment(name=name + smaller.suffix, source=smaller.data, description=note)
    return file, "" if fits else _link(request, index, texts.in_full_size(size_text(asset.size)))


def _link(request: Request, index: int, remark: str) -> str:
    asset: Asset = request.assets[index]
    number = f" {index + 1}" if len(request.assets) > 1 else ""
    film = asset.content_type.startswith("video/") or about(request.capability).output is Output.VIDEO
    what = texts.video() if film else texts.picture()
    if not asset.url.startswith("https://") and not asset.url.startswith("http://"):
        return texts.cannot_be_shown(what, number, remark)
    dies = asset.expires_at or (request.finished_at or request.updated_at) + LINK_LIFE_US
    return texts.link_until(what, number, remark, asset.url, when(dies, "f"))
