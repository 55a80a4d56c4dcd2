"""A mask that would change nothing is refused before money, with a small picture of what was understood."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from tests.e2e.test_cli import cli
from tests.fakes.discord_server.server import Upload as DiscordUpload
from tests.fakes.discord_stage import staged, upload
from tests.fakes.sandbox import KEY, running_sandbox
from tests.fakes.slack_server.files import Upload as SlackUpload
from tests.fakes.slack_world import picture, slack_world

NOTHING = "would change nothing"


def black(width: int = 96, height: int = 96) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height), 0).save(out, "PNG")
    return out.getvalue()


def is_dark(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as image:
        return image.format == "PNG" and image.convert("L").getextrema() == (48, 48)


async def test_on_discord_only_its_asker_sees_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        mask = DiscordUpload(filename="mask.png", data=black(64, 48))
        asked = await stage.slash("edit", prompt="make it night", image=upload(), mask=mask)
        told = await asked.followup(NOTHING, timeout=30)
        assert told.ephemeral
        assert is_dark(told.attachments[0].data)
        assert "what is white would change" in stage.server.render(told)
        assert await stage.charged() == 0


async def test_on_slack_only_its_asker_sees_it(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        mask = SlackUpload(name="mask.png", content=black())
        order = "/edit make it night --model seedream-4.5"
        await world.slack.mention(world.ana, world.art, order, files=[picture(), mask])
        told = await world.art.wait_for_text(NOTHING)
        assert told.ephemeral_to is world.ana
        [shown] = [block["slack_file"]["id"] for block in told.blocks if block["type"] == "image"]
        assert is_dark(world.slack.files[shown].content or b"")
        assert await world.requests() == []


async def test_on_slack_trouble_with_the_picture_keeps_no_words_back(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        world.slack.fail("files.getUploadURLExternal", "file_uploads_disabled")
        mask = SlackUpload(name="mask.png", content=black())
        order = "/edit make it night --model seedream-4.5"
        await world.slack.mention(world.ana, world.art, order, files=[picture(), mask])
        told = await world.art.wait_for_text(NOTHING)
        assert not [block for block in told.blocks if block["type"] == "image"]


async def test_on_the_command_line_it_is_written_beside_the_results(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(picture().content)
    (tmp_path / "mask.png").write_bytes(black())
    names = ("--image", str(tmp_path / "photo.png"), "--mask", str(tmp_path / "mask.png"))
    async with running_sandbox() as sandbox:
        said = await cli(
            *("ask", "/edit make it night", "-y", *names, "--out", str(tmp_path / "out")),
            expect=1,
            LUMENFALL_API_KEY=KEY,
            LUMENFALL_BASE_URL=sandbox.base_url,
            DATA_DIR=str(tmp_path / "data"),
        )
    assert NOTHING in said
    assert "mask-as-understood.png" in said
    assert is_dark((tmp_path / "out" / "mask-as-understood.png").read_bytes())
