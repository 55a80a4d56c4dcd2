"""Every fault does what its name says, to the requests it is meant for and to no others."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from sandbox import FAULTS, Sandbox
from sandbox.call import trace_id
from sandbox.faults import Fault
from tests.fakes.sandbox import http_fixture, sandbox_fixture  # noqa: F401

GENERATE = "/openai/v1/images/generations"
SMALL = {"model": "flux.1-schnell", "prompt": "a pond", "size": "64x64"}
PRICE = 3000


async def make(http: httpx.AsyncClient, fault: str | None = None, query: str = "") -> httpx.Response:
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return await http.post(GENERATE + query, json={**SMALL, "n": 2}, headers=headers)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("429;retry_after=7", 429, "RATE_LIMITED"),
        ("401", 401, "AUTHENTICATION_FAILED"),
        ("402", 402, "INSUFFICIENT_BALANCE"),
        ("500", 500, "INTERNAL_ERROR"),
        ("502", 502, "ALL_PROVIDERS_EXHAUSTED"),
        ("content_policy", 400, "CONTENT_POLICY_VIOLATION"),
        ("model_disabled", 404, "MODEL_DISABLED"),
    ],
)
async def test_errors_by_header(
    sandbox: Sandbox, http: httpx.AsyncClient, fault: str, status: int, code: str
) -> None:
    answer = await make(http, fault)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["X-Lumenfall-Request-Id"]
    assert sandbox.charged_micros == 0
    (row,) = sandbox.state.log
    assert row.error_code == code
    assert row.status == ("upstream_failure" if status >= 500 else "rejected")
    if status == 429:
        assert answer.headers["Retry-After"] == "7"


async def test_failed_with_cost_is_in_the_log(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    answer = await make(http, "502_charged;factor=0.5")
    assert answer.status_code == 502
    (row,) = (await http.get("/v1/requests")).json()["data"]
    assert (row["status"], row["cost"], row["error_code"]) == (
        "upstream_failure",
        0.003,
        "ALL_PROVIDERS_EXHAUSTED",
    )
    assert len(sandbox.paid_calls) == 1


@pytest.mark.parametrize(
    ("fault", "charged"), [("reset_before_charge", 0), ("reset_after_charge", 2 * PRICE)]
)
async def test_connection_resets(sandbox: Sandbox, http: httpx.AsyncClient, fault: str, charged: int) -> None:
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await make(http, fault)
    assert sandbox.charged_micros == charged
    assert len(sandbox.state.log) == (1 if charged else 0)
    assert (await make(http)).status_code == 200


@pytest.mark.parametrize("charged", [False, True])
async def test_hang_does_not_answer(sandbox: Sandbox, http: httpx.AsyncClient, charged: bool) -> None:
    with pytest.raises(httpx.ReadTimeout):
        await http.post(
            GENERATE,
            json=SMALL,
            headers={"X-Sandbox-Fault": f"hang;charged={charged}"},
            timeout=0.7,
        )
    assert sandbox.charged_micros == (PRICE if charged else 0)


async def test_slow_waits_on_the_sandbox_clock(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    pending = asyncio.create_task(make(http, "slow;seconds=500"))
    while not sandbox.calls:
        await asyncio.sleep(0.01)
    assert not pending.done()
    sandbox.clock.advance(501)
    assert (await asyncio.wait_for(pending, 10)).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "charged"),
    [("html_403", 403, 0), ("html_524", 524, 0), ("html_524;charged=true", 524, 2 * PRICE)],
)
async def test_html_from_the_edge(
    sandbox: Sandbox, http: httpx.AsyncClient, fault: str, status: int, charged: int
) -> None:
    answer = await make(http, fault)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert sandbox.charged_micros == charged


async def test_broken_answers_after_the_charge(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    with pytest.raises(ValueError):
        (await make(http, "bad_json")).json()
    assert (await make(http, "empty_data")).json()["data"] == []
    assert "cost" not in (await make(http, "no_cost")).json()["metadata"]
    assert sandbox.charged_micros == 3 * 2 * PRICE


async def test_error_in_200_costs_nothing(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    answer = await make(http, "error_in_200")
    assert answer.status_code == 200
    assert answer.json()["error"]["message"]
    assert sandbox.charged_micros == 0


async def test_partial_costs_what_was_made(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    body = (await make(http, "partial;images=1")).json()
    assert len(body["data"]) == 1
    assert body["metadata"]["cost"] == 0.003
    assert sandbox.charged_micros == PRICE


async def test_cost_higher(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    body = (await make(http, "cost_higher;factor=2.5")).json()
    assert body["metadata"]["cost"] == 0.015
    assert sandbox.charged_micros == 15_000


async def test_dry_run_faults(http: httpx.AsyncClient) -> None:
    assert "estimated" not in (await make(http, "no_estimated", "?dryRun=true")).json()
    assert "total_cost_micros" not in (await make(http, "no_price", "?dryRun=true")).json()


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [("expired_media;status=404", 404, "application/json"), ("media_html", 200, "text/html")],
)
async def test_media_faults_by_header(http: httpx.AsyncClient, fault: str, status: int, kind: str) -> None:
    url = (await make(http, fault)).json()["data"][0]["url"]
    file = await http.get(url)
    assert file.status_code == status
    assert file.headers["Content-Type"].startswith(kind)


async def test_media_redirect_and_media_faults_from_the_book(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    url = (await make(http)).json()["data"][0]["url"]
    sandbox.fail("media_wrong_host", location="http://10.0.0.1/x")
    moved = await http.get(url)
    assert (moved.status_code, moved.headers["Location"]) == (302, "http://10.0.0.1/x")
    assert (await http.get(url)).status_code == 200


async def test_book_matches_endpoint_model_and_count(http: httpx.AsyncClient) -> None:
    rule = {"fault": "502", "match": {"endpoint": "generate", "model": "flux.1-dev"}, "times": 2}
    assert (await http.post("/sandbox/faults", json=rule)).status_code == 201
    assert (await make(http)).status_code == 200
    for expected in (502, 502, 200):
        answer = await http.post(GENERATE, json={**SMALL, "model": "flux.1-dev"})
        assert answer.status_code == expected
    (waiting,) = (await http.get("/sandbox/faults")).json()["waiting"]
    assert (waiting["left"], waiting["fired"]) == (0, 2)


async def test_book_spares_dry_runs_unless_told(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.fail("502")
    assert (await make(http, query="?dryRun=true")).status_code == 200
    assert (await make(http)).status_code == 502
    sandbox.fail("html_403", dry_run=True)
    assert (await make(http)).status_code == 200
    assert (await make(http, query="?dryRun=true")).status_code == 403
    sandbox.fail("no_price")
    assert (await make(http)).status_code == 200
    assert "total_cost_micros" not in (await make(http, query="?dryRun=true")).json()


async def test_book_on_native_endpoints_and_clearing(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.fail("html_403", endpoint="balance", times=None)
    assert (await http.get("/v1/balance")).status_code == 403
    assert (await http.get("/v1/requests")).status_code == 200
    await http.delete("/sandbox/faults")
    assert (await http.get("/v1/balance")).status_code == 200


async def test_unknown_faults_and_switches_are_refused(http: httpx.AsyncClient) -> None:
    assert (await make(http, "tea_break")).status_code == 400
    assert (await http.post("/sandbox/faults", json={"fault": "tea_break"})).status_code == 400
    assert (await http.post("/sandbox/set", json={"balanse_micros": 1})).status_code == 400
    assert (await http.post("/sandbox/set", json={"advance_seconds": -1})).status_code == 400


async def test_set_prices_and_reset_by_http(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    await http.post("/sandbox/set", json={"prices": {"flux.1-schnell": 50_000}, "balance_micros": 120_000})
    assert (await make(http)).json()["metadata"]["cost"] == 0.1
    assert (await make(http)).status_code == 402
    await http.post("/sandbox/reset")
    state = (await http.get("/sandbox/state")).json()
    assert (state["charged_micros"], state["calls"]) == (0, {})
    assert (await make(http)).json()["metadata"]["cost"] == 0.006


def test_fault_names_in_the_table_can_all_be_made() -> None:
    assert {Fault.parse(name).name for name in FAULTS} == set(FAULTS)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0af7651916cd43dd8448eb211c80319c"),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", "0af7651916cd43dd8448eb211c80319c"),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", None),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", None),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", None),
        (None, None),
    ],
)
def test_traceparent(header: str | None, expected: str | None) -> None:
    assert trace_id(header) == expected
