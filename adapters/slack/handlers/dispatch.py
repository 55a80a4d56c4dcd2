"""What a verb does, wherever it was typed: after the slash command, in a mention, in a direct message."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.slack.context import AdapterContext
from adapters.slack.delivery.files import File
from adapters.slack.handlers.admin import AdminCommands
from adapters.slack.handlers.links import Links
from adapters.slack.handlers.notices import Telling
from adapters.slack.handlers.pages import Pages
from adapters.slack.intake.grammar import MADE
from adapters.slack.intake.payload import Inbound, Kind
from adapters.slack.submission import Submission, conversation_of, spoken_in
from adapters.slack.views import lists as list_view
from adapters.slack.views import request as request_view
from adapters.slack.views import texts
from adapters.slack.views.layout import Message, section
from bot.core.errors import InvalidOrder, NotFound
from bot.core.request import Actor

_OPEN = frozenset({"estimate", "compare", "models", "help"})
"""Answers that say nothing about the person, so a thread may see them."""


class CommandDispatch:
    """Runs verbs; answers go where they belong."""

    def __init__(
        self, adapter: AdapterContext, submission: Submission, admin_commands: AdminCommands, pages: Pages
    ) -> None:
        self._adapter = adapter
        self._pages = pages
        self._links = Links(adapter)
        self._submission = submission
        self._admin_commands = admin_commands

    async def run(
        self, inbound: Inbound, actor: Actor, verb: str, rest: str, files: Sequence[File] = ()
    ) -> None:
        """Run one. Raises Refusal, GatewayError or DeliveryError."""
        if verb in MADE:
            await self._submission.made(inbound, actor, verb, rest, files or None)
            return
        answer = await self._answer(inbound, actor, verb, rest, files)
        await self.reply(inbound, answer, private=verb not in _OPEN)

    async def reply(self, inbound: Inbound, answer: Message, *, private: bool) -> None:
        """To everyone in the thread of a mention, else to the one who asked."""
        if private or inbound.kind is not Kind.SAID:
            await self._adapter.message_routes.private(inbound.address, answer)
        else:
            await self._adapter.message_routes.public(inbound.address, answer)

    async def _answer(
        self, inbound: Inbound, actor: Actor, verb: str, rest: str, files: Sequence[File]
    ) -> Message:
        service = self._adapter.service
        match verb:
            case "estimate":
                return await self._submission.estimate(inbound, actor, rest, files)
            case "compare":
                return await self._submission.compare(inbound, actor, rest, files)
            case "models":
                return await self._pages.models(actor, 0, rest)
            case "balance":
                return await self._pages.balance(actor)
            case "history":
                return await self._pages.history(actor, 0, rest)
            case "cancel":
                return await self._cancel(inbound, actor, rest)
            case "forget":
                return await self._forget(inbound, actor)
            case "link":
                return await self._links.answer(actor, rest)
            case "notices":
                return await Telling(self._adapter).notices(actor, rest)
            case "help":
                tenant = await service.tenant(actor.tenant)
                return list_view.guide(self._adapter.settings.slack_command, admin=tenant.administers(actor))
            case _:
                return await self._admin_commands.answer(inbound, verb, rest)

    async def _cancel(self, inbound: Inbound, actor: Actor, rest: str) -> Message:
        """A request by id, the only one running, or a list to choose from."""
        running = await self._adapter.service.running(actor)
        wanted = rest.strip()
        if wanted.startswith("req_"):
            request = await self._adapter.service.request(actor, wanted)
        elif len(running) == 1 or (running and wanted in ("last", "it", "that")):
            request = running[0]
        else:
            return list_view.running(running)
        cancelled = await self._adapter.service.cancel(actor, request.id)
        return Message(
            text=texts.cancelling_now(),
            blocks=[section(texts.cancelling(request_view.thing(cancelled)))],
        )

    async def _forget(self, inbound: Inbound, actor: Actor) -> Message:
        if inbound.kind is Kind.SLASH and not inbound.address.is_direct:
            raise InvalidOrder(texts.forget_in_thread(), field="command")
        turns = await self._adapter.service.forget(actor, conversation_of(spoken_in(inbound)))
        if not turns:
            raise NotFound(texts.nothing_to_forget())
        text = texts.forgotten(turns)
        return Message(text=text, blocks=[section(text)])
