"""Commands are handed to Discord when they have changed, and never otherwise.

Discord counts creations per day and lets clients reload for nothing on each, so a sync on every start (or,
worse, on every reconnect) is a mistake that ends in a ban from syncing. What was last handed over is
remembered by its hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import structlog

from adapters.discord.client import LumenfallClient, pointed
from adapters.discord.command_translation import CommandTranslator
from bot.core.ports.for_adapters import Documents
from bot.settings import Settings

log = structlog.get_logger(__name__)

KIND = "discord_commands"
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    attach_files=True,
    read_message_history=True,
)
"""The least: see a channel, speak there and in threads of one's own, attach results, reply."""


def invite_url(application_id: int | str) -> str:
    """The link that adds the bot to a server with the least permissions."""
    return discord.utils.oauth_url(
        int(application_id), permissions=PERMISSIONS, scopes=("bot", "applications.commands")
    )


async def payload_hash(client: LumenfallClient) -> str:
    """What the commands look like to Discord in all languages, as 64 hex digits."""
    translator, commands = CommandTranslator(), client.tree.get_commands()
    payload = [await command.get_translated_payload(client.tree, translator) for command in commands]
    payload.sort(key=lambda item: (item.get("type", 1), item["name"]))
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()


async def sync_if_changed(client: LumenfallClient, documents: Documents) -> bool:
    """Hand the commands over unless Discord has them; says whether it did. The client is logged in."""
    key, now = str(client.application_id), await payload_hash(client)
    known = await documents.get_document(KIND, key)
    if known is not None and known.get("hash") == now:
        return False
    await client.tree.set_translator(CommandTranslator())
    commands = await client.tree.sync()
    await documents.put_document(KIND, key, {"hash": now})
    log.info("commands_synced", count=len(commands))
    return True


async def sync(settings: Settings, documents: Documents | None = None) -> int:
    """Hand the commands over now, changed or not; answers how many.

    Raises discord.LoginFailure for a bad token, ValueError without one.
    """
    async with logged_in(settings) as client:
        await client.tree.set_translator(CommandTranslator())
        commands = await client.tree.sync()
        if documents is not None:
            await documents.put_document(
                KIND, str(client.application_id), {"hash": await payload_hash(client)}
            )
        return len(commands)


async def invite(settings: Settings) -> str:
    """The invitation link of the bot whose token is set. Raises as `sync`."""
    async with logged_in(settings) as client:
        return invite_url(client.application_id or 0)


@asynccontextmanager
async def logged_in(settings: Settings) -> AsyncIterator[LumenfallClient]:
    """A client with a REST session and no gateway connection."""
    if settings.discord_token is None:
        raise ValueError("DISCORD_TOKEN is not set.")
    client = LumenfallClient()
    with pointed(settings):
        try:
            await client.login(settings.discord_token.get_secret_value())
            yield client
        finally:
            await client.close()
