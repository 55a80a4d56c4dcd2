"""Chat streams as servers and networks really cut them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.core.errors.outside import GatewayAmbiguous, GatewayError, GatewayFinal, GatewayPassing
from bot.core.ports.gateway import REFUSED, TRUNCATED, Outcome
from bot.gateway.chat import MAX_TEXT
from bot.gateway.client import GatewayClient
from tests.fakes.gateway import TRACE, USER, chat

SSE = {"Content-Type": "text/event-stream; charset=utf-8", "X-Lumenfall-Request-Id": "req_9"}


def chunk(content: Any = None, finish: str | None = None, **more: Any) -> str:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return json.dumps({"id": "gen-1", "model": "m", "choices": [choice], **more}, ensure_ascii=False)


def events(*data: str, newline: str = "\n") -> bytes:
    return "".join(f"data: {item}{newline}{newline}" for item in data).encode()


USAGE = '{"choices":[],"usage":{"prompt_tokens":3,"cost":0.00042}}'
GOOD = (chunk(""), chunk("Hëllo"), chunk(" wörld"), chunk(finish="stop"), USAGE, "[DONE]")


class Pieces(httpx.AsyncByteStream):
    """A body in the given pieces; an exception among them is raised there."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


async def run(*pieces: bytes | Exception, headers: dict[str, str] = SSE, status: int = 200) -> Outcome:
    """One chat over an answer made of these pieces; what was told on the way must end as the text."""
    told: list[str] = [""]
    transport = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, stream=Pieces(*pieces)))
    async with GatewayClient(api_key=SecretStr("lmnfl_x"), transport=transport) as gateway:
        outcome = await gateway.chat(chat(), {}, trace_id=TRACE, user=USER, on_text=told.append)
    assert told[-1] == outcome.text
    return outcome


def is_whole(outcome: Outcome) -> bool:
    return (outcome.text, outcome.cost, outcome.finish_reason, outcome.gateway_id) == (
        "Hëllo wörld",
        420,
        "stop",
        "req_9",
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
async def test_every_line_ending(newline: str) -> None:
    assert is_whole(await run(events(*GOOD, newline=newline)))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_pieces_of_any_size_even_within_a_character(size: int, newline: str) -> None:
    raw = events(*GOOD, newline=newline)
    assert is_whole(await run(*(raw[at : at + size] for at in range(0, len(raw), size))))


async def test_comments_other_fields_and_data_over_several_lines() -> None:
    first = chunk("Hëllo").replace(", ", ",\ndata: ", 1)
    raw = (
        ": OPENROUTER PROCESSING\n\n:\n\nevent: message\nid: 7\nretry: 10\n"
        f"data: {first}\n\nevent: ping\n\ndata\n\nnonsense\n\n"
    ).encode() + events(chunk(" wörld"), chunk(finish="stop"), USAGE, "[DONE]")
    assert is_whole(await run(raw))


async def test_data_without_a_space_after_its_colon() -> None:
    assert is_whole(await run(events(*GOOD).replace(b"data: ", b"data:")))


async def test_nothing_after_done_counts() -> None:
    assert is_whole(await run(events(*GOOD), events(chunk("late")), httpx.ReadError("late")))


async def test_a_finish_without_done_is_an_end() -> None:
    assert is_whole(await run(events(*GOOD[:-1])))


async def test_usage_may_come_with_the_last_choice() -> None:
    last = chunk(" wörld", "stop", usage={"cost": "0.00042"})
    assert is_whole(await run(events(chunk("Hëllo"), last, "[DONE]")))


@pytest.mark.parametrize("usage", ["{}", '{"cost": null}', '{"cost": -1}', '{"cost": "much"}', "7"])
async def test_a_cost_that_is_not_told_is_left_to_the_log(usage: str) -> None:
    body = f'{{"choices":[],"usage":{usage}}}'
    outcome = await run(events(chunk("a", "stop"), body, "[DONE]"))
    assert (outcome.text, outcome.cost) == ("a", None)


@pytest.mark.parametrize(
    "end",
    [
        (),
        (httpx.ReadError("reset"),),
        (httpx.RemoteProtocolError("cut"),),
        (httpx.ReadTimeout("slow"),),
        (b"data: {",),
    ],
    ids=["eof", "reset", "cut", "slow", "half an event"],
)
async def test_a_broken_stream_keeps_its_text_and_no_cost(end: tuple[Any, ...]) -> None:
    outcome = await run(events(chunk("Hël"), chunk("lo"), USAGE), *end)
    assert (outcome.text, outcome.finish_reason, outcome.cost) == ("Hëllo", "truncated", None)
    assert outcome.gateway_id == "req_9"


@pytest.mark.parametrize("end", [(), (httpx.ReadError("reset"),), (events(chunk("")),)])
async def test_a_stream_that_brought_nothing_is_ambiguous(end: tuple[Any, ...]) -> None:
    with pytest.raises(GatewayAmbiguous):
        await run(b": hello\n\n", *end)


ERRORS: list[tuple[Any, type[GatewayError]]] = [
    ({"code": "CONTENT_POLICY_VIOLATION", "message": "no"}, GatewayFinal),
    ({"code": 400, "message": "bad"}, GatewayFinal),
    ({"code": 429, "message": "slow down"}, GatewayPassing),
    ({"code": 502, "message": "upstream"}, GatewayAmbiguous),
    ({"code": "server_error", "message": "?"}, GatewayAmbiguous),
    ("something went wrong", GatewayAmbiguous),
]


@pytest.mark.parametrize(("error", "kind"), ERRORS)
async def test_an_error_before_the_first_word_goes_by_its_code(error: Any, kind: type[GatewayError]) -> None:
    with pytest.raises(GatewayError) as caught:
        await run(events(chunk("", "error", error=error)))
    assert type(caught.value) is kind
    assert caught.value.request_id == "req_9"


@pytest.mark.parametrize("error", [row[0] for row in ERRORS])
async def test_an_error_after_the_first_word_keeps_what_has_come(error: Any) -> None:
    outcome = await run(events(chunk("Hello"), chunk("", "error", error=error), chunk(" again")))
    assert (outcome.text, outcome.finish_reason, outcome.cost) == ("Hello", TRUNCATED, None)


async def test_a_refusal_a_transcript_and_pictures_are_read_and_thoughts_are_not() -> None:
    picture = {"type": "image_url", "image_url": {"url": "/media/a.png"}}
    deltas = (
        {"reasoning": "Hm."},
        {"refusal": "No."},
        {"audio": {"transcript": " Yes."}},
        {"images": [picture]},
    )
    said = [json.dumps({"choices": [{"delta": delta}]}) for delta in deltas]
    parts = [{"type": "thinking", "text": "Hm."}, {"type": "text", "text": " So."}]
    outcome = await run(events(*said, chunk(parts), chunk(finish="stop"), USAGE, "[DONE]"))
    assert (outcome.text, outcome.finish_reason) == ("No. Yes. So.", REFUSED)
    assert [asset.url for asset in outcome.assets] == ["https://api.lumenfall.ai/media/a.png"]


async def test_an_answer_that_is_not_streamed_is_read_all_the_same() -> None:
    body = {
        "id": "gen-1",
        "model": "m",
        "choices": [{"message": {"role": "assistant", "content": "Hëllo wörld"}, "finish_reason": "stop"}],
        "usage": {"cost": 0.00042},
    }
    headers = {"Content-Type": "application/json", "X-Lumenfall-Request-Id": "req_9"}
    assert is_whole(await run(json.dumps(body).encode(), headers=headers))


async def test_text_in_parts() -> None:
    parts = [{"type": "text", "text": "Hëllo"}, {"type": "image"}, {"type": "text", "text": " wörld"}]
    assert is_whole(await run(events(chunk(parts), chunk(finish="stop"), USAGE, "[DONE]")))


async def test_a_page_instead_of_a_stream_is_ambiguous() -> None:
    with pytest.raises(GatewayAmbiguous):
        await run(b"<html>ok</html>", headers={"Content-Type": "text/html"})


async def test_an_endless_answer_is_bounded() -> None:
    outcome = await run(events(*[chunk("x" * 50_000)] * 6, chunk(finish="stop"), "[DONE]"))
    assert len(outcome.text) == MAX_TEXT


async def test_a_refusal_is_final() -> None:
    error = b'{"error": {"message": "no", "code": "INSUFFICIENT_BALANCE", "type": "billing_error"}}'
    with pytest.raises(GatewayFinal) as caught:
        await run(error, headers={"Content-Type": "application/json"}, status=402)
    assert caught.value.code == "INSUFFICIENT_BALANCE"
