"""What probes are told, and what the metrics endpoint shows."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from adapters.server import health
from adapters.server.health import CachedCheck, HealthPart, LoopWatch
from adapters.web.problems import problem
from adapters.web.server import WebServer
from bot.core.errors import StoreUnavailable
from bot.telemetry.loops import Pace
from tests.fakes.bare_gateway.gateway import KEY as BARE_KEY
from tests.fakes.bare_gateway.server import running_bare_gateway
from tests.fakes.stack import RecordingAdapter, Stack, generate, running_stack

WAIT_AFTER_A_NO = health.NO_FOR_S
CHECKS = ("database", "media", "gateway", "worker", "loops", "platform")


class Platform(RecordingAdapter):
    """An adapter whose connection can be cut."""

    ORIGIN = "platform"
    connected = True

    async def ready(self) -> bool:
        return self.connected

    async def connections(self) -> dict[str, bool]:
        return {"socket 0": self.connected}


@asynccontextmanager
async def probed(tmp_path, **changes) -> AsyncGenerator[tuple[Stack, Platform, httpx.AsyncClient]]:
    platform = Platform()
    async with running_stack(tmp_path, adapters=[lambda _: platform], **changes) as stack:
        server = WebServer(host="127.0.0.1", port=0)
        server.mount(health.routes(stack.core, stack.adapters))
        await server.start()
        try:
            async with httpx.AsyncClient(base_url=server.url, timeout=20) as http:
                yield stack, platform, http
        finally:
            await server.stop()


@pytest.fixture(name="fresh", autouse=True)
def fresh_fixture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question is asked again."""
    for name in ("READY_FOR_S", "WRITABLE_FOR_S", "KEY_FOR_S", "UNFINISHED_FOR_S", "NO_FOR_S"):
        monkeypatch.setattr(health, name, 0)


async def test_a_sound_process_is_alive_and_ready(tmp_path):
    async with probed(tmp_path) as (_, _, http):
        alive, ready = await http.get("/healthz"), await http.get("/readyz")
        assert (alive.status_code, alive.json()["alive"], alive.json()["worker"]) == (200, True, True)
        assert ready.status_code == 200
        assert ready.json() == {
            "ready": True,
            "checks": {name: {"ok": True} for name in CHECKS},
        }


async def test_a_platform_that_is_cut_off_is_named(tmp_path):
    async with probed(tmp_path) as (_, platform, http):
        platform.connected = False
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["platform"] == {"ok": False, "note": "not_connected"}
        assert (await http.get("/healthz")).status_code == 200
        platform.connected = True
        assert (await http.get("/readyz")).status_code == 200


async def test_a_refused_key_is_not_ready_but_alive(tmp_path):
    async with probed(tmp_path) as (stack, _, http):
        stack.sandbox.fail("401", endpoint="generate", dry_run=True, times=None)
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["gateway"] == {"ok": False, "note": "key_refused"}


async def test_a_gateway_that_is_away_stops_nobody_once_it_took_the_key(tmp_path):
    async with probed(tmp_path) as (stack, _, http):
        assert (await http.get("/readyz")).status_code == 200
        stack.sandbox.fail("502", endpoint="generate", dry_run=True, times=None)
        answer = await http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["checks"]["gateway"]["note"] == "ALL_PROVIDERS_EXHAUSTED"


async def test_a_gateway_that_never_answered_is_not_ready(tmp_path):
    async with probed(tmp_path) as (stack, _, http):
        stack.sandbox.fail("502", endpoint="generate", dry_run=True, times=None)
        assert (await http.get("/readyz")).status_code == 503


@pytest.mark.parametrize("status", [404, 401, 403])
async def test_a_gateway_without_balance_and_log_is_ready(tmp_path, status):
    async with running_bare_gateway() as gateway:
        gateway.models.listed = ()
        gateway.without_log(status)
        changes = {"lumenfall_base_url": gateway.base_url, "lumenfall_api_key": SecretStr(BARE_KEY)}
        async with probed(tmp_path, **changes) as (_, _, http):
            answer = await http.get("/readyz")
            assert answer.status_code == 200
            assert answer.json()["checks"]["gateway"] == {"ok": True}
        assert gateway.ran == []


async def test_a_gateway_that_prices_nothing_is_not_ready(tmp_path):
    async with probed(tmp_path) as (stack, _, http):
        stack.sandbox.fail("no_price", times=None)
        answer = await http.get("/readyz")
        assert answer.json()["checks"]["gateway"] == {"ok": False, "note": "price_unknown"}


async def test_an_answer_about_the_account_shows_that_the_key_was_read(tmp_path):
    async with probed(tmp_path) as (stack, _, http):
        stack.sandbox.fail("402", endpoint="generate", dry_run=True, times=None)
        answer = await http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["checks"]["gateway"] == {"ok": True, "note": "INSUFFICIENT_BALANCE"}


async def test_a_database_that_is_closed_is_not_ready(tmp_path):
    async with probed(tmp_path) as (stack, _, http):
        await stack.core.store.close()
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["database"] == {"ok": False, "note": "store_unavailable"}
        assert (await http.get("/metrics")).status_code == 200


async def test_a_dead_worker_is_not_alive(tmp_path):
    async with probed(tmp_path) as (stack, _, http):
        await stack.core.worker.stop()
        assert (await http.get("/healthz")).status_code == 503


async def test_a_full_disk_is_not_ready_and_an_order_is_refused_in_plain_words(tmp_path):
    async with probed(tmp_path) as (stack, _, http):
        assert (await http.get("/readyz")).status_code == 200
        await stack.core.store.put_document("test", "filler", {"x": "x" * 100_000})
        await pages(stack, 1)
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["database"] == {"ok": False, "note": "store_unavailable"}
        with pytest.raises(StoreUnavailable) as refused:
            await stack.submit(generate("x" * 4000))
        said = json.loads(problem(refused.value).body)["error"]
        assert problem(refused.value).status == 503
        assert "cannot save anything right now" in said["message"]
        assert said["charged"] is False
        await pages(stack, 1_000_000)
        assert (await http.get("/readyz")).status_code == 200
        assert await stack.core.store.documents("check") == {}


async def pages(stack: Stack, most: int) -> None:
    """Let the file grow to so many pages, or as many as it has; none is left free."""
    writer = stack.core.store._driver._writer
    await writer.run(lambda plain: plain.execute("VACUUM"))
    await writer.run(lambda plain: plain.execute(f"PRAGMA max_page_count = {most}").fetchall())


async def test_a_folder_of_results_that_cannot_be_written_is_not_ready(tmp_path):
    async with probed(tmp_path) as (stack, _, http):
        assert (await http.get("/readyz")).status_code == 200
        folder = stack.core.settings.media_dir
        assert [*folder.iterdir()] == [], "what was written is gone again"
        folder.rmdir()
        folder.write_bytes(b"")
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["media"] == {"ok": False, "note": "store_unavailable"}


async def test_many_probes_write_once_a_second(tmp_path, monkeypatch):
    monkeypatch.setattr(health, "WRITABLE_FOR_S", 60)
    async with probed(tmp_path) as (stack, _, http):
        written = 0
        check = stack.core.store.check

        async def counted() -> None:
            nonlocal written
            written += 1
            await check()

        monkeypatch.setattr(stack.core.store, "check", counted)
        await asyncio.gather(*(http.get("/readyz") for _ in range(20)))
        assert written == 1


async def test_regular_work_that_fails_is_named_and_one_that_has_ended_is_not_alive(tmp_path, monkeypatch):
    async with probed(tmp_path) as (stack, _, http):
        loops = stack.core.maintenance.loops

        async def crash() -> None:
            raise RuntimeError

        other = loops.run("broken", crash, Pace(every_s=100))
        await asyncio.sleep(0)
        answer = await http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["checks"]["loops"] == {"ok": True, "failing": {"broken": 0}}
        assert (await http.get("/healthz")).json()["dead_loops"] == []
        other.task.cancel()
        await asyncio.wait([other.task])
        alive = await http.get("/healthz")
        assert (alive.status_code, alive.json()["dead_loops"]) == (503, ["broken"])
        assert (await http.get("/readyz")).json()["checks"]["loops"]["note"] == "dead"


async def test_work_without_which_nothing_runs_makes_it_not_ready(tmp_path, monkeypatch):
    monkeypatch.setattr(health, "LOOP_PATIENCE_S", 0)
    async with probed(tmp_path) as (stack, _, http):

        async def crash() -> None:
            raise RuntimeError

        stack.core.worker.loops.run("broken", crash, Pace(every_s=100), essential=True)
        await asyncio.sleep(0.01)
        assert (await http.get("/readyz")).status_code == 503
        assert (await http.get("/healthz")).status_code == 200


async def test_a_loop_that_was_held_up_is_noticed():
    watch = LoopWatch()
    assert watch.lag() < 0.05
    time.sleep(0.4)
    assert watch.lag() > 0.1
    await asyncio.sleep(0)
    assert watch.lag() > 0.1, "remembered after it is over"


async def test_many_probes_share_one_answer():
    asked = 0

    async def check() -> HealthPart:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return HealthPart(ok=True)

    kept = CachedCheck(check, 60)
    parts = await asyncio.gather(*(kept.ask() for _ in range(50)))
    assert asked == 1
    assert all(part.ok for part in parts)


async def test_a_no_is_asked_again_within_a_second(monkeypatch):
    monkeypatch.setattr(health, "NO_FOR_S", 0.01)
    answers = [HealthPart(ok=True), HealthPart(ok=False)]

    async def check() -> HealthPart:
        return answers.pop()

    kept = CachedCheck(check, 60)
    assert not (await kept.ask()).ok
    await asyncio.sleep(0.02)
    assert (await kept.ask()).ok
    await asyncio.sleep(0.02)
    assert (await kept.ask()).ok, "a yes is kept"


def test_how_long_a_no_is_kept():
    assert WAIT_AFTER_A_NO < 1


@pytest.mark.parametrize(
    ("error", "note"),
    [(StoreUnavailable("x"), "store_unavailable"), (RuntimeError("secret place"), "crashed")],
)
async def test_a_check_that_breaks_is_a_no_without_its_words(error, note):
    async def check() -> HealthPart:
        raise error

    assert await CachedCheck(check, 0).ask() == HealthPart(ok=False, note=note)


async def test_a_check_that_hangs_is_a_no(monkeypatch):
    monkeypatch.setattr(health, "PATIENCE_S", 0.01)

    async def check() -> HealthPart:
        await asyncio.Event().wait()
        return HealthPart(ok=True)

    assert await CachedCheck(check, 0).ask() == HealthPart(ok=False, note="timeout")


async def test_metrics_show_what_the_database_holds(tmp_path):
    async with probed(tmp_path, sandbox_options={"image_seconds": 0.5}) as (stack, _, http):
        request = await stack.submit(generate())
        during = families((await http.get("/metrics")).text)
        await stack.ended(request.id)
        await stack.settled()
        after = families((await http.get("/metrics")).text)
        unfinished = [s for s in during["lumenfall_requests_unfinished"] if s.labels["platform"] == "test"]
        assert [(s.labels["capability"], s.value) for s in unfinished] == [("generate", 1.0)]
        assert after["lumenfall_requests_unfinished"] == []
        assert after["lumenfall_build_info"][0].labels["version"]
        assert after["lumenfall_event_loop_lag_seconds"][0].value >= 0


async def test_metrics_alone_tell_what_is_not_ready_and_which_connection_is_down(tmp_path):
    async with probed(tmp_path) as (_, platform, http):
        platform.connected = False
        found = families((await http.get("/metrics")).text)
        ready = {sample.labels["check"]: sample.value for sample in found["lumenfall_ready"]}
        assert ready.items() >= {"database": 1.0, "gateway": 1.0, "worker": 1.0, "platform": 0.0}.items()
        open_ones = [s for s in found["lumenfall_connections"] if s.labels["platform"] == "platform"]
        assert [(s.labels["connection"], s.value) for s in open_ones] == [("socket 0", 0.0)]


async def test_metrics_speak_open_metrics_when_asked(tmp_path):
    async with probed(tmp_path) as (_, _, http):
        answer = await http.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        assert answer.text.endswith("# EOF\n")


def families(text: str):
    return {family.name: family.samples for family in text_string_to_metric_families(text)}
