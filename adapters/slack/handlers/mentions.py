"""What people say to the bot: in a channel by its name, in a direct message, in the agent's own view."""

from __future__ import annotations

from dataclasses import replace

import structlog

from adapters.common.intake import unread_texts
from adapters.common.talking.in_order import InOrder
from adapters.slack.context import AdapterContext
from adapters.slack.delivery.files import File
from adapters.slack.handlers.dispatch import CommandDispatch
from adapters.slack.handlers.talk import Speaking
from adapters.slack.intake.earlier import EarlierWords
from adapters.slack.intake.grammar import ADMIN, read_explicit
from adapters.slack.intake.payload import Inbound
from adapters.slack.intake.said import said_of
from adapters.slack.submission import Submission, conversation_of, spoken_in
from adapters.slack.views import command_texts
from adapters.slack.views import lists as list_view
from adapters.slack.views import talk as talk_view
from bot.core.errors import InvalidOrder
from bot.core.errors.outside import DeliveryError
from bot.core.request import Actor
from bot.core.said import Said
from bot.core.text.translation import gettext as _

log = structlog.get_logger(__name__)

PROMPTS = (
    (command_texts.DRAW, command_texts.DRAW_EXAMPLE),
    (command_texts.FILM, command_texts.FILM_EXAMPLE),
    (command_texts.COST, command_texts.COST_EXAMPLE),
    (command_texts.ABILITIES, "help"),
)
"""Offered in the agent's view, and in the manifest; Slack shows four (Slack docs, setSuggestedPrompts)."""


class Mentions:
    """Reads what was said and hands it on."""

    def __init__(
        self,
        adapter: AdapterContext,
        submission: Submission,
        dispatch: CommandDispatch,
        speaking: Speaking,
    ) -> None:
        self._adapter = adapter
        self._submission = submission
        self._dispatch = dispatch
        self._speaking = speaking
        self._earlier = EarlierWords(adapter)
        self._in_order = InOrder()

    async def said(self, inbound: Inbound) -> None:
        """A mention or a direct message. Raises Refusal, GatewayError or DeliveryError."""
        async with self._in_order.of(conversation_of(spoken_in(inbound))):
            await self._said(inbound)

    async def _said(self, inbound: Inbound) -> None:
        actor = await self._adapter.people.actor(inbound)
        said = await said_of(inbound, adapter=self._adapter, pictures=self._submission.pictures)
        command = read_explicit(said.words)
        if command is not None:
            rest = await self._raw(inbound) if command.verb in ADMIN else command.rest
            await self._dispatch.run(inbound, actor, command.verb, rest, said.pictures)
            return
        if said.hidden or said.unseen:
            raise InvalidOrder(said.hidden or unread_texts.nothing_read(said.unread), field="image")
        if said.empty:
            greeting = list_view.greeting(self._adapter.settings.slack_command)
            await self._adapter.message_routes.public(spoken_in(inbound), greeting)
            return
        if said.unread:
            unread = talk_view.sentences(said.unread)
            await self._adapter.message_routes.private(spoken_in(inbound), unread)
        await self._understand(inbound, actor, said)

    async def _understand(self, inbound: Inbound, actor: Actor, said: Said[File]) -> None:
        alone = said.pictures and not (said.words or said.documents or said.quoted)
        if alone:
            question = talk_view.what_to_do(inbound.user, [str(file["id"]) for file in said.pictures])
            await self._adapter.message_routes.public(spoken_in(inbound), question)
        else:
            said = replace(said, earlier=tuple(await self._earlier.before(inbound, actor)))
            await self._speaking.say(inbound, actor, said)

    async def _raw(self, inbound: Inbound) -> str:
        """The words after a command, with Slack's marks for the people that they name."""
        installation = await self._adapter.api.installation(inbound.address)
        written = str(inbound.event.get("text") or "").replace(f"<@{installation.bot_user}>", " ")
        command = read_explicit(written)
        return command.rest if command else ""

    async def greet(self, inbound: Inbound) -> None:
        """The agent's view was opened: offer something to begin with; where there are no offers, none."""
        channel = inbound.channel
        if not channel:
            return
        prompts = [{"title": _(title), "message": _(message)} for title, message in PROMPTS]
        try:
            await self._adapter.api.call(
                inbound.address,
                "assistant.threads.setSuggestedPrompts",
                channel_id=channel,
                thread_ts=inbound.ts or None,
                prompts=prompts,
            )
        except DeliveryError as error:
            log.info("prompts_lost", error=error.message)
