"""Generation, dry run, money, request log and media of the sandbox."""

from __future__ import annotations

import asyncio
import base64
import io

import httpx
import pytest
from PIL import Image

from sandbox import Sandbox
from sandbox.clock import iso
from tests.fakes.sandbox import http_fixture, running_sandbox, sandbox_client, sandbox_fixture  # noqa: F401

GENERATE = "/openai/v1/images/generations"
SMALL = {"model": "gemini-3-pro-image", "prompt": "a lighthouse at night", "size": "128x96"}


async def make(http: httpx.AsyncClient, **fields: object) -> httpx.Response:
    return await http.post(GENERATE, json={**SMALL, **fields})


async def test_generate_returns_a_picture_of_the_size_and_charges_once(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    answer = await make(http)
    body = answer.json()
    assert answer.status_code == 200
    assert body["size"] == "128x96"
    assert body["metadata"]["cost"] == 0.134
    assert body["metadata"]["executed_model"].startswith("vertex/")
    assert answer.headers["X-Lumenfall-Request-Id"] == body["id"]
    assert answer.headers["X-Lumenfall-Model"] == "gemini-3-pro-image"
    assert answer.headers["X-Lumenfall-Provider"] == "vertex"
    assert sandbox.charged_micros == 134_000
    file = await http.get(body["data"][0]["url"])
    assert file.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(file.content)).size == (128, 96)


async def test_same_prompt_same_pixels_other_seed_other_pixels(http: httpx.AsyncClient) -> None:
    async def pixels(**fields: object) -> bytes:
        body = (await make(http, response_format="b64_json", **fields)).json()
        return base64.b64decode(body["data"][0]["b64_json"])

    first, again, other = await pixels(), await pixels(), await pixels(seed=7)
    assert first == again
    assert first != other


async def test_n_pictures_differ_and_cost_n_times(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    body = (await make(http, n=3, response_format="b64_json")).json()
    assert len({item["b64_json"] for item in body["data"]}) == 3
    assert sandbox.charged_micros == 3 * 134_000
    assert len(sandbox.paid_calls) == 1


@pytest.mark.parametrize(
    ("wanted", "kind"), [("png", "PNG"), ("jpeg", "JPEG"), ("gif", "GIF"), ("webp", "WEBP"), ("avif", "AVIF")]
)
async def test_output_formats(http: httpx.AsyncClient, wanted: str, kind: str) -> None:
    body = (await make(http, output_format=wanted)).json()
    file = await http.get(body["data"][0]["url"])
    assert file.headers["Content-Type"] == f"image/{wanted}"
    assert Image.open(io.BytesIO(file.content)).format == kind
    assert body["output_format"] == wanted


async def test_avif_beyond_1600_pixels_keeps_the_original_format(http: httpx.AsyncClient) -> None:
    body = (await make(http, output_format="avif", size="1648x64")).json()
    assert body["output_format"] == "png"


async def test_dry_run_prices_and_leaves_no_trace(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    answer = await http.post(f"{GENERATE}?dryRun=true", json={**SMALL, "n": 2})
    assert answer.json() == {
        "estimated": True,
        "model": "gemini-3-pro-image",
        "provider": "vertex",
        "total_cost_micros": 268_000,
        "currency": "USD",
        "components": [
            {
                "type": "output",
                "metric": "image",
                "quantity": 2,
                "billable_quantity": 2,
                "unit_price": 0.134,
                "total_cost": 268_000,
            }
        ],
    }
    assert sandbox.charged_micros == 0
    assert (await http.get("/v1/requests")).json()["data"] == []


@pytest.mark.parametrize("query", ["dryrun=true", "dryRun=1", "dryRun=True", "dry_run=true", ""])
async def test_any_other_spelling_of_dry_run_executes(
    sandbox: Sandbox, http: httpx.AsyncClient, query: str
) -> None:
    answer = await http.post(f"{GENERATE}?{query}", json={**SMALL, "dryRun": True})
    assert "estimated" not in answer.json()
    assert sandbox.charged_micros == 134_000


@pytest.mark.parametrize(
    ("fields", "micros"),
    [
        ({"model": "flux.1-schnell-fp8"}, 0),
        (
            {"model": "gemini-3-pro-image", "resolution": "4K", "aspect_ratio": "16:9", "size": "auto"},
            240_000,
        ),
        ({"model": "nano-banana-2", "resolution": "0.5K", "size": "1:1"}, 45_000),
        ({"model": "gpt-image-1.5", "quality": "high", "size": "1024x1536"}, 200_000),
        ({"model": "gpt-image-1.5", "quality": "standard", "size": "1024x1024"}, 34_000),
        ({"model": "flux.2-pro", "size": "1024x1024"}, 15_000),
        ({"model": "flux.2-pro", "size": "1040x1024"}, 30_000),
        ({"model": "fal/gemini-3-pro-image", "size": "1024x1024"}, 150_000),
    ],
)
async def test_prices_follow_tier_quality_megapixels_and_provider(
    http: httpx.AsyncClient, fields: dict[str, str], micros: int
) -> None:
    answer = await http.post(f"{GENERATE}?dryRun=true", json={**SMALL, **fields})
    assert answer.json()["total_cost_micros"] == micros


async def test_provider_switch_and_cost_factor_make_the_run_dearer_than_the_estimate(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    sandbox.set(provider_switch=True, cost_factor="1.5")
    estimate = (await http.post(f"{GENERATE}?dryRun=true", json=SMALL)).json()
    body = (await make(http)).json()
    assert (estimate["provider"], estimate["total_cost_micros"]) == ("vertex", 134_000)
    assert (body["metadata"]["provider"], body["metadata"]["cost"]) == ("fal", 0.225)


async def test_a_key_is_needed_and_refusals_are_not_logged(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(base_url=sandbox.url) as nobody:
        for headers in ({}, {"Authorization": "Bearer sk-wrong"}, {"Authorization": "Basic lmnfl_x"}):
            answer = await nobody.post(GENERATE, json=SMALL, headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "AUTHENTICATION_FAILED"
            assert answer.json()["error"]["type"] == "authentication_error"
    assert len(sandbox.state.log) == 0


@pytest.mark.parametrize(
    ("fields", "status", "code", "words"),
    [
        ({"n": 0}, 400, "INVALID_REQUEST", "'n'"),
        ({"n": 11}, 400, "INVALID_REQUEST", "'n'"),
        ({"n": True}, 400, "INVALID_REQUEST", "'n'"),
        ({"prompt": "  "}, 400, "INVALID_REQUEST", "prompt"),
        ({"prompt": "x" * 10_001}, 400, "INVALID_REQUEST", "<=10000 characters"),
        ({"size": "huge"}, 400, "INVALID_REQUEST", "size"),
        ({"size": "0x100"}, 400, "INVALID_REQUEST", "size"),
        ({"output_format": "bmp"}, 400, "INVALID_REQUEST", "output_format"),
        ({"model": ""}, 400, "INVALID_REQUEST", "model"),
        ({"model": "gemini-3-pro-imagee"}, 404, "MODEL_NOT_FOUND", "Did you mean 'gemini-3-pro-image'?"),
        ({"model": "dall-e-3"}, 404, "MODEL_DISABLED", "disabled"),
        ({"model": "qwen-image-edit-2511"}, 400, "INVALID_REQUEST", "Supported modes: image-edit"),
        ({"model": "nano-banana-2", "thinking_level": "extreme"}, 400, "INVALID_REQUEST", "minimal, high"),
    ],
)
async def test_refusals(
    sandbox: Sandbox, http: httpx.AsyncClient, fields: dict[str, object], status: int, code: str, words: str
) -> None:
    answer = await make(http, **fields)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert words in answer.json()["error"]["message"]
    (row,) = sandbox.state.log
    assert (row.status, row.error_code, row.cost_micros) == ("rejected", code, 0)


async def test_unknown_parameters_are_tolerated(http: httpx.AsyncClient) -> None:
    assert (await make(http, guidance=3.5, style="vivid", magic={"a": 1})).status_code == 200


async def test_balance_goes_down_and_runs_out(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.set(balance_micros=200_000)
    await make(http)
    shown = (await http.get("/v1/balance")).json()
    assert shown["available"] == {"amount": 0.066, "currency": "usd"}
    assert shown["billing_type"] == "prepaid"
    refused = await make(http)
    assert refused.status_code == 402
    assert refused.json()["error"]["type"] == "billing_error"
    sandbox.set(balance_micros=None)
    assert (await make(http)).status_code == 200
    assert (await http.get("/v1/balance")).json()["available"]["amount"] is None


async def test_log_row_carries_user_and_trace(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    made = (await http.post(GENERATE, json={**SMALL, "user": "u_9"}, headers=headers)).json()
    row = (await http.get(f"/v1/requests/{made['id']}")).json()
    assert row["user"] == "u_9"
    assert row["trace_id"] == trace
    assert row["cost"] == 0.134
    assert row["status"] == "completed"
    assert row["modality"] == "image"
    assert row["endpoint"] == GENERATE
    assert row["key_id"] == "test"
    assert row["duration_ms"] >= 0
    state = (await http.get("/sandbox/state")).json()
    assert state["paid_calls_by_trace_id"] == {trace: 1}
    assert state["paid_calls_by_user"] == {"u_9": 1}


async def test_media_dies_after_an_hour(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    url = (await make(http)).json()["data"][0]["url"]
    sandbox.clock.advance(3599)
    assert (await http.get(url)).status_code == 200
    sandbox.clock.advance(2)
    assert (await http.get(url)).status_code == 410
    assert (await http.get("/media/never.png")).status_code == 404


async def test_purge_deletes_files_and_keeps_the_cost(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    body = (await make(http, n=2)).json()
    path = f"/v1/requests/{body['id']}/payloads"
    assert (await http.delete(path)).json() == {
        "id": body["id"],
        "purged": True,
        "already_purged": False,
        "media_deleted": 2,
    }
    assert (await http.delete(path)).json()["already_purged"] is True
    assert (await http.get(body["data"][0]["url"])).status_code == 410
    assert sandbox.charged_micros == 268_000


async def test_requests_are_paged_both_ways(http: httpx.AsyncClient) -> None:
    ids = [(await make(http, model="flux.1-schnell")).json()["id"] for _ in range(5)][::-1]
    first = (await http.get("/v1/requests?limit=2&summary=true&key_id=test")).json()
    assert [row["id"] for row in first["data"]] == ids[:2]
    assert first["previous_page_url"] is None
    assert first["summary"] == {"total_cost": 0.015, "request_count": 5, "currency": "usd"}
    second = (await http.get(first["next_page_url"])).json()
    assert [row["id"] for row in second["data"]] == ids[2:4]
    third = (await http.get(second["next_page_url"])).json()
    assert [row["id"] for row in third["data"]] == ids[4:]
    assert third["next_page_url"] is None
    back = (await http.get(third["previous_page_url"])).json()
    assert [row["id"] for row in back["data"]] == ids[2:4]


async def test_requests_between_two_moments(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    await make(http)
    sandbox.clock.advance(100)
    middle = sandbox.clock.time() - 50
    late = (await make(http)).json()["id"]
    found = (await http.get("/v1/requests", params={"created_after": iso(middle)})).json()["data"]
    assert [row["id"] for row in found] == [late]
    early = (await http.get("/v1/requests", params={"created_before": iso(middle)})).json()["data"]
    assert len(early) == 1
    assert early[0]["id"] != late


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "created_after=soon", "starting_after=a&ending_before=b",
     "starting_after=req_none"],
)  # fmt: skip
async def test_bad_log_queries(http: httpx.AsyncClient, query: str) -> None:
    assert (await http.get(f"/v1/requests?{query}")).status_code == 400


async def test_cost_appears_late_and_rows_appear_late(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.set(request_log_delay=30, request_log_lag=10)
    request_id = (await make(http)).json()["id"]
    assert (await http.get(f"/v1/requests/{request_id}")).status_code == 404
    sandbox.clock.advance(15)
    row = (await http.get(f"/v1/requests/{request_id}")).json()
    assert (row["status"], row["cost"], row["duration_ms"]) == ("processing", 0.0, None)
    sandbox.clock.advance(30)
    row = (await http.get(f"/v1/requests/{request_id}")).json()
    assert (row["status"], row["cost"]) == ("completed", 0.134)


async def test_models_list_has_media_models_only(http: httpx.AsyncClient) -> None:
    items = {item["id"]: item for item in (await http.get("/openai/v1/models")).json()["data"]}
    assert len(items) >= 25
    assert not [slug for slug in items if "/" in slug]
    assert items["gemini-3-pro-image"]["aliases"] == ["gemini-3-pro-image-preview", "nano-banana-pro"]
    assert items["flux.1-schnell-fp8"]["free"] is True
    assert "dall-e-3" not in items
    assert "schema" not in items["sora-2"]


async def test_schema_names_modes_limits_and_choices(http: httpx.AsyncClient) -> None:
    items = (await http.get("/openai/v1/models?schema=true")).json()["data"]
    schemas = {i["id"]: {p["name"]: p for p in i["schema"]["parameters"]} for i in items}
    assert schemas["google-upscaler"]["scale_factor"]["enum"] == [2, 4]
    assert "prompt" not in schemas["google-upscaler"]
    assert "scale_factor" not in schemas["recraft-crisp-upscale"]
    assert schemas["gpt-image-1.5"]["quality"]["enum"] == ["low", "medium", "high"]
    assert schemas["flux.2-pro"]["image"]["maxItems"] == 9
    assert schemas["kling-v3"]["prompt"]["maxLength"] == 2500


async def test_one_model(http: httpx.AsyncClient) -> None:
    assert (await http.get("/openai/v1/models/nano-banana-2")).json()[
        "id"
    ] == "gemini-3.1-flash-image-preview"
    missing = await http.get("/openai/v1/models/nano-bananna")
    assert missing.status_code == 404
    assert missing.json()["error"]["type"] == "invalid_request_error"


async def test_wrong_prefix_is_not_found_in_the_envelope(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/images/generations", json=SMALL)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"


async def test_mock_replay_is_free_and_the_header_beats_the_default(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    mocked = await http.post(GENERATE, json=SMALL, headers={"X-Lumenfall-Replay": "mock"})
    assert mocked.json()["metadata"]["cost"] == 0
    assert sandbox.paid_calls == []
    sandbox.set(default_replay="mock")
    await make(http)
    assert sandbox.charged_micros == 0
    await http.post(GENERATE, json=SMALL, headers={"X-Lumenfall-Replay": "off"})
    assert sandbox.charged_micros == 134_000
    missed = await http.post(GENERATE, json=SMALL, headers={"X-Lumenfall-Replay": "replay-or-error"})
    assert missed.json()["error"]["code"] == "RECORDING_NOT_FOUND"


async def test_two_sandboxes_share_nothing() -> None:
    async with running_sandbox() as one, running_sandbox() as two, sandbox_client(one) as http:
        await make(http)
        assert one.charged_micros == 134_000
        assert two.charged_micros == 0


async def test_parallel_calls_are_all_charged(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    await asyncio.gather(*(make(http, model="topaz", prompt="x") for _ in range(3)))
    assert sandbox.charged_micros == 0
    await asyncio.gather(*(make(http, model="flux.1-schnell") for _ in range(20)))
    assert sandbox.charged_micros == 20 * 3000
