"""The Web API's front door: token, scopes, limits and planned faults, then the answer.

Methods register with `@method`; each takes the core and a `Call` and returns the answer's fields.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack_server.scopes import needed_scope

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.limits import Fault
    from tests.fakes.slack_server.state import Channel, Grant, Message, Team, User

_STRUCTURED = frozenset(
    "blocks attachments view files chunks metadata prompts loading_messages file_ids".split()
)
_TOKENLESS = frozenset({"oauth.v2.access", "api.test"})
_APP_LEVEL = frozenset({"apps.connections.open"})


class SlackError(Exception):
    """An `ok: false` answer."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error, self.extra = error, extra


@dataclass(eq=False, kw_only=True)
class Call:
    """One call as received, and what became of it."""

    method: str
    args: dict[str, Any]
    token: str
    at: float
    grant: Grant | None = None
    status: int = 200
    error: str | None = None
    answer: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        args = {k: v for k, v in self.args.items() if k != "token"}
        return (
            f"{self.method} -> {self.error or 'ok'} {json.dumps(args, ensure_ascii=False, default=str)[:300]}"
        )

    @property
    def team(self) -> Team:
        assert self.grant is not None
        return self.grant.team

    @property
    def bot(self) -> User:
        return self.team.bot

    @property
    def team_scopes(self) -> set[str]:
        return self.grant.scopes if self.grant else set()

    def text(self, name: str) -> str:
        value = self.args.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def need(self, *names: str) -> None:
        """Raises SlackError: an argument is missing or empty."""
        for name in names:
            if self.args.get(name) in (None, "", []):
                raise SlackError("invalid_arguments", response_metadata={"messages": [f"missing {name}"]})

    def channel(self, name: str = "channel") -> Channel:
        """The conversation named, as far as the bot may know of it. Raises SlackError channel_not_found."""
        self.need(name)
        channel = self.team.channels.get(self.text(name))
        if channel is None or (channel.kind != "channel" and not channel.has(self.bot)):
            raise SlackError("channel_not_found")
        return channel

    def message(self, name: str = "ts") -> Message:
        self.need(name)
        message = self.channel().find(self.text(name))
        if message is None or message.ephemeral_to is not None:
            raise SlackError("message_not_found")
        return message


Method = Callable[["Core", Call], Awaitable[dict[str, Any]]]
METHODS: dict[str, Method] = {}


def method(*names: str) -> Callable[[Method], Method]:
    def register(function: Method) -> Method:
        METHODS.update(dict.fromkeys(names, function))
        return function

    return register


async def serve(core: Core, request: web.Request) -> web.StreamResponse:
    """Answer one POST (or GET) to /api/{method}."""
    call = await _read(core, request)
    core.calls.append(call)
    fault = core.faults.take(call.method, call)
    if fault is None or fault.after:
        await _perform(core, call)
    response = await _fail(core, call, fault, request) if fault else _answer(call)
    core.touch()
    return response


async def _read(core: Core, request: web.Request) -> Call:
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        args |= await request.json() if request.can_read_body else {}
    elif request.can_read_body:
        args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ") if header.startswith("Bearer ") else args.get("token", "")
    if header.startswith("Basic "):
        client_id, _, secret = base64.b64decode(header[6:]).decode().partition(":")
        args |= {"client_id": client_id, "client_secret": secret}
    name = request.match_info["method"]
    for key in _STRUCTURED & args.keys():
        args[key] = _decoded(core, name, key, args[key])
    args = core.reader(args) if core.reader else args
    return Call(method=name, args=args, token=str(token), at=core.clock.now())


def _decoded(core: Core, method_name: str, key: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        core.violate(f"{method_name}: {key} is no JSON")
        return value


async def _perform(core: Core, call: Call) -> None:
    try:
        _admit(core, call)
        call.answer = {"ok": True, **await METHODS[call.method](core, call)}
        for problem in core.judge.answer(call.method, call.answer):
            core.violate(f"the fake answers {call.method} as Slack would not: {problem}")
    except SlackError as refused:
        call.error = refused.error
        call.status = 429 if refused.error == "ratelimited" else 200
        call.answer = {"ok": False, "error": refused.error, **refused.extra}
    except web.HTTPException:
        raise
    except Exception as error:
        core.violate(f"{call.method}: the fake itself failed: {error!r}")
        raise


def _admit(core: Core, call: Call) -> None:
    if core.judge.method(call.method) is None or call.method not in METHODS:
        core.violate(f"{call.method}: no such method here")
        raise SlackError("unknown_method", req_method=call.method)
    if call.method not in _TOKENLESS:
        _authenticate(core, call)
    for problem in core.judge.call(call.method, call.args):
        core.violate(f"{call.method}: {problem}")
    if call.grant is None:
        return
    needed = needed_scope(core, call)
    if needed and not call.grant.scopes & set(needed):
        raise SlackError(
            "missing_scope", needed=",".join(needed), provided=",".join(sorted(call.grant.scopes))
        )
    channel = call.text("channel") or None
    wait = core.limits.check(call.method, call.team.id, channel, core.app.distributed)
    if wait is not None:
        raise SlackError("ratelimited", retry_after=wait)


def _authenticate(core: Core, call: Call) -> None:
    if not call.token:
        raise SlackError("not_authed")
    if call.method in _APP_LEVEL:
        if call.token != core.app.app_token:
            raise SlackError("not_allowed_token_type" if call.token in core.grants else "invalid_auth")
        return
    call.grant = core.grants.get(call.token)
    if call.grant is None:
        raise SlackError("not_allowed_token_type" if call.token == core.app.app_token else "invalid_auth")
    if call.grant.dead:
        raise SlackError(call.grant.dead)


def _answer(call: Call) -> web.Response:
    headers = {}
    if call.grant:
        headers["x-oauth-scopes"] = ",".join(sorted(call.grant.scopes))
    answer = dict(call.answer)
    if call.status == 429:
        headers["Retry-After"] = str(answer.pop("retry_after", 1))
    return web.json_response(answer, status=call.status, headers=headers)


async def _fail(core: Core, call: Call, fault: Fault, request: web.Request) -> web.StreamResponse:
    if fault.hang:
        await fault.release.wait()
    if fault.reset or fault.hang:
        call.error = "reset" if fault.reset else "hang"
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    if fault.status is not None:
        call.error, call.status = f"http_{fault.status}", fault.status
        return web.Response(status=fault.status, text="upstream error", content_type="text/html")
    call.error = fault.error or "internal_error"
    call.status = 429 if call.error == "ratelimited" else 200
    extra = dict(fault.extra)
    if call.status == 429:
        extra["retry_after"] = 1 if fault.retry_after is None else fault.retry_after
    call.answer = {"ok": False, "error": call.error, **extra}
    return _answer(call)
