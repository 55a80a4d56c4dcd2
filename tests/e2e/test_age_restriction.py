"""What was made in an age-restricted channel is not offered, reused or posted outside of such channels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.capability import Capability
from bot.core.errors import NotAllowed
from bot.core.request import State
from tests.fakes.discord_stage import CHEAP, Stage, staged


async def drawn_in_the_cellar(stage: Stage) -> str:
    """A picture of Mira's from an age-restricted channel; its request's id."""
    cellar = stage.server.add_channel(stage.guild, "cellar", nsfw=True)
    asked = await stage.server.slash(stage.mira, cellar, "generate", prompt="a private fox", model=CHEAP)
    await asked.message("charged **", timeout=30)
    inside = replace(stage.actor(stage.mira), sensitive_ok=True)
    await stage.stack.settled()
    [row] = await stage.stack.core.service.history(inside)
    return row.id


async def test_it_is_neither_offered_nor_listed_nor_used_elsewhere(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server, mira, service = stage.server, stage.mira, stage.stack.core.service
        made = await drawn_in_the_cellar(stage)
        cellar = next(channel for channel in stage.guild.channels.values() if channel.name == "cellar")
        offered = await server.autocomplete(mira, cellar, "upscale", "result", "")
        assert [choice["value"] for choice in offered] == [f"{made}:1"]
        assert await server.autocomplete(mira, stage.art, "upscale", "result", "") == []
        listed = await stage.slash("history")
        assert "private fox" not in server.render(await listed.message("Your requests"))
        refused = await stage.slash("upscale", result=f"{made}:1")
        assert "age-restricted" in server.render(await refused.message("Not this time"))
        assert refused.ephemeral
        outside = stage.actor(mira)
        for reuse in (
            service.repeat(outside, made, origin="discord", reply_to={}, dedupe_key="a"),
            service.vary(outside, made, origin="discord", reply_to={}, dedupe_key="b"),
            service.from_result(
                outside, made, 0, Capability.UPSCALE, origin="discord", reply_to={}, dedupe_key="c"
            ),
        ):
            with pytest.raises(NotAllowed, match="age-restricted"):
                await reuse
        admin = await service.history(stage.actor(stage.ada), everyone=True)
        assert [(row.order.prompt, row.assets, row.charged) for row in admin] == [("", (), 40_000)]
        asked = await server.slash(mira, cellar, "upscale", result=f"{made}:1")
        await asked.message("charged **", timeout=30)


async def test_it_is_not_posted_in_a_direct_message(tmp_path: Path) -> None:
    async with staged(tmp_path, sandbox_options={"image_seconds": 2.5}) as stage:
        server = stage.server
        cellar = server.add_channel(stage.guild, "cellar", nsfw=True)
        asked = await server.slash(stage.mira, cellar, "generate", prompt="a private fox", model=CHEAP)
        await asked.message("Working on it", timeout=30)
        server.clock.advance(16 * 60)
        server.delete_channel(cellar)
        direct = await server.wait_message(server.dm_channel(stage.mira), "charged **", timeout=30)
        shown = server.render(direct)
        assert not direct.attachments
        assert "](http" in shown
        assert "age-restricted channel" in shown
        await stage.stack.settled()
        inside = replace(stage.actor(stage.mira), sensitive_ok=True)
        [row] = await stage.stack.core.service.history(inside)
        assert row.state is State.DELIVERED
