"""A handler that does nothing but call and post, on the same libraries: what the bot is held against.

    python -m benchmarks.bare discord|slack '{"gateway": "http://…", "api": …, "token": …, …}'

It answers `/chat prompt` on Discord, a mention on Slack: acknowledge, one paid call, the answer posted. No
price, no budget, no row, no retry.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import discord
import discord.gateway
import discord.http
import httpx
import yarl
from discord import app_commands
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

MODEL = "google/gemini-3-flash-preview"


async def answer(http: httpx.AsyncClient, prompt: str) -> str:
    """One call of the gateway."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": prompt}]}
    found = (await http.post("chat/completions", json=body)).json()
    return f"{found['choices'][0]['message']['content']} done"


async def on_discord(given: dict[str, Any], http: httpx.AsyncClient) -> None:
    """A client with one command; synced by the adapter's own run before."""
    discord.http.Route.BASE = given["api"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(given["gateway_url"])
    client = discord.AutoShardedClient(intents=discord.Intents(guilds=True))
    tree = app_commands.CommandTree(client)

    @tree.command(name="chat", description="Ask")
    async def chat(interaction: discord.Interaction[Any], prompt: str) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=await answer(http, prompt))

    await client.login(given["token"])
    await tree.sync()
    await client.connect()


async def on_slack(given: dict[str, Any], http: httpx.AsyncClient) -> None:
    """A Bolt app with one listener, by Socket Mode."""
    app = AsyncApp(client=AsyncWebClient(token=given["token"], base_url=given["api"]))

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], client: AsyncWebClient) -> None:
        text = await answer(http, event["text"].partition("> ")[2])
        await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text=text)

    handler = AsyncSocketModeHandler(app, given["app_token"])
    await handler.start_async()


async def main(platform: str, given: dict[str, Any]) -> None:
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(base_url=given["gateway"], timeout=60, limits=limits) as http:
        await {"discord": on_discord, "slack": on_slack}[platform](given, http)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
