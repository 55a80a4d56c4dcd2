"""What the gateway and the platforms can do wrong: the part of the tree of errors that the worker deals with.

BotError
├─ GatewayError        the gateway or the connection to it failed
│  ├─ GatewayPassing     nothing was executed; trying again is safe
│  ├─ GatewayFinal       an answer that will not change; do not retry
│  ├─ GatewayAmbiguous   the outcome of a paid call is unknown; never sent again
│  └─ DryRunRan          a question for a price was answered as if it had run the request
└─ DeliveryError       a platform did not accept a result
   ├─ DeliveryPassing    try again later
   └─ DeliveryFinal      there is nowhere left to deliver to
"""

from __future__ import annotations

from bot.core.errors import BotError
from bot.core.money import Micros

_TIMEOUTS = frozenset({408, 499})


class GatewayError(BotError):
    """`status` is the HTTP status or 0; `request_id` is the gateway's own id, for its support team."""

    code = "gateway_error"

    def __init__(self, message: str, *, code: str = "", status: int = 0, request_id: str = "") -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.status = status
        self.request_id = request_id

    @property
    def silent(self) -> bool:
        """Whether it was a timeout, a broken connection or a 5xx, rather than an answer about the order."""
        return self.status == 0 or self.status >= 500 or self.status in _TIMEOUTS or self.code == BROKE_OFF


class GatewayPassing(GatewayError):
    """Nothing was executed. `retry_after` is in seconds, None when the gateway named none."""

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
UNREADABLE = "bad_answer"
RAN = frozenset({BROKE_OFF, UNREADABLE, "stream_truncated", "no_job_id"})
"""Codes of calls whose successful answer had begun to arrive: they ran, but their result is lost."""
OPERATORS = frozenset({401, 402, 403})
"""HTTP statuses whose cause only the operator can fix: key, account, access."""


class GatewayAmbiguous(GatewayError):
    """The call may have run and may have been charged; only the gateway's log can tell.

    With a code in `RAN` it certainly ran.
    """

    code = "gateway_ambiguous"


class DryRunRan(GatewayError):
    """A dry run was answered without `estimated: true`, so it may have run (Lumenfall API, dry run).

    `cost` is what the answer says that it cost, None when it says nothing; with `trace_id` and `request_id`
    the call is found in the gateway's log.
    """

    code = "dry_run_ran"

    def __init__(self, message: str, *, cost: Micros | None, trace_id: str, request_id: str) -> None:
        super().__init__(message, status=200, request_id=request_id)
        self.cost = cost
        self.trace_id = trace_id


class DeliveryError(BotError):
    """A platform did not accept what we posted."""

    code = "delivery_error"


class DeliveryPassing(DeliveryError):
    """It may succeed later; `retry_after` is in seconds, None when the platform named none."""

    code = "delivery_retry"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeliveryFinal(DeliveryError):
    """There is nowhere left to deliver to."""

    code = "delivery_failed"
