"""Slack as one adapter: a real Bolt app on Socket Mode, signed HTTP, or both, over the same handlers.

    payload → Bolt (signature, authorization, self filter) → intake (on disk, new?) → acknowledged
            → router → handlers → core                        core → notifier → Slack

With an app token it opens two sockets, since Slack refreshes each now and then and the client closes the old
before it opens the new one. With a signing secret it offers routes to the shared server.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow

from adapters.common.background import Background
from adapters.slack.client import Api
from adapters.slack.context import ORIGIN, AdapterContext
from adapters.slack.delivery.files import Files
from adapters.slack.delivery.notices import SlackNotices
from adapters.slack.delivery.notifier import SlackNotifier
from adapters.slack.delivery.routes import MessageRoutes
from adapters.slack.handlers.removal import removal_request
from adapters.slack.handlers.router import Router
from adapters.slack.identity import People
from adapters.slack.installation import BoltStore, Installations, TokenCipher, WorkspaceInstallation
from adapters.slack.intake.inbox import SWEEP_S, InboundEvents
from adapters.slack.intake.payload import Inbound
from adapters.slack.intake.transport import Socket, first_address, quiet_logger, read_request
from adapters.slack.manifest import EVENTS_PATH, missing_scopes
from adapters.slack.oauth import Authorize, StateStore, oauth_flow, oauth_routes
from adapters.slack.rate_limit import RateLimits
from bot.core.errors import BotError
from bot.core.ports.for_adapters import Clock
from bot.settings import Settings
from bot.telemetry.loops import Loops, Pace
from bot.use_cases.admin import Admin
from bot.use_cases.requests import Service
from bot.use_cases.talk import Talk

log = structlog.get_logger(__name__)

SOCKETS = 2
_ANY = re.compile(".*")
_SWEEP_POSTS_S = 6 * 3600.0


class SlackApp:
    """The adapter. Raises ValueError for credentials that do not go together."""

    ORIGIN = ORIGIN

    def __init__(
        self,
        *,
        service: Service,
        talk: Talk,
        admin: Admin,
        settings: Settings,
        clock: Clock,
        sockets: int = SOCKETS,
    ) -> None:
        _check(settings)
        self._settings, self._clock = settings, clock
        self._service, self._socket_count = service, sockets
        self._tasks, self.loops = Background(), Loops(clock)
        cipher = TokenCipher(settings.token_keys) if settings.token_keys else None
        self._installations = Installations(service=service, clock=clock, cipher=cipher)
        self._api = Api(
            base_url=settings.slack_api_url, installations=self._installations, rate_limits=RateLimits(clock)
        )
        files = self._files = Files(api=self._api, clock=clock, trusted=_trusted(settings))
        message_routes = MessageRoutes(api=self._api, files=files, clock=clock)
        self.notifier = SlackNotifier(
            service=service, api=self._api, message_routes=message_routes, files=files, clock=clock
        )
        self.members = People(api=self._api, settings=settings, clock=clock)
        self.notices = SlackNotices(self._api, message_routes, files, self.members, settings, clock)
        adapter = AdapterContext(
            service=service,
            talk=talk,
            admin=admin,
            settings=settings,
            clock=clock,
            api=self._api,
            people=self.members,
            message_routes=message_routes,
            files=files,
            notifier=self.notifier,
            tasks=self._tasks,
        )
        self._router = Router(adapter)
        self._intake = InboundEvents(
            service=service, clock=clock, tasks=self._tasks, handler=self._router.handle
        )
        self._installations.on_dead = self._found_dead
        self._states = StateStore(service=service, clock=clock)
        self._bolt: AsyncApp | None = None
        self._flow: AsyncOAuthFlow | None = None
        self._handlers: list[Socket] = []

    async def start(self) -> None:
        """Learn who we are, take up what a killed process left, and open the door."""
        if self._settings.slack_bot_token is not None:
            await self._introduce(self._settings.slack_bot_token.get_secret_value())
        self._bolt = self._build()
        alone = self._settings.database_url is None
        await self._intake.resume(older_than_s=0 if alone else 90)
        self.loops.run("slack_inbox", self._intake.sweep, Pace(every_s=SWEEP_S, wait_first=True))
        self.loops.run("slack_posts", self._sweep_posts, Pace(every_s=_SWEEP_POSTS_S, wait_first=True))
        if self._settings.slack_app_token is not None:
            await self._connect(self._settings.slack_app_token.get_secret_value())

    def stop_waiting(self) -> None:
        """A stop has begun: nothing waits any longer for what the next start can wait for."""
        self._files.stop_waiting()

    async def stop(self) -> None:
        """Take nothing new, finish what was begun, leave nothing dangling."""
        self._intake.closed = True
        for handler in self._handlers:
            with contextlib.suppress(Exception):
                await handler.close_async()
        await asyncio.sleep(0)
        await self.loops.stop()
        await self._tasks.drain(self._settings.drain_s)
        await self.notifier.close()
        await self._api.close()

    async def ready(self) -> bool:
        """True while Slack can reach us and we can answer."""
        if self._bolt is None or self._intake.closed:
            return False
        if self._settings.slack_bot_token is not None and not await self._installations.all():
            return False
        connected = [await handler.client.is_connected() for handler in self._handlers]
        return any(connected) if self._handlers else True

    async def connections(self) -> dict[str, bool]:
        """Each socket and whether it is open, for the metrics."""
        return {
            f"socket {number}": await handler.client.is_connected()
            for number, handler in enumerate(self._handlers)
        }

    async def _introduce(self, token: str) -> None:
        """auth.test once: the workspace, our own user, and which permissions are missing."""
        answer = await self._api.client(token).auth_test()
        headers = {str(name).lower(): value for name, value in answer.headers.items()}
        scopes = tuple(part.strip() for part in str(headers.get("x-oauth-scopes", "")).split(",") if part)
        enterprise = bool(answer.get("is_enterprise_install"))
        self._installations.serve_one(
            WorkspaceInstallation(
                team="" if enterprise else str(answer.get("team_id") or ""),
                enterprise=str(answer.get("enterprise_id") or ""),
                token=token,
                bot_user=str(answer.get("user_id") or ""),
                bot_id=str(answer.get("bot_id") or ""),
                scopes=scopes,
                url=str(answer.get("url") or ""),
                name=str(answer.get("team") or ""),
                at=self._clock.now(),
            )
        )
        if missing := missing_scopes(scopes) if scopes else []:
            log.error("scopes_missing", missing=missing, hint="reinstall the app from its manifest")

    async def _found_dead(self, installation: WorkspaceInstallation) -> None:
        """As if Slack had told of it, so that it is kept and its work stops."""
        await self._intake.take(removal_request(installation, self._clock.now()))

    async def _connect(self, token: str) -> None:
        bolt, client = self._running(), self._api.client("")
        first = await first_address(client, token)
        for number in range(self._socket_count):
            handler = Socket(bolt, app_token=token, web_client=client)
            handler.arriving = self._intake.acknowledgements.pending
            if not number:
                handler.client.wss_uri = first
            self._handlers.append(handler)
            await handler.connect_async()

    async def _sweep_posts(self) -> None:
        await self.notifier.posts.sweep()
        await self._states.sweep()
        await self._router.modals.messages.delete_expired()

    # Bolt

    def _build(self) -> AsyncApp:
        secret = self._settings.slack_signing_secret
        authorize: Any = Authorize(self._installations)  # Bolt's type knows no None, its code does
        if self._settings.slack_client_id and self._settings.slack_bot_token is None:
            self._flow = oauth_flow(
                settings=self._settings,
                store=BoltStore(self._installations),
                states=self._states,
                client=self._api.client(""),
                authorize=authorize,
            )
        bolt = AsyncApp(
            name="lumenfall-bot",
            logger=quiet_logger(),
            client=self._api.client(""),
            signing_secret=secret.get_secret_value() if secret else "",
            authorize=authorize,
            oauth_flow=self._flow,
            request_verification_enabled=True,
            attaching_conversation_kwargs_enabled=False,
        )
        bolt.use(self._intake.middleware)
        # One listener per kind of payload, for anything of that kind: nothing is ever left unanswered.
        bolt.event(_ANY)(self._on_event)
        bolt.command(_ANY)(self._on_press)
        bolt.action(_ANY)(self._on_press)
        bolt.shortcut(_ANY)(self._on_press)
        bolt.view_submission(_ANY)(self._on_view)
        bolt.view_closed(_ANY)(self._on_press)
        bolt.options(_ANY)(self._on_options)
        bolt.error(self._on_error)
        return bolt

    async def _on_event(self, context: AsyncBoltContext) -> None:
        """Bolt has acknowledged events by now."""
        self._intake.begin(context["inbound"])

    async def _on_press(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        await ack()
        self._intake.begin(context["inbound"])

    async def _on_view(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        inbound: Inbound = context["inbound"]
        complaints = self._router.complaints(inbound)
        if complaints:
            await ack(response_action="errors", errors=complaints)
            await self._intake.done(inbound)
            return
        await ack()
        self._intake.begin(inbound)

    async def _on_options(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        try:
            options: list[dict[str, Any]] = await self._router.suggestions(context["inbound"])
        except BotError as error:
            log.info("no_suggestions", error=error.code)
            options = []
        await ack(options=options)

    async def _on_error(self, error: Exception) -> None:
        log.error("bolt_failed", exc_info=error)

    def _running(self) -> AsyncApp:
        if self._bolt is None:
            raise RuntimeError("the Slack adapter has not been started")
        return self._bolt

    # HTTP

    def routes(self) -> list[web.RouteDef]:
        """Routes for the shared server: payloads where there is a signing secret, installing by OAuth."""
        routes = [web.post(EVENTS_PATH, self._receive)] if self._settings.slack_signing_secret else []
        if self._settings.slack_client_id and self._settings.slack_bot_token is None:
            routes += oauth_routes(self._oauth)
        return routes

    def _oauth(self) -> AsyncOAuthFlow | None:
        return self._flow

    async def _receive(self, request: web.Request) -> web.Response:
        if self._bolt is None or self._intake.closed:
            return web.Response(status=503, text="not ready")
        with self._intake.acknowledgements.pending():
            payload = await read_request(request)
            if isinstance(payload, web.Response):
                return payload
            return await to_aiohttp_response(await self._bolt.async_dispatch(payload))


def _check(settings: Settings) -> None:
    if settings.slack_bot_token is None and not settings.slack_client_id:
        raise ValueError("Slack needs SLACK_BOT_TOKEN, or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.")
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        raise ValueError("Slack needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP).")
    if settings.slack_bot_token is None and settings.slack_client_secret is None:
        raise ValueError("Slack needs SLACK_CLIENT_SECRET beside SLACK_CLIENT_ID.")
    if settings.slack_bot_token is None and not settings.token_keys:
        raise ValueError("Installing by OAuth needs TOKEN_KEYS, so that tokens are sealed on disk.")


def _trusted(settings: Settings) -> tuple[str, ...]:
    """Where the API lies elsewhere, files come from there too."""
    return (urlsplit(settings.slack_api_url).netloc,) if settings.slack_api_url else ()
