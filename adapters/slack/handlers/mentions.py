"""What people say to the bot: in a channel by its name, in a direct message, in the agent's own view."""

from __future__ import annotations

import json
from collections.abc import Sequence
from gettext import gettext as _
from typing import Any

import structlog

from adapters.slack.context import AdapterContext
from adapters.slack.delivery.files import File
from adapters.slack.handlers.dispatch import CommandDispatch
from adapters.slack.intake.attachments import FoundPictures, pictures_in
from adapters.slack.intake.grammar import ADMIN, plain_words, points_at_picture, read_talk
from adapters.slack.intake.payload import Inbound
from adapters.slack.submission import Submission
from adapters.slack.views import command_texts, texts
from adapters.slack.views import lists as list_view
from adapters.slack.views.layout import Message, actions, button, packed, quote, section
from bot.core.errors import TooLate
from bot.core.errors.outside import DeliveryError

log = structlog.get_logger(__name__)

PROMPTS = (
    (command_texts.DRAW, command_texts.DRAW_EXAMPLE),
    (command_texts.FILM, command_texts.FILM_EXAMPLE),
    (command_texts.COST, command_texts.COST_EXAMPLE),
    (command_texts.ABILITIES, "help"),
)
"""Offered in the agent's view, and in the manifest; Slack shows four (Slack docs, setSuggestedPrompts)."""
_CARRIED = 1900
"""A button carries 2000 characters (Slack docs, Button element), with the asker's id in front of these."""


class Mentions:
    """Reads what was said and runs it."""

    def __init__(self, adapter: AdapterContext, submission: Submission, dispatch: CommandDispatch) -> None:
        self._adapter = adapter
        self._submission = submission
        self._dispatch = dispatch

    async def said(self, inbound: Inbound) -> None:
        """A mention or a direct message. Raises Refusal, GatewayError or DeliveryError."""
        installation = await self._adapter.api.installation(inbound.address)
        written = str(inbound.event.get("text") or "")
        said = read_talk(plain_words(written, installation.bot_user))
        raw = read_talk(written.replace(f"<@{installation.bot_user}>", " "))
        actor = await self._adapter.people.actor(inbound)
        found = await self._found(inbound, said.verb, said.rest)
        if said.verb:
            rest = raw.rest if said.verb in ADMIN else said.rest
            await self._dispatch.run(inbound, actor, said.verb, rest, found.files)
        elif found.files and found.ts == inbound.ts:
            await self._what_to_do(inbound, said.rest, found.files)
        elif said.rest:
            # All of it is words, whatever dashes it has: that is what the first two say.
            await self._dispatch.run(inbound, actor, "chat", f"-- {said.rest}", found.files)
        else:
            command = self._adapter.settings.slack_command
            await self._dispatch.reply(inbound, list_view.greeting(command), private=False)

    async def _found(self, inbound: Inbound, verb: str, rest: str) -> FoundPictures:
        """What is attached; looked up where words point at a picture that Slack did not send along."""
        if files := pictures_in(inbound.event):
            return FoundPictures(ts=inbound.ts, files=files)
        if "files" in inbound.event or verb or (rest and not points_at_picture(rest)):
            return FoundPictures()
        return await self._submission.pictures.around(inbound.address)

    async def _what_to_do(self, inbound: Inbound, prompt: str, files: Sequence[File]) -> None:
        """A picture and no verb: ask, with three buttons that carry the picture and the words."""
        carried = packed({"f": [file["id"] for file in files[:10]], "p": prompt}, _CARRIED, "p")
        said = f"\n{quote(prompt, 300)}" if prompt else ""
        question = texts.what_to_do_for(inbound.user, said)
        message = Message(
            text=texts.what_to_do(),
            blocks=[
                section(question),
                actions(
                    button(texts.edit_it(), "picture_edit", f"{inbound.user}:{carried}", style="primary"),
                    button(texts.enlarge_it(), "picture_upscale", f"{inbound.user}:{carried}"),
                    button(texts.ask_about_it(), "picture_chat", f"{inbound.user}:{carried}"),
                ),
            ],
        )
        await self._adapter.message_routes.public(inbound.address, message)

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


def carried_by(value: str) -> tuple[str, dict[str, Any]]:
    """Who may press such a button, and what it carries. Raises TooLate for what this cannot have written."""
    user, _, carried = value.partition(":")
    try:
        kept = json.loads(carried)
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not isinstance(kept.get("f"), list):
        raise TooLate(texts.outdated())
    return user, kept
