"""A bare sandbox answers with the fields that the gateway's published pages print, and nothing beyond."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from tests.fakes.bare_gateway.media import png
from tests.fakes.sandbox import running_sandbox, sandbox_client
from tests.unit.test_bare_gateway import CHAT, PICTURE, VIDEO, Page

V1 = "/openai/v1"
PICTURES_OF_THE_PAGES = ["gemini-3-pro-image", "gpt-image-1.5", "flux.2-max"]


@pytest.fixture(name="bare")
async def bare_fixture() -> AsyncIterator[Sandbox]:
    async with running_sandbox(bare=True) as running:
        yield running


@pytest.fixture(name="http")
async def http_fixture(bare: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with sandbox_client(bare) as client:
        yield client


def shape(value: Any) -> Any:
    """The names of all fields, however deep."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


async def test_a_generation_has_the_printed_fields(http: httpx.AsyncClient) -> None:
    page = Page("000-http-guide.md")
    response = await http.post(f"{V1}/images/generations", json=page.asked("/images/generations"))
    assert shape(response.json()) == shape(page.answers("created")[0])
    assert response.headers["X-Lumenfall-Request-Id"]


async def test_the_models_have_the_printed_fields(http: httpx.AsyncClient) -> None:
    printed = Page("000-http-guide.md").answers("object")[0]
    for query in ("", "?schema=true"):
        listed = (await http.get(f"{V1}/models{query}")).json()
        assert shape(listed) == shape(printed)
        assert {item["owned_by"] for item in listed["data"]} == {"lumenfall"}
    one = (await http.get(f"{V1}/models/gemini-3-pro-image")).json()
    assert shape(one) == shape(printed["data"][0])


@pytest.mark.parametrize(
    ("path", "body"), [("images/generations", PICTURE), ("videos", VIDEO), ("chat/completions", CHAT)]
)
async def test_a_dry_run_has_the_five_printed_fields(
    bare: Sandbox, http: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    (printed,) = Page("000-http-guide.md").answers("estimated")
    response = await http.post(f"{V1}/{path}?dryRun=true", json=body)
    assert shape(response.json()) == shape(printed)
    assert not bare.paid_calls


async def test_a_wrong_key_is_answered_with_the_printed_fields(http: httpx.AsyncClient) -> None:
    (printed, *_) = Page("000-http-guide.md").answers("error")
    wrong = {"Authorization": "Bearer no"}
    response = await http.post(f"{V1}/images/generations", json=PICTURE, headers=wrong)
    assert response.status_code == 401
    assert shape(response.json()) == shape(printed)
    assert response.json()["error"]["code"] == printed["error"]["code"]


async def test_a_chat_has_the_printed_fields(http: httpx.AsyncClient) -> None:
    page = Page("001-quickstart.md")
    response = await http.post(f"{V1}/chat/completions", json=page.asked("/chat/completions"))
    assert shape(response.json()) == shape(page.answers("choices")[0])


async def test_a_video_has_the_printed_fields(bare: Sandbox, http: httpx.AsyncClient) -> None:
    page = Page("001-quickstart.md")
    queued, completed = page.answers("created_at")
    body = page.asked("/videos") | {"size": "320x180", "seconds": 1}
    submitted = await http.post(f"{V1}/videos", json=body)
    assert (submitted.status_code, shape(submitted.json())) == (202, shape(queued))
    await bare.idle()
    ended = (await http.get(f"{V1}/videos/{submitted.json()['id']}")).json()
    assert shape(ended) == shape(completed)
    film = await http.get(ended["output"]["url"])
    assert len(film.content) == ended["output"]["size_bytes"]


@pytest.mark.parametrize("model", ["gemini-3-pro-image", "topaz-image-upscale"])
async def test_an_edit_and_an_upscale_name_no_cost(http: httpx.AsyncClient, model: str) -> None:
    fields = {"model": model, "prompt": "a hat", "scale_factor": "2"}
    files = {"image": ("original.png", png((32, 32)))}
    response = await http.post(f"{V1}/images/edits", data=fields, files=files)
    (printed, *_) = Page("002-edit-images.md").answers("created")
    printed.pop("metadata")
    assert shape(response.json()) == shape(printed)


@pytest.mark.parametrize("path", ["balance", "requests", "requests/req_1", "keys", "webhooks/secret"])
async def test_what_the_pages_do_not_have_is_not_there(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(f"/v1/{path}")).status_code == 404


async def test_a_video_is_neither_cancelled_nor_known_by_a_key(http: httpx.AsyncClient) -> None:
    body = VIDEO | {"size": "320x180", "seconds": 1, "idempotency_key": "k"}
    first = (await http.post(f"{V1}/videos", json=body)).json()
    second = (await http.post(f"{V1}/videos", json=body)).json()
    assert first["id"] != second["id"]
    assert (await http.delete(f"{V1}/videos/{first['id']}")).status_code == 405


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_stream_has_its_usage_when_it_is_wanted_and_never_a_cost(
    http: httpx.AsyncClient, wanted: bool
) -> None:
    body = CHAT | {"stream": True, "stream_options": {"include_usage": wanted}}
    response = await http.post(f"{V1}/chat/completions", json=body)
    events = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: {")]
    usages = [event["usage"] for event in events if "usage" in event]
    assert [set(usage) for usage in usages] == (
        [{"prompt_tokens", "completion_tokens", "total_tokens"}] if wanted else []
    )
    assert {name for event in events for name in event} <= {
        "id", "object", "created", "model", "choices", "usage",
    }  # fmt: skip


@pytest.mark.parametrize("model", PICTURES_OF_THE_PAGES)
async def test_the_models_that_the_pages_name_are_there(http: httpx.AsyncClient, model: str) -> None:
    assert (await http.get(f"{V1}/models/{model}")).json()["id"] == model
    response = await http.post(f"{V1}/images/generations?dryRun=true", json=PICTURE | {"model": model})
    assert response.json()["total_cost_micros"] > 0


@pytest.mark.parametrize(
    "model",
    [
        "google/gemini-3-flash-preview",
        "google/gemini-3-flash-preview:online",
        "openrouter/openai/gpt-5.4",
        "vendor/never-heard-of:nitro",
        "anthropic/claude-sonnet-4.5",
    ],
)
async def test_every_text_model_of_openrouter_answers(http: httpx.AsyncClient, model: str) -> None:
    response = await http.post(f"{V1}/chat/completions", json=CHAT | {"model": model})
    assert response.json()["choices"][0]["message"]["content"]
    assert response.json()["model"] == model.removeprefix("openrouter/")
    dry = await http.post(f"{V1}/chat/completions?dryRun=true", json=CHAT | {"model": model})
    assert dry.json()["total_cost_micros"] > 0


async def test_a_free_variant_costs_nothing(http: httpx.AsyncClient) -> None:
    body = CHAT | {"model": "vendor/model:free"}
    dry = await http.post(f"{V1}/chat/completions?dryRun=true", json=body)
    assert dry.json()["total_cost_micros"] == 0


@pytest.mark.parametrize("model", ["gpt-5", "a/b/c", "vertex/gemini-3-pro-image"])
async def test_what_is_no_text_model_is_refused(http: httpx.AsyncClient, model: str) -> None:
    response = await http.post(f"{V1}/chat/completions", json=CHAT | {"model": model})
    assert response.status_code in {400, 404}
