"""A request as it arrived, a reply as it leaves, and the error table of the pages."""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PREFIX = "/openai/v1"


class Endpoint(StrEnum):
    """The four paths that cost money."""

    GENERATE = f"{PREFIX}/images/generations"
    EDIT = f"{PREFIX}/images/edits"
    CHAT = f"{PREFIX}/chat/completions"
    VIDEO = f"{PREFIX}/videos"


@dataclass(frozen=True)
class Upload:
    """One file of a form."""

    field: str
    filename: str
    content: bytes


@dataclass(kw_only=True)
class Call:
    """A request. `ran` says whether the gateway did the work, and so would charge for it."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes = b""
    ran: bool = False
    request_id: str = ""
    at: float = field(default_factory=time.monotonic)
    """Seconds of `time.monotonic` when it arrived."""

    def __post_init__(self) -> None:
        self.headers = {name.lower(): value for name, value in self.headers.items()}

    @functools.cached_property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def dry(self) -> bool:
        return self.query.get("dryRun") == "true"

    @property
    def endpoint(self) -> Endpoint | None:
        """The paid endpoint this call is for, if it is for one."""
        known = self.method == "POST" and self.path in list(Endpoint)
        return Endpoint(self.path) if known else None

    @property
    def is_form(self) -> bool:
        return self.headers.get("content-type", "").startswith("multipart/form-data")

    @property
    def body(self) -> dict[str, Any]:
        """The parameters: the JSON object, or the text fields of the form. Empty when unreadable."""
        if self.is_form:
            return {part.field: part.content.decode() for part in parts(self) if not part.filename}
        try:
            read = json.loads(self.content or b"null")
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def uploads(self) -> list[Upload]:
        return [part for part in parts(self) if part.filename] if self.is_form else []


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer: a whole body, or `pieces` sent one after the other as an event stream."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Sequence[bytes] | None = None


def parts(call: Call) -> list[Upload]:
    """The parts of a form; a text field is one without a file name."""
    boundary = re.search(r'boundary="?([^";]+)', call.headers.get("content-type", ""))
    if boundary is None:
        return []
    chunks = call.content.split(b"--" + boundary[1].encode())[1:-1]
    return [_part(chunk.removeprefix(b"\r\n").removesuffix(b"\r\n")) for chunk in chunks]


def _part(chunk: bytes) -> Upload:
    head, _, content = chunk.partition(b"\r\n\r\n")
    name = re.search(r'\bname="([^"]*)"', head.decode())
    filename = re.search(r'\bfilename="([^"]*)"', head.decode())
    return Upload(field=name[1] if name else "", filename=filename[1] if filename else "", content=content)


def json_reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status=status, body=json.dumps(body).encode(), headers=headers or {})


@dataclass(frozen=True)
class TableRow:
    """A line of the pages' error tables. Only the type of the 401 is printed; the others are OpenAI's."""

    status: int
    type: str
    message: str


ERRORS: Mapping[str, TableRow] = {
    "INVALID_REQUEST": TableRow(400, "invalid_request_error", "Malformed request or invalid parameters"),
    "AUTHENTICATION_FAILED": TableRow(401, "authentication_error", "Invalid API key"),
    "INSUFFICIENT_BALANCE": TableRow(402, "billing_error", "Account balance too low"),
    "MODEL_NOT_FOUND": TableRow(404, "invalid_request_error", "Requested model does not exist"),
    "MODEL_DISABLED": TableRow(404, "invalid_request_error", "Model is currently disabled"),
    "RATE_LIMITED": TableRow(429, "rate_limit_error", "Too many requests"),
    "ALL_PROVIDERS_EXHAUSTED": TableRow(502, "api_error", "All providers failed to handle the request"),
    "UPSTREAM_ERROR": TableRow(500, "api_error", "A provider returned an error"),
}


def error_reply(code: str, message: str | None = None, status: int | None = None) -> Reply:
    """A refusal of the table; `status` is for `UPSTREAM_ERROR`, whose status the table gives as "varies"."""
    row = ERRORS[code]
    error = {"message": message or row.message, "type": row.type, "code": code}
    return json_reply({"error": error}, status or row.status)


class RefusedError(Exception):
    """Raised by a handler to answer with a line of the error table."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(message or code)
        self.reply = error_reply(code, message)
