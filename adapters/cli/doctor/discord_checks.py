"""Discord as the doctor sees it, over REST alone: no gateway session is used up, no command is changed."""

from __future__ import annotations

import sqlite3
from typing import Any

import aiohttp
import discord as discordpy
from discord.http import Route

from adapters.cli.doctor.findings import Finding, Installation, ok, problem, warning
from adapters.composition import open_storage
from adapters.discord.client import LumenfallClient, intents
from adapters.discord.command_sync import KIND, PERMISSIONS, logged_in, payload_hash
from bot.core.errors import BotError
from storage.statements import SchemaMismatch

FEW_STARTS = 20
"""Discord allows a thousand sessions a day; a loop of restarts uses them up."""


async def discord(installation: Installation) -> list[Finding]:
    """Token, intents, shards, commands, and permissions in the channels that were named."""
    if installation.settings.discord_token is None:
        return []
    try:
        async with logged_in(installation.settings) as client:
            found = [ok("discord", f"the token is {client.user}'s"), await _intents()]
            found += await _shards(client, installation)
            found += await _commands(client, installation)
            for channel in installation.channels:
                found += await _channel(client, channel)
            return found
    except discordpy.LoginFailure:
        remedy = "Reset the token in the developer portal, set DISCORD_TOKEN, and start again."
        return [problem("discord", "The token is refused (401).", remedy)]
    except discordpy.HTTPException as error:
        return [problem("discord", f"Discord says {error.status} ({error.code}).", "Try again in a minute.")]
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        remedy = "Check DNS, the firewall and DISCORD_API_URL."
        return [problem("discord", f"It cannot be reached ({type(error).__name__}).", remedy)]


async def _intents() -> Finding:
    wanted = intents()
    privileged = [name for name in ("members", "presences", "message_content") if getattr(wanted, name)]
    if privileged:
        remedy = "Switch them on in the developer portal, under Bot."
        return warning("intents", f"Privileged ones are needed: {', '.join(privileged)}.", remedy)
    return ok("intents", "only those that need no permission of Discord's")


async def _shards(client: LumenfallClient, installation: Installation) -> list[Finding]:
    answer: dict[str, Any] = await client.http.request(Route("GET", "/gateway/bot"))
    advised, limit = int(answer["shards"]), answer["session_start_limit"]
    count = installation.settings.shard_count or advised
    found = [ok("shards", f"{count}, as many as Discord advises")]
    if count < advised:
        remedy = f"Set SHARD_COUNT to {advised} and give every process its SHARD_IDS."
        found = [warning("shards", f"SHARD_COUNT is {count}; Discord advises {advised}.", remedy)]
    elif count > advised:
        found = [ok("shards", f"{count}; Discord advises {advised}")]
    if limit["remaining"] < FEW_STARTS:
        text = (
            f"{limit['remaining']} sessions are left until {limit['reset_after'] / 3.6e6:.1f} hours from now."
        )
        found.append(warning("shards", text, "Find out why the bot restarts so often."))
    return found


async def _commands(client: LumenfallClient, installation: Installation) -> list[Finding]:
    try:
        async with open_storage(installation.settings, installation.clock) as store:
            known = await store.get_document(KIND, str(client.application_id))
    except (BotError, SchemaMismatch, OSError, ValueError, sqlite3.Error):
        return [warning("commands", "Unknown without the database.", "Put the database right first.")]
    remedy = "Run `lumenfall-bot discord sync`; the next start of shard 0 does it too."
    if known is None:
        return [warning("commands", "They have not been handed to Discord yet.", remedy)]
    if known.get("hash") != await payload_hash(client):
        return [warning("commands", "Discord has those of another version.", remedy)]
    return [ok("commands", "Discord has this version's")]


async def _channel(client: LumenfallClient, channel_id: int) -> list[Finding]:
    name = f"channel {channel_id}"
    try:
        place = await client.fetch_channel(channel_id)
        if not isinstance(place, discordpy.abc.GuildChannel):
            return [warning(name, "It is no channel of a server.", "Name a text channel of a server.")]
        guild = await client.fetch_guild(place.guild.id)
        me = await guild.fetch_member(client.user.id if client.user else 0)
        channels = {item.id: item for item in await guild.fetch_channels()}
        granted = channels[channel_id].permissions_for(me)
    except (discordpy.NotFound, KeyError):
        return [problem(name, "There is no such channel.", "Copy its id again (right-click, Copy ID).")]
    except discordpy.Forbidden:
        remedy = "Invite the bot to the server and let it see the channel; `lumenfall-bot discord invite`."
        return [problem(name, "The bot cannot see it.", remedy)]
    missing = [flag for flag, wanted in PERMISSIONS if wanted and not getattr(granted, flag)]
    if missing:
        words = ", ".join(flag.replace("_", " ") for flag in missing)
        return [problem(name, f"Missing: {words}.", "Grant them to the bot in the channel's settings.")]
    return [ok(name, "every permission is there")]
