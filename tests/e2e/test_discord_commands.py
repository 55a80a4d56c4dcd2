"""Members use every capability on Discord: an unmodified discord.py against the fake server, nothing mocked."""

from __future__ import annotations

import pytest

from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_stage import CHEAP, png, staged, upload


async def test_a_picture_comes_with_its_receipt_and_its_buttons(tmp_path):
    async with staged(tmp_path) as stage:
        asked = await stage.slash("generate", prompt="a fox at dusk", model=CHEAP, n=2)
        assert await asked.acknowledged() == 5
        assert not asked.ephemeral
        message = await asked.message("Charged" if False else "charged **$0.08**", timeout=30)
        shown = stage.server.render(message)
        print(shown)
        assert "a fox at dusk" in shown
        assert "Estimated $0.08 → charged **$0.08**" in shown
        assert len(message.attachments) == 2
        assert labels(message) == [
            "Upscale 1", "Upscale 2", "Vary", "Vary with changes", "Edit", "Animate", "Again", "Details", "Delete",
        ]  # fmt: skip
        assert await stage.charged() == 80_000
