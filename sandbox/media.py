"""Generated files, and the host that serves them for an hour (Lumenfall API, media and retention)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.errors import ApiError, not_found
from sandbox.faults import Fault

MEDIA_FAULTS = frozenset({"expired_media", "media_html", "media_wrong_host"})

EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "video/mp4": "mp4",
}

_SIGN_IN = (
    "<!doctype html><html><head><title>Sign in</title></head>"
    "<body><h1>Sign in to continue</h1><form><input name=email></form></body></html>"
)


@dataclass(frozen=True, kw_only=True)
class Item:
    """A stored file; `data` is None once it has died. `fault` misbehaves at every download."""

    name: str
    owner: str
    data: bytes | None
    content_type: str
    expires_at: float
    fault: Fault | None = None


class MediaStore:
    """Files in memory, the oldest dropped when they exceed the cap; with a `folder`, on disk as well."""

    def __init__(self, clock: SandboxClock, *, ttl: float, cap: int, folder: Path | None = None) -> None:
        self._clock = clock
        self._ttl = ttl
        self._cap = cap
        self._items: dict[str, Item] = {}
        self._folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._load(folder)

    def _load(self, folder: Path) -> None:
        """Take up what an earlier process has made and what still lives."""
        types = {extension: content_type for content_type, extension in EXTENSIONS.items()}
        for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime):
            expires_at = path.stat().st_mtime + self._ttl
            if expires_at <= self._clock.time():
                path.unlink()
                continue
            content_type = types.get(path.suffix[1:], "application/octet-stream")
            self._items[path.name] = Item(
                name=path.name,
                owner="",
                data=path.read_bytes(),
                content_type=content_type,
                expires_at=expires_at,
            )

    def put(self, data: bytes, content_type: str, *, owner: str, fault: Fault | None = None) -> Item:
        extension = EXTENSIONS.get(content_type, "bin")
        item = Item(
            name=f"{secrets.token_urlsafe(18)}.{extension}",
            owner=owner,
            data=data,
            content_type=content_type,
            expires_at=self._clock.time() + self._ttl,
            fault=fault if fault and fault.name in MEDIA_FAULTS else None,
        )
        self._items[item.name] = item
        if self._folder is not None:
            (self._folder / item.name).write_bytes(data)
        self._shrink()
        return item

    def get(self, name: str) -> Item | None:
        """The item, dead or alive; None if there never was one."""
        item = self._items.get(name)
        if item and item.data is not None and item.expires_at <= self._clock.time():
            item = self._kill(item)
        return item

    def purge(self, owner: str) -> int:
        """Delete what a request made; the number of files that were still there."""
        mine = [item for item in self._items.values() if item.owner == owner and item.data is not None]
        for item in mine:
            self._kill(item)
        return len(mine)

    def clear(self) -> None:
        self._items.clear()

    def _kill(self, item: Item) -> Item:
        dead = Item(name=item.name, owner=item.owner, data=None, content_type=item.content_type, expires_at=0)
        self._items[item.name] = dead
        if self._folder is not None:
            (self._folder / item.name).unlink(missing_ok=True)
        return dead

    def _shrink(self) -> None:
        total = sum(len(item.data or b"") for item in self._items.values())
        for item in list(self._items.values()):
            if total <= self._cap:
                return
            total -= len(item.data or b"")
            self._kill(item)


def serve_item(item: Item | None, fault: Fault | None) -> web.Response:
    """The download. Raises ApiError 404 for what never was, 410 for what has died, HTTPFound on a fault."""
    if item is None:
        raise not_found("File")
    fault = fault or item.fault
    if fault and fault.name == "media_html":
        return web.Response(text=_SIGN_IN, content_type="text/html")
    if fault and fault.name == "media_wrong_host":
        raise web.HTTPFound(fault.text("location", "http://169.254.169.254/latest/meta-data/"))
    if item.data is None or (fault and fault.name == "expired_media"):
        status = int(fault.number("status", 410)) if fault else 410
        raise ApiError(status, "MEDIA_EXPIRED", "This file has expired.")
    headers = {"Cache-Control": "private, max-age=3600", "Access-Control-Allow-Origin": "*"}
    return web.Response(body=item.data, content_type=item.content_type, headers=headers)
