"""The `Gateway` port over HTTP: one client for every endpoint the bot uses.

    http.py         the connection pool, headers, deadlines; what is retried and what never
    failures.py     errors of the connection and of answers, as the core's errors
    wire.py         the JSON, read tolerantly; the dry run, read strictly
    payloads.py     orders as JSON or forms        outcomes.py     answers as values
    chat.py         server-sent events             media.py        results, downloaded; described by sniff.py
    models.py       the catalogue, from schema.py  requests_log.py what calls really cost
    webhooks.py     signatures of incoming events

Two base URLs are used (Lumenfall API, base URLs): the OpenAI-compatible one for work and models, and the
native one for balance, log and webhook secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
import structlog
from pydantic import SecretStr

from bot.core.capability import Capability, about
from bot.core.catalog import Model, Scale
from bot.core.errors import PriceUnknown
from bot.core.errors.outside import (
    OPERATORS,
    UNREADABLE,
    DryRunRan,
    GatewayAmbiguous,
    GatewayError,
    GatewayFinal,
    GatewayPassing,
)
from bot.core.identity import new_trace_id
from bot.core.money import Micros
from bot.core.ports.gateway import Estimate, Job, LogEntry, Outcome, Pictures
from bot.core.request import Asset, ChatOrder, Order, PictureOrder, UpscaleOrder, VideoOrder
from bot.core.text.translation import gettext as _
from bot.gateway import chat, models, outcomes, payloads, requests_log, wire
from bot.gateway.http import CONNECTIONS, Answer, Http
from bot.gateway.media import Media
from bot.gateway.transport import transport_to

log = structlog.get_logger(__name__)
T = TypeVar("T")

DRY_RUN = {"dryRun": "true"}
"""Must be in the query and spelt exactly so; otherwise the call runs and is charged (Lumenfall
API, dry run)."""
_COMPATIBLE = "/openai/v1"
_DRY_RUN_S = 10.0
_DRY_UPLOAD_S = 60.0
_READ_S = 10.0
_LIST_S = 30.0
_KNOWN_BEFORE = frozenset({"image", "second", "megapixel"})
"""Metrics of a price whose quantity the order decides (Lumenfall API, cost estimation)."""
_NO_PRICES = frozenset({404, 405, 501})
"""Statuses of an endpoint without a dry run; with an error code of the gateway they mean something else."""


class GatewayClient:
    """See `bot.core.ports.gateway.Gateway`. Use as `async with GatewayClient(...) as gateway`.

    `media_hosts`: host names results may be fetched from, or `http://host:port` in full for a sandbox.
    `timeout_s` bounds a paid call, `max_result_bytes` one download. `webhook_url` is sent with videos
    when set. `transport` replaces the network in tests, for downloads too.
    """

    def __init__(
        self,
        *,
        api_key: SecretStr,
        base_url: str = "https://api.lumenfall.ai/openai/v1",
        media_hosts: Sequence[str] = ("media.lumenfall.ai",),
        timeout_s: float = 600,
        webhook_url: str = "",
        chat_models: Sequence[str] = (),
        sensitive_models: Sequence[str] = (),
        max_result_bytes: int = 500_000_000,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._native = self._base.removesuffix(_COMPATIBLE).removesuffix("/v1") + "/v1"
        self._webhook_url = webhook_url
        self._chat_models = tuple(chat_models)
        self._sensitive = tuple(sensitive_models)
        self._scales: dict[str, Scale] = {}
        self._http = Http(
            api_key=api_key,
            paid_s=timeout_s,
            read_s=_READ_S,
            transport=transport or transport_to(self._base, CONNECTIONS),
        )
        self._media = Media(media_hosts, max_bytes=max_result_bytes, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close both pools."""
        await self._http.aclose()
        await self._media.aclose()

    async def price(self, order: Order, pictures: Pictures) -> Estimate:
        """Dry run; the price of an edit depends on its pictures, so they are sent too.

        It has a trace id of its own, by which it can be looked for if it runs all the same (DryRunRan).
        """
        payload = await self._payload(order, pictures)
        url, body = self._url(payload.path), await _made(payload.encoded, pictures)
        patience, trace_id = _DRY_UPLOAD_S if payload.files else _DRY_RUN_S, new_trace_id()
        try:
            answer = await self._http.read(
                "POST", url, params=DRY_RUN, body=body, patience=patience, trace_id=trace_id
            )
        except GatewayFinal as error:
            if error.status in _NO_PRICES and error.code == f"http_{error.status}":
                raise PriceUnknown(
                    _(
                        "The gateway does not name a price for this kind of request, so it was not run."
                        " Nothing was charged."
                    )
                ) from error
            raise
        except GatewayPassing as error:
            if error.code == UNREADABLE:
                raise _ran(None, trace_id, error.request_id) from error
            raise
        if not outcomes.is_estimate(answer):
            raise _ran(outcomes.cost_of(answer), trace_id, answer.request_id)
        estimate = wire.dry_run(answer.body)
        return Estimate(
            price=Micros(estimate.total_cost_micros),
            provider=estimate.provider,
            model=estimate.model,
            per_call=bool(estimate.components) and _KNOWN_BEFORE.issuperset(estimate.components),
        )

    async def run(self, order: PictureOrder, pictures: Pictures, *, trace_id: str, user: str) -> Outcome:
        """Generate, edit or upscale. The outcome may have fewer pictures than ordered, or none."""
        payload = await self._payload(order, pictures)
        body = payload.encoded(user=user)
        return outcomes.images(await self._http.paid(self._url(payload.path), body, trace_id=trace_id))

    async def chat(
        self,
        order: ChatOrder,
        pictures: Pictures,
        *,
        trace_id: str,
        user: str,
        on_text: Callable[[str], None],
    ) -> Outcome:
        """See the port. A stream that broke off keeps its text, with `finish_reason` `truncated`."""
        payload = await self._payload(order, pictures)
        asked = partial(payload.encoded, user=user, stream=True, stream_options={"include_usage": True})
        body = await _made(asked, pictures)
        url = self._url(payload.path)
        return await chat.stream(self._http, url, body, trace_id=trace_id, on_text=on_text)

    async def start_video(
        self, order: VideoOrder, pictures: Pictures, *, trace_id: str, user: str, idempotency_key: str
    ) -> Job:
        """Submit a job. The idempotency key is in the body, where the gateway expects it."""
        payload = await self._payload(order, pictures)
        body = payload.encoded(
            user=user, idempotency_key=idempotency_key, webhook_url=self._webhook_url or None
        )
        answer = await self._http.paid(self._url(payload.path), body, trace_id=trace_id)
        job = outcomes.job(answer)
        if not job.id:
            raise GatewayAmbiguous(
                _("The gateway accepted the video but named no job."),
                code="no_job_id",
                status=answer.status,
                request_id=answer.request_id,
            )
        return job

    async def job(self, job_id: str) -> Job:
        """The current status of the job."""
        return outcomes.job(await self._http.read("GET", self._job_url(job_id)))

    async def cancel_job(self, job_id: str) -> None:
        """Cancel a job, best effort; a job that has ended or that the gateway no longer knows is left as it
        is.
        """
        try:
            await self._http.read("DELETE", self._job_url(job_id))
        except GatewayFinal as exc:
            if exc.status in OPERATORS:
                raise
            log.info("job_not_cancelled", job_id=job_id, error=exc.code)

    async def find(self, trace_id: str, *, since: int, gateway_id: str = "") -> LogEntry | None:
        """The log's row of a call, by the gateway's own id first."""
        url = f"{self._native}/requests"
        if gateway_id and (found := await requests_log.by_id(self._http, url, gateway_id, trace_id)):
            return found
        return await requests_log.find(self._http, url, trace_id, since=since)

    @property
    def text_models(self) -> list[Model]:
        """The configured text models; the gateway lists none."""
        return [models.text_model(name, self._sensitive) for name in self._chat_models]

    async def log(self, *, since: int, until: int) -> AsyncIterator[LogEntry]:
        """The request log between two times, newest first."""
        entries: AsyncGenerator[LogEntry] = requests_log.between(
            self._http, f"{self._native}/requests", since=since, until=until
        )
        async with aclosing(entries):
            async for entry in entries:
                yield entry

    async def models(self) -> list[Model]:
        """The catalogue: the gateway's media models and the configured text models."""
        answer = await self._described("models")
        found = models.catalogue(answer.body, chat_models=self._chat_models, sensitive=self._sensitive)
        self._scales = {model.id: model.scale for model in found if model.scale}
        return found

    async def model(self, name: str) -> Model | None:
        """The gateway's description of one model; None for an unknown model."""
        try:
            answer = await self._described(f"models/{quote(name, safe='')}")
        except GatewayFinal as error:
            if error.status == 404:
                return None
            raise
        return models.single(answer.body, sensitive=self._sensitive)

    async def _described(self, path: str) -> Answer:
        """Models with their parameters, or without them if the gateway does not offer parameters."""
        try:
            return await self._http.read("GET", self._url(path), params={"schema": "true"}, patience=_LIST_S)
        except GatewayError as error:
            log.info("models_without_schema", error=error.code)
            return await self._http.read("GET", self._url(path), patience=_LIST_S)

    async def balance(self) -> Micros | None:
        """The balance of the account; negative when overdrawn."""
        answer = await self._http.read("GET", f"{self._native}/balance")
        available = wire.BalanceBody.model_validate(answer.body).available
        return available.amount if available.currency.lower() in {"usd", ""} else None

    async def webhook_secret(self) -> SecretStr | None:
        """The organisation's webhook secret, created by the gateway on first use; None when it has none."""
        answer = await self._http.read("GET", f"{self._native}/webhooks/secret")
        key = wire.SecretBody.model_validate(answer.body).key
        return SecretStr(key) if key else None

    async def download(self, asset: Asset, to: Path) -> Asset:
        """See the port. The returned `path` is the name of the new file without its folder."""
        return await self._media.fetch(asset, to)

    async def _payload(self, order: Order, pictures: Pictures) -> payloads.Payload:
        scale = None
        if isinstance(order, UpscaleOrder):
            names = (order.model, order.model.partition("/")[2])  # with a forced provider, and without
            known = (self._scales.get(name) for name in names)
            scale = models.scale_of(order.model) or next(filter(None, known), None)
        return await _made(partial(payloads.build, order, pictures, scale=scale), pictures)

    def _url(self, path: str) -> str:
        return f"{self._base}/{path}"

    def _job_url(self, job_id: str) -> str:
        return f"{self._base}/{about(Capability.VIDEO).endpoint}/{quote(job_id, safe='')}"


async def _made(make: Callable[[], T], pictures: Pictures) -> T:
    """What `make` returns, by a thread where pictures take long to encode; a thread costs more than text."""
    return await asyncio.to_thread(make) if pictures else make()


def _ran(cost: Micros | None, trace_id: str, gateway_id: str) -> DryRunRan:
    """A question for a price that was not answered as one."""
    log.error("dry_run_ran", gateway_id=gateway_id, trace_id=trace_id)
    text = _(
        "The gateway was asked for a price only, and its answer does not say that nothing was run. It may"
        " have run this and charged for it. If it names a charge, that is booked and you are told. Please"
        " tell the bot's operator."
    )
    return DryRunRan(text, cost=cost, trace_id=trace_id, request_id=gateway_id)
