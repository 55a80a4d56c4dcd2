"""The pictures a request works on: attached, left out of the event, or further up in the thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.common.intake.documents import FileReader
from adapters.slack.addressing import Address
from adapters.slack.client import Api
from adapters.slack.delivery.files import File, Files
from adapters.slack.intake.payload import Inbound
from bot.core.capability import Capability
from bot.core.errors import BadImage
from bot.core.errors.outside import DeliveryError
from bot.core.request import Request, Upload
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

_MOST = 10
_LOOKED_AT = 15
"""Messages read at once; apps outside the Marketplace get no more (Slack docs, conversations.replies)."""


@dataclass(frozen=True, kw_only=True)
class FoundPictures:
    """Pictures and the message (`ts`) they hang on."""

    ts: str = ""
    files: Sequence[File] = ()


@dataclass(frozen=True, kw_only=True)
class PreparedPictures:
    """Cleaned pictures, ready for an order. `data` by digest."""

    images: tuple[Upload, ...] = ()
    mask: Upload | None = None
    data: dict[str, bytes]


class Pictures:
    """Finds, fetches and cleans."""

    def __init__(self, *, service: Service, api: Api, files: Files) -> None:
        self._service = service
        self._api = api
        self._files = files
        self.reader = FileReader()

    async def named(self, inbound: Inbound, *, search: bool) -> Sequence[File]:
        """The pictures of a message; `search` looks them up where the event has none, in the thread too.

        Slack may leave files out of a mention (Slack docs, app_mention). What cannot be looked up is not
        there.
        """
        attached = pictures_in(inbound.event)
        if attached or not search:
            return attached
        return (await self.around(inbound.address)).files

    async def around(self, where: Address) -> FoundPictures:
        """The pictures of the message itself, else the newest of its thread before it."""
        try:
            answer = await self._api.call(
                where,
                "conversations.replies",
                patience=0,
                channel=where.channel,
                ts=where.thread_ts,
                latest=where.ts or None,
                inclusive=True,
                limit=_LOOKED_AT,
            )
        except DeliveryError as error:
            log.info("thread_unread", error=error.code)
            return FoundPictures()
        messages = sorted(answer.get("messages") or (), key=lambda message: str(message.get("ts")))
        for message in reversed(messages):
            if files := pictures_in(message):
                return FoundPictures(ts=str(message.get("ts")), files=files)
        return FoundPictures()

    def counted(self, files: Sequence[File]) -> tuple[int, bool]:
        """How many pictures `prepare` will make of the files, and whether one is a mask beside them."""
        used = files[:_MOST]
        masked = len(files) > 1 and any(map(_is_mask, used))
        return len(used) - masked, masked

    async def prepare(
        self,
        where: Address,
        files: Sequence[File],
        capability: Capability | None = None,
        model: str = "",
    ) -> PreparedPictures:
        """Fetch and clean. A file called “mask…” beside another is the mask. Raises BadImage."""
        images: list[Upload] = []
        mask: Upload | None = None
        data: dict[str, bytes] = {}
        files = files[:_MOST]
        masks = [file for file in files if _is_mask(file)][:1] if len(files) > 1 else []
        for file in (*(file for file in files if file not in masks), *masks):
            raw = await self._files.fetch(where, file, most=self._service.settings.max_image_bytes)
            fits = images[0] if images and file in masks else None
            clean = await self._service.prepare(
                raw, capability=capability, model=model, for_mask=file in masks, fits=fits
            )
            data[clean.upload.digest] = clean.data
            if file in masks:
                mask = clean.upload
            else:
                images.append(clean.upload)
        return PreparedPictures(images=tuple(images), mask=mask, data=data)

    async def of_result(self, where: Address, request: Request, index: int) -> bytes | None:
        """Slack's copy of one picture of a result, where ours has been dropped or lies with another replica.

        None where it is not needed, or gone too.
        """
        files = request.delivery.get("files") or ()
        if not 0 <= index < len(files) or await self._service.result_file(request, index) is not None:
            return None
        most = self._service.settings.max_image_bytes
        try:
            return await self._files.fetch(where, {"id": str(files[index])}, most=most)
        except BadImage as error:
            log.info("copy_gone", request_id=request.id, error=error.message)
            return None


def pictures_in(message: Any) -> list[File]:
    """The files of a message that are pictures, or may be: some come without their type."""
    return [file for file in message.get("files") or () if _may_be_picture(file)]


def _may_be_picture(file: File) -> bool:
    kind = str(file.get("mimetype") or "")
    return kind in ("", "application/octet-stream") or kind.startswith("image/")


def _is_mask(file: File) -> bool:
    return str(file.get("name") or file.get("title") or "").lower().startswith("mask")
