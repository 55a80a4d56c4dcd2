"""Files of the page; those of words go compressed, which is a third of their size.

They are packed once, at the first request. aiohttp's own compression of files packs them each time, and sends
the end of a packed body after a 304, which has none.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

from adapters.web.context import HEADERS, Plain

_WORDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {**HEADERS, "Cache-Control": "no-cache"}


@dataclass(frozen=True, kw_only=True)
class _Words:
    """A file as it is, and packed; `tag` changes with it."""

    plain: bytes
    packed: bytes
    tag: str


def file(path: Path) -> Plain:
    """A handler for one file."""
    return _words(path) if path.suffix in _WORDS else _other(path)


def _other(path: Path) -> Plain:
    async def serve(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(path, headers=_HEADERS)

    return serve


def _words(path: Path) -> Plain:
    async def serve(request: web.Request) -> web.StreamResponse:
        found = _read(path)
        headers = {**_HEADERS, "Vary": "Accept-Encoding", "ETag": f'"{found.tag}"'}
        if any(known.value == found.tag for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = _WORDS[path.suffix]
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=found.plain, headers=headers)
        return web.Response(body=found.packed, headers={**headers, "Content-Encoding": "gzip"})

    return serve


@cache
def _read(path: Path) -> _Words:
    plain = path.read_bytes()
    tag = hashlib.sha256(plain).hexdigest()[:20]
    return _Words(plain=plain, packed=gzip.compress(plain, mtime=0), tag=tag)
