"""What was said to the bot becomes a message of a conversation; presses that belong to one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import structlog

from adapters.common import shared_texts
from adapters.slack.addressing import Address, address_of
from adapters.slack.context import ORIGIN, AdapterContext
from adapters.slack.delivery.files import File
from adapters.slack.delivery.once import Once
from adapters.slack.handlers.results import request_of, which
from adapters.slack.intake.grammar import points_at_picture
from adapters.slack.intake.marks import channels_in
from adapters.slack.intake.payload import Inbound
from adapters.slack.submission import Submission, conversation_of, dedupe_key, spoken_in
from adapters.slack.views import lists as list_view
from adapters.slack.views import talk as talk_view
from adapters.slack.views import texts
from adapters.slack.views.layout import Message
from bot.conversation.short_answers import ShortAnswer
from bot.core.errors import NotAllowed, TooLate, WordsBlocked
from bot.core.money import Micros
from bot.core.request import Actor, ChatOrder, Request, Upload
from bot.core.said import Said
from bot.core.spoken import Note, NoteKind
from bot.use_cases.spoken.answers import Answered

log = structlog.get_logger(__name__)


class Speaking:
    """Hands in what people say, and does what their presses on its answers mean."""

    def __init__(self, adapter: AdapterContext, submission: Submission) -> None:
        self._adapter = adapter
        self._submission = submission

    async def say(self, inbound: Inbound, actor: Actor, said: Said[File]) -> None:
        """A message of a conversation. Raises Refusal, GatewayError or DeliveryError."""
        where = replace(spoken_in(inbound), marks=channels_in(str(inbound.event.get("text") or "")))
        said = await self._with_pictures(inbound, where, actor, said)
        prepared = await self._submission.pictures.prepare(inbound.address, said.pictures)
        masks = [] if prepared.mask is None else [prepared.mask]
        filled = Said[Upload](
            words=said.words,
            pictures=(*prepared.images, *masks),
            documents=said.documents,
            quoted=said.quoted,
            earlier=said.earlier,
            unread=said.unread,
        )
        try:
            found = await self._adapter.talk.say(
                actor,
                filled,
                conversation=conversation_of(where),
                origin=ORIGIN,
                reply_to=where.to_json(),
                dedupe_key=dedupe_key(inbound),
                pictures=prepared.data,
            )
        except WordsBlocked:  # said in another way they would be blocked as well
            raise
        except NotAllowed:
            if not await self._offered(inbound, actor, said, filled, prepared.data):
                raise
            return
        await self._taken(inbound, where, found)

    async def _taken(self, inbound: Inbound, where: Address, found: Request | Answered) -> None:
        if isinstance(found, Answered):
            await self._tell(inbound, where, talk_view.answered(found))
        else:
            self._submission.promise(found)

    async def _tell(self, inbound: Inbound, where: Address, message: Message) -> None:
        """Said once, also when it is taken up again after a restart."""
        once = Once(key=dedupe_key(inbound), since=inbound.at if inbound.replayed else 0)
        await self._adapter.message_routes.public(where, message, once)

    async def _offered(
        self,
        inbound: Inbound,
        actor: Actor,
        said: Said[File],
        filled: Said[Upload],
        data: dict[str, bytes],
    ) -> bool:
        """Explicit ways with their prices, where no model may be asked; whether there are any."""
        found = await self._adapter.talk.choices(actor, filled, data)
        if found:
            files = [str(file["id"]) for file in said.pictures]
            offered = talk_view.choices(inbound.user, said.words, files, found)
            await self._adapter.message_routes.public(spoken_in(inbound), offered)
        return bool(found)

    async def _with_pictures(
        self, inbound: Inbound, where: Address, actor: Actor, said: Said[File]
    ) -> Said[File]:
        """The first words of a conversation in a thread of ours, or about a picture, come with the newest of
        the thread; later ones have it on record.
        """
        if said.pictures or await self._on_record(where, actor):
            return said
        installation = await self._adapter.api.installation(inbound.address)
        ours = inbound.event.get("parent_user_id") == installation.bot_user
        if not ours and not points_at_picture(said.words):
            return said
        found = await self._submission.pictures.around(inbound.address)
        return replace(said, pictures=tuple(found.files[:1]))

    async def _on_record(self, where: Address, actor: Actor) -> bool:
        return bool(await self._adapter.talk.pictures(actor, conversation_of(where)))

    # presses

    async def agree(self, inbound: Inbound, carried: str) -> None:
        """One press for all orders of a message, up to the total that the button shows."""
        actor = await self._adapter.people.actor(inbound)
        reading_id, number = which(carried)
        agreed = await self._agreed(inbound, actor, reading_id, Micros(number) if number else None)
        await self._adapter.message_routes.update(
            inbound.address, inbound.ts, talk_view.plan_runs(agreed, Micros(number))
        )

    async def _agreed(
        self, inbound: Inbound, actor: Actor, reading_id: str, shown: Micros | None
    ) -> list[Request]:
        try:
            return await self._adapter.talk.agree(actor, reading_id, shown)
        except TooLate:
            orders = await self._adapter.talk.orders(actor, reading_id)
            if not (inbound.replayed and all(order.confirmed for order in orders)):
                raise
            return orders  # this press did it, before a restart

    async def drop(self, inbound: Inbound, carried: str) -> None:
        """None of them runs."""
        actor = await self._adapter.people.actor(inbound)
        await self._adapter.talk.drop(actor, which(carried)[0])
        await self._adapter.message_routes.update(inbound.address, inbound.ts, talk_view.plan_dropped())

    async def meant(self, inbound: Inbound, carried: str) -> None:
        """Yes to this one, of what a plain yes could have meant."""
        await self._decided(inbound, carried, ShortAnswer.YES)

    async def unwanted(self, inbound: Inbound, carried: str) -> None:
        """No to this one, of what a plain no or stop could have meant."""
        await self._decided(inbound, carried, ShortAnswer.STOP)

    async def _decided(self, inbound: Inbound, carried: str, answer: ShortAnswer) -> None:
        actor = await self._adapter.people.actor(inbound)
        request_id, number = which(carried)
        found = await self._adapter.talk.meant(actor, request_id, answer, Micros(number))
        await self._adapter.message_routes.update(inbound.address, inbound.ts, talk_view.answered(found))

    async def choose(self, inbound: Inbound, carried: str) -> None:
        """An answer to a question of ours, as if the person had said it; one for each question."""
        actor = await self._adapter.people.actor(inbound)
        asked, note, number = await self._asked(actor, carried)
        if not 1 <= number <= len(note.choices):
            raise TooLate(texts.outdated())
        where = address_of(asked.reply_to)
        found = await self._adapter.talk.say(
            actor,
            Said[Upload](words=note.choices[number - 1]),
            conversation=str(asked.order.conversation) if isinstance(asked.order, ChatOrder) else "",
            origin=ORIGIN,
            reply_to=where.to_json(),
            dedupe_key=f"{ORIGIN}:choose:{asked.id}",
            chosen=True,
        )
        await self._taken(inbound, where, found)

    async def compare(self, inbound: Inbound, carried: str) -> None:
        """The prices that somebody asked for in words."""
        actor = await self._adapter.people.actor(inbound)
        order, quotes = await self._adapter.talk.compared(actor, which(carried)[0])
        await self._adapter.message_routes.private(inbound.address, list_view.comparison(order, quotes))

    async def use(self, inbound: Inbound, carried: str) -> None:
        """An older picture is the one that the next words are about; everybody in the conversation is
        told.
        """
        actor = await self._adapter.people.actor(inbound)
        request_id, index = which(carried)
        picture = await self._adapter.talk.go_on_from(actor, request_id, index)
        await self._tell(inbound, spoken_in(inbound), talk_view.continued(inbound.user, picture.handle))

    async def _asked(self, actor: Actor, carried: str) -> tuple[Request, Note, int]:
        """The message that was read, its question to the speaker, and which answer was pressed.

        Raises NotFound, NotAllowed, TooLate.
        """
        read, number = await request_of(self._adapter.service, actor, carried)
        if read.actor.person != actor.person:
            raise NotAllowed(shared_texts.not_yours())
        notes = read.reading.notes if read.reading else ()
        note = next((note for note in notes if note.kind is NoteKind.QUESTION), None)
        if note is None:
            raise TooLate(texts.outdated())
        return read, note, number


def carried_by(value: str) -> tuple[str, dict[str, Any]]:
    """Who may press such a button, and what it carries. Raises TooLate for what this cannot have written."""
    user, _, carried = value.partition(":")
    try:
        kept = json.loads(carried)
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not isinstance(kept.get("f", []), list):
        raise TooLate(texts.outdated())
    return user, kept
