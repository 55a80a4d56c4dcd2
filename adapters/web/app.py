"""The browser playground: its parts put together, and the routes it brings to the HTTP server.

playground = Playground(service=…, talk=…, admin=…, settings=…, clock=…, demo_place=DEMO)  # the demo
playground = Playground(service=…, talk=…, admin=…, settings=…, clock=…)  # one owner, one password
server.mount(playground.routes(), closing=playground.close_streams)
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from adapters.web.audit.handlers import Audit
from adapters.web.authentication import Authentication, is_secure
from adapters.web.budgets import Budgets
from adapters.web.channel import Channel
from adapters.web.commands import Commands
from adapters.web.context import AdapterContext
from adapters.web.conversations.handlers import Conversations
from adapters.web.files.handler import file_handler
from adapters.web.identity import ORIGIN, OWNED, DemoPlace
from adapters.web.languages import documents
from adapters.web.languages.choice import remembered
from adapters.web.languages.page_texts import STATIC
from adapters.web.library.handlers import Library
from adapters.web.media import MediaHandlers
from adapters.web.notices.handlers import NoticeHandlers
from adapters.web.notices.sender import WebNotices
from adapters.web.notifier import WebNotifier
from adapters.web.orders import Orders
from adapters.web.place_lists.handlers import PlaceListHandlers
from adapters.web.problems import SignInNeeded, TooManyTries
from adapters.web.queries import Queries
from adapters.web.speech.handlers import Speech
from adapters.web.stream import MessageStream
from bot.core.ports.for_adapters import Clock
from bot.settings import Settings
from bot.use_cases.admin import Admin
from bot.use_cases.requests import Service
from bot.use_cases.talk import Talk


class Playground:
    """The adapter of origin `web`. With a `demo_place` people act as whoever they choose: the demo."""

    ORIGIN = ORIGIN
    members = None

    def __init__(
        self,
        *,
        service: Service,
        talk: Talk,
        admin: Admin,
        settings: Settings,
        clock: Clock,
        demo_place: DemoPlace | None = None,
    ) -> None:
        self.stream = MessageStream()
        self.demo_place = demo_place or OWNED
        self.notifier = WebNotifier(self.stream)
        self.notices = WebNotices(self.stream)
        self.clock = clock
        self._talk = talk
        self.context = AdapterContext(
            service=service,
            admin=admin,
            authentication=Authentication(
                service=service, settings=settings, demo_place=self.demo_place, demo=demo_place is not None
            ),
            channel=Channel(service=service, talk=talk, demo_place=self.demo_place, stream=self.stream),
            stream=self.stream,
            notifier=self.notifier,
        )

    @property
    def enabled(self) -> bool:
        """False outside the demo while no password is set; every route then answers 404."""
        return self.context.authentication.open

    async def start(self) -> None:
        """Nothing runs by itself: the server calls."""

    async def stop(self) -> None:
        """End the open streams."""
        await self.close_streams()

    async def close_streams(self) -> None:
        """End every browser's event stream, so that the server can stop."""
        self.stream.close()

    async def ready(self) -> bool:
        """Always: it lives in the server's own process."""
        return True

    def routes(self) -> list[web.RouteDef]:
        """The page, its files, the API, the media, the sign-in."""
        orders, budgets, audit = Orders(self.context), Budgets(self.context), Audit(self.context)
        notices, lists = NoticeHandlers(self.context), PlaceListHandlers(self.context)
        outside = self.context.outside
        found = sorted(path for path in STATIC.rglob("*") if path.is_file() and path.suffix != ".html")
        files = [
            web.get(f"/static/{path.relative_to(STATIC).as_posix()}", outside(file_handler(path)))
            for path in found
        ]
        return [
            web.get("/", outside(self._page)),
            web.get("/login", outside(self._sign_in_form)),
            web.post("/login", outside(self._sign_in)),
            web.post("/logout", outside(self._sign_out)),
            web.post("/language", outside(self._choose_language)),
            *files,
            *orders.routes(),
            *Speech(self.context, self._talk).routes(),
            *Conversations(self.context, self._talk).routes(),
            *Queries(self.context).routes(),
            *budgets.routes(),
            *audit.routes(),
            *lists.routes(),
            *Commands(
                self.context, orders=orders, budgets=budgets, audit=audit, notices=notices, lists=lists
            ).routes(),
            *MediaHandlers(self.context).routes(),
            *Library(self.context).routes(),
            *notices.routes(),
        ]

    async def _page(self, request: web.Request) -> web.StreamResponse:
        try:
            await self.context.authentication.actor(request)
        except SignInNeeded:
            return web.Response(status=303, headers={"Location": "/login"})
        return _html(await asyncio.to_thread(documents.page))  # at first it reads the texts of all scripts

    async def _sign_in_form(self, _: web.Request) -> web.StreamResponse:
        return _html(await asyncio.to_thread(documents.sign_in))

    async def _choose_language(self, request: web.Request) -> web.StreamResponse:
        """`language` of the form is a code, or empty for the browser's own; back to the page."""
        self.context.authentication.check_origin(request)
        form = await request.post()
        response = web.Response(status=303, headers={"Location": "/"})
        remembered(response, str(form.get("language", "")), secure=is_secure(request))
        return response

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        try:
            return await self.context.authentication.sign_in(request, str(form.get("password", "")))
        except (SignInNeeded, TooManyTries) as error:
            return web.Response(status=303, headers={"Location": f"/login#{error.code}"})

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        return await self.context.authentication.sign_out(request)


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})
