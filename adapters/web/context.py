"""What every handler of the API works with, and the wrapper that lets people in and words out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import web

from adapters.web import texts
from adapters.web.authentication import Authentication
from adapters.web.channel import Channel
from adapters.web.languages.choice import language_of, named
from adapters.web.notifier import WebNotifier
from adapters.web.problems import crashed, problem
from adapters.web.stream import MessageStream
from bot.core.errors import BotError, NotFound
from bot.core.request import Actor
from bot.core.text.translation import speaking
from bot.use_cases.admin import Admin
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request, Actor], Awaitable[web.StreamResponse]]
Plain = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:;"
    " media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, kw_only=True)
class AdapterContext:
    """The parts the handlers share."""

    service: Service
    admin: Admin
    authentication: Authentication
    channel: Channel
    stream: MessageStream
    notifier: WebNotifier

    def inside(self, handler: Handler) -> Plain:
        """A handler for known people only; whatever it raises becomes a sentence."""

        async def entered(request: web.Request) -> web.StreamResponse:
            return await handler(request, await self.authentication.actor(request))

        return self.outside(entered)

    def outside(self, handler: Plain) -> Plain:
        """A handler for anybody, with the errors and headers of all."""

        async def answered(request: web.Request) -> web.StreamResponse:
            tenant = self.authentication.demo_place.tenant
            with speaking(await language_of(request, self.service, tenant)):
                response = await self._answer(handler, request)
                if not response.prepared:
                    for name, value in HEADERS.items():
                        response.headers.setdefault(name, value)
                    if request.path.startswith("/api/"):
                        response.headers.setdefault("Cache-Control", "no-store")
                    named(response)
            return response

        return answered

    async def _answer(self, handler: Plain, request: web.Request) -> web.StreamResponse:
        try:
            if not self.authentication.open:
                raise NotFound(texts.switched_off())
            return await handler(request)
        except BotError as error:
            return problem(error)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception:
            log.exception("web_request_crashed", path=request.path)
            return crashed()


def number(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    """A whole number of the query, held between two bounds."""
    text = request.query.get(name, "")
    return max(low, min(high, int(text))) if text.isascii() and text.isdigit() and len(text) < 9 else default
