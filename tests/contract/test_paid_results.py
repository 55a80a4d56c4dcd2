"""A result that was paid for arrives as a file or as a link, whatever it is and whatever fails on its way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pyvips
from PIL import Image

from bot.core.events import Delivered
from bot.core.request import State
from tests.contract.test_notifier import PLATFORMS, Place
from tests.fakes.odd_pictures import odd_pictures, serve_instead

ODD = odd_pictures()
FILE = {"discord": r"\[(image|video)\] ", "slack": r"📎 ", "web": r"'url': '/media/req_\w+/0'"}
LINK = {"discord": r"\]\(http", "slack": r"https?://", "web": r"'link': 'http"}


@pytest.fixture(params=sorted(PLATFORMS))
async def somewhere(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, Place]]:
    async with PLATFORMS[request.param](tmp_path) as found:
        yield request.param, found


async def posted(name: str, place: Place) -> tuple[bool, bool]:
    """Whether a file and whether a link was posted since the last look."""
    before = "\n".join(await place.seen())
    _, event, _ = await place.run("generate", "a fox")
    assert isinstance(event, Delivered)
    row = await place.stack.core.store.get(event.request.id)
    assert row is not None
    assert row.state is State.DELIVERED
    assert row.charged == 40_000
    fresh = "\n".join(await place.seen())
    return tuple(  # type: ignore[return-value]
        len(re.findall(kind[name], fresh)) > len(re.findall(kind[name], before)) for kind in (FILE, LINK)
    )


async def test_odd_results_arrive(somewhere: tuple[str, Place]) -> None:
    name, place = somewhere
    for odd, (data, content_type) in ODD.items():
        serve_instead(place.stack.sandbox, data, content_type)
        file, link = await posted(name, place)
        assert file or link, odd
        assert file or odd == "nonsense", odd


READING = ("new_from_source", "new_from_memory", "thumbnail_source")
WRITING = ("webpsave_buffer", "jpegsave_buffer", "pngsave_buffer")


@pytest.mark.parametrize(
    ("error", "from_the_start"),
    [(MemoryError("none left"), False), (pyvips.Error("no"), False), (ValueError("encoding error 5"), True)],
)
async def test_where_no_codec_works_there_is_a_link(
    somewhere: tuple[str, Place], monkeypatch: pytest.MonkeyPatch, error: Exception, from_the_start: bool
) -> None:
    def fails(*_args: Any, **_how: Any) -> Any:
        raise error

    name, place = somewhere
    for step in (*READING, *WRITING):
        monkeypatch.setattr(pyvips.Image, step, fails, raising=False)
    if from_the_start:  # not even the header can be read
        monkeypatch.setattr(Image, "open", fails)
    serve_instead(place.stack.sandbox, *ODD["avif"])
    file, link = await posted(name, place)
    assert file or link
    assert link or name != "discord"
