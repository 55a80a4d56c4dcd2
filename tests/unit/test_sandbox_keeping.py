"""A sandbox with a folder goes on where an earlier one was stopped, however it was stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from sandbox.keeping import FILE
from tests.fakes.bare_gateway.media import png
from tests.fakes.program import COMMAND, Bot, free_port, started
from tests.fakes.sandbox import HEADERS, running_sandbox, sandbox_client

VIDEO = {"model": "sora-2", "prompt": "a river", "seconds": 1, "size": "320x180", "idempotency_key": "k"}
PICTURE = {"model": "seedream-4.5", "prompt": "a fox", "size": "64x64"}
V1 = "/openai/v1"


async def test_log_files_and_port_are_as_before(tmp_path: Path) -> None:
    async with running_sandbox(data=tmp_path) as first, sandbox_client(first) as http:
        made = (await http.post(f"{V1}/images/generations", json=PICTURE)).json()
        charged, balance = first.charged_micros, first.state.balance_micros
    async with running_sandbox(data=tmp_path) as second, sandbox_client(second) as http:
        assert second.url == first.url
        assert (second.charged_micros, second.state.balance_micros) == (charged, balance)
        assert (await http.get(f"/v1/requests/{made['id']}")).json()["cost"] == made["metadata"]["cost"]
        assert (await http.get(made["data"][0]["url"])).headers["content-type"] == "image/png"


async def test_a_video_in_the_making_is_finished_by_the_next(tmp_path: Path) -> None:
    files = {"input_reference": ("first.png", png((64, 36)))}
    async with running_sandbox(data=tmp_path, video_seconds=600) as first, sandbox_client(first) as http:
        video = (await http.post(f"{V1}/videos", data=VIDEO, files=files)).json()
        assert video["status"] == "queued"
    async with running_sandbox(data=tmp_path) as second, sandbox_client(second) as http:
        again = await http.post(f"{V1}/videos", json=VIDEO)
        assert (again.status_code, again.json()["id"]) == (200, video["id"])
        await second.idle()
        ended = (await http.get(f"{V1}/videos/{video['id']}")).json()
        assert ended["status"] == "completed"
        assert (await http.get(ended["output"]["url"])).headers["content-type"] == "video/mp4"
        assert len(second.paid_calls) == 1


async def test_a_finished_video_is_served_from_another_port(tmp_path: Path) -> None:
    async with running_sandbox(data=tmp_path) as first, sandbox_client(first) as http:
        video = (await http.post(f"{V1}/videos", json=VIDEO)).json()
        await first.idle()
        async with running_sandbox(data=tmp_path) as second, sandbox_client(second) as other:
            assert second.url != first.url, "the port is taken"
            ended = (await other.get(f"{V1}/videos/{video['id']}")).json()
            assert ended["output"]["url"].startswith(f"{second.url}/media/")
            assert (await other.get(ended["output"]["url"])).status_code == 200


async def test_a_picture_in_the_making_has_failed_and_cost_nothing(tmp_path: Path) -> None:
    async with running_sandbox(data=tmp_path, image_seconds=600) as first, sandbox_client(first) as http:
        asking = asyncio.create_task(http.post(f"{V1}/images/generations", json=PICTURE))
        async with asyncio.timeout(20):
            while not len(first.state.log):
                await asyncio.sleep(0.01)
        kept = (tmp_path / FILE).read_bytes()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    (tmp_path / FILE).write_bytes(kept)  # as a kill would have left it
    async with running_sandbox(data=tmp_path) as second, sandbox_client(second) as http:
        (row,) = (await http.get("/v1/requests")).json()["data"]
        assert (row["status"], row["cost"]) == ("upstream_failure", 0)


async def test_a_file_whose_hour_is_over_is_gone_from_the_folder(tmp_path: Path) -> None:
    async with running_sandbox(data=tmp_path) as first, sandbox_client(first) as http:
        await http.post(f"{V1}/images/generations", json=PICTURE)
    assert len(list((tmp_path / "media").iterdir())) == 1
    async with running_sandbox(data=tmp_path, media_ttl_seconds=0.0):
        assert not list((tmp_path / "media").iterdir())


async def test_killed_while_a_video_is_made_the_command_goes_on(tmp_path: Path) -> None:
    port = free_port()
    args = (*COMMAND, "sandbox", "--port", str(port), "--data", str(tmp_path))
    async with started((*args, "--video-seconds", "600"), {}, port) as first:
        video = await _asked(first, "POST", "/videos", json=VIDEO)
        first.process.kill()
        await first.process.wait()
    async with started((*args, "--video-seconds", "0.2"), {}, port) as second:
        async with asyncio.timeout(60):
            while (await _asked(second, "GET", f"/videos/{video['id']}"))["status"] != "completed":
                await asyncio.sleep(0.1)


async def _asked(bot: Bot, method: str, path: str, **body: Any) -> dict[str, Any]:
    """Ask as soon as it listens."""
    async with asyncio.timeout(60), httpx.AsyncClient(headers=HEADERS) as http:
        while True:
            try:
                return (await http.request(method, f"{bot.url}{V1}{path}", **body)).json()
            except httpx.ConnectError:
                assert bot.process.returncode is None, "".join(bot.said)
                await asyncio.sleep(0.1)
