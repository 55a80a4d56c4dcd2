"""The bot as a process on Discord: killed, stopped, started again, run twice; and many commands at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.discord.app import invite_url, sync
from bot.core.request import TERMINAL
from sandbox import Sandbox
from storage import open_store
from tests.fakes.discord_process import BotProcess
from tests.fakes.discord_server.handles import InteractionHandle
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_stage import CHEAP, discord_settings, peopled, staged, upload
from tests.fakes.sandbox import running_sandbox
from tests.fakes.stack import settings_for


@dataclass(kw_only=True)
class Outside:
    """What outlives the bot: Discord, the gateway, the disk."""

    server: DiscordServer
    sandbox: Sandbox
    folder: Path
    guild: Any
    art: Any
    lounge: Any
    mira: Any
    ada: Any

    async def start(self, **how: Any) -> BotProcess:
        return await BotProcess.start(self.folder, self.server, self.sandbox, **how)

    async def slash(self, command: str, **options: Any) -> InteractionHandle:
        return await self.server.slash(self.mira, self.art, command, **options)

    async def books(self) -> list[Any]:
        """The requests in the database, whose ledger must be sound. The bot must not be running."""
        from bot.core.clock import SystemClock

        async with open_store(
            database_url=None, path=self.folder / "data" / "lumenfall.db", pool=1, clock=SystemClock()
        ) as store:
            assert await store.verify() == []
            return await store.history(f"discord:{self.guild.id}", limit=1000)


@pytest_asyncio.fixture
async def outside(tmp_path) -> AsyncIterator[Outside]:
    server = await DiscordServer.start()
    async with running_sandbox(image_seconds=1.5, video_seconds=4.0) as sandbox:
        yield Outside(server=server, sandbox=sandbox, folder=tmp_path, **await peopled(server))
    await server.stop()
    assert server.violations == []


@pytest.mark.timeout(120)
async def test_killed_in_the_middle_every_message_ends_as_a_result_or_an_honest_failure(outside):
    first = await outside.start()
    video = await outside.slash("video", prompt="waves", seconds=4.0, model="sora-2")
    pictures = [await outside.slash("generate", prompt=f"fox {number}", model=CHEAP) for number in range(3)]
    edit = await outside.slash("edit", prompt="night", image=upload(), model=CHEAP)
    for handle in (video, *pictures, edit):
        await handle.message(timeout=30)
    async with asyncio.timeout(30):
        while len(outside.sandbox.paid_calls) < 3:
            await asyncio.sleep(0.02)
    await first.kill()
    paid_before = len(outside.sandbox.paid_calls)
    second = await outside.start(ambiguous_minutes=1)
    for handle in (video, *pictures, edit):
        await handle.message(lambda m: _ended(outside, m), timeout=60)
    assert await second.stop() == 0
    rows = await outside.books()
    assert len(rows) == 5
    assert {row.state for row in rows} <= TERMINAL
    assert sum(row.charged or 0 for row in rows) == outside.sandbox.charged_micros
    assert len(outside.sandbox.paid_calls) == 5
    assert paid_before <= 5


def _ended(outside: Outside, message: Any) -> bool:
    shown = outside.server.render(message)
    return any(words in shown.lower() for words in ("charged **", "nothing was charged."))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("down_s", [0, 16 * 60], ids=["token-alive", "token-dead"])
async def test_killed_before_it_knew_of_its_own_placeholder_the_next_start_takes_it_back(outside, down_s):
    """Discord has shown "thinking …", and the process dies before it is told so."""
    server = outside.server
    first = await outside.start()
    fault = server.faults.add(r"POST /(interactions|channels)/", times=2, hold=True, after=True)
    asked = await outside.slash("generate", prompt="a fox", model=CHEAP)
    await asked.acknowledged()
    said = await server.mention(outside.mira, outside.art, "/edit make it night", [upload()])
    moment = await server.wait_message(outside.art, "One moment", after=said)
    await first.kill()
    fault.release()
    server.clock.advance(down_s)
    second = await outside.start(impatient=True)
    await asked.deleted()
    await server.wait_for(lambda: moment.deleted)
    direct = server.dm_channel(outside.mira)
    told = [asked] if down_s == 0 else []
    for handle in told:
        assert (await handle.followup("restarted before")).ephemeral
    await server.wait_for(lambda: len(direct.messages) == 2 - len(told))
    assert all("restarted before" in server.render(item) for item in direct.messages.values())
    assert await second.stop() == 0
    assert await outside.books() == []
    assert outside.sandbox.charged_micros == 0


@pytest.mark.timeout(120)
async def test_a_stop_leaves_nobody_waiting_on_a_bot_that_thinks(outside):
    first = await outside.start(drain_s=0)
    handles = [await outside.slash("generate", prompt=f"fox {number}", model=CHEAP) for number in range(4)]
    for handle in handles:
        await handle.acknowledged()
    assert await first.stop() == 0
    for handle in handles:
        assert handle.original is not None
        assert not handle.original.loading
    second = await outside.start()
    for handle in handles:
        await handle.message(lambda m: _ended(outside, m), timeout=60)
    assert await second.stop() == 0
    assert sum(row.charged or 0 for row in await outside.books()) == outside.sandbox.charged_micros


@pytest.mark.timeout(120)
async def test_two_processes_on_one_shard_run_and_charge_each_request_once(outside):
    first, second = await outside.start(), await outside.start()
    handles = [await outside.slash("generate", prompt=f"fox {number}", model=CHEAP) for number in range(5)]
    handles.append(await outside.slash("edit", prompt="night", image=upload(), model=CHEAP))
    for handle in handles:
        await handle.message("charged **", timeout=60)
    assert all(handle.refusals == [] for handle in handles)
    assert await second.stop() == 0
    assert await first.stop() == 0
    assert "already_claimed" in first.log.read_text() + second.log.read_text()
    rows = await outside.books()
    assert len(rows) == 6
    assert len(outside.sandbox.paid_calls) == 6
    assert sum(row.charged or 0 for row in rows) == outside.sandbox.charged_micros


@pytest.mark.timeout(180)
@pytest.mark.apart
@pytest.mark.parametrize("count", [80, pytest.param(500, marks=pytest.mark.deep)])
async def test_many_commands_at_once_are_all_acknowledged_and_all_end(tmp_path, capsys, count):
    async with staged(tmp_path, per_person=64, per_tenant=64, concurrency=64) as stage:
        await stage.change(threshold=10**9)
        people = [stage.server.add_member(stage.guild, f"person{number}") for number in range(25)]
        handles = [
            await stage.slash(
                "generate" if number % 10 == 0 else "chat",
                by=people[number % 25],
                prompt=f"fox {number}",
            )
            for number in range(count)
        ]
        for handle in handles:
            await handle.acknowledged(timeout=60)
        waits = sorted(handle.latency or 0 for handle in handles)
        with capsys.disabled():
            print(
                f"\n{count} commands: acknowledged p50 {waits[count // 2] * 1000:.0f} ms,"
                f" p99 {waits[count * 99 // 100] * 1000:.0f} ms, last {waits[-1] * 1000:.0f} ms"
            )
        assert waits[-1] < 3
        assert [handle.refusals for handle in handles] == [[]] * count
        for handle in handles:
            await handle.message("charged **", timeout=120)
        charged = await stage.charged()
        report = await stage.stack.core.admin.report(stage.actor(stage.ada), days=366)
        assert report.spending.spent == charged > 0
        assert len(stage.stack.sandbox.paid_calls) == count
        mine = [item for item in stage.art.messages.values() if item.author is stage.server.world.bot]
        assert len(mine) == count


async def test_commands_are_handed_over_only_when_they_have_changed(tmp_path):
    server = await DiscordServer.start()
    world = await peopled(server)
    async with running_sandbox() as sandbox:
        async with staged(tmp_path, server=server, world=world, sandbox=sandbox) as stage:
            [session] = server.gateway.connected()
            server.gateway.invalidate(session)
            await server.gateway.wait_identified(2)
            assert stage.app.client.user is not None
        async with staged(tmp_path, server=server, world=world, sandbox=sandbox):
            pass
        puts = [line for line in server.requests("PUT /applications/") if "commands" in line]
        assert len(puts) == 1
        assert await sync(settings_for(tmp_path, sandbox, **discord_settings(server))) == 27
        assert len([line for line in server.requests("PUT /applications/") if "commands" in line]) == 2
    await server.stop()


async def test_the_least_permissions_are_asked_for():
    link = invite_url(1234)
    assert "client_id=1234" in link
    assert "scope=bot+applications.commands" in link
    from adapters.discord.command_sync import PERMISSIONS

    names = {name for name, given in PERMISSIONS if given}
    assert names == {
        "read_messages", "send_messages", "send_messages_in_threads", "create_public_threads",
        "attach_files", "read_message_history",
    }  # fmt: skip


async def test_shards_are_split_between_processes(tmp_path):
    async with staged(tmp_path, shard_ids=("0", "1"), shard_count=2) as stage:
        assert sorted(stage.app.client.shards) == [0, 1]
        assert await stage.app.ready()
        await stage.result()


async def test_readiness_is_the_truth(tmp_path):
    async with staged(tmp_path) as stage:
        assert await stage.app.ready()
        await stage.server.gateway.close(4000)
        async with asyncio.timeout(10):
            while not await stage.app.ready():
                await asyncio.sleep(0.05)
    assert not await stage.app.ready()
