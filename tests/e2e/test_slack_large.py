"""A film of 200 MB: fetched to disk, streamed from disk, never in memory."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.media import Item
from tests.fakes.sandbox import running_sandbox
from tests.fakes.slack_process import bot_process
from tests.fakes.slack_server.server import SlackServer

SIZE = 200_000_000
GROWTH = 40_000_000


def padded(film: bytes) -> bytes:
    """The same film with an ISO `free` box behind it: larger, and as playable as before."""
    room = SIZE - len(film)
    return film + struct.pack(">I4s", room, b"free") + bytes(room - 8)


class Scale:
    """The most memory a process has held, looked at many times a second."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.most = 0

    def now(self) -> int:
        return self._process.memory_info().rss

    async def watch(self) -> None:
        while True:
            self.most = max(self.most, self.now())
            await asyncio.sleep(0.02)


@pytest.mark.timeout(170)
async def test_a_film_of_200_mb_passes_through_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_sandbox(video_seconds=1.0) as sandbox, await SlackServer.start() as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with bot_process(slack, team, sandbox, tmp_path) as running:
            await slack.mention(ana, art, "/video waves --model kling-v3 --seconds 3")
            small = await art.wait_for(lambda m: m.files, 60)
            put = sandbox.state.media.put

            def large(data: bytes, content_type: str, **more: Any) -> Item:
                return put(padded(data) if content_type == "video/mp4" else data, content_type, **more)

            monkeypatch.setattr(sandbox.state.media, "put", large)
            scale = Scale(running.pid)
            before = scale.now()
            watching = asyncio.create_task(scale.watch())
            await slack.mention(ana, art, "/video a whale --model kling-v3 --seconds 3")
            shown = await art.wait_for(lambda m: m.files and m is not small, 120)
            watching.cancel()
        assert shown.files[0].size == SIZE
        with capsys.disabled():
            print(f"\n200 MB: {(scale.most - before) / 1e6:.1f} MB more memory at most")
        assert scale.most - before < GROWTH
        assert slack.violations == []
