"""The use cases of the people who order. Adapters call these and nothing below them.

A use case checks, writes one row and returns; it does not wait for the gateway. Everything paid happens
later, in the worker, from the row. Prices are in `quotes`, an admin's use cases in `admin`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from bot.bounds.breakers import Breakers
from bot.bounds.pace import DryRunPace
from bot.core.audit.entries import Act, entry_by
from bot.core.capability import Capability, about
from bot.core.catalog import Catalog, Model, permitted
from bot.core.drafts import UnseenPicture
from bot.core.errors import NoHome, NotAllowed, NotFound, TooLate
from bot.core.events import BudgetLeft, room_of
from bot.core.identity import new_request_id
from bot.core.money import ZERO, Micros
from bot.core.order_names.applied import carried
from bot.core.order_rules import (
    Checks,
    changed,
    check_reuse,
    conversation_key,
    last_turns,
    order_on,
    shown_to,
)
from bot.core.ports.for_adapters import Clock, Documents, Inbox
from bot.core.ports.gateway import Gateway
from bot.core.ports.media import MediaStore
from bot.core.ports.store import Release, Store
from bot.core.presses import press_of
from bot.core.prices.pricing import AskPrice
from bot.core.request import (
    Actor,
    ChatOrder,
    Order,
    ReplyTo,
    Request,
    State,
    Upload,
    chat_of,
)
from bot.core.spoken import ConversationPart, Reading
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _
from bot.images import preparation
from bot.settings import Settings
from bot.telemetry import tracing
from bot.telemetry.logging import measured, metrics
from bot.use_cases.admission import AccountFunds, Admission
from bot.use_cases.ask_price import asks
from bot.use_cases.budgets import paid_here
from bot.use_cases.homes import Homes
from bot.use_cases.house_rules import HouseRules
from bot.use_cases.kept_pictures import KeptPictures, kept_as
from bot.use_cases.notices.choices import NoticeChoices
from bot.use_cases.people.links import AccountLinks
from bot.use_cases.place_lists.projects import project_id
from bot.use_cases.posting_again import PostingAgain
from bot.use_cases.quotes import Quotes, learn
from bot.use_cases.refusal_log import refusals_logged
from bot.use_cases.reports import Spending, spending
from bot.use_cases.result_copies import ResultCopies
from bot.use_cases.row_changes import agreed, cancelled

log = structlog.get_logger(__name__)


class Service:
    """The use cases. `wake` tells the worker that a row is due.

    `identity_key` is the key of the hash that replaces people's ids in the log. `inbox` and `documents` are
    the adapters' own durable storage.
    """

    def __init__(
        self,
        *,
        store: Store,
        gateway: Gateway,
        media: MediaStore,
        catalog: Catalog,
        checks: Checks,
        house_rules: HouseRules,
        clock: Clock,
        settings: Settings,
        funds: AccountFunds | None = None,
        identity_key: bytes = b"",
        breakers: Breakers | None = None,
        wake: Callable[[], None] = lambda: None,
        waits: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.inbox: Inbox = store
        self.documents: Documents = store
        self.identity_key = identity_key
        self._store = store
        self._gateway = gateway
        self._media = media
        self.copies = ResultCopies(media)
        self.scratch = media.scratch
        self.catalog = catalog
        self.clock = clock
        self.settings = settings
        self.image_limits = preparation.ImageLimits(
            max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels
        )
        self.checks = checks
        self.pictures = KeptPictures(store, media)
        self.homes = Homes(store, checks.access)
        self.links = AccountLinks(store)
        self.notices = NoticeChoices(store)
        self.house_rules = house_rules
        self._pace = DryRunPace(clock.now, settings)
        self.quotes = Quotes(
            store=store, gateway=gateway, checks=checks, house_rules=self.house_rules, pace=self._pace
        )
        self._admission = Admission(
            store=store,
            checks=checks,
            house_rules=self.house_rules,
            settings=settings,
            funds=funds or AccountFunds(),
            breakers=breakers or Breakers(clock.now, settings.breaker_after),
            pace=self._pace,
        )
        self.admit = self._admission.check_early
        self.posting = PostingAgain(store=store, media=media, clock=clock)
        self.wake = wake
        self._waits = waits

    # asking

    @measured("accept")
    @refusals_logged
    async def submit(
        self,
        actor: Actor,
        order: Order,
        *,
        origin: str,
        reply_to: ReplyTo,
        dedupe_key: str,
        pictures: Mapping[str, bytes] | None = None,
        parent_id: str = "",
        press: str = "",
        ask_price: AskPrice = AskPrice.ABOVE,
        conversation: str = "",
        reading: Reading | None = None,
        uses: tuple[int, ...] = (),
    ) -> Request:
        """Accept an order. The same `dedupe_key` returns the same request, whatever has changed since.

        The same `press` (`presses.press_of`) within a few seconds does so too, even with another
        `dedupe_key`.

        An empty `order.model` means the tenant's or the catalogue's default. `pictures` are the bytes of the
        order's uploads. The pictures of a `conversation` (a thread's name) are counted there, `uses` are
        those that it works on; a spoken message has a `reading` (`Talk.say`). Raises a Refusal before
        anything is stored.
        """
        known = await self._store.by_dedupe_key(dedupe_key)
        if known is not None:
            return known
        sizes = sum(map(len, (pictures or {}).values()))
        order = await self._admission.check(actor, order, more_bytes=sizes)
        self._pace.spend(actor)
        chat = chat_of(order)
        thread = conversation or (chat.conversation if chat else None)
        if chat and chat.conversation and reading is None:
            order = await self._with_history(actor, chat)
        now = self.clock.now()
        request = Request(
            id=new_request_id(),
            dedupe_key=dedupe_key,
            origin=origin,
            actor=actor,
            order=order,
            reply_to=reply_to,
            state=State.RECEIVED,
            created_at=now,
            updated_at=now,
            due_at=now,
            parent_id=parent_id,
            conversation=conversation_key(actor.place_id, thread) if thread else "",
            reading=reading,
            part=ConversationPart(uses=uses) if thread and not chat else None,
            ask_price=await asks(self._store, self.settings, actor, order.capability, ask_price),
        )
        async with self._admission.queue.place(actor):
            accepted, new = await self._store.accept(request, pictures or {}, press=press)
        if new:
            metrics.took_order(accepted)
            tracing.accepted(accepted)
        log.debug("accepted", request_id=accepted.id, capability=order.capability, new=new)
        self._waits(accepted.id)
        self.wake()
        return accepted

    async def _with_history(self, actor: Actor, order: ChatOrder) -> ChatOrder:
        key = conversation_key(actor.place_id, order.conversation or "")
        since = self.clock.now() - self.settings.history_hours * 3600 * 1_000_000
        turns = await self._store.turns(key, limit=self.settings.history_turns, since=since)
        return replace(order, history=tuple(last_turns(turns, self.settings.history_tokens)))

    async def prepare(
        self,
        source: bytes | Path,
        *,
        capability: Capability | None = None,
        model: str = "",
        for_mask: bool = False,
        fits: Upload | None = None,
    ) -> preparation.PreparedImage:
        """Clean a picture that a person sent in, or a file of ours, for an order of this capability.

        `model` is empty where it is not known yet. A mask is made as large as the picture that it `fits`.
        Raises BadImage.
        """
        return await preparation.prepare(
            source,
            limits=self.image_limits,
            for_mask=for_mask,
            capability=capability,
            model=model,
            fits=(fits.width, fits.height) if fits else None,
        )

    # pressing

    async def confirm(self, actor: Actor, request_id: str, shown: Micros | None = None) -> Request:
        """The person agrees to pay up to `shown`, the price on the pressed button; None: the row's price.

        Raises TooLate when the price has expired, was confirmed before, or somebody else pays now, and
        PriceMoved when it is higher now.
        """
        request = await self._own(actor, request_id)
        if request.actor.tenant != actor.tenant:
            raise TooLate(_("Another server pays for you here now. Nothing was charged; please ask again."))
        now = self.clock.now()
        moved = await self._store.move(request.id, lambda row: agreed(row, shown, now))
        self._waits(moved.id)
        self.wake()
        return moved

    async def cancel(self, actor: Actor, request_id: str) -> Request:
        """Stop a request: at once before the paid call, best effort afterwards.

        A picture that is already being made cannot be stopped (TooLate); a video is cancelled at the gateway
        and charged what the gateway says; a chat ends where it is. The person who asked and admins may
        cancel.
        """
        request = await self._own(actor, request_id, admins=True)
        now = self.clock.now()
        others = request.actor.person != actor.person
        audit = entry_by(actor, Act.STOPPED, subject=request.id) if others else None
        moved = await self._store.move(
            request.id, lambda row: cancelled(row, now), posting=Release(), audit=audit
        )
        self.wake()
        return moved

    async def repeat(
        self,
        actor: Actor,
        request_id: str,
        *,
        origin: str,
        reply_to: ReplyTo,
        dedupe_key: str,
        changes: Mapping[str, Any] | None = None,
        press: str = "",
        ask_price: AskPrice = AskPrice.ABOVE,
        conversation: str = "",
    ) -> Request:
        """Order again, the same or with some fields changed. This is a new request with its own price.

        Anyone who can see a result may repeat it, at their own expense. `press` is given when the changes
        do not come from the person.
        """
        old = await self.reusable(actor, request_id)
        order = changed(old.order, {"history": (), **(changes or {})})
        return await self.submit(
            actor,
            order,
            origin=origin,
            reply_to=reply_to,
            dedupe_key=dedupe_key,
            pictures=await self.pictures.of_order(order),
            parent_id=old.id,
            press=press or press_of(actor, old.id, "again", changes),
            ask_price=ask_price,
            conversation=conversation,
            uses=await self.pictures.numbers(actor, conversation, old),
        )

    async def vary(
        self, actor: Actor, request_id: str, *, changes: Mapping[str, Any] | None = None, **where: Any
    ) -> Request:
        """The same order with another seed, and with what a form changes: its prompt, style or project.

        `where` as for `repeat`.
        """
        old, given = await self.reusable(actor, request_id), dict(changes or {})
        press = press_of(actor, old.id, "vary", {"prompt": "", **given})
        if "seed" in about(old.capability).options:
            given["seed"] = secrets.randbelow(2**31)
        return await self.repeat(actor, request_id, changes=given, press=press, **where)

    async def from_result(
        self,
        actor: Actor,
        request_id: str,
        index: int,
        capability: Capability,
        *,
        origin: str,
        reply_to: ReplyTo,
        dedupe_key: str,
        prompt: str = "",
        changes: Mapping[str, Any] | None = None,
        picture: bytes | None = None,
        ask_price: AskPrice = AskPrice.ABOVE,
        conversation: str = "",
    ) -> Request:
        """Edit, upscale or animate one picture of a result (`index` from 0), or ask about it.

        `picture` is the platform's copy, used when ours is gone. What is made from a hidden result is
        hidden. Raises NotFound when neither exists.
        """
        old = await self.reusable(actor, request_id)
        changes = carried(changes or {}, old.order)
        await self.admit(actor, order_on(UnseenPicture(), capability, prompt, changes))
        source = await self.result_file(old, index) or picture
        if source is None:
            raise NotFound(_("That picture is no longer kept here. Attach it to a new request instead."))
        prepared = await self.prepare(source, capability=capability, model=str(changes.get("model") or ""))
        return await self.submit(
            actor,
            order_on(prepared.upload, capability, prompt, changes),
            origin=origin,
            reply_to=reply_to,
            dedupe_key=dedupe_key,
            pictures={prepared.upload.digest: prepared.data},
            parent_id=old.id,
            press=press_of(actor, old.id, f"{capability}:{index}", {**changes, "prompt": prompt}),
            ask_price=ask_price,
            conversation=conversation,
            uses=await self.pictures.numbers(actor, conversation, old, index),
        )

    async def result_file(self, request: Request, index: int) -> Path | None:
        """A read-only file with our copy of one result, or None when it is gone."""
        name = kept_as(request, index)
        return await self._media.find(name) if name else None

    # looking

    async def request(self, actor: Actor, request_id: str) -> Request:
        """A request of the place that the actor is in. Raises NotFound."""
        found = await self._store.get(request_id)
        if found is None or found.actor.place_id != actor.place_id:
            raise NotFound(_("There is no such request here."))
        return found

    async def reusable(self, actor: Actor, request_id: str) -> Request:
        """A request whose order and results the actor may use again here. Raises NotFound, NotAllowed."""
        found = await self.request(actor, request_id)
        check_reuse(found, actor)
        return found

    async def _own(self, actor: Actor, request_id: str, *, admins: bool = False) -> Request:
        if admins and (await self._store.tenant(actor.tenant)).administers(actor):
            return await paid_here(self._store, actor, request_id)
        found = await self.request(actor, request_id)
        if found.actor.person == actor.person:
            return found
        raise NotAllowed(_("Only the person who asked can do that."))

    async def tenant(self, tenant_id: str) -> Tenant:
        """The settings of a tenant, to show them."""
        return await self._store.tenant(tenant_id)

    async def balance(self, actor: Actor) -> list[BudgetLeft]:
        """Every budget that binds the actor now, the tightest first. Raises NoHome where nobody pays."""
        if actor.unpaid:
            raise NoHome
        lines = await self._store.lines(actor, await project_id(self._store, actor))
        return [room_of(line) for line in sorted(lines, key=lambda line: line.left or ZERO)]

    async def spending(self, actor: Actor, *, days: int) -> Spending:
        """What the actor spent in the last `days` calendar days, today included. Raises InvalidOrder."""
        now = self.clock.now()
        return await spending(self._store, actor.tenant, days=days, now=now, person=actor.person)

    async def history(
        self, actor: Actor, *, everyone: bool = False, limit: int = 20, before: str = "", project: str = ""
    ) -> list[Request]:
        """Recent requests, newest first: the actor's own, or everyone's for an admin.

        Of what was asked elsewhere at the tenant's expense, an admin sees no words and no results; what was
        made in age-restricted channels is blank outside of them. `project` names the only one that counts.
        """
        if everyone and not (await self._store.tenant(actor.tenant)).administers(actor):
            raise NotAllowed(_("Only admins can see everyone's requests."))
        place, person = (actor.tenant, None) if everyone else (actor.place_id, actor.person)
        only = await project_id(self._store, actor, project)
        rows = await self._store.history(place, person=person, limit=limit, before=before, project=only)
        return [shown_to(row, actor) for row in rows]

    async def running(self, actor: Actor, *, everyone: bool = False) -> list[Request]:
        """Unfinished requests: the actor's own, or everyone's for an admin."""
        if everyone and not (await self._store.tenant(actor.tenant)).administers(actor):
            raise NotAllowed(_("Only admins can see everyone's requests."))
        place, person = (actor.tenant, None) if everyone else (actor.place_id, actor.person)
        return [shown_to(row, actor) for row in await self._store.unfinished(place, person=person)]

    async def models(
        self,
        actor: Actor,
        query: str = "",
        capability: Capability | None = None,
        *,
        details: bool = False,
    ) -> list[Model]:
        """Models that match the query and that the actor may use here, from memory.

        With `details` the gateway is asked about a query that is one model's name, listed or not.
        """
        if details and query and " " not in query.strip():
            await learn(self.catalog, self._gateway, query.strip())
        tenant = await self._store.tenant(actor.tenant)
        return [
            model for model in self.catalog.search(query, capability, None) if permitted(model, tenant, actor)
        ]

    async def forget(self, actor: Actor, conversation: str) -> int:
        """Erase a conversation; returns how many turns were erased."""
        return await self._store.forget(conversation_key(actor.place_id, conversation))
