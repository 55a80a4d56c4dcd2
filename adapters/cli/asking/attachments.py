"""The files that a command brings along: pictures cleaned, documents read, the rest named in a sentence."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.common.intake import unread_texts
from adapters.common.intake.documents import PICTURES_MOST, AttachedFile, FileReader
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder
from bot.core.request import Upload
from bot.core.said import Said
from bot.images.preparation import PreparedImage
from bot.use_cases.requests import Service


@dataclass(frozen=True, kw_only=True)
class Attachments:
    """`said` is what was said with what came along; `images` and `mask` are its pictures, cleaned."""

    said: Said[Upload]
    images: tuple[PreparedImage, ...] = ()
    mask: PreparedImage | None = None
    data: dict[str, bytes] = field(default_factory=dict[str, bytes])


async def unopened(paths: Sequence[Path]) -> Said[Path]:
    """What the files are, without decoding a picture. Raises InvalidOrder for one that cannot be read."""
    for path in paths:
        await _first(path, 1)
    files = [
        AttachedFile(name=path.name, source=path, content_type=mimetypes.guess_type(path.name)[0] or "")
        for path in paths
    ]
    read = await FileReader().read(files, _first)
    unread = read.unread
    if late := read.pictures[PICTURES_MOST:]:
        names = tuple(path.name for path in late)
        unread = (*unread, unread_texts.too_many_pictures(names, PICTURES_MOST))
    return Said(words="", pictures=read.pictures[:PICTURES_MOST], documents=read.documents, unread=unread)


async def opened(
    service: Service, found: Said[Path], mask: Path | None, capability: Capability | None, model: str = ""
) -> Attachments:
    """The same with its pictures cleaned, for an order of that capability and model.

    Raises BadImage, InvalidOrder.
    """
    images = [
        await service.prepare(await _first(path, None), capability=capability, model=model)
        for path in found.pictures
    ]
    fits = images[0].upload if images else None
    masked = None
    if mask is not None:
        masked = await service.prepare(await _first(mask, None), for_mask=True, fits=fits)
    every = (*images, *((masked,) if masked else ()))
    uploads = tuple(one.upload for one in images)
    said = Said[Upload](words=found.words, pictures=uploads, documents=found.documents, unread=found.unread)
    data = {one.upload.digest: one.data for one in every}
    return Attachments(said=said, images=tuple(images), mask=masked, data=data)


def with_words(attached: Attachments, words: str) -> Said[Upload]:
    """What is said, with what came along."""
    return replace(attached.said, words=words)


async def _first(path: Path, most: int | None) -> bytes:
    """The file's first bytes, at most so many; None: all. Raises InvalidOrder."""

    def read() -> bytes:
        with path.open("rb") as file:
            return file.read() if most is None else file.read(most)

    try:
        return await asyncio.to_thread(read)
    except OSError as exc:
        raise InvalidOrder(f"{path} cannot be read: {exc.strerror}.", field="image") from None
