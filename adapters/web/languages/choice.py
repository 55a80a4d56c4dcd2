"""Which language a request is answered in.

It is the one chosen on the page, else the first of the browser's that texts exist in, else the place's. A
program says it with `Accept-Language`, as a browser does.
"""

from __future__ import annotations

import re

from aiohttp import web

from bot.core.errors import StoreUnavailable
from bot.core.text.translation import chosen, language
from bot.use_cases.requests import Service

COOKIE = "lumenfall_language"
COOKIE_S = 400 * 24 * 3600
"""As long as browsers keep one at most."""
_QUALITY = re.compile(r";\s*q\s*=\s*(\d(?:\.\d{0,3})?)")
_RANGES_MAX = 50


async def language_of(request: web.Request, service: Service, tenant: str) -> str:
    """The code of the language; the place's where nobody asked for one that there is."""
    wanted = (request.cookies.get(COOKIE, ""), *accepted(request.headers.get("Accept-Language", "")))
    if found := chosen(*wanted):
        return found
    try:
        return (await service.tenant(tenant)).language
    except StoreUnavailable:
        return ""


def accepted(header: str) -> list[str]:
    """The languages of an `Accept-Language`, what is liked most first (RFC 9110, section 12.5.4)."""
    liked: list[tuple[float, str]] = []
    for item in header.split(",")[:_RANGES_MAX]:
        quality = _QUALITY.search(item)
        liked.append((float(quality[1]) if quality else 1.0, item.partition(";")[0].strip()))
    return [code for much, code in sorted(liked, key=lambda one: -one[0]) if much > 0 and code]


def remembered(response: web.StreamResponse, code: str, *, secure: bool) -> None:
    """Keep the choice in the browser; an unknown code takes it back, and the browser's own counts again."""
    if known := chosen(code):
        response.set_cookie(
            COOKIE, known, max_age=COOKIE_S, httponly=True, samesite="Lax", secure=secure, path="/"
        )
    else:
        response.del_cookie(COOKIE, path="/")


def named(response: web.StreamResponse) -> None:
    """Say in which language words are, and what that depended on; pictures have none."""
    if response.content_type not in ("application/json", "text/html", "text/csv"):
        return
    response.headers.setdefault("Content-Language", language())
    response.headers.setdefault("Vary", "Accept-Language, Cookie")
