"""A request is seen in its place and paid by its payer, whoever they are; no platform is involved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.errors import NoHome, NotAllowed, NotFound, TooLate
from bot.core.identity import Via, new_request_id
from bot.core.money import Micros
from bot.core.request import ChatOrder, Request, State
from tests.fakes.stack import ADA, MIA, Stack, generate, running_stack

UNPAID = replace(MIA, tenant="test:dm:mia", via=Via.DIRECT)
DIRECT = replace(MIA, place=UNPAID.tenant, via=Via.DIRECT)
OTHER = replace(DIRECT, tenant="test:2")


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path, sandbox_options={"video_seconds": 60.0}) as found:
        yield found


async def priced(stack: Stack) -> Request:
    """A request of the direct messages that waits for its press."""
    await stack.core.admin.change(ADA, threshold=Micros(1))
    request = await stack.submit(generate("a secret"), DIRECT)
    return (await stack.test.asked_about(request.id)).request


async def test_where_nobody_pays_nothing_is_taken_priced_or_said_to_be_left(stack: Stack) -> None:
    service = stack.core.service
    with pytest.raises(NoHome):
        await stack.submit(generate(), UNPAID)
    with pytest.raises(NoHome):
        await service.quotes.estimate(UNPAID, generate())
    with pytest.raises(NoHome):
        await service.balance(UNPAID)
    assert stack.sandbox.charged_micros == 0
    assert await stack.core.store.recent() == []


async def test_what_an_older_version_took_there_ends_refused(stack: Stack) -> None:
    now = stack.core.clock.now()
    row = Request(
        id=new_request_id(),
        dedupe_key="old",
        origin="test",
        actor=replace(UNPAID, via=Via.HERE),
        order=generate(),
        reply_to={},
        state=State.RECEIVED,
        created_at=now,
        updated_at=now,
        due_at=now,
    )
    await stack.core.store.accept(row, {})
    stack.core.worker.wake()
    ended = await stack.ended(row.id)
    assert ended.request.state is State.REFUSED
    assert ended.request.failure is not None
    assert ended.request.failure.code == NoHome.code
    assert stack.sandbox.charged_micros == 0
    assert await stack.core.store.verify() == []


async def test_a_price_is_not_agreed_to_once_somebody_else_pays(stack: Stack) -> None:
    request = await priced(stack)
    for actor in (OTHER, UNPAID):
        with pytest.raises(TooLate, match="Another server pays"):
            await stack.core.service.confirm(actor, request.id)
    await stack.core.service.confirm(DIRECT, request.id)
    await stack.ended(request.id)
    [entry] = {entry.tenant async for entry in stack.core.store.entries()}
    assert entry == MIA.tenant


async def test_others_in_the_payer_neither_see_nor_press_it_but_its_admins_may_stop_it(stack: Stack) -> None:
    request, service = await priced(stack), stack.core.service
    neighbour = replace(MIA, person="test:ned")
    for actor in (MIA, ADA, neighbour):
        with pytest.raises(NotFound):
            await service.request(actor, request.id)
    with pytest.raises(NotFound):
        await service.cancel(neighbour, request.id)
    with pytest.raises(NotAllowed):
        await service.running(neighbour, everyone=True)
    [shown] = await service.running(ADA, everyone=True)
    assert (shown.id, shown.estimate, shown.order.prompt) == (request.id, request.estimate, "")
    assert (await service.running(DIRECT))[0].order.prompt == "a secret"
    assert await service.running(MIA) == []
    await service.cancel(ADA, request.id)
    assert (await stack.row(request.id)).state is State.CANCELLED


async def test_a_conversation_belongs_to_the_place_and_outlives_a_change_of_payer(stack: Stack) -> None:
    order = ChatOrder(model="openai/gpt-5.4", prompt="remember the word fox", conversation="c")
    await stack.run(order, DIRECT)
    here = await stack.submit(replace(order, prompt="which word?"), MIA)
    elsewhere = await stack.submit(replace(order, prompt="which word?"), OTHER)
    assert isinstance(here.order, ChatOrder)
    assert isinstance(elsewhere.order, ChatOrder)
    assert here.order.history == ()
    assert [turn.content for turn in elsewhere.order.history][:1] == [order.prompt]
    assert await stack.core.service.forget(OTHER, "c") >= 2
