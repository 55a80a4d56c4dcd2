"""People who speak to the bot: mentions and replies in servers, anything in direct messages.

What they say is understood by the conversation (`bot.use_cases.talk`): a thread grows under a message in a
channel and keeps it. Words that begin with `/` and the name of a command are that command, and no model is
asked. There is no interaction and so no ephemeral answer here; a refusal becomes a direct message.
"""

from __future__ import annotations

from dataclasses import replace

import discord
import structlog

from adapters.common.intake import unread_texts
from adapters.common.talking.in_order import InOrder
from adapters.discord.addressing import DEFAULT_FILE_LIMIT, ORIGIN, Reply
from adapters.discord.delivery.previews import preview_of
from adapters.discord.delivery.transport import Message, MessageTransport
from adapters.discord.errors import DeliveryTrouble, trouble_of
from adapters.discord.handlers.other_apps import OtherApps
from adapters.discord.handlers.talk import Speaking, Spoken, command_in
from adapters.discord.identity import actor_of_message, payers_of, scoped
from adapters.discord.intake.attachments import Source, check_sources
from adapters.discord.intake.earlier import EarlierWords
from adapters.discord.intake.said import marks_in, said_of
from adapters.discord.recent_activity import DisplayNames
from adapters.discord.responses import ActiveInteractions
from adapters.discord.views import request as request_view
from adapters.discord.views import request_texts, texts
from adapters.discord.views.layout import plain
from adapters.discord.views.markdown import small
from bot.core.errors import Refusal
from bot.core.errors.outside import DeliveryError
from bot.core.said import Said
from bot.core.text.translation import speak
from bot.use_cases import refusal_log
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

_TALK = (discord.MessageType.default, discord.MessageType.reply)
THREAD_EXISTS = 160004
HELP = "help"
"""The whole message; it is answered without a model, as on Slack."""
EDITED_WITHIN_S = 15 * 60
"""A message that is edited later than this after it was written is not answered any more."""


class Mentions:
    """Hears messages and hands those meant for the bot on."""

    def __init__(
        self,
        *,
        client: discord.Client,
        service: Service,
        speaking: Speaking,
        transport: MessageTransport,
        interactions: ActiveInteractions,
        earlier: EarlierWords,
        names: DisplayNames,
        other_apps: OtherApps,
    ) -> None:
        self._other_apps = other_apps
        self._earlier = earlier
        self._client = client
        self._service = service
        self._speaking = speaking
        self._transport = transport
        self._interactions = interactions
        self._names = names
        self._in_order = InOrder()

    async def receive(self, message: discord.Message) -> None:
        """Serve a message that is meant for us. Never raises."""
        if not self._interactions.closing and self._by_app(message):
            with self._interactions.inside():
                await self._other_apps.mentioned(message)
            return
        if self._interactions.closing or not self._meant(message):
            return
        with self._interactions.inside():
            async with self._in_order.of(str(message.channel.id)):
                await self._answer(message)

    async def receive_edit(self, message: discord.Message) -> None:
        """The same for a message that was edited: one that mentions us only now counts, once."""
        edited = message.edited_at
        if edited is None or message.guild is None:
            return
        if (edited - message.created_at).total_seconds() <= EDITED_WITHIN_S:
            await self.receive(message)

    async def _answer(self, message: discord.Message) -> None:
        try:
            speak(await self._language(message))
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

    async def _language(self, message: discord.Message) -> str:
        """The person's own, as an interaction of theirs told; else the place's."""
        if known := self._names.language(message.author.id):
            return known
        if message.guild is None:
            return ""
        return (await self._service.tenant(scoped(message.guild.id))).language

    def _meant(self, message: discord.Message) -> bool:
        me = self._client.user
        if me is None or message.author.bot or message.webhook_id or message.type not in _TALK:
            return False
        if message.guild is None or any(person.id == me.id for person in message.mentions):
            return True
        return self._by_role(message) or _replies_to(message, me.id)

    def _by_app(self, message: discord.Message) -> bool:
        """Whether another app or a webhook mentions us, which gets no answer."""
        me, author = self._client.user, message.author
        if me is None or author.id == me.id or not (author.bot or message.webhook_id):
            return False
        return any(person.id == me.id for person in message.mentions)

    def _by_role(self, message: discord.Message) -> bool:
        """Whether the role that Discord made for the bot is mentioned: people take it for the bot."""
        me = self._client.user
        tags = [role.tags for role in message.role_mentions]
        return me is not None and any(tag is not None and tag.bot_id == me.id for tag in tags)

    async def _serve(self, message: discord.Message) -> None:
        if not message.content and self._by_role(message):
            await self._reply(message, texts.words_not_shown(), "w")
            return
        said = await said_of(message, client=self._client, pictures=self._speaking.pictures)
        if said.hidden:
            raise Refusal(said.hidden)
        if said.unseen:
            raise Refusal(unread_texts.nothing_read(said.unread))
        if said.empty or said.words.casefold().strip("?!. ") == HELP:
            await self._reply(message, request_texts.greeting(), "h")
            return
        if said.unread:
            await self._reply(message, small(" ".join(said.unread)), "u")
        check_sources(said.pictures, self._speaking.pictures.max_bytes)
        await self._understand(message, said)

    async def _understand(self, message: discord.Message, said: Said[Source]) -> None:
        actor = await actor_of_message(message, payers_of(self._client))
        own = bool(message.attachments or message.message_snapshots)
        said = said if own else replace(said, pictures=said.pictures[:1])
        spoken = Spoken(said=said, actor=actor, replied_to=None if own else _target(message))
        order = command_in(said)
        if order is not None:
            here = self._at(message, message.channel.id)
            await self._speaking.order(order, actor, here, message.id, _joined(message))
            return
        place, conversation = await self._place(message, spoken)
        earlier = await self._earlier.before(message, actor, conversation)
        spoken = replace(spoken, conversation=conversation, said=replace(said, earlier=tuple(earlier)))
        await self._speaking.say(spoken, self._at(message, place), message.id)

    def _at(self, message: discord.Message, place: int) -> Reply:
        guild = message.guild
        return Reply(
            channel_id=place,
            guild_id=guild.id if guild else 0,
            user_id=message.author.id,
            private=guild is None,
            file_limit=guild.filesize_limit if guild else DEFAULT_FILE_LIMIT,
            marks=marks_in(message, self._client),
        )

    async def _place(self, message: discord.Message, spoken: Spoken) -> tuple[int, str]:
        """Where to answer, and which conversation it belongs to. Checks before it opens a thread."""
        channel = message.channel
        if own := _joined(message):
            return channel.id, own
        # A thread cannot be taken back, so none is opened for what will be refused.
        may_run = await self._speaking.may_run(spoken)
        thread_id = await self._thread(message, spoken.said.words) if may_run else None
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

    async def _reply(self, message: discord.Message, text: str, kind: str) -> None:
        """Words of our own under somebody's message; they cost nothing."""
        await self._transport.post(
            message.channel.id,
            Message(view=plain(text)),
            nonce=f"{kind}{message.id}",
            reply_to=message.id,
        )

    async def _refuse(self, message: discord.Message, refusal: Refusal) -> None:
        """To the person alone; where direct messages are closed, one sentence without details."""
        told = Message(view=request_view.refused(refusal), files=preview_of(refusal))
        try:
            if message.guild is None:
                await self._transport.post(message.channel.id, told, nonce=f"r{message.id}")
            else:
                await self._transport.write_to(message.author.id, told, nonce=f"r{message.id}")
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


def _joined(message: discord.Message) -> str:
    """The conversation of a thread or a direct message; empty in a channel."""
    talks = isinstance(message.channel, discord.Thread | discord.DMChannel)
    return str(message.channel.id) if talks else ""


def _target(message: discord.Message) -> discord.Message | None:
    reference = message.reference
    target = reference.resolved if reference is not None else None
    return target if isinstance(target, discord.Message) else None


def _replies_to(message: discord.Message, me: int) -> bool:
    """Whether a message replies to one of ours; Discord shows its words only with the intent."""
    target = _target(message)
    return target is not None and target.author.id == me and bool(message.content or message.attachments)
