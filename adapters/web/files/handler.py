"""The page's scripts, styles and pictures: packed once, and not sent again to whoever has them."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from aiohttp import web

from adapters.web.context import HEADERS, Plain

_TYPES = {".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, kw_only=True)
class _Packed:
    plain: bytes
    small: bytes
    tag: str


@lru_cache(maxsize=128)
def _packed(path: Path, changed_ns: int) -> _Packed:
    plain = path.read_bytes()
    tag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'
    return _Packed(plain=plain, small=gzip.compress(plain, mtime=0), tag=tag)


def file_handler(path: Path) -> Plain:
    """A handler that answers with this file, with 304 where the browser has it already.

    aiohttp's own answer for files sends a body with 304 when it compresses (seen with 3.14.5).
    """
    kind = _TYPES.get(path.suffix, "text/plain")

    async def serve(request: web.Request) -> web.StreamResponse:
        found = await asyncio.to_thread(lambda: _packed(path, path.stat().st_mtime_ns))
        headers = {**HEADERS, "Cache-Control": "no-cache", "ETag": found.tag, "Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == found.tag:
            return web.Response(status=304, headers=headers)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=found.plain, content_type=kind, charset="utf-8", headers=headers)
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=found.small, content_type=kind, charset="utf-8", headers=headers)

    return serve
