"""Everything that can go wrong, as one tree.

    BotError
    ├─ Refusal             a person can act on it; nothing was spent
    │  ├─ InvalidOrder       a parameter is out of range, missing or unreadable
    │  │  └─ BadImage          a picture sent in cannot be used
    │  ├─ UnknownModel       no such model; carries the nearest names
    │  ├─ NotAllowed         model, capability, channel, role or person is not permitted
    │  ├─ BudgetExceeded     a budget has no room; carries its name, what is left, when it resets
    │  ├─ PriceUnknown       the gateway named no price, so nothing may run
    │  ├─ PriceTooHigh       above the cap for one request
    │  ├─ QueueFull          too much is waiting already
    │  ├─ NotFound           no such request, or not visible to this person
    │  └─ TooLate            the request has moved on; the press no longer applies
    ├─ GatewayError        the gateway or the way to it; for the worker
    │  ├─ GatewayPassing     nothing was executed; trying again is safe
    │  ├─ GatewayFinal       an answer that will not change; nothing to retry
    │  └─ GatewayAmbiguous   the outcome of a paid call is unknown; never re-sent
    ├─ DeliveryError       a platform did not take a result
    │  ├─ DeliveryPassing    try again later
    │  └─ DeliveryFinal      this address is gone for good
    ├─ StoreUnavailable    the database does not answer, or its disk is full; nothing was written
    └─ LeaseLost           another worker owns the request now; drop everything

`code` is a stable word for logs, metrics and the JSON API; `str(error)` is one or two sentences
a person may read.
"""

from __future__ import annotations

from bot.core.money import Micros, dollars


class BotError(Exception):
    """Root of the tree. `code` is stable; the message may be shown to the person who asked."""

    code = "error"

    @property
    def message(self) -> str:
        """The sentence for people."""
        return str(self)


class Refusal(BotError):
    """A clear no before any money moved."""

    code = "refused"


class InvalidOrder(Refusal):
    """`field` is the option's public name (`prompt`, `n`, `scale` …), or empty."""

    code = "invalid_order"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class BadImage(InvalidOrder):
    """A picture that is too large, unreadable or of a wrong kind."""

    code = "bad_image"


class UnknownModel(Refusal):
    """`suggestions` holds up to three near names, best first."""

    code = "unknown_model"

    def __init__(self, model: str, suggestions: tuple[str, ...] = ()) -> None:
        hint = f" Did you mean {' or '.join(suggestions)}?" if suggestions else ""
        super().__init__(f"There is no model called “{model[:80]}”.{hint}")
        self.model = model
        self.suggestions = suggestions


class NotAllowed(Refusal):
    """Policy says no."""

    code = "not_allowed"


class BudgetExceeded(Refusal):
    """The tightest budget that has no room. `resets_at` is UTC microseconds, None for a total.

    `scope` is what the budget binds (a `Scope` of the ledger), empty where that is not known.
    """

    code = "budget_exceeded"

    def __init__(
        self,
        *,
        budget_id: str,
        budget: str,
        price: Micros,
        left: Micros,
        resets_at: int | None,
        scope: str = "",
    ) -> None:
        room = f"has {dollars(left)} left" if left >= 0 else f"is {dollars(Micros(-left))} over its limit"
        super().__init__(f"{budget} {room} and this needs {dollars(price)} set aside. Nothing was charged.")
        self.budget_id = budget_id
        self.budget = budget
        self.price = price
        self.left = left
        self.resets_at = resets_at
        self.scope = scope


class PriceUnknown(Refusal):
    """The dry run gave no usable price."""

    code = "price_unknown"


class PriceTooHigh(Refusal):
    """Above the tenant's cap for one request."""

    code = "price_too_high"

    def __init__(self, *, price: Micros, cap: Micros) -> None:
        super().__init__(
            f"This would cost {dollars(price)}; one request may cost at most {dollars(cap)} here."
            " Nothing was charged."
        )
        self.price = price
        self.cap = cap


class QueueFull(Refusal):
    """The queue is bounded; `length` requests are waiting."""

    code = "queue_full"

    def __init__(self, length: int) -> None:
        super().__init__(
            f"{length} requests are already waiting. Nothing was charged. Please try again in a minute."
        )
        self.length = length


class NotFound(Refusal):
    """No such thing, or not this person's to see."""

    code = "not_found"


class TooLate(Refusal):
    """The state no longer allows what was pressed."""

    code = "too_late"


class GatewayError(BotError):
    """`status` is the HTTP status or 0; `request_id` the gateway's own, for its support."""

    code = "gateway_error"

    def __init__(self, message: str, *, code: str = "", status: int = 0, request_id: str = "") -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.status = status
        self.request_id = request_id


class GatewayPassing(GatewayError):
    """Nothing was executed. `retry_after` in seconds when the gateway named one."""

    code = "gateway_unavailable"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 0,
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, status=status, request_id=request_id)
        self.retry_after = retry_after


class GatewayFinal(GatewayError):
    """A definite no: nothing was run. Should it have cost something all the same, the gateway's log tells.

    `suggestions` holds the names that the gateway offered for a model that it does not know.
    """

    code = "gateway_refused"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 0,
        request_id: str = "",
        suggestions: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, code=code, status=status, request_id=request_id)
        self.suggestions = suggestions


BROKE_OFF = "answer_broke_off"
RAN = frozenset({BROKE_OFF, "bad_answer", "stream_truncated", "no_job_id"})
"""Codes of calls whose success had begun to arrive: they ran, though their result is lost."""
OPERATORS = frozenset({401, 402, 403})
"""Statuses that only the operator can mend: key, account, access."""


class GatewayAmbiguous(GatewayError):
    """The call may have run and may have been charged; only the gateway's log can tell.

    With a code in `RAN` it certainly ran.
    """

    code = "gateway_ambiguous"


class DeliveryError(BotError):
    """A platform did not accept what we posted."""

    code = "delivery_error"


class DeliveryPassing(DeliveryError):
    """Worth another try later; `retry_after` in seconds when the platform named one."""

    code = "delivery_retry"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeliveryFinal(DeliveryError):
    """No address is left to deliver to."""

    code = "delivery_failed"


class StoreUnavailable(BotError):
    """The database, or the disk of the results, cannot be used just now."""

    code = "store_unavailable"


class LeaseLost(BotError):
    """The row's owner or epoch changed under a worker."""

    code = "lease_lost"
