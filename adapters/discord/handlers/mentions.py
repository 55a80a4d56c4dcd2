"""People who speak to the bot: mentions in servers, anything in direct messages.

Words alone are a chat: a thread grows under the message and keeps the conversation, one in a thread goes on
there. Words with a picture (attached, or replied to) are about the picture: beginning with *upscale* or
*animate* means that, a question asks about it, anything else is an edit. There is no interaction and so no
ephemeral answer here; a refusal becomes a direct message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import discord
import structlog

from adapters.discord.addressing import DEFAULT_FILE_LIMIT, ORIGIN, Reply
from adapters.discord.delivery.transport import Message, MessageTransport
from adapters.discord.errors import DeliveryTrouble, trouble_of
from adapters.discord.identity import actor_of_message, payers_of
from adapters.discord.intake.attachments import Pictures, Source, check_sources, pictures_in
from adapters.discord.intake.options import DraftOrder, draft
from adapters.discord.responses import ActiveInteractions
from adapters.discord.submission import AnswerTarget, Submission
from adapters.discord.views import request as request_view
from adapters.discord.views import request_texts, texts
from adapters.discord.views.layout import plain
from bot.core.capability import Capability, about
from bot.core.errors import Refusal
from bot.core.errors.outside import DeliveryError
from bot.core.request import Request
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
        text = self._words(message)
        found = await self._pictures_of(message, text)
        if not text and not found:
            await self._transport.post(
                message.channel.id,
                Message(view=plain(request_texts.greeting())),
                nonce=f"h{message.id}",
                reply_to=message.id,
            )
            return
        check_sources(found, self._pictures.max_bytes)
        said = understood(text, pictured=bool(found))
        place, conversation = await self._place(message, said, found)
        order = draft(said.capability, found, conversation=conversation, prompt=said.prompt)
        await self._order(message, order, place)

    def _words(self, message: discord.Message) -> str:
        me = self._client.user
        mention = re.compile(rf"<@!?{me.id if me else 0}>")
        return " ".join(mention.sub(" ", message.content).split(" ")).strip()

    async def _pictures_of(self, message: discord.Message, text: str) -> list[Source]:
        found = pictures_in(message)
        reference = message.reference
        if found or reference is None or reference.message_id is None:
            return found
        target = reference.resolved
        if not isinstance(target, discord.Message):
            channel = self._client.get_partial_messageable(reference.channel_id)
            target = await channel.fetch_message(reference.message_id)
        found = pictures_in(target)
        shown = (getattr(target, part, None) for part in ("content", "components", "embeds", "attachments"))
        hidden = not any(shown)
        if not found and hidden and (_VERB.match(text) or not text):
            raise Refusal(texts.picture_unseen())
        return found[:1] if found else []

    async def _place(
        self, message: discord.Message, said: MentionOrder, found: list[Source]
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
        await self._submission.check(actor, order)
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
