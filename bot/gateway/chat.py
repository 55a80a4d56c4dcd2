"""A streamed chat answer: server-sent events in, all the text so far out.

`httpx-sse` reads the stream; the events are interpreted here (Lumenfall API, chat completions): comments,
chunks without choices, usage with or without a cost, an error inside a 200, an end without `[DONE]`. A
partial answer is kept, because it may be charged, and marked as cut; a broken stream is an error only when
nothing has arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

import httpx
import structlog
from httpx_sse import EventSource

from bot.core.errors.outside import GatewayAmbiguous
from bot.core.money import Micros
from bot.core.ports.gateway import REFUSED, TRUNCATED, Outcome
from bot.core.request import Asset
from bot.core.text.translation import gettext as _
from bot.gateway import wire
from bot.gateway.failures import REQUEST_ID, from_answer
from bot.gateway.http import Answer, Http
from bot.gateway.outcomes import MODEL, PROVIDER, absolute
from bot.gateway.payloads import RequestBody
from bot.gateway.tool_calls import CallPieces

log = structlog.get_logger(__name__)

MAX_TEXT = 200_000
MAX_PICTURES = 10
DONE = "[DONE]"


class StreamState:
    """What has arrived of a stream so far."""

    def __init__(self, headers: httpx.Headers, url: str, on_text: Callable[[str], None]) -> None:
        self.text = ""
        self.finish_reason = ""
        self.done = False
        self.broken = False
        self._refused = False
        self._pictures: list[str] = []
        self._calls = CallPieces()
        self._url = url
        self._cost: Micros | None = None
        self._headers = headers
        self._on_text = on_text
        self._model = headers.get(MODEL, "")
        self._provider = headers.get(PROVIDER, "")

    def take(self, data: str) -> None:
        """Read one event's data. Raises a GatewayError when it contains an error."""
        if data.strip() == DONE:
            self.done = True
            return
        try:
            body = wire.parse(data.encode())
        except wire.BadBody:
            log.warning("chat_event_unreadable", size=len(data))
            return
        if error := wire.error_of(body):
            self._failed(error)
            return
        self._chunk(wire.ChatBody.model_validate(body))

    @property
    def something(self) -> bool:
        """True when text, pictures or calls have arrived."""
        return bool(self.text or self._pictures or self._calls)

    def outcome(self) -> Outcome:
        """The answer. Raises GatewayAmbiguous when the stream broke before anything had arrived.

        Calls count only when the answer is complete: half of one may mean something else.
        """
        complete = not self.broken and (self.done or bool(self.finish_reason))
        if not complete and not self.something:
            raise GatewayAmbiguous(
                _("The answer broke off before its first word."), code="stream_truncated", request_id=self._id
            )
        return Outcome(
            cost=self._cost if complete else None,
            text=self.text,
            assets=_assets(self._url, self._pictures),
            calls=self._calls.calls if complete else (),
            gateway_id=self._id,
            provider=self._provider,
            executed_model=self._model,
            finish_reason=self._ending if complete else TRUNCATED,
        )

    @property
    def _ending(self) -> str:
        return REFUSED if self._refused else self.finish_reason

    @property
    def _id(self) -> str:
        return self._headers.get(REQUEST_ID, "")

    def _chunk(self, chunk: wire.ChatBody) -> None:
        self._model = self._model or chunk.model
        self._provider = self._provider or chunk.provider
        self._cost = chunk.usage.cost if chunk.usage.cost is not None else self._cost
        if not chunk.choices:
            return
        choice = chunk.choices[0]
        self.finish_reason = choice.finish_reason or self.finish_reason
        self._refused = self._refused or bool(choice.delta.refusal or choice.message.refusal)
        self._pictures += [*choice.delta.pictures, *choice.message.pictures]
        self._calls.take((*choice.delta.tool_calls, *choice.message.tool_calls))
        if (piece := choice.delta.said or choice.message.said) and len(self.text) < MAX_TEXT:
            self.text = (self.text + piece)[:MAX_TEXT]
            self._on_text(self.text)

    def _failed(self, error: wire.ErrorBody) -> None:
        """Handle an error within the stream: keep what arrived before it. Raises when nothing arrived."""
        if not self.something:
            raise from_answer(200, self._headers, error, paid=True)
        log.warning("chat_broke_off", error=error.code or "stream_error")
        self.broken = True


async def stream(
    http: Http, url: str, body: RequestBody, *, trace_id: str, on_text: Callable[[str], None]
) -> Outcome:
    """One paid call. `on_text` is called with all the text so far. Raises GatewayError."""
    reading: StreamState | None = None
    try:
        async with http.stream(url, body, trace_id=trace_id) as response:
            if "text/event-stream" not in response.headers.get("Content-Type", ""):
                return whole(await http.parsed(response), on_text)
            reading = StreamState(response.headers, str(response.url), on_text)
            await _read(response, reading)
    except GatewayAmbiguous as exc:
        # When the connection breaks later, what has arrived before is kept.
        if reading is None or not reading.something or exc.__cause__ is None:
            raise
        reading.broken = not reading.finish_reason
    return reading.outcome()


async def _read(response: httpx.Response, reading: StreamState) -> None:
    async with aclosing(EventSource(response).aiter_sse()) as events:
        async for event in events:
            if event.data:
                reading.take(event.data)
            if reading.done or reading.broken:
                return


def whole(answer: Answer, on_text: Callable[[str], None]) -> Outcome:
    """An answer that arrived as one JSON document."""
    body = wire.ChatBody.model_validate(answer.body)
    choice = body.choices[0] if body.choices else wire.ChatChoice()
    text, calls = choice.message.said[:MAX_TEXT], CallPieces()
    calls.take(choice.message.tool_calls)
    if text:
        on_text(text)
    return Outcome(
        cost=body.usage.cost,
        text=text,
        assets=_assets(answer.url, choice.message.pictures),
        calls=calls.calls,
        gateway_id=answer.request_id,
        provider=answer.headers.get(PROVIDER, "") or body.provider,
        executed_model=answer.headers.get(MODEL, "") or body.model,
        finish_reason=REFUSED if choice.message.refusal else choice.finish_reason,
    )


def _assets(base: str, addresses: list[str]) -> tuple[Asset, ...]:
    """The pictures of an answer without repetitions: a stream may repeat them at its end."""
    return tuple(Asset(url=absolute(base, address)) for address in dict.fromkeys(addresses[:MAX_PICTURES]))
