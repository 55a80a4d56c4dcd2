"""What people's files tell besides their pixels reaches neither the gateway nor a platform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import BadImage
from bot.images.preparation import prepare
from sandbox import edits
from tests.e2e.test_web_api import form
from tests.fakes import picture_writer as writer
from tests.fakes.discord_server.server import Upload as DiscordUpload
from tests.fakes.discord_stage import staged
from tests.fakes.exiftool import MISSING, found_in
from tests.fakes.playground import running_playground
from tests.fakes.slack_server.files import Upload as SlackUpload
from tests.fakes.slack_world import slack_world

pytestmark = pytest.mark.skipif(MISSING, reason="exiftool is not installed")
CASES = Path(__file__).parents[3] / "shared/cases/images"
MODEL = "seedream-4.5"
KINDS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "TIFF": "tif"}
FILES = {
    f"photo.{suffix}": writer.with_secrets(writer.photograph(120, 80, 3), kind)
    for kind, suffix in KINDS.items()
}


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The pictures of every call that the gateway got, as they came."""
    kept: list[bytes] = []
    real = edits.uploads_named

    def keep(*args: Any) -> Any:
        named = real(*args)
        kept.extend(upload.data for upload in named)
        return named

    monkeypatch.setattr(edits, "uploads_named", keep)
    return kept


def test_the_tool_finds_what_is_there() -> None:
    assert any(writer.SECRET.decode() in tag for tag in found_in([FILES["photo.jpg"]]))
    for name, data in FILES.items():
        assert found_in([data]), name


async def test_on_discord(tmp_path: Path, received: list[bytes]) -> None:
    async with staged(tmp_path) as stage:
        for name, data in FILES.items():
            if name.endswith(".tif"):  # Discord's clients offer no such files for a command
                continue
            picture = DiscordUpload(filename=name, data=data)
            asked = await stage.slash("edit", prompt=f"make it night {name}", image=picture, model=MODEL)
            shown = await asked.message("charged **", timeout=30)
            assert found_in([attachment.data for attachment in shown.attachments]) == []
    assert len(received) >= len(FILES) - 1
    assert found_in(received) == []


async def test_on_slack(tmp_path: Path, received: list[bytes]) -> None:
    async with slack_world(tmp_path) as world:
        for name, data in FILES.items():
            order = f"/edit make it night {name} --model {MODEL}"
            await world.slack.mention(
                world.ana, world.art, order, files=[SlackUpload(name=name, content=data)]
            )
            shown = await world.result(world.art, name)
            assert found_in([file.content or b"" for file in shown.files]) == []
    assert len(received) >= len(FILES)
    assert found_in(received) == []


async def test_on_the_page(tmp_path: Path, received: list[bytes]) -> None:
    async with running_playground(tmp_path) as site:
        for data in FILES.values():
            order = form({"text": f"/edit a red hat --model {MODEL}"}, image=data)
            _, accepted = await site.call("POST", "/api/orders", data=order)
            done = await site.ended(accepted["request_id"])
            for shown in (*done["inputs"], *done["assets"]):
                async with site.http.get(site.server.url + shown["url"]) as media:
                    assert found_in([await media.read()]) == []
    assert len(received) >= len(FILES)
    assert found_in(received) == []


@pytest.mark.skipif(not CASES.is_dir(), reason="the made pictures lie in ../shared")
async def test_every_made_file() -> None:
    sent: list[bytes] = []
    for path in sorted(CASES.iterdir()):
        if path.suffix == ".json":
            continue
        is_mask = path.name.startswith("mask_")
        try:
            fits = (512, 512) if is_mask else None
            sent.append((await prepare(path.read_bytes(), for_mask=is_mask, fits=fits)).data)
        except BadImage:
            continue
    assert len(sent) > 40
    assert found_in(sent) == []
