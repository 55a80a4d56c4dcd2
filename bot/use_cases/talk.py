"""Speaking to the bot: what a message becomes, and the presses that belong to a conversation.

`say` accepts a message; the worker reads it in its turn, with one chat call, and makes orders of what the
model called (`worker.spoken.readings`). An adapter shows the message's request like any other, then the
orders, which are requests of their own with `part` set and the message's id as `parent_id`.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from bot.conversation.quotations import came_along, said_before
from bot.conversation.short_answers import short_answer
from bot.core.capability import Capability, about
from bot.core.catalog import may_use
from bot.core.errors import InvalidOrder, NotFound
from bot.core.money import Micros
from bot.core.order_rules import conversation_key, shown_to
from bot.core.place_lists.names import NAMES_SPOKEN
from bot.core.place_lists.projects import open_projects
from bot.core.ports.conversations import ConversationTotal
from bot.core.ports.store import Store
from bot.core.prices.pricing import AskPrice
from bot.core.request import Actor, ChatOrder, ReplyTo, Request, Upload
from bot.core.said import Said
from bot.core.spoken import ConversationPicture, Reading, ResultOf
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _
from bot.settings import Settings
from bot.use_cases.requests import Service
from bot.use_cases.spoken.answers import Answered, SpokenAnswers
from bot.use_cases.spoken.prices import SpokenPrices

log = structlog.get_logger(__name__)


class Talk:
    """The use cases of people who speak. `conversation` is the thread's name within the actor's place."""

    def __init__(self, *, service: Service, store: Store, settings: Settings) -> None:
        self._service = service
        self._store = store
        self._settings = settings
        prices = SpokenPrices(service=service, store=store)
        self.choices, self.priced, self.compared = prices.choices, prices.priced, prices.compared
        self._answers = answers = SpokenAnswers(service=service, store=store)
        self.answered = answers.answered
        self.agree, self.drop, self.orders, self.meant = (
            answers.agree,
            answers.drop,
            answers.orders,
            answers.meant,
        )

    async def say(
        self,
        actor: Actor,
        said: Said[Upload],
        *,
        conversation: str,
        origin: str,
        reply_to: ReplyTo,
        dedupe_key: str,
        pictures: Mapping[str, bytes] | None = None,
        replied_to: ResultOf | None = None,
        beside: ReplyTo | None = None,
        ask_price: AskPrice = AskPrice.ABOVE,
        asks: bool = False,
        most: Micros | None = None,
        answers: str = "",
        chosen: bool = False,
    ) -> Request | Answered:
        """Accept a message. The same `dedupe_key` returns the same request, whatever has changed since.

        `pictures` are the bytes of `said.pictures`; `replied_to` is the result that the message replies to,
        and it decides which picture "it" is. The first order that comes of the message is shown at
        `reply_to` too, the others at `beside` (default: the same). `ask_price` is for the reading itself;
        with `asks` the price of every order is asked about, and a yes agrees to at most `most`. `answers` is
        the request whose message the words reply to, whatever it shows; with `chosen` they are one of the
        choices of a question of ours, and so no yes to a price. Nothing is asked of the gateway here. Raises
        a Refusal before anything is stored; where the model may not be used, `choices` offers explicit ways.
        """
        if (known := await self._store.by_dedupe_key(dedupe_key)) is not None:
            return known
        short = None if chosen or said.pictures or said.foreign else short_answer(said.words)
        if short is not None:
            where = {"dedupe_key": dedupe_key, "replied_to": replied_to.request_id if replied_to else answers}
            if answered := await self._answers.said(actor, short, conversation, most=most, **where):
                return answered
        _check_seen(said)
        tenant, along = await self._store.tenant(actor.tenant), came_along(said)
        order = ChatOrder(
            model=self._model(actor, tenant),
            prompt=said.words or _(about(Capability.CHAT).default_prompt),
            images=said.pictures,
            conversation=conversation,
            max_tokens=self._settings.talk_max_tokens,
        )
        reading = Reading(
            tools=tenant.offered(actor),
            projects=tuple(one.name for one in open_projects(tenant.projects)[:NAMES_SPOKEN]),
            styles=tuple(one.name for one in tenant.styles[:NAMES_SPOKEN]),
            foreign=said.foreign,
            came_along=along,
            earlier=said_before(tenant, said),
            replied_to=replied_to,
            beside=beside or {},
            asks=asks,
        )
        await self._service.house_rules.check_words(actor, tenant, (along,), Capability.CHAT)
        return await self._service.submit(
            actor,
            order,
            origin=origin,
            reply_to=reply_to,
            dedupe_key=dedupe_key,
            pictures=pictures,
            ask_price=ask_price,
            conversation=conversation,
            reading=reading,
        )

    def _model(self, actor: Actor, tenant: Tenant) -> str:
        """The model that reads: the operator's, the place's own for chats, or the first that may be used."""
        catalog = self._service.catalog
        own = tenant.defaults.get(Capability.CHAT, "")
        named = [name for name in (self._settings.talk_model, own, *self._settings.chat_models) if name]
        allowed = (name for name in named if may_use(name, catalog.get(name), tenant, actor))
        return next(allowed, named[0] if named else "")

    async def go_on_from(self, actor: Actor, request_id: str, index: int = 0) -> ConversationPicture:
        """Make one picture of a result (`index` from 0) the one that the next words are about. Free.

        Raises NotFound where the result's conversation does not have it, or it was not made.
        """
        made = await self._service.reusable(actor, request_id)
        result = ResultOf(request_id=made.id, index=index)
        found = await self._store.picture_of(made.conversation, result) if made.conversation else None
        if found is None or found.lost:
            raise NotFound(_("That picture is in no conversation here. Attach it to what you say instead."))
        await self._store.point(made.conversation, found.number, at=self._service.clock.now())
        return found

    async def pictures(self, actor: Actor, conversation: str) -> list[ConversationPicture]:
        """The conversation's last pictures, oldest first, failed ones included."""
        state = await self._store.conversation(conversation_key(actor.place_id, conversation))
        return list(state.pictures)

    async def messages(
        self, actor: Actor, conversation: str, *, limit: int, before: str = ""
    ) -> list[Request]:
        """The requests of the conversation, newest first; `before` is the id of the last one known."""
        key = conversation_key(actor.place_id, conversation)
        rows = await self._store.requests_of(key, limit=limit, before=before)
        return [shown_to(row, actor) for row in rows]

    async def begun(self, actor: Actor, names: str, *, limit: int, before: str = "") -> list[Request]:
        """The first request of each conversation whose name begins with `names`, the last name first.

        `before` is the last name known.
        """
        prefix = conversation_key(actor.place_id, names)
        known = conversation_key(actor.place_id, before) if before else ""
        rows = await self._store.conversations_from(prefix, limit=limit, before=known)
        return [shown_to(row, actor) for row in rows]

    async def total(self, actor: Actor, conversation: str) -> ConversationTotal:
        """What the conversation has cost so far."""
        return await self._store.conversation_total(conversation_key(actor.place_id, conversation))


def _check_seen(said: Said[Upload]) -> None:
    """Raise InvalidOrder for a message about something that the bot was not shown, or about nothing."""
    if said.hidden or said.unseen:
        raise InvalidOrder(said.hidden or " ".join(said.unread), field="message")
    if said.empty:
        raise InvalidOrder(_("Say what you would like. Nothing was charged."), field="message")
