"""From a payload to its handler, and from an error to a sentence for the person.

Nobody sees an exception's text, and nobody is left without an answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog

from adapters.common import shared_texts
from adapters.slack.context import AdapterContext
from adapters.slack.delivery.previews import RefusalPreviews
from adapters.slack.errors import TokenDead
from adapters.slack.forms.admin import AdminForms
from adapters.slack.forms.app_home import AppHome
from adapters.slack.forms.order import Modals
from adapters.slack.forms.order_view import CALLBACK, block_of
from adapters.slack.handlers.actions import Actions
from adapters.slack.handlers.admin import AdminCommands
from adapters.slack.handlers.approvals import Approvals
from adapters.slack.handlers.dispatch import CommandDispatch
from adapters.slack.handlers.mentions import Mentions
from adapters.slack.handlers.other_apps import OtherApps
from adapters.slack.handlers.pages import Pages
from adapters.slack.handlers.removal import Removal
from adapters.slack.handlers.shortcuts import Shortcuts
from adapters.slack.handlers.slash import Commands
from adapters.slack.handlers.talk import Speaking
from adapters.slack.intake import order_refusals
from adapters.slack.intake.payload import Inbound, Kind
from adapters.slack.submission import Submission
from adapters.slack.views import request as request_view
from adapters.slack.views import texts
from adapters.slack.views.layout import Message, escape, section
from bot.core.errors import Refusal, StoreUnavailable
from bot.core.errors.outside import DeliveryError, DryRunRan, GatewayError
from bot.core.text.translation import speak

log = structlog.get_logger(__name__)


class Router:
    """Owns the handlers; `handle` never raises but on cancellation."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter
        self._previews = RefusalPreviews(adapter.files, adapter.message_routes, adapter.clock)
        submission, pages, home = Submission(adapter), Pages(adapter), AppHome(adapter)
        dispatch = CommandDispatch(adapter, submission, AdminCommands(adapter, pages), pages)
        self.modals = Modals(adapter, submission)
        self.admin_forms = AdminForms(adapter, home)
        self._home = home
        speaking = Speaking(adapter, submission)
        self._mentions = Mentions(adapter, submission, dispatch, speaking)
        self._commands = Commands(adapter, dispatch, self.modals)
        self._shortcuts = Shortcuts(adapter, self.modals, speaking)
        self._actions = Actions(
            adapter, submission, self.modals, Approvals(adapter), home, self.admin_forms, pages, speaking
        )
        self._by_kind: dict[Kind, Callable[[Inbound], Awaitable[None]]] = {
            Kind.SAID: self._mentions.said,
            Kind.SLASH: self._commands.typed,
            Kind.PRESSED: self._actions.pressed,
            Kind.SUBMITTED: self._submitted,
            Kind.SHORTCUT: self._shortcuts.used,
            Kind.HOME: self._opened,
            Kind.THREAD: self._mentions.greet,
            Kind.REMOVED: Removal(adapter).removed,
            Kind.APP: OtherApps(adapter).mentioned,
        }

    def complaints(self, inbound: Inbound) -> dict[str, str]:
        """What keeps a form from closing, by block."""
        view = inbound.body["view"]
        try:
            if view.get("callback_id") == CALLBACK:
                return self.modals.complaints(inbound)
            return self.admin_forms.complaints(inbound)
        except Refusal as refusal:
            block = block_of(view, "")
            return {block: refusal.message} if block else {}

    async def handle(self, inbound: Inbound) -> None:
        """Run the handler; tell the person what kept it from working."""
        handler = self._by_kind.get(inbound.kind)
        if handler is None:
            return
        try:
            speak(await self._language(inbound))
            await handler(inbound)
        except Refusal as refusal:
            order_refusals.note(self._adapter.service, inbound, refusal)
            await self._tell(inbound, request_view.refused(refusal), refusal)
        except GatewayError as error:
            log.warning("gateway_failed", error=error.code)
            ran = isinstance(error, DryRunRan)  # the only one that may have cost something
            await self._tell(inbound, _note(escape(error.message) if ran else texts.gateway_not_answering()))
        except StoreUnavailable as error:
            log.warning("storage_unavailable", error=error.message, kind=inbound.kind)
            await self._tell(inbound, _note(shared_texts.nothing_can_be_kept()))
        except TokenDead as error:
            log.info("app_removed", error=error.message, team=inbound.team)
        except DeliveryError as error:
            log.warning("slack_refused_us", error=error.message, kind=inbound.kind)
            await self._tell(inbound, _note(escape(error.message)))
        except Exception:
            log.exception("handler_crashed", kind=inbound.kind)
            await self._tell(inbound, _note(texts.trouble()))

    async def _language(self, inbound: Inbound) -> str:
        """The person's own, else the place's; empty where the app is not installed any more."""
        people = self._adapter.people
        with suppress(DeliveryError):
            if found := await people.language(inbound):
                return found
            return (await self._adapter.service.tenant(await people.place(inbound))).language
        return ""

    async def _tell(self, inbound: Inbound, message: Message, refusal: Refusal | None = None) -> None:
        if not inbound.user:
            return
        try:
            if refusal is None:
                await self._adapter.message_routes.private(inbound.address, message)
            else:
                await self._previews.tell(inbound.address, refusal, message)
        except DeliveryError as error:
            log.warning("nobody_told", error=error.message)

    async def _submitted(self, inbound: Inbound) -> None:
        view = inbound.body["view"]
        if view.get("callback_id") != CALLBACK:
            await self.admin_forms.submitted(inbound)
            return
        try:
            await self.modals.submitted(inbound)
        except (Refusal, GatewayError, DeliveryError) as error:
            if isinstance(error, Refusal):
                order_refusals.note(self._adapter.service, inbound, error)
            # A form has no place of its own: the answer goes where its result would have gone.
            where = self.modals.where(inbound)
            if isinstance(error, Refusal):
                await self._previews.tell(where, error, request_view.refused(error))
            else:
                await self._adapter.message_routes.private(where, _note(escape(error.message)))

    async def suggestions(self, inbound: Inbound) -> list[dict[str, Any]]:
        """Options of a select that loads them while the person types. Raises Refusal or DeliveryError."""
        found = await self.admin_forms.suggestions(inbound)
        return await self.modals.suggestions(inbound) if found is None else found

    async def _opened(self, inbound: Inbound) -> None:
        if inbound.event.get("tab") == "messages":
            await self._mentions.greet(inbound)
        else:
            await self._home.opened(inbound)


def _note(text: str) -> Message:
    return Message(text=text, blocks=[section(text)])
