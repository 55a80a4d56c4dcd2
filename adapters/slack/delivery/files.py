"""Pictures in and results out, as files of Slack's.

In: private files are fetched with the bot's token, which is shown to Slack's hosts only. A sign-in page is
not a picture: status, type and first bytes are looked at, because without the permission Slack answers 200
with HTML (Slack docs, Working with files). Out: three steps (Slack docs, files.getUploadURLExternal), the
bytes streamed from disk, and a wait until Slack has shared what it was given.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urljoin, urlsplit

import aiohttp
import structlog

from adapters.slack.addressing import Address
from adapters.slack.client import Api
from adapters.slack.errors import ConversationClosed, TokenDead
from adapters.slack.views import texts
from adapters.slack.views.layout import Block, clamp, harmless
from bot.core.errors import BadImage
from bot.core.errors.outside import DeliveryFinal, DeliveryPassing
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

UPLOADS_AT_ONCE = 3
_CHUNK = 256 * 1024
_TRANSFER = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=120)
_REDIRECTS = 3
_GONE = ("tombstone", "hidden_by_limit", "external")


File = Mapping[str, Any]


class _Reading(Protocol):
    """Reads the answer of a download, which may have come after a redirect."""

    async def __call__(self, answer: aiohttp.ClientResponse, /, *, redirected: bool) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class OutgoingFile:
    """A file to send: bytes in `data`, or a `path` on disk that is streamed. `size` in bytes."""

    name: str
    title: str
    alt: str
    size: int
    path: Path | None = None
    data: bytes = b""


class Files:
    """Fetches what people attached and uploads what was made."""

    def __init__(self, *, api: Api, clock: Clock, trusted: Sequence[str] = ()) -> None:
        self._api = api
        self._clock = clock
        self._trusted = frozenset(trusted)
        self._room = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self._stopping = asyncio.Event()

    def stop_waiting(self) -> None:
        """From now on, only look whether files are shown; the next start waits for them."""
        self._stopping.set()

    # in

    async def fetch(self, where: Address, file: File, *, most: int) -> bytes:
        """The bytes of an attached picture of at most `most` bytes. Raises BadImage with what to do."""
        file = await self.described(where, file)
        if gone := gone_because(file):
            raise BadImage(gone, field="image")
        if int(file.get("size") or 0) > most:
            raise BadImage(texts.picture_too_large(most // 1_000_000))
        return await self._loaded(where, file, partial(_picture, most=most))

    async def fetch_beginning(self, where: Address, file: File, *, most: int) -> bytes:
        """The first bytes of an attached file, at most `most`. Raises BadImage."""
        return await self._loaded(where, file, partial(_beginning, most=most))

    async def _loaded(self, where: Address, file: File, read: _Reading) -> bytes:
        url = str(file.get("url_private_download") or file.get("url_private") or "")
        installation = await self._api.installation(where)
        try:
            return await self._download(url, installation.token, read)
        except (TimeoutError, aiohttp.ClientError) as exc:
            raise BadImage(texts.picture_not_loaded(), field="image") from exc

    async def described(self, where: Address, file: File) -> File:
        """Files shared from other organisations, and bare ids, are looked up first. Raises BadImage."""
        known = file.get("url_private") or file.get("mode") in _GONE
        if known and file.get("file_access") != "check_file_info":
            return file
        try:
            answer = await self._api.call(where, "files.info", file=file["id"])
        except DeliveryFinal as exc:
            raise BadImage(texts.cannot_open_file(exc.message), field="image") from exc
        return answer.get("file") or {}

    async def _download(self, url: str, token: str, read: _Reading) -> bytes:
        for hop in range(_REDIRECTS):
            if not self.trusts(url):
                raise BadImage(texts.picture_not_in_slack(), field="image")
            headers = {"Authorization": f"Bearer {token}"}
            async with self._api.session.get(
                url, headers=headers, allow_redirects=False, timeout=_TRANSFER
            ) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, answer.headers.get("Location", ""))
                    continue
                return await read(answer, redirected=hop > 0)
        raise BadImage(texts.sign_in_page(), field="image")

    def trusts(self, url: str) -> bool:
        """True for hosts that may see the token: Slack's, and the one SLACK_API_URL points to."""
        parts = urlsplit(url)
        if parts.netloc in self._trusted:
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))

    # out

    async def upload(self, where: Address, file: OutgoingFile) -> str:
        """Bring one file to Slack, not yet shared with anybody; its id. Raises DeliveryError."""
        ticket = await self._api.call(
            where,
            "files.getUploadURLExternal",
            filename=file.name,
            length=file.size,
            alt_txt=clamp(harmless(file.alt), 1000) or None,
        )
        async with self._room:
            await self._send(str(ticket["upload_url"]), file)
        return str(ticket["file_id"])

    async def kept(self, where: Address, file: OutgoingFile) -> str:
        """Bring one file to Slack for a message that names it, shared with nobody; its id. Raises
        DeliveryError.
        """
        file_id = await self.upload(where, file)
        named = [{"id": file_id, "title": clamp(harmless(file.title), 200)}]
        await self._api.call(where, "files.completeUploadExternal", files=named)
        return file_id

    async def _send(self, url: str, file: OutgoingFile) -> None:
        source: BinaryIO = io.BytesIO(file.data)
        if file.path is not None:
            source = await asyncio.to_thread(file.path.open, "rb")
        try:
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.size)}
            async with self._api.session.post(url, data=source, headers=headers, timeout=_TRANSFER) as answer:
                if answer.status != 200:
                    log.info("slack_upload_refused", status=answer.status)
                    raise DeliveryPassing(texts.upload_not_taken())
        except (TimeoutError, aiohttp.ClientError) as exc:
            log.info("slack_upload_broke_off", error=type(exc).__name__)
            raise DeliveryPassing(texts.upload_broke_off()) from exc
        finally:
            await asyncio.to_thread(source.close)

    async def share(self, where: Address, files: Sequence[tuple[str, str]], blocks: Sequence[Block]) -> None:
        """Post uploaded files (id, title) with blocks.

        Never repeated blindly: a second share is a second post.
        """
        await self._api.call(
            where,
            "files.completeUploadExternal",
            files=[{"id": file_id, "title": clamp(harmless(title), 200)} for file_id, title in files],
            channel_id=where.channel,
            thread_ts=where.thread_ts or None,
            blocks=json.dumps(list(blocks)),
        )

    async def shared_ts(self, where: Address, file_id: str, *, deadline_s: float) -> str:
        """Wait until Slack shows the file in the conversation; the message's ts, or "" at the deadline.

        Uploaded is not shared: Slack scans and converts first. Zero seconds looks once. Raises TokenDead, and
        DeliveryPassing when the process is about to stop.
        """
        until, pause = self._clock.now() + int(deadline_s * 1_000_000), 0.2
        while True:
            ts = await self._share_of(where, file_id)
            if ts or self._clock.now() >= until:
                return ts
            if self._stopping.is_set():
                raise DeliveryPassing(texts.file_not_shown_yet())
            await self._wait(pause)
            pause = min(pause * 1.5, 3.0)

    async def _wait(self, seconds: float) -> None:
        """Sleep, at most until the process is about to stop."""
        waits = [asyncio.ensure_future(one) for one in (self._clock.sleep(seconds), self._stopping.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def _share_of(self, where: Address, file_id: str) -> str:
        try:
            answer = await self._api.call(where, "files.info", file=file_id)
        except TokenDead:
            raise
        except (DeliveryPassing, DeliveryFinal) as error:
            log.info("share_unknown", error=error.code)
            return ""
        shares = (answer.get("file") or {}).get("shares") or {}
        for kind in shares.values():
            for share in kind.get(where.channel) or ():
                return str(share.get("ts") or "")
        return ""

    async def direct(self, where: Address) -> str:
        """The direct conversation with the person of an address; ConversationClosed if none opens."""
        answer = await self._api.call(where, "conversations.open", users=where.user)
        channel = (answer.get("channel") or {}).get("id")
        if not channel:
            raise ConversationClosed(texts.no_direct_messages())
        return str(channel)


def gone_because(file: File) -> str:
    """Why a file cannot be fetched, or nothing."""
    return texts.file_gone(str(file["mode"])) if file.get("mode") in _GONE else ""


async def _picture(answer: aiohttp.ClientResponse, *, redirected: bool, most: int) -> bytes:
    """The whole body, which is a page only where Slack wants somebody to sign in."""
    del redirected
    if answer.status != 200:
        log.info("slack_picture_not_loaded", status=answer.status)
        raise BadImage(texts.picture_not_loaded(), field="image")
    data = await _read(answer, most + 1)
    if len(data) > most:
        raise BadImage(texts.picture_too_large(most // 1_000_000))
    if _is_page(answer, data):
        raise BadImage(texts.sign_in_page(), field="image")
    return data


async def _beginning(answer: aiohttp.ClientResponse, *, redirected: bool, most: int) -> bytes:
    """The beginning of the body. A page may be what was attached; after a redirect it is the sign-in page."""
    if answer.status != 200:
        log.info("slack_picture_not_loaded", status=answer.status)
        raise BadImage(texts.picture_not_loaded(), field="image")
    data = await _read(answer, most)
    if redirected and _is_page(answer, data):
        raise BadImage(texts.sign_in_page(), field="image")
    return data


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) >= most:
            break
    return bytes(data[:most])


def _is_page(answer: aiohttp.ClientResponse, data: bytes) -> bool:
    begins = data[:64].lstrip().lower()
    return "html" in answer.content_type or begins.startswith((b"<!doctype", b"<html"))
