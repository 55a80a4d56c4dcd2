"""The life of a request over the real client, the sandbox on a socket, and a SQLite file."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from PIL import Image

from bot.core.events import Cancelled, Delivered, Failed, Refused
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import ChatOrder, EditOrder, State, UpscaleOrder, VideoOrder
from bot.core.windows import Window
from bot.worker.queue_positions import worth_telling
from tests.fakes.stack import ADA, MIA, generate, running_stack


def picture(width: int = 64, height: int = 48, color: str = "teal") -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


async def test_a_picture_is_priced_held_made_charged_and_delivered(tmp_path):
    async with running_stack(tmp_path) as stack:
        final = await stack.run(generate(n=2))
        assert isinstance(final, Delivered)
        assert final.receipt.estimate == 80_000
        assert final.receipt.charged == 80_000
        assert final.receipt.source == "gateway"
        assert len(final.request.assets) == 2
        for index in range(2):
            kept = await stack.core.service.result_file(final.request, index)
            assert Image.open(kept).size[0] > 0
        await stack.settled()
        row = await stack.row(final.request.id)
        assert row.state is State.DELIVERED
        assert row.hold == 0
        assert await stack.core.store.verify() == []
        assert stack.sandbox.charged_micros == 80_000


async def test_every_capability_ends_with_a_result_and_a_receipt(tmp_path):
    async with running_stack(tmp_path) as stack:
        prepared = await stack.core.service.prepare(picture())
        pictures = {prepared.upload.digest: prepared.data}
        orders = [
            generate(),
            EditOrder(model="seedream-4.5", prompt="make it night", images=(prepared.upload,)),
            UpscaleOrder(model="real-esrgan", image=prepared.upload, scale=2),
            ChatOrder(model="google/gemini-3-flash-preview", prompt="Say hello", images=(prepared.upload,)),
            VideoOrder(model="sora-2", prompt="waves", seconds=4, references=(prepared.upload,)),
        ]
        await stack.core.admin.change(ADA, threshold=Micros(10_000_000))
        for order in orders:
            final = await stack.run(order, pictures=pictures)
            assert isinstance(final, Delivered), (order.capability, final)
            assert final.receipt.charged > 0
            assert final.request.assets or final.request.text
        await stack.settled()
        assert stack.sandbox.charged_micros == sum(
            e.receipt.charged for e in stack.test.finished if isinstance(e, Delivered)
        )
        assert await stack.core.store.verify() == []


async def test_the_same_key_gives_the_same_request_even_when_the_budget_is_empty(tmp_path):
    async with running_stack(tmp_path, headroom_percent=0) as stack:
        await stack.core.admin.set_budget(ADA, Scope.PERSON, "*", Window.DAY, Micros(40_000))
        first = await stack.submit(generate(), dedupe_key="press:1")
        await stack.ended(first.id)
        again = await stack.submit(generate(), dedupe_key="press:1")
        assert again.id == first.id
        refused = await stack.run(generate())
        assert isinstance(refused, Refused)
        assert refused.refusal.code == "budget_exceeded"
        assert refused.refusal.left == 0
        assert refused.refusal.resets_at is not None
        assert len(stack.sandbox.paid_calls) == 1


async def test_a_higher_true_cost_is_booked_as_an_overrun_and_seen_by_the_next(tmp_path):
    async with running_stack(tmp_path, headroom_percent=0) as stack:
        await stack.core.admin.set_budget(ADA, Scope.PERSON, "*", Window.DAY, Micros(100_000))
        stack.sandbox.fail("cost_higher", factor=3)
        first = await stack.run(generate())
        assert isinstance(first, Delivered)
        assert first.receipt.charged == 120_000
        assert first.receipt.overrun == 80_000
        second = await stack.run(generate())
        assert isinstance(second, Refused)
        assert second.refusal.left == -20_000


async def test_a_price_above_the_threshold_waits_for_its_asker(tmp_path):
    async with running_stack(tmp_path) as stack:
        await stack.core.admin.change(ADA, threshold=Micros(10_000))
        request = await stack.submit(generate())
        asked = await stack.test.asked_about(request.id)
        assert asked.price == 40_000
        await stack.core.service.confirm(MIA, request.id)
        assert isinstance(await stack.ended(request.id), Delivered)


async def test_a_cancelled_request_is_not_bought(tmp_path):
    async with running_stack(tmp_path) as stack:
        await stack.core.admin.change(ADA, threshold=Micros(10_000))
        request = await stack.submit(generate())
        await stack.test.asked_about(request.id)
        await stack.core.service.cancel(MIA, request.id)
        final = await stack.ended(request.id)
        assert isinstance(final, Cancelled)
        assert final.receipt.charged == 0
        assert stack.sandbox.paid_calls == []


async def test_a_reset_after_the_charge_is_found_in_the_log_and_never_called_again(tmp_path):
    async with running_stack(tmp_path) as stack:
        stack.sandbox.fail("reset_after_charge", endpoint="generate")
        final = await stack.run(generate())
        assert isinstance(final, Failed)
        assert final.receipt.charged == 40_000
        assert final.receipt.source == "log"
        assert len(stack.sandbox.paid_calls) == 1
        await stack.settled()
        assert await stack.core.store.verify() == []


async def test_an_approval_runs_the_request_and_leaves_no_room_behind(tmp_path):
    async with running_stack(tmp_path, headroom_percent=0) as stack:
        await stack.core.admin.set_budget(ADA, Scope.PERSON, "*", Window.DAY, Micros(10_000))
        refused = await stack.run(generate())
        assert isinstance(refused, Refused)
        await stack.core.admin.approve(ADA, refused.request.id)
        await stack.settled()
        assert (await stack.row(refused.request.id)).state is State.DELIVERED
        [line] = await stack.core.store.lines(MIA)
        assert (line.granted, line.spent, line.held, line.left) == (0, 0, 0, 10_000)
        assert isinstance(await stack.run(generate()), Refused)


async def test_a_conversation_is_remembered_and_forgotten(tmp_path):
    async with running_stack(tmp_path) as stack:
        talk = ChatOrder(model="google/gemini-3-flash-preview", prompt="My cat is Momo.", conversation="t1")
        await stack.run(talk)
        second = await stack.run(replace(talk, prompt="What did I say?"))
        assert [turn.role for turn in second.request.order.history] == ["user", "assistant"]
        assert await stack.core.service.forget(MIA, "t1") == 4
        third = await stack.run(replace(talk, prompt="And now?"))
        assert third.request.order.history == ()


async def test_who_waits_is_told_their_place_until_their_turn(tmp_path):
    quick = {"sandbox_options": {"image_seconds": 0.4}, "per_person": 1}
    async with running_stack(tmp_path, **quick) as stack:
        rows = [await stack.submit(generate(f"fox {number}")) for number in range(3)]
        for row in rows:
            await stack.core.line.look()
            await stack.ended(row.id)
        told = [(e.request.id, e.position) for e in stack.test.progressed if e.position is not None]
        assert told[:2] == [(rows[1].id, 1), (rows[2].id, 2)] or told[:2] == [
            (rows[0].id, 1),
            (rows[1].id, 2),
        ]
        assert told[-1] == (rows[2].id, 1)
        await stack.core.line.look()
        assert len([e for e in stack.test.progressed if e.position]) == len(told)


def test_a_place_is_told_when_it_is_news():
    heard, told = [], 0
    for place in range(40, 0, -1):
        told = place if worth_telling(place, told) else told
        heard += [told] if told == place else []
    assert heard == [40, 20, 10, 5, 4, 3, 2, 1]
    assert not worth_telling(6, 5)
