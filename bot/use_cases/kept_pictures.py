"""The pictures of orders as far as they are still kept: those sent in, and results of other requests."""

from __future__ import annotations

from cachetools import LRUCache

from bot.core.errors import NotFound
from bot.core.order_rules import conversation_key
from bot.core.ports.media import MediaStore
from bot.core.ports.store import Store
from bot.core.request import Actor, Order, Request, Upload, uploads_of
from bot.core.spoken import ResultOf
from bot.core.text.translation import gettext as _
from bot.images import copies

_SMALL_KEPT = 8_000_000
"""Bytes of small copies that are remembered."""


class KeptPictures:
    """Reads them; nothing is written."""

    def __init__(self, store: Store, media: MediaStore) -> None:
        self._store = store
        self._media = media
        self._small: LRUCache[tuple[str, int], bytes] = LRUCache(_SMALL_KEPT, getsizeof=len)

    async def sent_in(self, request: Request, index: int) -> bytes | None:
        """One of the pictures that came with an order, or None when it is no longer kept."""
        uploads = uploads_of(request.order)
        return await self.of(uploads[index]) if 0 <= index < len(uploads) else None

    async def small(self, request: Request, index: int, edge: int) -> bytes | None:
        """A WebP of one of them with at most `edge` pixels a side; None where the picture itself is shown.

        Made once as long as this process remembers it.
        """
        uploads = uploads_of(request.order)
        if not 0 <= index < len(uploads) or max(uploads[index].width, uploads[index].height) <= edge:
            return None
        key = (uploads[index].digest, edge)
        if (known := self._small.get(key)) is not None:
            return known or None
        data = await self.of(uploads[index])
        made = await copies.small_copy(data, edge) if data is not None else None
        self._small[key] = made or b""
        return made

    async def of(self, upload: Upload) -> bytes | None:
        """A picture of an order, or None when it is no longer kept; one that is a result is read from it."""
        if upload.of is None:
            return await self._store.upload(upload.digest)
        source = await self._store.get(upload.of.request_id)
        if source is None:
            return None
        if upload.of.sent:
            return await self.sent_in(source, upload.of.index)
        name = kept_as(source, upload.of.index)
        return await self._media.read(name) if name else None

    async def of_order(self, order: Order) -> dict[str, bytes]:
        """The pictures to be stored with a repetition of the order. Raises NotFound when one is gone."""
        pictures: dict[str, bytes] = {}
        for upload in uploads_of(order):
            data = await self.of(upload)
            if data is None:
                raise NotFound(_("The picture of that request is no longer kept. Please attach it again."))
            if upload.of is None:
                pictures[upload.digest] = data
        return pictures

    async def numbers(
        self, actor: Actor, conversation: str, old: Request, index: int | None = None
    ) -> tuple[int, ...]:
        """What a follow-up of `old` works on, as numbers in a conversation: result `index` of it, or with
        None what `old` itself worked on. Empty where the conversation does not have it.
        """
        key = conversation_key(actor.place_id, conversation) if conversation else ""
        if index is None or not key:
            return old.part.uses if old.part and key and old.conversation == key else ()
        found = await self._store.picture_of(key, ResultOf(request_id=old.id, index=index))
        return (found.number,) if found else ()


def kept_as(request: Request, index: int) -> str:
    """The name of one result in the media store; empty where there is none."""
    return request.assets[index].path if 0 <= index < len(request.assets) else ""
