"""Circuit breakers: a model or provider that does not answer is left alone for a while.

Only calls tell: a timeout, a broken connection or a 5xx is trouble, a result is an answer. Everything else,
such as a refusal, tells nothing. A breaker opens after trouble of several requests without an answer in
between; while it is open nothing is held or called. Then one request is let through as a probe; its trouble
opens the breaker for longer, an answer closes it. What was sent before is not touched by any of this.

The state is this process's memory: each replica finds out for itself, and a restart forgets.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.core.catalog import Model
from bot.core.errors.bounds import ModelNotAnswering
from bot.core.order_rules import MOST_SUGGESTIONS, Checks
from bot.core.request import Actor, OrderOf, P
from bot.core.tenant import Tenant
from bot.telemetry.logging import metrics

log = structlog.get_logger(__name__)

TROUBLE_MODELS = 2
"""A provider's breaker also needs trouble with so many models, since one model may be the cause."""
WINDOW_US = 600_000_000
"""Trouble counts for ten minutes: calls that hang from the same moment end within it (GATEWAY_TIMEOUT_S)."""
OPEN_US, LONGEST_US = 60_000_000, 600_000_000
"""How long a breaker stays open: a minute, doubled after each probe that fails, ten minutes at most."""
GATEWAY_MODELS = 3
"""From so many silent models on it is the gateway that does not answer."""
KEPT = 500
"""The most breakers in memory: names of models are whatever people type."""

_MODEL, _PROVIDER = "model", "provider"


class _Breaker:
    """`until` is 0 while it is closed; `trouble` has when and with which model, by request."""

    def __init__(self, least_models: int) -> None:
        self.least_models = least_models
        self.until = 0
        self.open_for = OPEN_US
        self.probe = ""
        self.trouble: dict[str, tuple[int, str]] = {}

    def closed_for(self, request_id: str, now: int) -> bool:
        """Whether that request may go on: the breaker is closed, or the request may be the probe."""
        if not self.until:
            return True
        return now >= self.until and self.probe in ("", request_id)

    def enough(self, requests: int, now: int) -> bool:
        recent = {who: (at, model) for who, (at, model) in self.trouble.items() if now - at < WINDOW_US}
        self.trouble = recent
        models = {model for _, model in recent.values()}
        return len(recent) >= requests and len(models) >= self.least_models

    def open(self, now: int) -> None:
        self.until, self.probe = now + self.open_for, ""
        self.open_for = min(LONGEST_US, 2 * self.open_for)
        self.trouble.clear()


class Breakers:
    """Those of all models and providers. `now` gives UTC microseconds; one opens after trouble of so many
    `requests`, each counted once, and never with 0.
    """

    def __init__(self, now: Callable[[], int], requests: int) -> None:
        self._now = now
        self._requests = requests
        self._kept: dict[tuple[str, str], _Breaker] = {}

    def answers(self, model: str, provider: str = "", *, request_id: str = "") -> bool:
        """Whether a request on this model, at this provider if it is known, may go on now."""
        now = self._now()
        return all(one.closed_for(request_id, now) for one in self._found(model, provider))

    def enter(self, request_id: str, model: str, provider: str = "") -> bool:
        """The same just before money is held; where a breaker asks for a probe, this request becomes it."""
        if not self.answers(model, provider, request_id=request_id):
            return False
        for one in self._found(model, provider):
            if one.until:
                one.probe = request_id
        return True

    def left(self, request_id: str) -> None:
        """The request is not in hand any more; if it was a probe that told nothing, another may be."""
        for one in self._kept.values():
            if one.probe == request_id:
                one.probe = ""

    def answered(self, model: str, provider: str = "") -> None:
        """A call had a result: nothing that came before counts."""
        for kind, name in _keys(model, provider):
            if (one := self._kept.pop((kind, name), None)) is not None and one.until:
                log.info("breaker_closed", kind=kind, name=name)
                self._show()

    def troubled(self, request_id: str, model: str, provider: str = "") -> None:
        """A call or a dry run of the request timed out, broke off or was answered with a 5xx."""
        now = self._now()
        for key in _keys(model, provider) if self._requests else ():
            least = TROUBLE_MODELS if key[0] == _PROVIDER else 1
            one = self._kept.setdefault(key, _Breaker(least))
            one.trouble[request_id] = (now, model)
            asks_for_probe = one.until and now >= one.until
            if asks_for_probe or (not one.until and one.enough(self._requests, now)):
                one.open(now)
                metrics.breakers_opened.labels(key[0]).inc()
                log.warning(
                    "breaker_opened", kind=key[0], name=key[1], seconds=(one.until - now) // 1_000_000
                )
            elif one.until:
                one.trouble.clear()
        self._forget_oldest()
        self._show()

    def _show(self) -> None:
        for kind in (_MODEL, _PROVIDER):
            metrics.breakers_open.labels(kind).set(len(self._open(kind)))

    def _open(self, kind: str) -> list[str]:
        return [name for (one, name), breaker in self._kept.items() if one == kind and breaker.until]

    def _found(self, model: str, provider: str) -> list[_Breaker]:
        return [self._kept[key] for key in _keys(model, provider) if key in self._kept]

    def _forget_oldest(self) -> None:
        while len(self._kept) > KEPT:
            closed = (key for key, one in self._kept.items() if not one.until)
            del self._kept[next(closed, next(iter(self._kept)))]

    def instead(self, checks: Checks, actor: Actor, tenant: Tenant, order: OrderOf[P]) -> ModelNotAnswering:
        """The refusal of an order whose model does not answer, with up to three that the person may use.

        The nearest in price come first. Where many models do not answer, the gateway is to blame and none is
        offered.
        """
        silent = set(self._open(_MODEL))
        if len(silent) >= GATEWAY_MODELS:
            return ModelNotAnswering(order.model)
        known = checks.permitted_models(actor, tenant, order.capability)
        price = next((one.starting_price for one in known if one.id == order.model), None) or 0

        def far(model: Model) -> tuple[bool, int, str]:
            return model.starting_price is None, abs((model.starting_price or 0) - price), model.id

        others = [model for model in known if not {model.id, *model.aliases} & {order.model, *silent}]
        return ModelNotAnswering(
            order.model, tuple(model.id for model in sorted(others, key=far)[:MOST_SUGGESTIONS])
        )


def _keys(model: str, provider: str) -> list[tuple[str, str]]:
    return [(_MODEL, model), *([(_PROVIDER, provider)] if provider else [])]
