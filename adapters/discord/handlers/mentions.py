"""People who speak to the bot: mentions in servers, anything in direct messages.

Words alone are a chat: a thread grows under the message and keeps the conversation, one in a thread goes on
there. Words with a picture (attached, or replied to) are about the picture: beginning with *upscale* or
*animate* means that, a question asks about it, anything else is an edit. There is no interaction and so no
ephemeral answer here; a refusal becomes a direct message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord
import structlog

from adapters.common.intake import unread_texts
from adapters.common.intake.together import together, unused
from adapters.discord.addressing import DEFAULT_FILE_LIMIT, ORIGIN, Reply
from adapters.discord.delivery.transport import Message, MessageTransport
from adapters.discord.errors import DeliveryTrouble, trouble_of
from adapters.discord.identity import actor_of_message, payers_of
from adapters.discord.intake.attachments import Pictures, Source, check_sources
from adapters.discord.intake.options import DraftOrder, draft
from adapters.discord.intake.said import said_of
from adapters.discord.responses import ActiveInteractions
from adapters.discord.submission import AnswerTarget, Submission
from adapters.discord.views import lists as list_view
from adapters.discord.views import request as request_view
from adapters.discord.views import texts
from adapters.discord.views.layout import plain
from adapters.discord.views.markdown import small
from bot.core.capability import Capability, about
from bot.core.errors import Refusal
from bot.core.errors.outside import DeliveryError
from bot.core.request import Request
from bot.core.said import Said
from bot.use_cases import refusal_log
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

_TALK = (discord.MessageType.default, discord.MessageType.reply)
_VERB = re.compile(r"(?P<verb>upscale|enlarge|animate)\b[\s:,.!-]*", re.IGNORECASE)
_QUESTION = re.compile(
    r"(describe|explain|what|who|whom|whose|where|when|why|how|which|is|are|was|were|does|do|did|can|could|read|tell)\b",
    re.IGNORECASE,
)
THREAD_EXISTS = 160004


@dataclass(frozen=True, kw_only=True)
class MentionOrder:
    """What a message asks for."""

    capability: Capability
    prompt: str


def understood(text: str, *, pictured: bool) -> MentionOrder:
    """Words to a capability."""
    if not pictured:
        return MentionOrder(capability=Capability.CHAT, prompt=text)
    verb = _VERB.match(text)
    if verb is not None:
        rest = text[verb.end() :].strip()
        if verb["verb"].lower() == "animate":
            return MentionOrder(capability=Capability.VIDEO, prompt=rest)
        return MentionOrder(capability=Capability.UPSCALE, prompt="")
    if not text or text.endswith("?") or _QUESTION.match(text):
        return MentionOrder(capability=Capability.CHAT, prompt=text)
    return MentionOrder(capability=Capability.EDIT, prompt=text)


class Mentions:
    """Hears messages and turns those meant for the bot into orders."""

    def __init__(
        self,
        *,
        client: discord.Client,
        service: Service,
        submission: Submission,
        pictures: Pictures,
        transport: MessageTransport,
        interactions: ActiveInteractions,
    ) -> None:
        self._client = client
        self._service = service
        self._interactions = interactions
        self._submission = submission
        self._pictures = pictures
        self._transport = transport

    async def receive(self, message: discord.Message) -> None:
        """Serve a message that is meant for us. Never raises."""
        if self._interactions.closing or not self._meant(message):
            return
        with self._interactions.inside():
            await self._answer(message)

    async def _answer(self, message: discord.Message) -> None:
        try:
            await self._serve(message)
        except Refusal as refusal:
            actor = await actor_of_message(message, payers_of(self._client))
            refusal_log.note(self._service, refusal, actor, origin=ORIGIN)
            await self._refuse(message, refusal)
        except Exception as error:
            if trouble_of(error) in (DeliveryTrouble.GONE, DeliveryTrouble.LATER):
                log.info("mention_not_answered", message_id=message.id, error=type(error).__name__)
            else:
                log.exception("mention_failed", message_id=message.id)

    def _meant(self, message: discord.Message) -> bool:
        me = self._client.user
        if me is None or message.author.bot or message.webhook_id or message.type not in _TALK:
            return False
        return message.guild is None or any(person.id == me.id for person in message.mentions)

    async def _serve(self, message: discord.Message) -> None:
        said = await said_of(message, client=self._client, pictures=self._pictures)
        if said.empty and not said.unread and not said.hidden:
            await self._transport.post(
                message.channel.id,
                Message(view=list_view.help_card(is_admin=False)),
                nonce=f"h{message.id}",
                reply_to=message.id,
            )
            return
        if said.hidden:
            raise Refusal(said.hidden)
        if said.unseen:
            raise Refusal(unread_texts.nothing_read(said.unread))
        own = message.attachments or message.message_snapshots
        found = said.pictures if own else said.pictures[:1]
        check_sources(found, self._pictures.max_bytes)
        meant, unread = self._meant_by(said, found)
        place, conversation = await self._place(message, meant, found)
        order = draft(meant.capability, found, conversation=conversation, prompt=meant.prompt)
        await self._order(message, order, place)
        await self._tell_unread(message, unread, place)

    def _meant_by(self, said: Said[Source], found: Sequence[Source]) -> tuple[MentionOrder, Sequence[str]]:
        """What to do with a message; words of others and files are read by a chat only."""
        along = bool(said.documents or said.quoted)
        meant = understood(said.words, pictured=bool(found))
        if not about(meant.capability).converses and (_VERB.match(said.words) or not said.documents):
            return meant, unused(replace(said, quoted=()))
        if not along:
            return meant, said.unread
        prompt, unread = together(said, self._service.settings.prompt_limit)
        return replace(understood("", pictured=False), prompt=prompt), unread

    async def _tell_unread(self, message: discord.Message, unread: Sequence[str], place: int) -> None:
        """Beside the answer: what of the message was not taken."""
        if not unread:
            return
        view = plain(small(" ".join(unread)))
        reply_to = message.id if place == message.channel.id else 0
        try:
            await self._transport.post(place, Message(view=view), nonce=f"u{message.id}", reply_to=reply_to)
        except (discord.HTTPException, DeliveryError) as error:
            log.info("unread_not_told", message_id=message.id, error=str(error))

    async def _place(
        self, message: discord.Message, said: MentionOrder, found: Sequence[Source]
    ) -> tuple[int, str]:
        """Where to answer, and which conversation it belongs to. Checks before it opens a thread."""
        channel = message.channel
        if not about(said.capability).converses or isinstance(channel, discord.Thread | discord.DMChannel):
            return channel.id, str(channel.id)
        actor = await actor_of_message(message, payers_of(self._client))
        order = await self._submission.check(actor, draft(said.capability, found, prompt=said.prompt))
        # A thread cannot be taken back, so none is opened for what a budget will refuse.
        cannot_afford = await self._submission.cannot_afford(actor, order)
        thread_id = None if cannot_afford else await self._thread(message, order.prompt)
        if thread_id is not None:
            return thread_id, str(thread_id)
        return channel.id, f"{channel.id}:{message.author.id}"

    async def _thread(self, message: discord.Message, title: str) -> int | None:
        """A thread under the message; its id is the message's own. None where that is not allowed."""
        guild, channel = message.guild, message.channel
        if guild is None or not isinstance(channel, discord.TextChannel):
            return None
        mine = channel.permissions_for(guild.me)
        if not (mine.create_public_threads and mine.send_messages_in_threads):
            return None
        try:
            thread = await message.create_thread(
                name=" ".join(title.split())[:90] or texts.talk(), auto_archive_duration=1440
            )
        except discord.HTTPException as error:
            if error.code == THREAD_EXISTS:
                return message.id
            log.info("no_thread", message_id=message.id, code=error.code)
            return None
        return thread.id

    async def _order(self, message: discord.Message, order: DraftOrder, place: int) -> None:
        actor = await actor_of_message(message, payers_of(self._client))
        await self._service.admit(actor, await self._submission.check(actor, order))
        guild = message.guild
        reply = Reply(
            channel_id=place,
            guild_id=guild.id if guild else 0,
            user_id=message.author.id,
            private=guild is None,
            file_limit=guild.filesize_limit if guild else DEFAULT_FILE_LIMIT,
        )
        key = f"{ORIGIN}:m:{message.id}"
        if not await self._submission.claim(reply, key):
            return
        reply_to = message.id if place == message.channel.id else 0
        stands = await self._transport.post(
            place, Message(view=plain(texts.one_moment())), nonce=f"m{message.id}", reply_to=reply_to
        )

        async def accept(where: AnswerTarget) -> Request:
            return await self._submission.submit(actor, order, where)

        await self._submission.carry(replace(reply, message_id=stands), key, accept)

    async def _refuse(self, message: discord.Message, refusal: Refusal) -> None:
        """To the person alone; where direct messages are closed, one sentence without details."""
        view = request_view.refused(refusal)
        try:
            if message.guild is None:
                await self._transport.post(message.channel.id, Message(view=view), nonce=f"r{message.id}")
            else:
                await self._transport.write_to(message.author.id, Message(view=view), nonce=f"r{message.id}")
            return
        except (discord.HTTPException, DeliveryError) as error:
            log.info("refusal_not_private", message_id=message.id, error=str(error))
        try:
            await self._transport.post(
                message.channel.id,
                Message(view=request_view.refused_in_public(str(message.author.id))),
                nonce=f"r{message.id}",
                reply_to=message.id,
            )
        except (discord.HTTPException, DeliveryError) as error:
            log.info("refusal_not_told", message_id=message.id, error=str(error))
