"""A person is erased: nothing that Slack's side kept about their requests stays behind."""

from __future__ import annotations

from pathlib import Path

from adapters.cli import privacy
from adapters.slack.delivery.record import KEPT_BY_REQUEST
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import Actor
from bot.core.windows import Window
from tests.fakes.slack_world import World, slack_world

FOX = "/generate a birthday fox --model seedream-4.5"


async def kept(world: World) -> set[str]:
    """Ids of the requests that documents are kept about."""
    return {key for kind in KEPT_BY_REQUEST for key in await world.core.service.documents.documents(kind)}


async def test_erasing_a_person_erases_what_was_noted_about_their_requests(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        ana = f"slack:{world.ana.id}"
        admin = Actor(tenant=f"slack:{world.team.id}", person=f"slack:{world.boss.id}", is_admin=True)
        await world.slack.mention(world.boss, world.art, "/generate a wolf --model seedream-4.5")
        await world.result(world.art, "wolf")
        await world.slack.mention(world.ana, world.art, FOX)
        await world.result(world.art, "birthday fox")
        await world.core.admin.set_budget(admin, Scope.PERSON, ana, Window.TOTAL, Micros(10_000))
        await world.slack.mention(world.ana, world.art, FOX)
        refused = await world.art.wait_for_text("Your budget is $0.03 over")
        await world.slack.click(world.ana, refused, "Ask an admin")
        await world.art.wait_for_text("I have asked the admins")
        await world.stack.settled()
        await world.slack.wait_for(lambda: not len(world.app._tasks))
        rows = await world.requests()
        assert await kept(world) == {row.id for row in rows}
        done = await privacy.erase(world.core.store, world.core.media, world.core.settings, ana)
        assert (done.requests, done.unfinished) == (2, 0)
        assert await kept(world) == {row.id for row in rows if row.actor.person != ana}
    left = b"".join(path.read_bytes() for path in tmp_path.glob("lumenfall.db*"))
    assert b"birthday" not in left
    assert b"wolf" in left
