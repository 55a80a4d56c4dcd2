"""The bare gateway answers what the published pages print, and nothing beyond."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.bare_gateway.dry_run import DryRunSwitches
from tests.fakes.bare_gateway.gateway import KEY, BareGateway
from tests.fakes.bare_gateway.media import ResultForm, film, png
from tests.fakes.bare_gateway.server import running_bare_gateway
from tests.fakes.bare_gateway.wire import ERRORS, Endpoint, json_reply
from tests.fakes.cutting_gateway import running_cutting_gateway

PAGES = Path(__file__).parents[3] / "shared" / "gateway-docs"
OFFICIAL_BASE = "https://api.lumenfall.ai/openai/v1"
OFFICIAL_MEDIA = "https://media.lumenfall.ai/"
PICTURE = {"model": "gemini-3-pro-image", "prompt": "A test prompt", "n": 1, "size": "64x64"}
VIDEO = {"model": "sora-2", "prompt": "A river", "seconds": 5, "size": "1920x1080"}
CHAT = {
    "model": "google/gemini-3-flash-preview",
    "messages": [{"role": "user", "content": "Tell me a fun fact about capybaras"}],
}


class Page:
    """The JSON examples of one page, and the calls of its curl commands, in the order they are printed."""

    def __init__(self, name: str) -> None:
        path = PAGES / name
        if not path.exists():
            pytest.skip(f"the gateway's page {name} is not here")
        self.text = path.read_text()

    def answers(self, key: str) -> list[dict[str, Any]]:
        """The printed JSON objects that have this key, which no printed request has."""
        return [found for found in self._objects() if key in found]

    def asked(self, path: str) -> dict[str, Any]:
        """The body of the first printed command for this path."""
        command = self.text[self.text.index(f"{path} \\") :]
        return json.JSONDecoder().raw_decode(command, command.index("-d '") + 4)[0]

    def _objects(self) -> Iterator[dict[str, Any]]:
        at, decoder = 0, json.JSONDecoder()
        while (at := self.text.find("{", at)) >= 0:
            try:
                found, end = decoder.raw_decode(self.text, at)
            except ValueError:
                at += 1
                continue
            yield found
            at = end


@pytest.fixture
async def gateway() -> AsyncGenerator[BareGateway, None]:
    async with running_bare_gateway() as running:
        yield running


@pytest.fixture
async def http(gateway: BareGateway) -> AsyncGenerator[httpx.AsyncClient, None]:
    async with client_of(gateway.base_url) as client:
        yield client


def client_of(base_url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base_url, headers={"Authorization": f"Bearer {KEY}"})


def as_printed(response: httpx.Response, gateway: BareGateway) -> Any:
    """The answer with our media host written as the pages write theirs."""
    return json.loads(response.text.replace(f"{gateway.media.origin}/media/", OFFICIAL_MEDIA))


async def test_a_generation_is_answered_as_printed(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    page = Page("000-http-guide.md")

    response = await http.post("images/generations", json=page.asked("/images/generations"))

    assert as_printed(response, gateway) == page.answers("created")[0]
    assert response.headers["X-Lumenfall-Provider"] == "vertex"
    assert response.headers["X-Lumenfall-Model"] == "gemini-3-pro-image"
    assert response.headers["X-Lumenfall-Request-Id"] == gateway.ran[0].request_id


async def test_the_model_list_is_answered_as_printed(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    printed = Page("000-http-guide.md").answers("object")[0]

    assert (await http.get("models")).json() == printed
    assert (await http.get("models/gemini-3-pro-image")).json() == printed["data"][0]
    assert not gateway.paid


async def test_a_dry_run_is_answered_as_printed(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    (printed,) = Page("000-http-guide.md").answers("estimated")

    response = await http.post("images/generations?dryRun=true", json=PICTURE)

    assert response.json() == printed
    assert not gateway.paid
    assert not gateway.ran


async def test_a_wrong_key_is_answered_as_printed(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    printed = [Page(name).answers("error") for name in ("000-http-guide.md", "003-api-introduction.md")]

    response = await http.post("images/generations", json=PICTURE, headers={"Authorization": "Bearer no"})

    assert response.status_code == 401
    assert all(response.json() in answers for answers in printed)
    assert not gateway.ran


async def test_a_chat_is_answered_as_printed(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    page = Page("001-quickstart.md")

    response = await http.post("chat/completions", json=page.asked("/chat/completions"))

    assert response.json() == page.answers("choices")[0]


async def test_a_video_is_answered_as_printed(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    page = Page("001-quickstart.md")
    queued, completed = page.answers("created_at")

    submitted = await http.post("videos", json=page.asked("/videos"))
    running = await http.get(f"videos/{queued['id']}")
    ended = await http.get(f"videos/{queued['id']}")

    assert (submitted.status_code, submitted.json()) == (202, queued)
    assert running.json() == queued | {"status": "in_progress"}
    completed["output"]["size_bytes"] = len(film())  # the printed film is larger than ours
    assert as_printed(ended, gateway) == completed
    assert (await http.get(ended.json()["output"]["url"])).content == film()


async def test_an_edit_that_names_its_cost_is_answered_as_printed(
    gateway: BareGateway, http: httpx.AsyncClient
) -> None:
    page = Page("002-edit-images.md")
    command = page.text.splitlines()[0]
    fields = dict(pair.split("=", 1) for pair in re.findall(r'-F "([^"]+)"', command))
    fields.pop("image")
    gateway.names_cost = True

    response = await http.post("images/edits", data=fields, files={"image": ("original.png", png((8, 8)))})

    assert as_printed(response, gateway) == page.answers("created")[0]


async def test_without_a_cost_an_edit_has_no_metadata(http: httpx.AsyncClient) -> None:
    response = await http.post(
        "images/edits",
        data={"model": "gemini-3-pro-image", "prompt": "x"},
        files={"image": ("original.png", png((8, 8)))},
    )

    assert set(response.json()) == {"created", "size", "data"}


async def test_an_upscale_multiplies_each_axis_and_needs_no_prompt(http: httpx.AsyncClient) -> None:
    response = await http.post(
        "images/edits",
        data={"model": "topaz-image-upscale", "scale_factor": "3"},
        files={"image": ("original.png", png((8, 16)))},
    )

    assert response.json()["size"] == "24x48"


@pytest.mark.parametrize("page", ["000-http-guide.md", "003-api-introduction.md"])
async def test_each_error_of_the_tables_has_its_status(
    gateway: BareGateway, http: httpx.AsyncClient, page: str
) -> None:
    rows = re.findall(r"^\| *`?(\w+)`? *\| *`?(\w+)`? *\|", Page(page).text, re.MULTILINE)
    table = {code: status for pair in rows for code, status in (pair, pair[::-1]) if code.isupper()}
    assert len(table) >= 6

    for code, status in table.items():
        gateway.fail(code)
        response = await http.post("images/generations", json=PICTURE)
        assert response.json()["error"]["code"] == code
        assert str(response.status_code) == status or status == "varies"
    assert set(table) <= set(ERRORS)
    assert not gateway.ran
    assert len(gateway.paid) == len(table)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("images/generations", PICTURE | {"model": "no-such"}, 404, "MODEL_NOT_FOUND"),
        ("images/generations", PICTURE | {"n": 11}, 400, "INVALID_REQUEST"),
        ("images/generations", {"model": "gemini-3-pro-image"}, 400, "INVALID_REQUEST"),
        ("images/generations", PICTURE | {"model": "sora-2"}, 400, "INVALID_REQUEST"),
        ("images/edits", PICTURE, 400, "INVALID_REQUEST"),
        ("chat/completions", {"model": "a/b"}, 400, "INVALID_REQUEST"),
        ("videos", {"model": "sora-2"}, 400, "INVALID_REQUEST"),
    ],
)
@pytest.mark.parametrize("query", ["", "?dryRun=true"])
async def test_a_bad_request_is_refused_and_does_not_run(
    gateway: BareGateway,
    http: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    status: int,
    code: str,
    query: str,
) -> None:
    response = await http.post(path + query, json=body)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.headers["X-Lumenfall-Request-Id"]
    assert not gateway.ran


@pytest.mark.parametrize("path", ["/v1/requests", "/v1/requests/req_1", "/v1/balance"])
async def test_what_the_pages_do_not_have_is_not_there(
    gateway: BareGateway, http: httpx.AsyncClient, path: str
) -> None:
    assert (await http.get(gateway.media.origin + path)).status_code == 404


async def test_the_log_can_be_opened_and_closed(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    gateway.with_log()
    request_id = (await http.post("images/generations", json=PICTURE)).headers["X-Lumenfall-Request-Id"]

    row = (await http.get(f"{gateway.media.origin}/v1/requests/{request_id}")).json()
    gateway.without_log(403)
    closed = await http.get(f"{gateway.media.origin}/v1/requests/{request_id}")

    assert (row["status"], row["cost"]) == ("completed", 0.04)
    assert closed.status_code == 403
    assert len(gateway.log_reads) == 2


async def sse(http: httpx.AsyncClient, body: dict[str, Any]) -> list[Any]:
    """The events of a stream; `[DONE]` as that word."""
    response = await http.post("chat/completions", json=body | {"stream": True})
    assert response.headers["Content-Type"] == "text/event-stream"
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def spoken(events: list[Any], name: str) -> str:
    deltas = [event["choices"][0]["delta"] for event in events if event != "[DONE]" and event["choices"]]
    return "".join(delta.get(name) or "" for delta in deltas)


async def test_a_stream_says_the_printed_words(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    events = await sse(http, CHAT)

    assert spoken(events, "content") == gateway.chat.text
    assert events[-1] == "[DONE]"
    assert events[-2]["choices"][0]["finish_reason"] == "stop"
    assert not any("usage" in event for event in events[:-1])


async def test_a_stream_has_its_usage_when_it_is_wanted(http: httpx.AsyncClient) -> None:
    events = await sse(http, CHAT | {"stream_options": {"include_usage": True}})

    assert events[-2]["choices"] == []
    assert events[-2]["usage"]["total_tokens"] == 39


async def test_reasoning_and_refusals_are_streamed_in_fields_of_their_own(
    gateway: BareGateway, http: httpx.AsyncClient
) -> None:
    gateway.chat.reasoning, gateway.chat.refusal = "let me think", "I will not"

    events = await sse(http, CHAT)

    assert spoken(events, "reasoning") == "let me think"
    assert spoken(events, "refusal") == "I will not"
    assert spoken(events, "content") == ""


async def test_a_tool_call_is_streamed_in_pieces(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    gateway.chat.text, gateway.chat.finish_reason = None, "tool_calls"
    gateway.chat.tool_calls = [("draw", '{"prompt": "a hat"}')]

    events = await sse(http, CHAT)

    pieces = [event["choices"][0]["delta"].get("tool_calls") for event in events[:-1]]
    said = [piece[0]["function"] for piece in pieces if piece]
    assert said[0]["name"] == "draw"
    assert "".join(one["arguments"] for one in said) == '{"prompt": "a hat"}'


async def test_a_stream_can_break_after_its_text(gateway: BareGateway, http: httpx.AsyncClient) -> None:
    gateway.chat.breaks_with = {"message": "overloaded", "code": 502}

    events = await sse(http, CHAT)

    assert events[-1] == {"error": {"message": "overloaded", "code": 502}}


@pytest.mark.parametrize("form", [ResultForm.RELATIVE, ResultForm.REDIRECT, ResultForm.OTHER_HOST])
async def test_a_result_is_found_by_its_url(
    gateway: BareGateway, http: httpx.AsyncClient, form: ResultForm
) -> None:
    gateway.media.form = form

    url = (await http.post("images/generations", json=PICTURE)).json()["data"][0]["url"]
    found = await http.get(httpx.URL(gateway.media.origin).join(url), follow_redirects=True)

    assert found.content == png((64, 64))


async def test_base64_comes_when_it_is_asked_for(http: httpx.AsyncClient) -> None:
    response = await http.post("images/generations", json=PICTURE | {"response_format": "b64_json"})

    assert "b64_json" in response.json()["data"][0]


@pytest.mark.parametrize(("kind", "written"), [(int, 40000), (float, 40000.0), (str, "40000")])
async def test_micros_are_written_as_wanted(
    gateway: BareGateway, http: httpx.AsyncClient, kind: type[int] | type[float] | type[str], written: object
) -> None:
    gateway.dry_run = DryRunSwitches(micros_as=kind, without=frozenset({"currency"}))

    priced = (await http.post("images/generations?dryRun=true", json=PICTURE)).json()

    assert priced["total_cost_micros"] == written
    assert type(priced["total_cost_micros"]) is kind
    assert "currency" not in priced


async def test_an_endpoint_without_dry_run_refuses_or_runs(
    gateway: BareGateway, http: httpx.AsyncClient
) -> None:
    gateway.dry_run = DryRunSwitches(
        absent=frozenset({Endpoint.CHAT}), ignored=frozenset({Endpoint.GENERATE})
    )

    assert (await http.post("chat/completions?dryRun=true", json=CHAT)).status_code == 400
    assert not gateway.ran
    assert "data" in (await http.post("images/generations?dryRun=true", json=PICTURE)).json()
    assert len(gateway.ran) == 1


@pytest.mark.parametrize("output", ["object", "string", "list"])
@pytest.mark.parametrize("status", ["completed", "succeeded", "done"])
async def test_a_video_is_handed_over_in_each_form(
    gateway: BareGateway, http: httpx.AsyncClient, output: Any, status: str
) -> None:
    gateway.videos.polls, gateway.videos.status, gateway.videos.output = 0, status, output
    name = (await http.post("videos", json=VIDEO)).json()["id"]

    body = (await http.get(f"videos/{name}")).json()

    assert body["status"] == status
    assert f"/media/{name}.mp4" in json.dumps(body["output"])


@pytest.mark.parametrize("status", ["failed", "error", "expired", "cancelled"])
@pytest.mark.parametrize("error", ["blocked: violence", {"message": "blocked: violence"}, None])
async def test_a_video_can_fail_in_each_way(
    gateway: BareGateway, http: httpx.AsyncClient, status: str, error: Any
) -> None:
    gateway.videos.polls, gateway.videos.status, gateway.videos.error = 0, status, error
    name = (await http.post("videos", json=VIDEO)).json()["id"]

    body = (await http.get(f"videos/{name}")).json()

    assert (body["status"], body.get("error")) == (status, error)
    assert "output" not in body


async def test_the_list_has_the_order_and_the_fields_it_is_given(
    gateway: BareGateway, http: httpx.AsyncClient
) -> None:
    gateway.models.listed = ("sora-2", "flux.2-max")
    gateway.models.details["sora-2"] = {"name": "Sora 2"}
    gateway.models.schema = json_reply({"error": "no"}, 500)

    plain = (await http.get("models")).json()["data"]

    assert [model["id"] for model in plain] == ["sora-2", "flux.2-max"]
    assert "name" not in plain[0]
    assert (await http.get("models/sora-2")).json()["name"] == "Sora 2"
    assert (await http.get("models?schema=true")).status_code == 500


async def test_the_calls_are_recorded_with_their_bodies_and_headers(
    gateway: BareGateway, http: httpx.AsyncClient
) -> None:
    await http.post(
        "images/edits",
        data={"model": "gemini-3-pro-image", "prompt": "x"},
        files=[("image[]", ("a.png", png((8, 8)))), ("image[]", ("b.png", png((9, 9))))],
        headers={"traceparent": "00-aa-bb-01"},
    )

    (call,) = gateway.ran
    assert call.body == {"model": "gemini-3-pro-image", "prompt": "x"}
    assert [upload.content for upload in call.uploads] == [png((8, 8)), png((9, 9))]
    assert call.headers["traceparent"] == "00-aa-bb-01"


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("after", [0, 1, 40, 200])
async def test_a_response_can_be_cut_after_the_work_is_done(after: int, reset: bool) -> None:
    async with running_cutting_gateway() as cutting, client_of(cutting.gateway.base_url) as http:
        cutting.cut(Endpoint.GENERATE, response_after=after, reset=reset)

        with pytest.raises(httpx.TransportError):
            await http.post("images/generations", json=PICTURE)

        assert len(cutting.gateway.ran) == 1
        assert (await http.post("images/generations", json=PICTURE)).status_code == 200
        assert len(cutting.gateway.ran) == 2


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize(("after", "ran"), [(0, 0), (100_000, 0), (50_000_000, 1)])
async def test_a_request_that_did_not_arrive_whole_does_not_run(after: int, ran: int, reset: bool) -> None:
    body = CHAT | {"user": "x" * 300_000}
    async with running_cutting_gateway() as cutting, client_of(cutting.gateway.base_url) as http:
        cutting.cut(Endpoint.CHAT, request_after=after, reset=reset)

        with pytest.raises(httpx.TransportError):
            await http.post("chat/completions", json=body)

        assert len(cutting.gateway.ran) == ran
        assert len(cutting.cut_short) == 1


async def test_a_stream_can_be_cut_between_its_pieces() -> None:
    async with running_cutting_gateway() as cutting, client_of(cutting.gateway.base_url) as http:
        whole = await http.post("chat/completions", json=CHAT | {"stream": True})
        assert whole.text.endswith("data: [DONE]\n\n")
        cutting.cut(Endpoint.CHAT, response_after=700)

        with pytest.raises(httpx.TransportError):
            await http.post("chat/completions", json=CHAT | {"stream": True})

        assert len(cutting.gateway.ran) == 2
