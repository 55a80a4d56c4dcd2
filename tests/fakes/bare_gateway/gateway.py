"""A second gateway for the tests, written from the published pages alone.

It answers what the pages print and nothing beyond: no cost, no request log, no balance, no tags. What a
real gateway may do besides is behind a switch.

    async with running_bare_gateway() as gateway:
        gateway.fail("INSUFFICIENT_BALANCE", to=Endpoint.GENERATE)
        ...
        assert gateway.ran == []

This module knows no socket: a call goes in, a reply comes out; `server.py` and `cutting_gateway.py` carry
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.fakes.bare_gateway import chat, images, videos
from tests.fakes.bare_gateway.chat import ChatSwitches
from tests.fakes.bare_gateway.dry_run import PROVIDERS, DryRunSwitches, metadata, price
from tests.fakes.bare_gateway.log import NOT_HERE, LogSwitches
from tests.fakes.bare_gateway.media import FIRST_NUMBER, MediaStore
from tests.fakes.bare_gateway.models import Kind, ModelSwitches
from tests.fakes.bare_gateway.videos import VideoStore, VideoSwitches
from tests.fakes.bare_gateway.wire import PREFIX, Call, Endpoint, RefusedError, Reply, error_reply, json_reply

KEY = "lmnfl_test.secret"


@dataclass
class _Prepared:
    """An answer that a test has laid ready."""

    reply: Reply
    to: Endpoint | None
    dry: bool | None
    times: int
    ran: bool

    def suits(self, call: Call) -> bool:
        fits = self.to is None or call.endpoint is self.to
        return fits and (self.dry is None or call.dry is self.dry)


class BareGateway:
    """The switches, and the record of what was asked.

    `names_cost` adds the `metadata` that page 002 prints (and `usage.cost` in chat). `models`, `dry_run`,
    `chat`, `videos`, `log` and `media` hold the switches of their part. `calls` has every request but those
    for media, which are in `media_calls`; `log_reads` those for the log.
    """

    def __init__(self) -> None:
        self.names_cost = False
        self.models = ModelSwitches()
        self.dry_run = DryRunSwitches()
        self.chat = ChatSwitches()
        self.videos = VideoSwitches()
        self.log = LogSwitches()
        self.media = MediaStore()
        self.calls: list[Call] = []
        self.log_reads: list[Call] = []
        self.media_calls: list[Call] = []
        self._videos = VideoStore(self.media)
        self._prepared: list[_Prepared] = []
        self._chats = 0

    @property
    def base_url(self) -> str:
        return f"{self.media.origin}{PREFIX}"

    @property
    def paid(self) -> list[Call]:
        """Requests that ask for paid work, whether they ran or were refused."""
        return [call for call in self.calls if call.endpoint is not None and not call.dry]

    @property
    def ran(self) -> list[Call]:
        """Requests whose work was done: what a person would be charged for."""
        return [call for call in self.calls if call.ran]

    def answer(
        self,
        reply: Reply,
        *,
        to: Endpoint | None = None,
        dry: bool | None = False,
        times: int = 1,
        ran: bool = False,
    ) -> None:
        """Answer the next `times` paid requests (or dry runs, or either with `dry=None`) with this reply.

        `ran` says that the gateway did the work all the same.
        """
        self._prepared.append(_Prepared(reply, to, dry, times, ran))

    def fail(
        self,
        code: str,
        message: str | None = None,
        *,
        status: int | None = None,
        to: Endpoint | None = None,
        dry: bool | None = False,
        times: int = 1,
    ) -> None:
        """Answer with a line of the error table."""
        self.answer(error_reply(code, message, status), to=to, dry=dry, times=times)

    def with_log(self, *, listed: bool = False) -> None:
        """Open `/v1/requests/{id}`, and with `listed` the list too."""
        self.log.by_id, self.log.listed = True, listed

    def without_log(self, status: int) -> None:
        """Close the log: 404, or 401 and 403 as for a key that may not read it."""
        self.log.by_id = self.log.listed = False
        self.log.absent = replace(NOT_HERE, status=status)

    def handle(self, call: Call) -> Reply:
        """Answer one call and record it."""
        if call.path.startswith(("/media/", "/moved/")):
            self.media_calls.append(call)
            return self.media.serve(call)
        call.request_id = f"req_{len(self.calls):06d}"
        self.calls.append(call)
        if call.path.startswith("/v1/requests"):
            self.log_reads.append(call)
        try:
            reply = self._reply(call)
        except RefusedError as refused:
            reply = refused.reply
        return replace(reply, headers={"X-Lumenfall-Request-Id": call.request_id, **reply.headers})

    def _reply(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {KEY}":
            return error_reply("AUTHENTICATION_FAILED")
        if call.endpoint is not None:
            return self._prepared_reply(call) or self._paid(call, call.endpoint)
        if call.path.startswith(f"{PREFIX}/models") and call.method == "GET":
            return self.models.reply(call)
        if call.path.startswith(f"{PREFIX}/videos/"):
            return self._videos.reply(call, self.videos)
        if call.path.startswith("/v1/requests"):
            return self.log.reply(call)
        return NOT_HERE

    def _prepared_reply(self, call: Call) -> Reply | None:
        found = next((one for one in self._prepared if one.times > 0 and one.suits(call)), None)
        if found is None:
            return None
        found.times -= 1
        call.ran = found.ran and not call.dry
        return found.reply

    def _paid(self, call: Call, endpoint: Endpoint) -> Reply:
        kind = _check(call, endpoint, self.models)
        model, micros = str(call.body["model"]), price(kind, call.body)
        if call.dry and endpoint not in self.dry_run.ignored:
            return self.dry_run.reply(endpoint, model, kind, micros)
        call.ran = True
        self.log.note(call, model, micros)
        reply = self._run(call, endpoint, kind, micros)
        return replace(reply, headers=_routing(kind, model))

    def _run(self, call: Call, endpoint: Endpoint, kind: Kind, micros: int) -> Reply:
        model = str(call.body["model"])
        match endpoint:
            case Endpoint.CHAT:
                self._chats += 1
                cost = micros / 1_000_000 if self.names_cost else None
                return chat.run(call, self.chat, FIRST_NUMBER + self._chats - 1, cost)
            case Endpoint.VIDEO:
                both = metadata(kind, model, micros, "cost_estimate"), metadata(kind, model, micros)
                return self._videos.submit(call, both if self.names_cost else None)
            case Endpoint.GENERATE | Endpoint.EDIT:
                named = {"metadata": metadata(kind, model, micros)} if self.names_cost else {}
                return json_reply(images.run(call, kind, self.media) | named)


def _check(call: Call, endpoint: Endpoint, models: ModelSwitches) -> Kind:
    match endpoint:
        case Endpoint.CHAT:
            return chat.check(call, models)
        case Endpoint.VIDEO:
            return videos.check(call, models)
        case Endpoint.GENERATE | Endpoint.EDIT:
            return images.check(call, models)


def _routing(kind: Kind, model: str) -> Mapping[str, str]:
    return {"X-Lumenfall-Provider": PROVIDERS[kind], "X-Lumenfall-Model": model}
