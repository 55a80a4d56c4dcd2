"""Bad input and unusable prices: a clear refusal, no charge, no trace in any budget."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest

from bot.core.audit.entries import OPERATOR
from bot.core.errors import Refusal
from bot.core.events import Failed, Refused
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import Actor, ChatOrder, EditOrder, UpscaleOrder, VideoOrder
from bot.core.windows import Window
from tests.e2e.test_core import picture
from tests.fakes.stack import ADA, MIA, Stack, generate, running_stack


@pytest.fixture
async def stack(tmp_path):
    async with running_stack(tmp_path) as running:
        await running.core.admin.set_budget(ADA, Scope.PERSON, "*", Window.DAY, Micros(5_000_000))
        yield running


async def untouched(stack: Stack, actor: Actor = MIA) -> bool:
    await stack.settled()
    lines = await stack.core.store.lines(actor)
    return stack.sandbox.charged_micros == 0 and all(line.spent == line.held == 0 for line in lines)


def bomb(pixels: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""
    header = struct.pack(">IIBBBBB", pixels, pixels, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 50_000}, "prompt"),
        ({"prompt": "half a \ud83d smile"}, "prompt"),
        ({"prompt": "nul \x00"}, "prompt"),
        ({"size": "huge"}, "size"),
        ({"size": "1x1"}, "size"),
        ({"aspect_ratio": "wide"}, "aspect_ratio"),
        ({"resolution": "very"}, "resolution"),
        ({"quality": "best"}, "quality"),
        ({"output_format": "bmp"}, "output_format"),
        ({"output_compression": 0}, "output_compression"),
        ({"seed": -1}, "seed"),
        ({"extra": {"dryRun": "false"}}, "extra"),
        ({"extra": {"webhook_url": "https://example.org"}}, "extra"),
        ({"extra": {"bad name": "1"}}, "extra"),
    ],
)
async def test_a_bad_option_is_named_and_costs_nothing(stack, changes: dict[str, Any], field: str):
    with pytest.raises(Refusal) as caught:
        await stack.submit(replace(generate(), **changes))
    assert getattr(caught.value, "field", "") == field
    assert await untouched(stack)


async def test_an_unknown_model_suggests_the_nearest(stack):
    final = await stack.run(generate(model="seedraem-4.5"))
    assert isinstance(final, Refused)
    assert "seedream-4.5" in final.refusal.message
    assert await untouched(stack)


async def test_a_negative_scale_or_one_the_model_lacks_is_refused(stack):
    prepared = await stack.core.service.prepare(picture())
    for model, scale in (
        ("topaz-image-upscale", -1),
        ("google-upscaler", 3),
        ("topaz-image-upscale", float("nan")),
    ):
        with pytest.raises(Refusal, match="scale"):
            await stack.submit(UpscaleOrder(model=model, image=prepared.upload, scale=scale))
    assert await untouched(stack)


async def test_words_and_seconds_are_checked_for_chat_and_video(stack):
    for order in (
        ChatOrder(model="google/gemini-3-flash-preview", prompt="hi", temperature=3),
        VideoOrder(model="sora-2", prompt="waves", seconds=0),
        VideoOrder(model="sora-2", prompt="waves", seconds=999),
        VideoOrder(model="sora-2", prompt="waves", n=9),
        EditOrder(model="seedream-4.5", prompt="night", images=()),
    ):
        with pytest.raises(Refusal):
            await stack.submit(order)
    assert await untouched(stack)


@pytest.mark.parametrize(
    "data", [bomb(6400), bomb(60_000), b"just words", b"", b"\x89PNG\r\n\x1a\n", b"GIF89a"]
)
async def test_a_bomb_or_a_text_file_is_no_picture(stack, data: bytes):
    with pytest.raises(Refusal) as caught:
        await stack.core.service.prepare(data)
    assert caught.value.code == "bad_image"
    assert await untouched(stack)


async def test_a_dry_run_that_may_have_run_is_no_price(stack):
    stack.sandbox.fail("no_estimated", dry_run=True, times=None)
    final = await stack.run(generate())
    assert isinstance(final, Failed)
    assert final.request.failure is not None
    assert final.request.failure.code == "dry_run_ran"
    assert final.receipt.charged == stack.sandbox.charged_micros == 0


async def test_a_dry_run_without_a_usable_price_is_refused(stack):
    stack.sandbox.fail("no_price", dry_run=True, times=None)
    final = await stack.run(generate())
    assert isinstance(final, Refused)
    assert final.refusal.code == "price_unknown"
    assert await untouched(stack)


async def test_a_price_above_the_cap_is_refused(stack):
    await stack.core.admin.change(ADA, cap=Micros(39_999))
    final = await stack.run(generate())
    assert isinstance(final, Refused)
    assert final.refusal.code == "price_too_high"
    assert await untouched(stack)


async def test_policy_bars_models_capabilities_channels_and_people(stack):
    for changes in (
        {"denied_models": ("seedream*",)},
        {"allowed_models": ("flux*",)},
        {"denied_capabilities": ("generate",)},
        {"allowed_channels": ("test:elsewhere",)},
        {"blocked_people": (MIA.person,)},
        {"paused": True},
    ):
        before = await stack.core.admin.tenant(ADA)
        await stack.core.admin.change(ADA, **changes)
        with pytest.raises(Refusal) as caught:
            await stack.submit(generate())
        assert caught.value.code == "not_allowed", changes
        await stack.core.store.change_tenant(before.id, lambda _, before=before: before, by=OPERATOR)
    with pytest.raises(Refusal, match="admins"):
        await stack.core.admin.change(MIA, paused=True)
    assert await untouched(stack)


async def test_a_full_queue_refuses_kindly_with_its_length(tmp_path):
    async with running_stack(tmp_path, queue_limit=2, sandbox_options={"image_seconds": 1.0}) as stack:
        for _ in range(2):
            await stack.submit(generate())
        with pytest.raises(Refusal, match="2 requests are already waiting"):
            await stack.submit(generate())
