"""The error envelope and the documented codes (Lumenfall API, errors)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web
from pydantic import ValidationError


class ApiError(Exception):
    """An answer in the envelope `{"error": {"message", "type", "code"}}` with its HTTP status."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        kind: str = "invalid_request_error",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.kind = kind
        self.headers = dict(headers or {})

    def body(self) -> dict[str, dict[str, str]]:
        return {"error": {"message": self.message, "type": self.kind, "code": self.code}}

    def response(self) -> web.Response:
        text = json.dumps(self.body())
        return web.Response(
            status=self.status, text=text, content_type="application/json", headers=self.headers
        )


def invalid(message: str) -> ApiError:
    return ApiError(400, "INVALID_REQUEST", message)


def invalid_params(error: ValidationError) -> ApiError:
    """The first complaint of a validation, naming its parameter."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return invalid(f"Invalid value for '{where}': {first['msg']}")


def unauthorized() -> ApiError:
    return ApiError(
        401,
        "AUTHENTICATION_FAILED",
        "Invalid API key. Check that the Authorization header reads 'Bearer lmnfl_…'.",
        kind="authentication_error",
    )


def insufficient_balance() -> ApiError:
    return ApiError(
        402,
        "INSUFFICIENT_BALANCE",
        "Your balance is too low for the estimated cost of this request. Add funds and try again.",
        kind="billing_error",
    )


def rate_limited(retry_after: str) -> ApiError:
    return ApiError(
        429,
        "RATE_LIMITED",
        "Too many requests. Slow down and try again.",
        kind="rate_limit_error",
        headers={"Retry-After": retry_after},
    )


def exhausted() -> ApiError:
    return ApiError(
        502,
        "ALL_PROVIDERS_EXHAUSTED",
        "Every provider of this model failed to complete the request.",
        kind="upstream_error",
    )


def content_policy() -> ApiError:
    return ApiError(
        400,
        "CONTENT_POLICY_VIOLATION",
        "The request was blocked by the provider's content policy.",
    )


def model_not_found(slug: str, near: str | None) -> ApiError:
    hint = f" Did you mean '{near}'?" if near else ""
    return ApiError(404, "MODEL_NOT_FOUND", f"Model '{slug}' not found.{hint}")


def model_disabled(slug: str) -> ApiError:
    return ApiError(404, "MODEL_DISABLED", f"Model '{slug}' is currently disabled.")


def not_found(what: str) -> ApiError:
    return ApiError(404, "NOT_FOUND", f"{what} not found.")
