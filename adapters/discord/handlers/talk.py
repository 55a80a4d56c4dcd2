"""What was said to the bot becomes an order or a message of a conversation; presses that belong to one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import discord
from discord import ui

from adapters.common import shared_texts
from adapters.common.talking import words as talk_words
from adapters.discord.addressing import ORIGIN, Reply
from adapters.discord.context import context_of
from adapters.discord.delivery.transport import Message, MessageTransport
from adapters.discord.identity import actor_of
from adapters.discord.intake.attachments import Pictures, Source
from adapters.discord.intake.options import DraftOrder, draft
from adapters.discord.intake.saved_offers import Offer, Offers
from adapters.discord.responses import Interaction, answer_privately, defer_privately, redraw
from adapters.discord.submission import Accept, AnswerTarget, Submission
from adapters.discord.views import lists as list_view
from adapters.discord.views import request as request_view
from adapters.discord.views import talk as talk_view
from adapters.discord.views import texts
from adapters.discord.views.buttons import result_in
from adapters.discord.views.layout import plain
from adapters.discord.views.lists import PriceButton
from bot.conversation.short_answers import ShortAnswer
from bot.core.capability import Capability
from bot.core.command_parser import parse, split_command
from bot.core.errors import NotAllowed, TooLate, WordsBlocked
from bot.core.events import Progressed
from bot.core.money import Micros
from bot.core.request import Actor, ChatOrder, Request, State, Upload
from bot.core.said import Said
from bot.core.spoken import Note, NoteKind, ResultOf
from bot.use_cases.spoken.answers import Answered
from bot.use_cases.talk import Talk


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One message as it is understood. `replied_to` is the message whose pictures came along, if it is not
    the speaker's own.
    """

    said: Said[Source]
    actor: Actor
    conversation: str = ""
    replied_to: discord.Message | None = None


def command_in(said: Said[Source]) -> DraftOrder | None:
    """The order of words that begin with `/` and the name of a command. Raises InvalidOrder."""
    if not said.words.startswith("/"):
        return None
    split_command(said.words, [item.value for item in Capability])
    return parse(said.words).order(said.pictures)


class Speaking:
    """Hands in what people say."""

    def __init__(
        self,
        *,
        talk: Talk,
        submission: Submission,
        pictures: Pictures,
        transport: MessageTransport,
        offers: Offers,
    ) -> None:
        self._talk = talk
        self._submission = submission
        self.pictures = pictures
        self._transport = transport
        self._offers = offers

    async def may_run(self, spoken: Spoken) -> bool:
        """Whether a chat on these words is allowed and a budget has room. Raises a Refusal."""
        order = draft(Capability.CHAT, list(spoken.said.pictures), prompt=spoken.said.words)
        try:
            checked = await self._submission.check(spoken.actor, order)
        except WordsBlocked:
            raise
        except NotAllowed:
            return False
        return not await self._submission.cannot_afford(spoken.actor, checked)

    async def order(
        self, order: DraftOrder, actor: Actor, reply: Reply, message_id: int, conversation: str
    ) -> None:
        """An explicit command: no model is asked. Raises a Refusal."""
        await self._submission.check(actor, order)

        async def accept(where: AnswerTarget) -> Request:
            return await self._submission.submit(actor, order, where)

        await self._promised(reply, message_id, accept, conversation)

    async def say(self, spoken: Spoken, reply: Reply, message_id: int) -> None:
        """A message of a conversation."""

        async def accept(where: AnswerTarget) -> Request | ui.LayoutView:
            result = await self._recorded(spoken)
            fetched = replace(spoken.said, pictures=()) if result else spoken.said
            said, pictures = await prepared(self.pictures, fetched)
            try:
                return await self._said(spoken, said, pictures, where, result)
            except WordsBlocked:  # said in another way they would be blocked as well
                raise
            except NotAllowed:
                found = await self._offered(spoken, said, pictures, message_id)
                if found is None:
                    raise
                return found

        await self._promised(reply, message_id, accept)

    async def _said(
        self,
        spoken: Spoken,
        said: Said[Upload],
        pictures: dict[str, bytes],
        where: AnswerTarget,
        result: ResultOf | None,
    ) -> Request | ui.LayoutView:
        beside = replace(Reply.from_json(where["reply_to"]), message_id=0, token="", token_until=0)
        found = await self._talk.say(
            spoken.actor,
            said,
            conversation=spoken.conversation,
            origin=where["origin"],
            reply_to=where["reply_to"],
            dedupe_key=where["dedupe_key"],
            pictures=pictures,
            replied_to=result,
            beside=beside.to_json(),
            answers=answers.request_id if (answers := result_in(spoken.replied_to)) else "",
        )
        return talk_view.answered(found) if isinstance(found, Answered) else found

    async def _recorded(self, spoken: Spoken) -> ResultOf | None:
        """The result that was replied to, where the conversation has it on record already."""
        result = result_in(spoken.replied_to)
        if result is None:
            return None
        known = await self._talk.pictures(spoken.actor, spoken.conversation)
        return result if any(one.request_id == result.request_id for one in known) else None

    async def _promised(self, reply: Reply, message_id: int, accept: Accept, conversation: str = "") -> None:
        key = f"{ORIGIN}:m:{message_id}"
        if not await self._submission.claim(reply, key):
            return
        answers = 0 if reply.channel_id == message_id else message_id  # a thread has the message's own id
        stands = await self._transport.post(
            reply.channel_id,
            Message(view=plain(texts.one_moment())),
            nonce=f"m{message_id}",
            reply_to=answers,
        )
        await self._submission.carry(
            replace(reply, message_id=stands), key, accept, conversation=conversation
        )

    async def _offered(
        self, spoken: Spoken, said: Said[Upload], pictures: dict[str, bytes], message_id: int
    ) -> ui.LayoutView | None:
        """Explicit ways with their prices, where no model may be asked; None where there are none."""
        found = await self._talk.choices(spoken.actor, said, pictures)
        for number, one in enumerate(found, start=1):
            offer = Offer(
                capability=one.order.capability,
                prompt=one.order.prompt,
                pictures=spoken.said.pictures,
                models=(one.order.model,),
            )
            await self._offers.keep(f"{message_id}.{number}", spoken.actor.person, offer)
        return talk_view.choices(str(message_id), found) if found else None


async def prepared(pictures: Pictures, said: Said[Source]) -> tuple[Said[Upload], dict[str, bytes]]:
    """The same with its pictures fetched and cleaned, and their bytes. Raises BadImage, NotFound."""
    done = await pictures.prepared(said.pictures)
    uploads = tuple(one.upload for one in done)
    filled = Said[Upload](
        words=said.words,
        pictures=uploads,
        documents=said.documents,
        quoted=said.quoted,
        earlier=said.earlier,
        unread=said.unread,
        hidden=said.hidden,
    )
    return filled, {one.upload.digest: one.data for one in done}


# presses


async def agree(interaction: Interaction, reading_id: str, number: int) -> None:
    """One press for all orders of a message, up to the total that the button shows."""
    await interaction.response.defer()
    context, actor = context_of(interaction), await actor_of(interaction)
    agreed = await context.talk.agree(actor, reading_id, Micros(number) if number else None)
    context.recent_requests.changed(actor)
    if agreed and agreed[0].state is not State.AWAITING_CONFIRMATION:  # else a new price is on it already
        await redraw(interaction, request_view.progress(Progressed(request=agreed[0])))


async def drop(interaction: Interaction, reading_id: str, _number: int) -> None:
    """None of them runs."""
    await interaction.response.defer()
    context, actor = context_of(interaction), await actor_of(interaction)
    await context.talk.drop(actor, reading_id)
    context.recent_requests.changed(actor)
    await redraw(interaction, request_view.notice(talk_words.plan_dropped()))


async def meant(interaction: Interaction, request_id: str, number: int) -> None:
    """Yes to this one, of what a plain yes could have meant."""
    await _decided(interaction, request_id, ShortAnswer.YES, Micros(number))


async def unwanted(interaction: Interaction, request_id: str, _number: int) -> None:
    """No to this one, of what a plain no or stop could have meant."""
    await _decided(interaction, request_id, ShortAnswer.STOP, None)


async def _decided(
    interaction: Interaction, request_id: str, answer: ShortAnswer, shown: Micros | None
) -> None:
    await interaction.response.defer()
    context, actor = context_of(interaction), await actor_of(interaction)
    found = await context.talk.meant(actor, request_id, answer, shown)
    context.recent_requests.changed(actor)
    await redraw(interaction, talk_view.answered(found))


async def choose(interaction: Interaction, reading_id: str, number: int) -> None:
    """An answer to a question of ours, as if the person had said it; one for each question."""
    context, actor = context_of(interaction), await actor_of(interaction)
    asked, note = await _asked(interaction, reading_id)
    if not 1 <= number <= len(note.choices):
        raise TooLate(texts.outdated_button())
    said = Said[Upload](words=note.choices[number - 1])
    name = asked.order.conversation if isinstance(asked.order, ChatOrder) else None
    order = draft(Capability.CHAT, [], prompt=said.words)

    async def accept(where: AnswerTarget) -> Request | ui.LayoutView:
        found = await context.talk.say(
            actor,
            said,
            conversation=name or "",
            origin=where["origin"],
            reply_to=where["reply_to"],
            dedupe_key=f"{ORIGIN}:choose:{reading_id}",
            chosen=True,
            replied_to=ResultOf(request_id=reading_id) if asked.assets else None,
        )
        return talk_view.answered(found) if isinstance(found, Answered) else found

    await context.submission.derived(interaction, order, accept)


async def compare(interaction: Interaction, reading_id: str, _number: int) -> None:
    """The prices that somebody asked for in words."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    order, quotes = await context.talk.compared(actor, reading_id)
    models = tuple(quote.model for quote in quotes)
    offer = Offer(capability=order.capability, prompt=order.prompt, models=models, message=reading_id)
    until = await context.offers.keep(str(interaction.id), actor.person, offer)
    run = PriceButton(subject=str(interaction.id), until=until)
    await answer_privately(interaction, list_view.comparison(offer.capability, offer.prompt, quotes, run))


async def _asked(interaction: Interaction, reading_id: str) -> tuple[Request, Note]:
    """The message that was read, and the question to its speaker. Raises NotFound, NotAllowed, TooLate."""
    actor = await actor_of(interaction)
    read = await context_of(interaction).service.request(actor, reading_id)
    if read.actor.person != actor.person:
        raise NotAllowed(shared_texts.not_yours())
    notes = read.reading.notes if read.reading else ()
    note = next((note for note in notes if note.kind is NoteKind.QUESTION), None)
    if note is None:
        raise TooLate(texts.outdated_button())
    return read, note
