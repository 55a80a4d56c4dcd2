"""The connection: shards, intents, the command tree, and where each kind of event goes.

Intents are `guilds` (channels, roles, threads) and the two kinds of messages, without their content: Discord
still gives the text of messages that mention the bot, of direct messages and of a context menu's target
(Discord docs, Message Content Intent).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.context import AdapterContext
from adapters.discord.forms import modals
from adapters.discord.handlers import actions
from adapters.discord.handlers.admin import ADMINISTERING
from adapters.discord.handlers.context_menus import MENUS
from adapters.discord.handlers.homes import CHOOSING
from adapters.discord.handlers.info import INFORMING
from adapters.discord.handlers.links import LINKING
from adapters.discord.handlers.mentions import Mentions
from adapters.discord.handlers.notices import TELLING
from adapters.discord.handlers.orders import ORDERING
from adapters.discord.handlers.place_lists import LISTING
from adapters.discord.handlers.prices import PRICING
from adapters.discord.intake.payload_guard import guard
from adapters.discord.responses import Interaction, explain
from adapters.discord.views import texts
from adapters.discord.views.buttons import RequestButton
from bot.core.errors import Refusal
from bot.settings import Settings
from bot.telemetry.logging import metrics

log = structlog.get_logger(__name__)


def intents(*, content: bool = False) -> discord.Intents:
    """The least that mentions and direct messages need; `content` also for words that do not mention us."""
    wanted = discord.Intents.none()
    wanted.message_content = content
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    return wanted


class Tree(app_commands.CommandTree["LumenfallClient"]):
    """Commands, and the table for what discord.py refuses before a command's own callback runs."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """A stale client, options that do not fit, or something unforeseen in a callback."""
        unforeseen = isinstance(error, app_commands.CommandInvokeError)
        if not unforeseen:
            log.info("command_outdated", interaction_id=interaction.id, error=type(error).__name__)
        if interaction.type is not discord.InteractionType.autocomplete:
            await explain(
                interaction,
                (error.__cause__ or error) if unforeseen else Refusal(texts.commands_have_changed()),
            )


def tree_for(client: LumenfallClient) -> Tree:
    """All commands and menus, for servers, direct messages and people who install the bot for themselves."""
    tree = Tree(
        client,
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )
    everything: tuple[Any, ...] = (
        *ORDERING,
        *PRICING,
        *INFORMING,
        *CHOOSING,
        *LINKING,
        *ADMINISTERING,
        *LISTING,
        *TELLING,
        *MENUS,
    )
    for command in everything:
        tree.add_command(command)
    return tree


def counted_limits() -> aiohttp.TraceConfig:
    """Counts each answer 429; discord.py waits and repeats the call without a word to the caller."""

    async def count(_session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
        if ended.response.status == 429:
            metrics.platform_limits.labels("discord").inc()

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(count)
    return trace


class LumenfallClient(discord.AutoShardedClient):
    """discord.py's client with the adapter's parts. Without them it can still log in and sync commands."""

    context: AdapterContext
    mentions_heard: Mentions

    def __init__(self, *, content: bool = False, **options: Any) -> None:
        self._identified: set[int] = set()
        super().__init__(
            intents=intents(content=content),
            allowed_mentions=discord.AllowedMentions.none(),
            # Nothing is read from either cache, and a busy server would fill them.
            max_messages=None,
            # Longer waits are for the worker, which can do something else meanwhile.
            max_ratelimit_timeout=60.0,
            member_cache_flags=discord.MemberCacheFlags.none(),
            http_trace=counted_limits(),
            **options,
        )
        self.tree = tree_for(self)
        self.add_dynamic_items(RequestButton)
        guard(self)

    @property
    def receiving(self) -> bool:
        """Whether Discord sends events to every shard of this process.

        True from READY on, as commands and messages need nothing of what discord.py gathers after it.
        """
        if self.is_closed() or self.shard_count is None:
            return False
        wanted = set(self.shard_ids or range(self.shard_count))
        closed = any(shard.is_closed() for shard in self.shards.values())
        return not closed and wanted <= self._identified and wanted <= self.shards.keys()

    async def on_shard_connect(self, shard_id: int) -> None:
        """Discord has taken this shard's IDENTIFY."""
        self._identified.add(shard_id)

    async def pressed(self, interaction: Interaction, verb: str, subject: str, number: int) -> None:
        """A lasting button."""
        await self.context.interactions.serve(
            interaction, lambda: actions.pressed(interaction, verb, subject, number)
        )

    async def on_interaction(self, interaction: Interaction) -> None:
        """Forms; everything else discord.py has dispatched by itself."""
        form = (
            modals.filled(interaction) if interaction.type is discord.InteractionType.modal_submit else None
        )
        if form is not None:
            await self.context.interactions.serve(interaction, lambda: actions.sent_in(interaction, form))
        self.context.names.note(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Perhaps somebody is speaking to us."""
        await self.mentions_heard.receive(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Perhaps a message speaks to us only now."""
        await self.mentions_heard.receive_edit(payload.message)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Nothing above should raise; what does is logged once, without people's words."""
        log.exception("discord_event_failed", event_name=event_method)


@contextmanager
def pointed(settings: Settings) -> Iterator[None]:
    """Let discord.py in this process talk to the addresses in the settings."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    if settings.discord_api_url:
        Route.BASE = settings.discord_api_url.rstrip("/")
    if settings.discord_gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
