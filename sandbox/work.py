"""The steps that every paid endpoint shares: route, price, dry-run answer, balance, charge.

Everything that touches money in the sandbox goes through here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aiohttp import web

from sandbox.call import Call
from sandbox.catalogue import text_model
from sandbox.errors import ApiError, exhausted, insufficient_balance, invalid
from sandbox.models import Mode, Model, Offer, Route, require_mode
from sandbox.pricing import Quote, Usage, quote, scaled, usd
from sandbox.state import State

_REPLAY_MODES = frozenset(
    {"off", "record", "mock", "replay-or-mock", "replay-or-error", "replay-or-live", "replay-or-record"}
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A validated request with its model and the provider that serves it."""

    model: Model
    offer: Offer
    usage: Usage

    @property
    def executed(self) -> str:
        return f"{self.offer.provider}/{self.offer.path}"


def find_route(state: State, call: Call, mode: Mode, slug: str) -> Route:
    """Raises ApiError 404 for the model, 400 when it cannot do `mode`."""
    if mode == "chat":
        slug = slug.removeprefix("openrouter/")
    made_up = text_model(slug) if mode == "chat" and not state.table.knows(slug) else None
    if made_up is not None and slug not in state.switches.disabled_models:
        route = Route(model=made_up, offers=made_up.offers)
    else:
        route = state.table.route(slug, state.switches.disabled_models)
    call.model = route.model.slug
    require_mode(route.model, mode)
    return route


def job_for(state: State, call: Call, route: Route, usage: Usage) -> Job:
    """Pick the provider: a dry run sees the cheapest, a run may meet the next one (`provider_switch`)."""
    offer = route.offer(switched=state.switches.provider_switch and not call.dry_run)
    call.provider = offer.provider
    return Job(model=route.model, offer=offer, usage=usage)


def price(state: State, job: Job, usage: Usage | None = None) -> Quote:
    return quote(job.model, job.offer, usage or job.usage, state.switches.prices)


def dry_answer(state: State, call: Call, job: Job) -> web.Response:
    """The estimate (Lumenfall API, cost estimation); nothing is charged, logged or remembered."""
    estimate = price(state, job)
    body: dict[str, Any] = {
        "estimated": True,
        "model": job.model.slug,
        "provider": job.offer.provider,
        "total_cost_micros": estimate.total,
        "currency": "USD",
        "components": [component.wire() for component in estimate.components],
    }
    if call.has("no_estimated"):
        del body["estimated"]
    if call.has("no_price"):
        del body["total_cost_micros"]
    return web.json_response(body)


def require_balance(state: State, micros: int) -> None:
    """Raises ApiError 402 when the balance is below the price."""
    if not state.affords(micros):
        raise insufficient_balance()


def effective(state: State, call: Call, micros: int) -> int:
    """The cost that is charged for a price: × `cost_factor`, × the fault's factor."""
    cost = scaled(micros, state.switches.cost_factor)
    if fault := call.has("cost_higher"):
        cost = scaled(cost, Decimal(fault.text("factor", "2")))
    return cost


def fail_charged(state: State, call: Call, micros: int) -> None:
    """On the fault `502_charged`: put the cost into the log and raise the 502."""
    fault = call.has("502_charged")
    if fault is None or call.row is None:
        return
    error = exhausted()
    call.row.paid = True
    cost = scaled(micros, Decimal(fault.text("factor", "1")))
    state.log.end(call.row, "upstream_failure", cost_micros=cost, error=(error.code, error.message))
    raise error


def error_in_200(state: State, call: Call) -> web.Response | None:
    """On the fault `error_in_200`: an error envelope with status 200."""
    if not call.has("error_in_200"):
        return None
    error = exhausted()
    if call.row:
        state.log.end(call.row, "upstream_failure", error=(error.code, error.message))
    return web.json_response(error.body())


def media_metadata(call: Call, job: Job, cost_micros: int) -> dict[str, Any]:
    """The `metadata` of a response that delivers media."""
    body: dict[str, Any] = {
        "model": job.model.slug,
        "executed_model": job.executed,
        "provider": job.offer.provider,
        "provider_name": job.offer.name,
        "cost": usd(cost_micros),
        "cost_currency": "USD",
        "attempts": [{"provider": job.offer.provider, "status": "completed"}],
    }
    if call.has("no_cost"):
        del body["cost"], body["cost_currency"]
    return body


def replay_mode(state: State, header: str | None) -> str:
    """`mock` or `live` for a request's `X-Lumenfall-Replay`, which wins over the key's default.

    Nothing is ever recorded here, so `replay-or-…` takes what comes after the `or`.
    Raises ApiError 400 for an unknown mode and 404 RECORDING_NOT_FOUND for `replay-or-error`.
    """
    mode = (header or state.switches.default_replay).strip().lower()
    if mode not in _REPLAY_MODES:
        raise invalid(f"Unknown X-Lumenfall-Replay mode '{mode[:40]}'.")
    if mode == "replay-or-error":
        raise ApiError(404, "RECORDING_NOT_FOUND", "No recording matches this request.")
    return "mock" if mode in {"mock", "replay-or-mock"} else "live"


def media_url(state: State, request: web.Request, name: str) -> str:
    base = state.options.public_url or f"{request.scheme}://{request.host}"
    return f"{base.rstrip('/')}/media/{name}"
