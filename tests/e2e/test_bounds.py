"""What one person asks for is bounded, refused kindly, and leaves nothing behind that others pay for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.drafts import UnseenPicture
from bot.core.errors import BudgetExceeded
from bot.core.errors.bounds import PicturesFull, QueueFull, TooOften
from bot.core.events import Cancelled, Delivered, Refused
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.order_rules import OFFER_US
from bot.core.request import Actor, EditOrder, Request, State
from bot.core.windows import Window
from tests.e2e.test_core import picture
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.stack import ADA, MIA, Stack, generate, running_stack

__all__ = ["database", "postgres_server", "postgres_url"]

BO = replace(MIA, person="test:bo")
ZOE = Actor(tenant="test:other", person="test:zoe", name="Zoe", channel="test:c")


async def edit(stack: Stack, actor: Actor = MIA, color: str = "teal") -> Request:
    prepared = await stack.core.service.prepare(picture(color=color))
    order = EditOrder(model="seedream-4.5", prompt="night", images=(prepared.upload,))
    return await stack.submit(order, actor, pictures={prepared.upload.digest: prepared.data})


async def many_edits(stack: Stack, actor: Actor) -> None:
    for number in range(20):
        await edit(stack, actor, color=f"#{number * 7:02x}{len(actor.person):02x}80")


async def kept(stack: Stack, actor: Actor = MIA) -> int:
    return (await stack.core.store.stored(actor)).person


async def test_places_in_the_queue_are_bounded_for_each_person_and_tenant(tmp_path: Path, database) -> None:
    bounds = {"queue_per_person": 2, "queue_per_tenant": 3, "sandbox_options": {"image_seconds": 1.0}}
    async with running_stack(tmp_path, **bounds, **database) as stack:
        for _ in range(2):
            await stack.submit(generate())
        with pytest.raises(QueueFull, match=r"2 of your requests have not ended.*Nothing was charged"):
            await stack.submit(generate())
        await stack.submit(generate(), BO)
        with pytest.raises(QueueFull, match=r"3 requests from here have not ended.*Nothing was charged"):
            await stack.submit(generate(), replace(MIA, person="test:kim"))
        await stack.submit(generate(), ZOE)


async def test_a_burst_of_one_person_takes_no_more_places_than_theirs(tmp_path: Path) -> None:
    bounds = {"queue_per_person": 3, "sandbox_options": {"image_seconds": 1.0}}
    async with running_stack(tmp_path, **bounds) as stack:
        answers = await asyncio.gather(*(stack.submit(generate()) for _ in range(10)), return_exceptions=True)
        assert sum(isinstance(answer, Request) for answer in answers) == 3
        assert isinstance(await stack.run(generate(), ZOE), Delivered)


async def test_prices_that_wait_for_a_press_take_no_place_and_the_oldest_ends(
    tmp_path: Path, database
) -> None:
    bounds = {"queue_limit": 3, "queue_per_person": 3, "offers_per_person": 2}
    async with running_stack(tmp_path, **bounds, **database) as stack:
        await stack.core.admin.change(ADA, threshold=Micros(1))
        rows: list[Request] = []
        for number in range(4):
            rows.append(await stack.submit(generate(prompt=f"picture {number}")))
            await stack.test.asked_about(rows[-1].id)
        for row in rows[:2]:
            final = await stack.ended(row.id)
            assert isinstance(final, Cancelled)
            assert final.request.failure is not None
            assert final.request.failure.code == "replaced"
            assert "Nothing was charged" in final.request.failure.message
        states = [(await stack.row(row.id)).state for row in rows]
        assert states == [State.CANCELLED] * 2 + [State.AWAITING_CONFIRMATION] * 2
        await stack.core.service.confirm(MIA, rows[2].id)
        assert isinstance(await stack.ended(rows[2].id), Delivered)
        other = replace(ADA, tenant="test:other")
        await stack.core.admin.change(other, threshold=Micros(1_000_000))
        assert isinstance(await stack.run(generate(), ZOE), Delivered)
        assert await stack.core.store.verify() == []


async def test_dry_runs_are_bounded_for_each_person_and_tenant(tmp_path: Path) -> None:
    clock = WarpClock()
    bounds = {"dry_runs_per_person": 3, "dry_runs_per_tenant": 5}
    async with running_stack(tmp_path, clock=clock, **bounds) as stack:
        quotes = stack.core.service.quotes
        await stack.run(generate())
        await quotes.compare(MIA, generate(), ["seedream-4.5", "flux.2-pro"])
        for attempt in (quotes.estimate(MIA, generate()), stack.submit(generate())):
            with pytest.raises(TooOften, match="Nothing was charged; please wait a minute"):
                await attempt
        await quotes.compare(BO, generate(), ["seedream-4.5", "flux.2-pro"])
        with pytest.raises(TooOften):
            await quotes.estimate(BO, generate())
        await quotes.estimate(ZOE, generate())
        clock.jump(61)
        await quotes.estimate(MIA, generate())


async def test_an_edit_without_a_budget_is_refused_before_its_picture_is_kept(
    tmp_path: Path, database
) -> None:
    async with running_stack(tmp_path, **database) as stack:
        await stack.core.admin.set_budget(ADA, Scope.PERSON, MIA.person, Window.MONTH, Micros(0))
        said = r"has nothing left.* Ask an admin for a higher limit.* Nothing was charged"
        for color in ("red", "blue"):
            with pytest.raises(BudgetExceeded, match=said):
                await edit(stack, color=color)
        unseen = EditOrder(model="seedream-4.5", prompt="night", images=(UnseenPicture(),))
        with pytest.raises(BudgetExceeded):
            await stack.core.service.admit(MIA, unseen)
        assert await kept(stack) == 0
        assert await stack.core.store.recent(person=MIA.person) == []
        # Without a picture it is a request, which an admin may approve.
        final = await stack.run(generate())
        assert isinstance(final, Refused)
        assert final.refusal.code == "budget_exceeded"


async def test_pictures_are_bounded_for_each_person_and_tenant(tmp_path: Path) -> None:
    size = 400
    bounds = {"stored_bytes_per_person": 4 * size, "stored_bytes_per_tenant": 6 * size}
    async with running_stack(tmp_path, **bounds) as stack:
        with pytest.raises(
            PicturesFull, match=r"no room for more of your pictures.*30 days.*Nothing was charged"
        ):
            await many_edits(stack, MIA)
        assert 0 < await kept(stack) <= 4 * size
        with pytest.raises(PicturesFull, match="no room for more pictures from here"):
            await many_edits(stack, BO)
        assert isinstance(await stack.run(generate()), Delivered)
        await edit(stack, ZOE)


async def test_a_refused_picture_stays_for_its_offer_and_then_goes(tmp_path: Path, database) -> None:
    clock = WarpClock()
    async with running_stack(tmp_path, clock=clock, **database) as stack:
        await stack.core.admin.change(ADA, cap=Micros(1))
        asked = await edit(stack)
        assert isinstance(await stack.ended(asked.id), Refused)
        assert await kept(stack) == 0
        await stack.core.admin.change(ADA, cap=None, threshold=Micros(1))
        asked = await edit(stack)
        await stack.test.asked_about(asked.id)
        await stack.core.service.cancel(MIA, asked.id)
        await stack.ended(asked.id)
        assert await kept(stack) > 0
        where = {"origin": "test", "reply_to": {}, "dedupe_key": "test:again"}
        again = await stack.core.service.repeat(MIA, asked.id, **where)
        await stack.test.asked_about(again.id)
        await stack.core.service.confirm(MIA, again.id)
        assert isinstance(await stack.ended(again.id), Delivered)
        clock.jump(OFFER_US / 1_000_000)
        await stack.core.store.purge(before=0)
        assert await kept(stack) > 0  # the second request ran, and has its picture as long as its words
