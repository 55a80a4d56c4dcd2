"""The fake Discord's gateway: login, intents, shards, resuming, bursts."""

from __future__ import annotations

import asyncio
import statistics

import discord
import pytest

from tests.fakes.discord_server.pointing import pointed_at
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_small_bot import Place, running, synced

pytest_plugins = ("tests.fakes.discord_fixtures",)


@pytest.fixture
def place(discord_server: DiscordServer) -> Place:
    return Place(discord_server)


async def test_login_ready_and_commands(discord_server: DiscordServer, place: Place) -> None:
    async with running(discord_server) as bot:
        assert bot.user is not None
        assert [guild.name for guild in bot.guilds] == ["Atelier"]
        synced = await bot.tree.sync()
        assert sorted(item.name for item in synced) == sorted(
            ["anywhere", "generate", "whois", "edit", "budget", "Upscale image"]
        )
        again = await bot.tree.fetch_commands()
        assert {item.id for item in again} == {item.id for item in synced}
        assert discord_server.gateway.identifies[0]["intents"] == bot.intents.value


async def test_no_messages_without_the_intent_and_4014_for_a_privileged_one(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server, intents=discord.Intents(guilds=True)) as bot:
        await server.mention(place.mira, place.art, "hello")
        await synced(server, bot)
        handle = await server.slash(place.mira, place.art, "generate", prompt="after the message")
        await handle.message()
        assert bot.heard.empty()
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(server, intents=discord.Intents(guilds=True, message_content=True)):
            pass


async def test_resume_replays_what_was_missed(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        (session,) = await server.gateway.wait_connected()
        server.gateway.drop(session)
        handle = await server.slash(place.mira, place.art, "generate", prompt="meanwhile")
        await server.gateway.wait_resumed(session)
        await handle.message("meanwhile")
        assert len(server.gateway.identifies) == 1


@pytest.mark.parametrize("how", ["reconnect", "invalid", "closed"])
async def test_the_gateway_can_send_the_bot_away(
    discord_server: DiscordServer, place: Place, how: str
) -> None:
    gateway = discord_server.gateway
    async with running(discord_server) as bot:
        await synced(discord_server, bot)
        (session,) = await gateway.wait_connected()
        if how == "reconnect":
            gateway.ask_to_reconnect(session)
            await gateway.wait_resumed(session)
        elif how == "closed":
            await gateway.close(4000, session)
            await gateway.wait_resumed(session)
        else:
            gateway.invalidate(session)
            await gateway.wait_identified(2)
        handle = await discord_server.slash(place.mira, place.art, "generate", prompt="still here")
        await handle.message("still here")


async def test_two_processes_on_one_shard_both_get_the_interaction(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server) as one, running(server):
        await synced(server, one)
        assert len(await server.gateway.wait_connected(2)) == 2
        handle = await server.slash(place.mira, place.art, "generate", prompt="race")
        await handle.refused("40060")
        await handle.message("race")
        assert len(server.requests("/callback → 400")) == 1
        assert sorted(len(record.refusals) for record in server.world.interactions.values()) == [1]


async def test_shards_get_their_own_guilds(discord_server: DiscordServer) -> None:
    guilds = [discord_server.add_guild(f"g{number}") for number in range(3)]
    async with running(discord_server, shard_count=1000, shard_ids=[(guilds[0].id >> 22) % 1000]) as bot:
        assert guilds[0].id in [guild.id for guild in bot.guilds]
        assert discord_server.gateway.connected()[0].shard[1] == 1000


async def test_burst_of_slash_commands(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        handles = [
            await server.slash(place.mira, place.art, "generate", prompt=f"fox {number}")
            for number in range(200)
        ]
        await asyncio.gather(*(handle.message(timeout=60) for handle in handles))
    latencies = sorted(handle.latency or 99.0 for handle in handles)
    print(f"p50 {statistics.median(latencies):.3f} s, p99 {latencies[197]:.3f} s")
    assert latencies[-1] < 3
    assert len(place.art.messages) == 200
    assert not any(handle.refusals for handle in handles)


async def test_class_state_is_put_back() -> None:
    before = (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)
    server = await DiscordServer.start()
    with pointed_at(server):
        assert server.api_url == discord.http.Route.BASE
    await server.stop()
    assert before == (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)


async def test_identifies_too_close_together_are_invalid(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    server.gateway.identify_interval = 5.0
    async with running(server):
        await server.gateway.wait_connected()

        async def relent() -> None:
            await server.gateway.wait_identified(3)
            server.clock.advance(5)

        relenting = asyncio.create_task(relent())
        async with running(server):
            await server.gateway.wait_connected(2)
        await relenting


async def test_a_client_without_shards_connects_too(discord_server: DiscordServer, place: Place) -> None:
    client = discord.Client(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
    await client.login(discord_server.token)
    task = asyncio.create_task(client.connect())
    await asyncio.wait_for(client.wait_until_ready(), 10)
    assert client.get_guild(place.guild.id) is not None
    await client.close()
    await task
    assert discord_server.gateway.identifies[0]["shard"] == (0, 1)
