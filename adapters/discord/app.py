"""The Discord adapter: built from the core's use cases, started and stopped by the composition root."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import discord
import structlog

from adapters.common.background import Background
from adapters.discord.addressing import ORIGIN
from adapters.discord.client import LumenfallClient, pointed
from adapters.discord.command_sync import invite, invite_url, sync, sync_if_changed
from adapters.discord.context import AdapterContext
from adapters.discord.delivery.notices import DiscordNotices
from adapters.discord.delivery.notifier import DiscordNotifier
from adapters.discord.delivery.placeholders import Placeholders
from adapters.discord.delivery.routes import DeliveryRoutes, PrivateMessages
from adapters.discord.delivery.transport import MessageTransport
from adapters.discord.errors import DeliveryTrouble, trouble_of
from adapters.discord.handlers.mentions import Mentions
from adapters.discord.handlers.other_apps import OtherApps
from adapters.discord.handlers.talk import Speaking
from adapters.discord.homes import HomePayers, Memberships, PresentMembers
from adapters.discord.intake.attachments import Pictures
from adapters.discord.intake.earlier import EarlierWords
from adapters.discord.intake.saved_offers import Offers, Targets
from adapters.discord.interrupted import InterruptedSubmissions
from adapters.discord.recent_activity import DisplayNames, RecentRequests
from adapters.discord.responses import ActiveInteractions
from adapters.discord.submission import Submission
from bot.core.ports.for_adapters import Clock
from bot.settings import Settings
from bot.telemetry.loops import Loops, Pace
from bot.use_cases.admin import Admin
from bot.use_cases.requests import Service
from bot.use_cases.talk import Talk

log = structlog.get_logger(__name__)

CLEAR_EVERY_S = 20.0
CLEAR_AFTER_S = 60.0
"""A placeholder without an order is given up after so long; fetching its pictures takes less."""
LOGIN_TRIES = 6
"""Half a minute of a Discord that does not answer at the start."""
CLOSING_S = 8.0
"""At a stop: so long for presses under way, then as long for the last edits."""


class DiscordApp:
    """One process's part of the bot on Discord: some or all of its shards."""

    ORIGIN = ORIGIN
    _syncing: asyncio.Task[None] | None = None

    def __init__(
        self,
        *,
        service: Service,
        talk: Talk,
        admin: Admin,
        settings: Settings,
        clock: Clock,
        guild_ready_s: float = 2.0,
        clear_after_s: float = CLEAR_AFTER_S,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._clear_after_s = clear_after_s
        self.client = LumenfallClient(
            content=settings.discord_message_content,
            guild_ready_timeout=guild_ready_s,
            **_shards(settings),
        )
        memberships = Memberships(self.client, clock)
        self.members = PresentMembers(memberships)
        self.context = self.client.context = _context(
            self.client, memberships, service, talk, admin, settings, clock
        )
        self.notifier = self.context.notifier
        self._interrupted = InterruptedSubmissions(
            service=service,
            submission=self.context.submission,
            placeholders=Placeholders(self.client, clock),
            answered=talk.answered,
        )
        self.notices = DiscordNotices(self.context.transport, clock)
        self.client.mentions_heard = Mentions(
            client=self.client,
            service=self.context.service,
            speaking=Speaking(
                talk=talk,
                submission=self.context.submission,
                pictures=self.context.pictures,
                transport=self.context.transport,
                offers=self.context.offers,
            ),
            transport=self.context.transport,
            interactions=self.context.interactions,
            earlier=EarlierWords(service=self.context.service, talk=talk, client=self.client),
            names=self.context.names,
            other_apps=OtherApps(documents=service.documents, transport=self.context.transport),
        )
        self._connection, self._background, self.loops = Background(), Background(), Loops(clock)
        self._closing = contextlib.ExitStack()

    async def start(self) -> None:
        """Log in, connect, hand changed commands over. Raises discord.LoginFailure for a bad token."""
        if self._settings.discord_token is None:
            raise ValueError("DISCORD_TOKEN is not set.")
        self._closing.enter_context(pointed(self._settings))
        await self._login(self._settings.discord_token.get_secret_value())
        self._syncing = self._background.spawn(self._sync(), name="discord-commands")
        self._connection.spawn(self._connect(), name="discord-gateway")
        every_s = min(CLEAR_EVERY_S, max(0.2, self._clear_after_s))
        self.loops.run("discord_placeholders", self._clear, Pace(every_s=every_s))
        log.info("discord_starting", application_id=self.client.application_id)

    async def _login(self, token: str) -> None:
        for attempt in range(LOGIN_TRIES):
            try:
                return await self.client.login(token)
            except Exception as error:
                if trouble_of(error) is not DeliveryTrouble.LATER or attempt == LOGIN_TRIES - 1:
                    raise
                log.warning("discord_unreachable", attempt=attempt, error=type(error).__name__)
            await self._clock.sleep(2**attempt)
        return None

    async def _sync(self) -> None:
        """While the shards connect; with the commands that Discord has already, nothing is sent."""
        if 0 not in (self.client.shard_ids or [0]):
            return
        try:
            await sync_if_changed(self.client, self.context.service.documents)
        except discord.HTTPException as error:
            # Yesterday's commands work; today's can be synced by hand.
            log.warning("commands_not_synced", code=error.code, status=error.status)
        except Exception:
            log.exception("commands_not_synced")

    async def _connect(self) -> None:
        try:
            await self.client.connect(reconnect=True)
        except Exception:
            log.exception("discord_connection_lost_for_good")
            await self.client.close()

    async def _clear(self) -> None:
        older_than = self._clock.now() - int(self._clear_after_s * 1_000_000)
        await self._interrupted.clear(older_than=older_than)
        await self.context.targets.delete_expired()
        await self.context.offers.delete_expired()
        await self.notifier.further.delete_expired()

    async def ready(self) -> bool:
        """Whether every shard of this process is connected now, and Discord has been told the commands."""
        return self.client.receiving and self._syncing is not None and self._syncing.done()

    async def connections(self) -> dict[str, bool]:
        """Each shard of this process and whether it is open, for the metrics."""
        return {f"shard {number}": not shard.is_closed() for number, shard in self.client.shards.items()}

    async def wait_ready(self, timeout_s: float = 30) -> None:
        """Wait until commands are received. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self.client.wait_until_ready()
            if self._syncing is not None:
                await asyncio.wait([self._syncing])

    async def stop(self) -> None:
        """Take nothing new, let presses under way end, show every message's newest state, disconnect."""
        self.context.interactions.closing = True
        if not await self.context.interactions.empty(CLOSING_S):
            log.warning("stopped_impatiently")
        try:
            await self.notifier.drain(CLOSING_S)
        except TimeoutError:
            log.warning("stopped_impatiently")
        await self.loops.stop()
        await self._background.drain(0)
        await self.client.close()
        await self._connection.drain(0)
        await self.context.pictures.close()
        self._closing.close()


def _shards(settings: Settings) -> dict[str, Any]:
    if settings.shard_count is None:
        return {}
    ids = [int(item) for item in settings.shard_ids] or list(range(settings.shard_count))
    return {"shard_count": settings.shard_count, "shard_ids": ids}


def _context(
    client: LumenfallClient,
    memberships: Memberships,
    service: Service,
    talk: Talk,
    admin: Admin,
    settings: Settings,
    clock: Clock,
) -> AdapterContext:
    transport = MessageTransport(client, clock)
    routes = DeliveryRoutes(transport, clock)
    private_messages = PrivateMessages(transport, routes, clock)
    notifier = DiscordNotifier(
        transport=transport, routes=routes, private_messages=private_messages, service=service, clock=clock
    )
    pictures = Pictures(service, settings.max_image_bytes, settings.discord_api_url)
    return AdapterContext(
        service=service,
        talk=talk,
        admin=admin,
        settings=settings,
        clock=clock,
        transport=transport,
        pictures=pictures,
        notifier=notifier,
        submission=Submission(
            service=service,
            pictures=pictures,
            notifier=notifier,
            private_messages=private_messages,
            clock=clock,
        ),
        interactions=ActiveInteractions(),
        recent_requests=RecentRequests(lambda actor: service.history(actor, limit=25), clock),
        targets=Targets(service.documents, clock),
        offers=Offers(service.documents, clock),
        payers=HomePayers(service.homes, memberships),
        names=DisplayNames(
            RecentRequests(lambda admin: service.history(admin, everyone=True, limit=200), clock)
        ),
    )


__all__ = ["DiscordApp", "invite", "invite_url", "sync"]
