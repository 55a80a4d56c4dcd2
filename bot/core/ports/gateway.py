"""`Gateway`: the service that does the work, and its answers. Only the core and its gateway client import it.

Its contract suite is `tests/contract/test_gateway*`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.core.catalog import Model
from bot.core.money import Micros
from bot.core.request import Asset, ChatOrder, Order, PictureOrder, VideoOrder
from bot.core.said import ToolCall


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A dry run's answer. `provider` is the one chosen now; the run may use another.

    `model` is the one that an alias stands for; empty when the gateway does not say. `per_call` is true when
    every part of the price is known before the call (pictures, seconds, megapixels), false for prices per
    token and when the gateway does not say.
    """

    price: Micros
    provider: str = ""
    model: str = ""
    per_call: bool = False


TRUNCATED = "truncated"
"""`finish_reason` of an answer whose end did not arrive."""
REFUSED = "refusal"
"""`finish_reason` of an answer in which the model says that it will not do what was asked."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a paid call. `cost` is None when the gateway did not say. `calls` are a chat's tool
    calls.

    `finish_reason` of a chat is the gateway's word (`stop`, `length`, `content_filter` …), `TRUNCATED`
    or `REFUSED`.
    """

    cost: Micros | None
    assets: tuple[Asset, ...] = ()
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    gateway_id: str = ""
    provider: str = ""
    executed_model: str = ""
    finish_reason: str = ""


class JobStatus:
    """States of a video job (Lumenfall API, GET /videos/{id}); unknown words count as running."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A video job at the gateway. `percent` is None when unknown; `outcome.cost` is set once it has ended."""

    id: str
    status: str
    percent: int | None = None
    outcome: Outcome = field(default_factory=lambda: Outcome(cost=None))
    error_code: str = ""
    error_message: str = ""


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One row of the gateway's request log. `status` as `JobStatus`; `pending` is running."""

    id: str
    status: str
    cost: Micros | None
    trace_id: str = ""
    user: str = ""
    error_code: str = ""
    error_message: str = ""
    created_at: int = 0


Pictures = Mapping[str, bytes]
"""Uploads of an order by digest."""


class Gateway(Protocol):
    """The Lumenfall API. Raises GatewayPassing, GatewayFinal or GatewayAmbiguous, and what `price` names."""

    async def price(self, order: Order, pictures: Pictures) -> Estimate:
        """Dry run; costs nothing. Raises PriceUnknown when the answer names no usable price, DryRunRan when
        it does not say that nothing was run.
        """
        ...

    async def run(self, order: PictureOrder, pictures: Pictures, *, trace_id: str, user: str) -> Outcome:
        """Generate, edit or upscale: one paid call, never repeated here."""
        ...

    async def chat(
        self,
        order: ChatOrder,
        pictures: Pictures,
        *,
        trace_id: str,
        user: str,
        on_text: Callable[[str], None],
    ) -> Outcome:
        """A streamed answer; `on_text` is called with all the text so far. One paid call, never repeated
        here.
        """
        ...

    async def start_video(
        self, order: VideoOrder, pictures: Pictures, *, trace_id: str, user: str, idempotency_key: str
    ) -> Job:
        """Submit a job: one paid call. No published page promises that a repeated key gives the same job."""
        ...

    async def job(self, job_id: str) -> Job: ...

    async def cancel_job(self, job_id: str) -> None:
        """Best effort; says nothing about cost."""
        ...

    async def find(self, trace_id: str, *, since: int, gateway_id: str = "") -> LogEntry | None:
        """The log's row of a call, by the gateway's own id if it is known, else by our trace id.

        Searches back to `since` (UTC micros). None when the log can be read and does not have it.
        """
        ...

    def log(self, *, since: int, until: int) -> AsyncIterator[LogEntry]:
        """The request log between two times, newest first."""
        ...

    async def models(self) -> list[Model]: ...

    async def model(self, name: str) -> Model | None:
        """One model in detail; None when the gateway does not know it."""
        ...

    async def balance(self) -> Micros | None:
        """The balance of the gateway's account; None for post-paid accounts or when the gateway
        does not say.
        """
        ...

    async def download(self, asset: Asset, to: Path) -> Asset:
        """Download a result to a new file `to` (with a suffix for its content) and describe it.

        Raises GatewayPassing when it may succeed later, GatewayFinal when it is gone or not media.
        """
        ...
