"""A call with an unknown outcome: until when it is decided, and the people who may end it before.

Its place's admins charge what is set aside, the operator may release it, and the log overrules both.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import NotAllowed, NotFound, TooLate
from bot.core.events import Failed
from bot.core.request import Actor, ChatOrder, Request, State
from tests.e2e.test_corrections import adjustments, command, night
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_stage import CHEAP, staged
from tests.fakes.playground import running_playground
from tests.fakes.slack_world import World, slack_world
from tests.fakes.stack import ADA, MIA, Stack, generate, running_stack

__all__ = ["database", "postgres_server", "postgres_url"]

HOUR_US = 3600 * 1_000_000


@asynccontextmanager
async def patient(folder: Path, database: dict[str, Any], **more: Any) -> AsyncGenerator[Stack, None]:
    async with running_stack(folder, clock=WarpClock(speed=4), **database, **more) as stack:
        yield stack


async def lost(stack: Stack, *, after: bool = False, order: Any = None) -> Request:
    """A request whose connection broke, before (or after) the gateway did the work, looked up once."""
    if after:
        stack.sandbox.set(request_log_lag=1e6)
    stack.sandbox.fail(f"reset_{'after' if after else 'before'}_charge")
    request = await stack.submit(order or generate())
    return await looked_up(stack, request.id)


async def looked_up(stack: Stack, request_id: str) -> Request:
    """The row once its outcome is unknown and the log was asked."""
    async with asyncio.timeout(30):
        while not ((row := await stack.row(request_id)).state is State.AMBIGUOUS and row.attempts):
            await asyncio.sleep(0.02)
    return row


async def the_row(stack: Stack) -> Request:
    """The newest request of the installation, once its outcome is unknown."""
    async with asyncio.timeout(30):
        while not (rows := await stack.core.store.recent(limit=1)):
            await asyncio.sleep(0.02)
    return await looked_up(stack, rows[0].id)


async def test_admins_end_it_at_its_hold_and_its_person_is_told(tmp_path, database):
    async with patient(tmp_path, database) as stack:
        row = await lost(stack)
        for actor, error in (
            (MIA, NotAllowed),
            (Actor(tenant="test:2", person="test:eve", is_admin=True), NotFound),
        ):
            with pytest.raises(error):
                await stack.core.admin.settle_unknown(actor, row.id)

        await stack.core.admin.settle_unknown(ADA, row.id)

        final = await stack.ended(row.id)
        assert isinstance(final, Failed)
        assert (final.receipt.charged, final.receipt.source) == (50_000, "hold")
        assert "not known whether this ran" in (
            final.request.failure.message if final.request.failure else ""
        )
        with pytest.raises(TooLate):
            await stack.core.admin.settle_unknown(ADA, row.id)
        assert (await stack.row(row.id)).hold == 0
        assert await stack.core.store.verify() == []


async def test_the_log_overrules_what_admins_charged(tmp_path, database):
    async with patient(tmp_path, database) as stack:
        row = await lost(stack)
        await stack.core.admin.settle_unknown(ADA, row.id)
        await stack.ended(row.id)
        await stack.told(row.id)
        await stack.run(generate())  # the log shows a call of ours, and not this one

        told = await stack.test.corrected_to(row.id)

        assert (told.before, told.receipt.charged) == (50_000, 0)
        assert [entry.spent for entry in await adjustments(stack, row.id)] == [-50_000]
        assert await stack.core.store.verify() == []


async def test_the_operator_releases_it_and_the_log_overrules_that(tmp_path, database):
    async with patient(tmp_path, database) as stack:
        row = await lost(stack, after=True)

        said = await command(stack, "requests", row.id, "--release")

        assert said.exit_code == 0, said.output
        stack.core.worker.wake()
        final = await stack.ended(row.id)
        assert isinstance(final, Failed)
        assert final.receipt.charged == 0
        again = await command(stack, "requests", row.id, "--settle")
        assert (again.exit_code, "nothing to decide" in again.output) == (1, True)
        assert await stack.core.store.verify() == []

        await stack.told(row.id)
        stack.sandbox.set(request_log_lag=0.0)
        await night(stack)
        assert (await stack.test.corrected_to(row.id)).receipt.charged == 40_000
        assert [entry.spent for entry in await adjustments(stack, row.id)] == [40_000]
        assert await stack.core.store.verify() == []


async def test_the_operator_ends_it_at_its_hold(tmp_path, database):
    async with patient(tmp_path, database) as stack:
        row = await lost(stack)
        for args in (("requests", "--settle"), ("requests", row.id, "--settle", "--release")):
            assert (await command(stack, *args)).exit_code == 2
        assert (await command(stack, "requests", "req_nothing", "--settle")).exit_code == 1
        said = await command(stack, "requests", row.id, "--settle")
        assert said.exit_code == 0, said.output
        stack.core.worker.wake()
        assert (await stack.ended(row.id)).request.charged == 50_000
        assert await stack.core.store.verify() == []


async def test_the_time_until_it_is_decided_does_not_restart(tmp_path, database):
    async with patient(tmp_path, database, ambiguous_minutes=60) as stack:
        row = await lost(stack)
        assert row.submitted_at is not None
        decided = row.submitted_at + HOUR_US
        assert row.expires_at == decided
        async with asyncio.timeout(30):  # the person is told after the row was written
            while stack.test.progressed[-1].request.expires_at != decided:
                await asyncio.sleep(0.02)
        with pytest.raises(TooLate, match="cannot be stopped"):
            await stack.core.service.cancel(MIA, row.id)
    # After the restart the log cannot be read at all: its gateway has gone.
    async with patient(tmp_path, database, ambiguous_minutes=60, sandbox=stack.sandbox) as again:
        async with asyncio.timeout(30):
            while (now := await again.row(row.id)).attempts <= row.attempts:
                await asyncio.sleep(0.02)
        assert now.expires_at == decided


# on the platforms


async def test_on_discord_the_place_of_cancel_is_taken_by_a_button_for_admins(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.stack.sandbox.fail("reset_before_charge", endpoint="generate")
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        message = await asked.message("at the latest", timeout=30)
        assert "$0.05 stays set aside" in stage.server.render(message)
        assert labels(message) == ["End it and charge $0.05"]

        refused = await stage.server.click(stage.mira, message, "End it and charge $0.05")
        assert "Only admins" in stage.server.render(await refused.message("Not this time"))
        pressed = await stage.server.click(stage.ada, message, "End it and charge $0.05")
        await pressed.message("Ended. $0.05 was charged")

        await asked.message("not known whether this ran", timeout=30)
        (row,) = await stage.stack.core.store.recent(limit=1)
        assert (row.state, row.charged, row.charged_from) == (State.FAILED, 50_000, "hold")
        assert await stage.stack.core.store.verify() == []


@pytest.mark.parametrize("line", ["generate a red fox --model seedream-4.5", "chat hello"])
async def test_on_slack_the_place_of_cancel_is_taken_by_a_button_for_admins(
    tmp_path: Path, line: str
) -> None:
    async with slack_world(tmp_path) as world:
        world.stack.sandbox.fail("reset_before_charge", endpoint=line.partition(" ")[0])
        await world.slack.mention(world.ana, world.art, line)
        shown = await world.art.wait_for_text("at the latest")
        row = await the_row(world.stack)
        assert "End it and charge" in shown.rendered
        assert "Cancel" not in shown.rendered

        await world.slack.click(world.ana, shown, "settle")
        await world.art.wait_for(lambda m: "Only admins" in m.rendered)
        await world.slack.click(world.boss, shown, "settle")
        await world.art.wait_for(lambda m: "Ended. " in m.rendered)

        await ended_on_slack(world, row.id)
        row = await world.stack.row(row.id)
        assert (row.state, row.charged_from, row.hold) == (State.FAILED, "hold", 0)
        assert await world.core.store.verify() == []


async def ended_on_slack(world: World, request_id: str) -> None:
    await world.art.wait_for(lambda m: m.is_bot and "not known whether this ran" in m.rendered)
    await world.stack.told(request_id)


async def test_on_the_page_admins_end_it(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        site.stack.sandbox.fail("reset_before_charge", endpoint="chat")
        _, accepted = await site.call("POST", "/api/orders", json={"text": "/chat hello"})
        row = await the_row(site.stack)
        assert isinstance(row.order, ChatOrder)
        _, view = await site.call("GET", f"/api/requests/{row.id}")
        assert (view["state"], view["stoppable"]) == ("ambiguous", False)
        assert view["expires_at"]
        status, answer = await site.call("POST", f"/api/requests/{row.id}/settle", who="mia")
        assert (status, answer["error"]["code"]) == (403, "not_allowed")

        ended = await site.post(f"/api/requests/{row.id}/settle", {}, who="ada")

        assert (ended["state"], ended["charged_from"]) == ("failed", "hold")
        assert (await site.ended(accepted["request_id"]))["error"]["charged"] is True
        assert await site.stack.core.store.verify() == []
