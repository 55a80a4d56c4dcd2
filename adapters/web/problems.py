"""Everything that went wrong, as the JSON API says it: a code, a sentence, and that nothing was charged."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from adapters.common import shared_texts
from adapters.web import texts
from adapters.web.json_values import moment, money
from bot.core.errors import (
    ApprovalEnded,
    BadImage,
    BotError,
    BudgetExceeded,
    InvalidOrder,
    NotAllowed,
    NotFound,
    PriceMoved,
    PriceTooHigh,
    PriceUnknown,
    Refusal,
    StoreUnavailable,
    TooLate,
    UnknownModel,
)
from bot.core.errors.bounds import ModelNotAnswering, PicturesFull, QueueFull, TooOften
from bot.core.errors.outside import DryRunRan, GatewayError, GatewayPassing


class SignInNeeded(Refusal):
    """Nobody has signed in."""

    code = "sign_in"


class ForeignPage(Refusal):
    """Another site's page tried to act here."""

    code = "foreign_page"


class TooLarge(Refusal):
    """More bytes than are read."""

    code = "too_large"


class TooManyTries(Refusal):
    """Too many wrong passwords."""

    code = "too_many_tries"


_STATUS: tuple[tuple[type[BotError], int], ...] = (
    (SignInNeeded, 401),
    (ForeignPage, 403),
    (TooLarge, 413),
    (TooManyTries, 429),
    (InvalidOrder, 400),
    (UnknownModel, 400),
    (ModelNotAnswering, 503),
    (BudgetExceeded, 402),
    (PriceTooHigh, 402),
    (NotAllowed, 403),
    (NotFound, 404),
    (TooLate, 409),
    (PriceMoved, 409),
    (ApprovalEnded, 409),
    (QueueFull, 429),
    (TooOften, 429),
    (PicturesFull, 429),
    (PriceUnknown, 502),
    (GatewayPassing, 503),
    (StoreUnavailable, 503),
    (GatewayError, 502),
    (Refusal, 400),
)


def status_of(error: BotError) -> int:
    """The HTTP status for an error of the tree."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def described(error: BotError) -> dict[str, Any]:
    """The error's JSON. `charged` is false, since everything answered here ends before any payment; it is
    null where a question for a price may have been charged.
    """
    charged = None if isinstance(error, DryRunRan) else False
    unavailable = isinstance(error, StoreUnavailable)
    message = shared_texts.nothing_can_be_kept() if unavailable else error.message
    body: dict[str, Any] = {"code": error.code, "message": message, "charged": charged}
    if isinstance(error, InvalidOrder) and error.field:
        body["field"] = error.field
    if isinstance(error, BadImage) and error.picture:
        body["picture"] = "data:image/png;base64," + base64.b64encode(error.picture).decode()
    if isinstance(error, UnknownModel | ModelNotAnswering):
        body["suggestions"] = list(error.suggestions)
    if isinstance(error, BudgetExceeded):
        body |= {
            "budget": error.budget,
            "price": money(error.price) if error.price else None,
            "left": money(error.left),
            "resets_at": moment(error.resets_at),
            "scope": error.scope or None,
        }
    if isinstance(error, PriceTooHigh):
        body |= {"price": money(error.price), "cap": money(error.cap)}
    return body


def problem(error: BotError) -> web.Response:
    """The response for an error."""
    status = status_of(error)
    headers: Mapping[str, str] = {"Retry-After": "60"} if status in (429, 503) else {}
    return web.json_response({"error": described(error)}, status=status, headers=headers)


def crashed() -> web.Response:
    """The response where the fault is ours."""
    message = texts.crashed()
    return web.json_response({"error": {"code": "internal", "message": message}}, status=500)
