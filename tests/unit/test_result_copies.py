"""Copies of results: what fits stays as it is, what moves goes on moving, and nothing that fails raises."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pyvips
from PIL import Image

from adapters.discord.delivery.attachments import SHOWN as DISCORD
from adapters.slack.delivery.packing import SHOWN as SLACK
from bot.core.request import Asset, GenerateOrder
from bot.images import copies, moving
from bot.images.copies import Changed, Copy, copy_for
from bot.use_cases.result_copies import ResultCopies
from storage.media_folder import MediaFolder
from tests.fakes.odd_pictures import moving as moving_picture
from tests.fakes.odd_pictures import odd_pictures
from tests.unit.test_discord_render import request_of

ODD = odd_pictures()


def written(folder: Path, name: str) -> Path:
    data, content_type = ODD[name]
    path = folder / f"{name}.{content_type.rpartition('/')[2]}"
    path.write_bytes(data)
    return path


def shown(copy: Copy, path: Path) -> Image.Image:
    return Image.open(io.BytesIO(copy.data or path.read_bytes()))


@pytest.mark.parametrize("shows", [DISCORD, SLACK], ids=["discord", "slack"])
@pytest.mark.parametrize("limit", [2_000, pytest.param(100_000, marks=pytest.mark.deep), 10_000_000])
@pytest.mark.parametrize("name", list(ODD))
async def test_a_copy_fits_and_is_shown_or_there_is_none(tmp_path, name, limit, shows):
    path = written(tmp_path, name)
    found = await copy_for(path, shows=shows, max_bytes=limit)
    if found is None:
        assert name == "nonsense" or limit == 2_000
        return
    assert len(found.data or path.read_bytes()) <= limit
    if name != "nonsense":
        picture = shown(found, path)
        frames = getattr(picture, "n_frames", 1)
        assert picture.format in (shows.moving if frames > 1 else shows.still)
        assert (frames > 1) == (moving.frames_of(path) > 1 and found.changed is not Changed.MOTION)


@pytest.mark.parametrize("name", ["gif", "apng", "moving webp"])
@pytest.mark.parametrize("shows", [DISCORD, SLACK], ids=["discord", "slack"])
async def test_what_moves_goes_on_moving_at_its_own_pace(tmp_path, name, shows):
    path = written(tmp_path, name)
    found = await copy_for(path, shows=shows, max_bytes=1_000_000)
    assert found is not None
    picture = shown(found, path)
    assert getattr(picture, "n_frames", 1) == 4
    picture.seek(1)
    picture.load()
    assert picture.info["duration"] == 100
    assert picture.convert("RGB").getpixel((60, 45))[1] > 200  # lime


async def test_a_film_too_large_to_copy_is_a_first_frame_that_says_so(tmp_path, monkeypatch):
    path = written(tmp_path, "gif")
    monkeypatch.setattr(moving, "PIXELS", 100)
    found = await copy_for(path, shows=SLACK, max_bytes=600)
    assert found is None or found.changed is Changed.MOTION
    found = await copy_for(path, shows=copies.Shows(still=("PNG",), moving=("WEBP",)), max_bytes=10_000)
    assert found is not None
    assert found.changed is Changed.MOTION


async def test_a_panorama_that_webp_cannot_hold_comes_in_another_format_or_smaller(tmp_path):
    path = tmp_path / "wide.png"
    Image.linear_gradient("L").rotate(30).resize((20_800, 960)).convert("RGB").save(path, compress_level=1)
    size = path.stat().st_size
    for limit in (size - 1, size // 10):
        found = await copy_for(path, shows=DISCORD, max_bytes=limit)
        assert found is not None
        assert found.changed is Changed.SIZE
        picture = shown(found, path)
        assert abs(picture.width / picture.height - 20_800 / 960) < 0.5


ERRORS: list[Callable[[], Exception]] = [
    lambda: MemoryError(),
    lambda: pyvips.Error("no"),
    lambda: ValueError("encoding error 5"),
    lambda: OSError("broken data stream"),
    lambda: Image.DecompressionBombError("too many pixels"),
    lambda: RuntimeError("a codec's own"),
]
VIPS = (
    "new_from_source",
    "thumbnail_source",
    "webpsave_buffer",
    "jpegsave_buffer",
    "pngsave_buffer",
    "flatten",
)
PILLOW = ("convert", "resize", "save", "seek", "reduce", "tobytes")


def broken(error: Callable[[], Exception]) -> Callable[..., Any]:
    def fails(*_args: Any, **_how: Any) -> Any:
        raise error()

    return fails


def failing(steps: Sequence[str]) -> list[Any]:
    """Each step with one error, all of them together with another; the deep run has every error."""
    found: list[Any] = []
    for at, one in enumerate([*((step,) for step in steps), steps]):
        for number, error in enumerate(ERRORS):
            name = f"{'-'.join(one)}-{type(error()).__name__}"
            quick = number == at % len(ERRORS)
            found.append(pytest.param(one, error, id=name, marks=() if quick else pytest.mark.deep))
    return found


@pytest.mark.parametrize(("steps", "error"), failing(VIPS))
async def test_every_step_of_libvips_may_fail(tmp_path, monkeypatch, steps, error):
    for step in steps:
        monkeypatch.setattr(pyvips.Image, step, broken(error), raising=False)
    for name in ("avif", "deep", "printed"):
        found = await copy_for(written(tmp_path, name), shows=DISCORD, max_bytes=40_000)
        assert found is None or 0 < len(found.data) <= 40_000
    one_encoder = steps in (("webpsave_buffer",), ("jpegsave_buffer",))
    assert not one_encoder or found is not None


@pytest.mark.parametrize(("steps", "error"), failing(PILLOW))
async def test_every_step_of_pillow_may_fail(tmp_path, monkeypatch, steps, error):
    paths = [written(tmp_path, name) for name in ("apng", "avif")]
    for step in steps:
        monkeypatch.setattr(Image.Image, step, broken(error))
    for path in paths:
        found = await copy_for(path, shows=SLACK, max_bytes=1_000_000)
        assert found is None or found.data


async def test_a_file_that_is_gone_has_no_copy(tmp_path):
    assert await copy_for(tmp_path / "gone.png", shows=DISCORD, max_bytes=1_000) is None
    assert await copies.page_copy(tmp_path / "gone.png", 480) is None


# the page


async def kept(tmp_path: Path, name: str) -> tuple[MediaFolder, ResultCopies, Any]:
    media = MediaFolder(tmp_path / "media")
    data, content_type = ODD[name]
    async with media.scratch() as folder:
        (folder / "0.bin").write_bytes(data)
        path = await media.put("req_1", folder / "0.bin")
    asset = Asset(url="", path=path, content_type=content_type)
    order = GenerateOrder(model="m", prompt="a fox")
    return media, ResultCopies(media), replace(request_of(order), assets=(asset,))


async def test_a_copy_for_the_page_is_made_once_however_many_ask(tmp_path, monkeypatch):
    media, made, row = await kept(tmp_path, "printed")
    calls: list[int] = []
    real = copies.page_copy

    async def counted(path: Path, edge: int) -> Copy | None:
        calls.append(edge)
        return await real(path, edge)

    monkeypatch.setattr(copies, "page_copy", counted)
    found = await asyncio.gather(*(made.find(row, 0, 480) for _ in range(8)))
    assert len(set(found)) == 1
    assert found[0] is not None
    assert Image.open(found[0]).size == (480, 320)
    assert await ResultCopies(media).find(row, 0, 480) == found[0], "another process finds it"
    assert calls == [480]


async def test_what_cannot_be_made_smaller_is_tried_once(tmp_path, monkeypatch):
    _, made, row = await kept(tmp_path, "nonsense")
    assert await made.find(row, 0, 480) is None
    monkeypatch.setattr(copies, "page_copy", broken(lambda: AssertionError("tried again")))
    assert await made.find(row, 0, 480) is None
    assert await made.find(row, 7, 480) is None


async def test_a_copy_for_the_page_moves(tmp_path):
    path = tmp_path / "0.gif"
    path.write_bytes(moving_picture("GIF", width=800, height=600, frames=4))
    found = await copies.page_copy(path, 240)
    assert found is not None
    assert (shown(found, path).size, getattr(shown(found, path), "n_frames", 1)) == ((240, 180), 4)


async def test_frames_too_many_to_keep_at_their_size_go_on_moving_smaller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.gif"
    path.write_bytes(moving_picture("GIF", width=400, height=300, frames=40))
    monkeypatch.setattr(moving, "PIXELS", 400 * 300 * 40 // 40)
    found = await copy_for(path, shows=DISCORD, max_bytes=path.stat().st_size - 1)
    assert found is not None
    assert found.changed is Changed.SIZE
    assert shown(found, path).size == (48, 36)
    assert getattr(shown(found, path), "n_frames", 1) == 40
