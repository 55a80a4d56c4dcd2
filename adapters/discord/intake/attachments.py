"""Pictures on their way in: described before anything is promised, fetched after, never believed.

What Discord says of an attachment (size, kind, dimensions) is enough to refuse most bad ones before the
public answer is begun; the bytes are fetched once the placeholder stands, through a cap, because a download
can outlast the three seconds, and are then judged by their content.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
import discord
import stamina

from adapters.common.intake.documents import FileReader
from adapters.discord.views import texts
from bot.core.capability import Capability
from bot.core.errors import BadImage, NotFound
from bot.core.request import EditOrder, Order, OrderOf, P, Upload, uploads_of, with_uploads
from bot.core.validation import same_shape
from bot.images.preparation import PreparedImage

HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net", "images-ext-1.discordapp.net"})
FETCH_S = 45.0
UNTYPED = "application/octet-stream"
"""What Discord says of a file whose kind it does not know; its bytes will tell."""
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".avif", ".gif", ".tif", ".tiff", ".bmp")
TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Source:
    """A picture somewhere on Discord. `size` in bytes, 0 where unknown; `url` is signed and short-lived.

    `hidden` where Discord covers it until somebody clicks on it.
    """

    url: str
    size: int = 0
    content_type: str = ""
    width: int = 0
    height: int = 0
    mask: bool = False
    hidden: bool = False
    name: str = ""

    @property
    def has_alpha(self) -> bool:
        """Assumed of a mask; its bytes will tell."""
        return self.mask


class PicturePreparation(Protocol):
    """The use case that cleans a picture (`bot.use_cases.requests.Service`)."""

    async def prepare(
        self,
        source: bytes,
        *,
        capability: Capability | None = None,
        model: str = "",
        for_mask: bool = False,
        fits: Upload | None = None,
    ) -> PreparedImage: ...


def is_covered(attachment: discord.Attachment) -> bool:
    """Whether its sender has covered it; so is one whose flags Discord does not send as a number."""
    try:
        return attachment.is_spoiler()
    except TypeError:
        return True


def source_of(attachment: discord.Attachment, *, mask: bool = False) -> Source:
    """An attachment as a source."""
    return Source(
        url=attachment.url,
        size=attachment.size,
        content_type=attachment.content_type or "",
        width=attachment.width or 0,
        height=attachment.height or 0,
        mask=mask,
        hidden=is_covered(attachment),
        name=attachment.filename,
    )


def check_sources(sources: Sequence[Source], max_bytes: int) -> None:
    """Raise BadImage for what Discord already knows to be no picture, or too large."""
    for source in sources:
        field = "mask" if source.mask else "image"
        kind = source.content_type.partition("/")[0]
        if kind and kind != "image" and source.content_type != UNTYPED:
            raise BadImage(texts.not_a_picture(), field=field)
        if source.size > max_bytes:
            raise BadImage(
                texts.picture_too_large(source.size / 1e6, max_bytes / 1e6),
                field=field,
            )


def pictures_in(message: discord.Message) -> list[Source]:
    """The pictures of a message: attachments first, then what its embeds and galleries show."""
    found = [source_of(item) for item in message.attachments if _is_picture(item)]
    for embed in message.embeds:
        found += [
            Source(url=shown.proxy_url, width=shown.width or 0, height=shown.height or 0)
            for shown in (embed.image, embed.thumbnail)
            if shown.proxy_url
        ]
    return found


def _is_picture(attachment: discord.Attachment) -> bool:
    kind = attachment.content_type or ""
    if kind and kind != UNTYPED:
        return kind.startswith("image/")
    return bool(attachment.width) or attachment.filename.lower().endswith(_SUFFIXES)


class Pictures:
    """Fetches sources and puts the cleaned pictures into an order; `files` reads the other files."""

    def __init__(self, preparing: PicturePreparation, max_bytes: int, trusted: str = "") -> None:
        self._preparing = preparing
        self.max_bytes = max_bytes
        self._trusted = _host(trusted)
        self._session: aiohttp.ClientSession | None = None
        self.files = FileReader()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def fill(self, order: OrderOf[Source]) -> tuple[Order, dict[str, bytes]]:
        """The order on the pictures themselves, and their bytes by digest; hidden if one of them was.

        Raises BadImage, NotFound.
        """
        sources = list(dict.fromkeys(uploads_of(order)))
        fetched = await asyncio.gather(*(self.fetch(source.url) for source in sources))
        prepared: list[PreparedImage] = []
        uploads: dict[Source, Upload] = {}
        for source, data in zip(sources, fetched, strict=True):  # a mask comes after its picture
            fits = uploads.get(sources[0]) if source.mask else None
            done = await self._preparing.prepare(
                data, capability=order.capability, model=order.model, for_mask=source.mask, fits=fits
            )
            prepared.append(done)
            uploads[source] = done.upload
        filled = with_uploads(order, uploads.__getitem__)
        if any(source.hidden for source in sources):
            filled = replace(filled, hidden=True)
        return filled, {done.upload.digest: done.data for done in prepared}

    async def prepared(self, sources: Sequence[Source]) -> list[PreparedImage]:
        """Fetched and cleaned, in their order, for whatever they will be used. Raises BadImage, NotFound."""
        fetched = await asyncio.gather(*(self.fetch(source.url) for source in sources))
        return [await self._preparing.prepare(data) for data in fetched]

    async def fetch(self, url: str) -> bytes:
        """The bytes at an address of Discord's own, at most `max_bytes`. Raises BadImage, NotFound."""
        return await self._fetch_from(url, self.max_bytes, whole=True)

    async def fetch_beginning(self, source: Source, most: int) -> bytes:
        """The first bytes of a file of Discord's own, at most `most`. Raises BadImage, NotFound."""
        return await self._fetch_from(source.url, most, whole=False)

    async def _fetch_from(self, url: str, most: int, *, whole: bool) -> bytes:
        host = _host(url)
        if not host or host not in HOSTS | {self._trusted}:
            raise BadImage(texts.only_attached_pictures())
        try:
            async with asyncio.timeout(FETCH_S):
                return await self._fetch_patiently(url, most, whole=whole)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotFound(texts.picture_not_loaded()) from error

    async def _fetch_patiently(self, url: str, most: int, *, whole: bool) -> bytes:
        async for attempt in stamina.retry_context(
            on=(aiohttp.ClientConnectionError, aiohttp.ClientPayloadError),
            attempts=TRIES,
            wait_initial=0.3,
            wait_jitter=0.1,
        ):
            with attempt:
                return await self._fetch(url, most, whole=whole)
        raise AssertionError("stamina either returns or raises")

    async def _fetch(self, url: str, most: int, *, whole: bool) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status != 200:
                raise NotFound(texts.picture_no_longer_exists())
            data = bytearray()
            async for chunk in response.content.iter_chunked(1 << 16):
                data += chunk
                if len(data) > most and whole:
                    check_sources([Source(url=url, size=max(len(data), response.content_length or 0))], most)
                if len(data) >= most and not whole:
                    break
            return bytes(data[:most])


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # a half-open bracket, for one
        return ""
    return parts.netloc if parts.hostname in ("127.0.0.1", "localhost") else parts.hostname or ""


def checkable(order: OrderOf[P]) -> OrderOf[P]:
    """The order as far as it can be checked without bytes: a mask that may fit is looked at later."""
    if isinstance(order, EditOrder) and order.mask:
        mask, image = (order.mask.width, order.mask.height), (order.images[0].width, order.images[0].height)
        if not (all(mask) and all(image)) or same_shape(mask, image):
            return replace(order, mask=None)
    return order
