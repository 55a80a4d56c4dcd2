"""Turns failures of the gateway into errors of the core.

The rules decide whether money may have been spent. A 4xx was refused before it ran, a 425 or 429 was not
executed. A timeout or a 5xx of a paid call may have cost something (Lumenfall API, errors: failed requests
can carry cost), and so may a call that broke after the first byte was sent. Once a success has begun to
arrive, the call ran.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from bot.core.errors.outside import (
    BROKE_OFF,
    UNREADABLE,
    GatewayAmbiguous,
    GatewayError,
    GatewayFinal,
    GatewayPassing,
)
from bot.core.text.translation import gettext as _
from bot.gateway.wire import ErrorBody

REQUEST_ID = "X-Lumenfall-Request-Id"
LONGEST_RETRY_AFTER = 3600.0

_SENTENCES: Mapping[str, str] = {
    "AUTHENTICATION_FAILED": _(
        "The gateway does not accept this bot's key. This is not your fault, and nothing was charged; the"
        " bot's operator has to fix it."
    ),
    "INSUFFICIENT_BALANCE": _(
        "The bot's account at the gateway is empty. This is not your fault, and nothing was charged; the"
        " bot's operator has to top it up."
    ),
    "CONTENT_POLICY_VIOLATION": _(
        "The provider blocked this under its content policy. Try another prompt or another picture."
    ),
    "MODEL_DISABLED": _("This model is currently turned off at the gateway; please choose another."),
    "RATE_LIMITED": _("The gateway is busy; this will be tried again."),
    "ALL_PROVIDERS_EXHAUSTED": _("Every provider of this model failed."),
    "UPSTREAM_ERROR": _("The provider of this model failed."),
    "RECORDING_NOT_FOUND": _("The gateway is set to replay recordings; the bot's operator has to fix it."),
    "FORBIDDEN": _(
        "The gateway does not allow this bot to do that. This is not your fault, and nothing was charged; the"
        " bot's operator has to fix it."
    ),
    "edge_block": _(
        "The gateway's network blocked the bot. This is not your fault, and nothing was charged; the"
        " bot's operator has to fix it."
    ),
}
_REASONED = frozenset({"ALL_PROVIDERS_EXHAUSTED", "UPSTREAM_ERROR", "CONTENT_POLICY_VIOLATION"})
"""Codes with many possible causes; the gateway's own message is shown too."""
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MISCONFIGURED = (httpx.UnsupportedProtocol, httpx.InvalidURL)
# The status that a code stands for, for errors in a 200 answer or in a stream.
_CODE_STATUS: Mapping[str, int] = {
    "INVALID_REQUEST": 400,
    "CONTENT_POLICY_VIOLATION": 400,
    "AUTHENTICATION_FAILED": 401,
    "INSUFFICIENT_BALANCE": 402,
    "MODEL_NOT_FOUND": 404,
    "MODEL_DISABLED": 404,
    "RATE_LIMITED": 429,
    "ALL_PROVIDERS_EXHAUSTED": 502,
    "UPSTREAM_ERROR": 502,
    "INTERNAL_ERROR": 500,
}
_STATUS_CODE = {401: "AUTHENTICATION_FAILED", 402: "INSUFFICIENT_BALANCE", 403: "FORBIDDEN"}
_NOT_EXECUTED = frozenset({425, 429})
_UNCLEAR = frozenset({408, 409, 499})
"""Statuses below 500 that do not say whether the work was done: timeouts, conflicts, a closed connection."""
_SECRET = re.compile(r"(lmnfl_|whsec_|sk-|Bearer\s+)\S+", re.IGNORECASE)
_NEAR = re.compile(r"Did you mean ['\"]?([\w./:-]{1,80}?)['\"]?\?")


def from_answer(
    status: int, headers: Mapping[str, str], error: ErrorBody | None, *, paid: bool
) -> GatewayError:
    """The error for an answer. `error` is its parsed envelope, None when it was not JSON.

    The code decides about an error inside a 200; a 200 without an explanation is treated as a 5xx.
    """
    code = (error.code if error else "") or ("edge_block" if status == 403 and error is None else "")
    if status < 300:
        status = _status_of(code)
    request_id = headers.get(REQUEST_ID, "")
    message = error.message if error else ""
    near = _NEAR.search(message) if code == "MODEL_NOT_FOUND" else None
    suggestions = (near[1],) if near else ()
    text = _sentence(code, status, message, suggestions)
    if status in _NOT_EXECUTED:
        wait = retry_after(headers.get("Retry-After"))
        return GatewayPassing(
            text, code=code or "RATE_LIMITED", status=status, request_id=request_id, retry_after=wait
        )
    code = code or _STATUS_CODE.get(status, f"http_{status}")
    if status >= 500 or status in _UNCLEAR:
        if paid:
            return GatewayAmbiguous(text, code=code, status=status, request_id=request_id)
        return GatewayPassing(text, code=code, status=status, request_id=request_id)
    return GatewayFinal(text, code=code, status=status, request_id=request_id, suggestions=suggestions)


def unreadable(status: int, headers: Mapping[str, str], *, paid: bool) -> GatewayError:
    """The error for a success that cannot be read: the work may have been done and charged."""
    kind = GatewayAmbiguous if paid else GatewayPassing
    return kind(
        _("The gateway's answer cannot be read."),
        code=UNREADABLE,
        status=status,
        request_id=headers.get(REQUEST_ID, ""),
    )


@dataclass
class PartialAnswer:
    """What has arrived of an answer when its connection breaks."""

    response: httpx.Response | None = None


@asynccontextmanager
async def mapped(*, paid: bool) -> AsyncGenerator[PartialAnswer]:
    """Turn httpx's exceptions and an expired deadline into errors of the core."""
    arrived = PartialAnswer()
    try:
        yield arrived
    except _UNSENT as exc:
        raise GatewayPassing(_("The gateway cannot be reached."), code=_name(exc)) from exc
    except _MISCONFIGURED as exc:
        raise GatewayFinal(
            _("The gateway's address is not configured correctly; the bot's operator has to fix it."),
            code="bad_address",
        ) from exc
    except (httpx.HTTPError, httpx.StreamError, TimeoutError) as exc:
        if paid:
            raise _broken(exc, arrived.response) from exc
        raise GatewayPassing(_("The gateway did not answer in time."), code=_name(exc)) from exc


def _broken(exc: Exception, response: httpx.Response | None) -> GatewayAmbiguous:
    text = _("The gateway's answer broke off.")
    if response is None:
        return GatewayAmbiguous(text, code=_name(exc))
    code = BROKE_OFF if response.status_code < 300 else f"http_{response.status_code}"
    return GatewayAmbiguous(
        text, code=code, status=response.status_code, request_id=response.headers.get(REQUEST_ID, "")
    )


def retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header, a number or an HTTP date; 0 to an hour, None when unusable."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    if seconds != seconds:  # NaN
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _status_of(code: str) -> int:
    if re.fullmatch(r"[45][0-9]{2}", code):  # OpenRouter's own errors are numeric
        return int(code)
    return _CODE_STATUS.get(code.upper(), 500)


def _sentence(code: str, status: int, message: str, suggestions: tuple[str, ...]) -> str:
    if known := _SENTENCES.get(code):
        if not message or code not in _REASONED:
            return known
        return known + " " + _("It said: {message}").format(message=harmless(message))
    if code == "MODEL_NOT_FOUND":
        text = _("The gateway does not know this model.")
        return text + "".join(" " + _("Did you mean {name}?").format(name=name) for name in suggestions)
    if status in _STATUS_CODE:
        return _SENTENCES[_STATUS_CODE[status]]
    if 400 <= status < 500 and message:
        return _("The gateway refused this request: {message}").format(message=harmless(message))
    return (
        _("The gateway had an internal error.") if status >= 500 else _("The gateway refused this request.")
    )


def harmless(message: str) -> str:
    """A message from outside, on one line, with at most 300 characters and without anything like a key."""
    return _SECRET.sub("…", " ".join(message.split()))[:300]


def _name(exc: Exception) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(exc).__name__).lower()
