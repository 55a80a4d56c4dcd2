"""Whatever comes back, the client answers with a value or with an error of the tree, never another."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.core.errors import BotError, PriceUnknown
from bot.core.errors.outside import GatewayAmbiguous, GatewayError
from bot.core.request import Asset
from bot.gateway.client import GatewayClient
from tests.fakes.examples import examples
from tests.fakes.gateway import PICTURES, TRACE, USER, chat, edit, generate, no_waiting_fixture, video

__all__ = ["no_waiting_fixture"]

_WORDS = st.sampled_from(
    "data url error code message id status output metadata cost choices delta content usage estimated"
    " total_cost_micros currency available amount next_page_url created_at schema key object video".split()
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)
_JSON = st.dictionaries(_WORDS, _VALUES, max_size=6).map(lambda body: json.dumps(body).encode())
_STREAM = st.lists(_JSON | st.binary(max_size=20), max_size=5).map(
    lambda parts: b"".join(b"data: " + part + b"\n\n" for part in parts)
)
_ANSWERS = st.builds(
    httpx.Response,
    status_code=st.sampled_from([200, 200, 200, 202, 204, 301, 400, 401, 403, 404, 418, 429, 500, 502, 524]),
    headers=st.fixed_dictionaries(
        {"Content-Type": st.sampled_from(["application/json", "text/event-stream", "text/html", "?"])},
        optional={
            "Retry-After": st.sampled_from(["1", "x", "-1", "99999"]),
            "X-Lumenfall-Request-Id": st.just("req_1"),
            "Content-Encoding": st.just("gzip"),
            "Location": st.sampled_from(["/x", "http://127.0.0.1/", "::"]),
        },
    ),
    stream=(_JSON | _STREAM | st.binary(max_size=50)).map(httpx.ByteStream),
)


async def _drain(gateway: GatewayClient) -> None:
    async for _ in gateway.log(since=0, until=10**15):
        pass


def _start(gateway: GatewayClient) -> Awaitable[Any]:
    return gateway.start_video(video(), {}, trace_id=TRACE, user=USER, idempotency_key="k")


FREE: dict[str, Callable[[GatewayClient], Awaitable[Any]]] = {
    "price": lambda gateway: gateway.price(generate(), {}),
    "job": lambda gateway: gateway.job("j"),
    "cancel": lambda gateway: gateway.cancel_job("j"),
    "find": lambda gateway: gateway.find(TRACE, since=0),
    "log": _drain,
    "models": lambda gateway: gateway.models(),
    "balance": lambda gateway: gateway.balance(),
    "secret": lambda gateway: gateway.webhook_secret(),
}
PAID: dict[str, Callable[[GatewayClient], Awaitable[Any]]] = {
    "run": lambda gateway: gateway.run(generate(), {}, trace_id=TRACE, user=USER),
    "edit": lambda gateway: gateway.run(edit(), PICTURES, trace_id=TRACE, user=USER),
    "chat": lambda gateway: gateway.chat(chat(), {}, trace_id=TRACE, user=USER, on_text=lambda _: None),
    "video": _start,
}
_FUZZ = examples(60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def again(answer: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """The same answer for every attempt."""
    body = b"".join(answer.stream)  # type: ignore[arg-type]

    def respond(request: httpx.Request) -> httpx.Response:
        del request
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body))

    return respond


async def error_of(call: Awaitable[Any]) -> BotError | None:
    """The tree's error, or None for a value; any other exception comes through and fails the test."""
    try:
        await call
    except (GatewayError, PriceUnknown) as error:
        return error
    return None


@pytest.mark.parametrize("call", FREE.values(), ids=FREE)
@_FUZZ
@given(answer=_ANSWERS)
async def test_a_free_call_survives_any_answer(
    call: Callable[[GatewayClient], Awaitable[Any]], answer: httpx.Response
) -> None:
    transport = httpx.MockTransport(again(answer))
    async with GatewayClient(api_key=SecretStr("lmnfl_x"), transport=transport) as gateway:
        error = await error_of(call(gateway))
    assert not isinstance(error, GatewayAmbiguous)


@pytest.mark.parametrize("call", PAID.values(), ids=PAID)
@_FUZZ
@given(answer=_ANSWERS)
async def test_a_paid_call_survives_any_answer_and_is_sent_once(
    call: Callable[[GatewayClient], Awaitable[Any]], answer: httpx.Response
) -> None:
    sent: list[httpx.Request] = []
    respond = again(answer)

    def count(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return respond(request)

    async with GatewayClient(api_key=SecretStr("lmnfl_x"), transport=httpx.MockTransport(count)) as gateway:
        await error_of(call(gateway))
    assert len(sent) == 1


@_FUZZ
@given(answer=_ANSWERS, url=st.text(max_size=30) | st.just("http://media.test:80/x"))
async def test_a_download_survives_any_answer(answer: httpx.Response, url: str, tmp_path: Path) -> None:
    transport = httpx.MockTransport(again(answer))
    client = GatewayClient(
        api_key=SecretStr("lmnfl_x"), media_hosts=("http://media.test:80",), transport=transport
    )
    async with client as gateway:
        error = await error_of(gateway.download(Asset(url=url), tmp_path / "0"))
    assert not isinstance(error, GatewayAmbiguous)
