"""Forms: opened within the three seconds a trigger lives, filled in at leisure, checked before they close.

The skeleton opens before anything is looked up (Slack docs, Modals: a trigger_id lives three seconds); what
the fields need comes after. Where a trigger has died meanwhile, a button opens the form again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from adapters.common import shared_texts
from adapters.common.expiring_documents import ExpiringDocuments
from adapters.common.intake import unread_texts
from adapters.common.intake.together import together
from adapters.common.place_lists.named_choices import named_choices
from adapters.slack.addressing import Address, address_of
from adapters.slack.context import ORIGIN, AdapterContext
from adapters.slack.delivery.files import File
from adapters.slack.errors import Declined
from adapters.slack.forms import order_view
from adapters.slack.forms.order_view import Start, answers, block_of, capability_of, unpacked
from adapters.slack.intake import order_refusals
from adapters.slack.intake.marks import without_marks
from adapters.slack.intake.payload import Inbound
from adapters.slack.intake.said import said_in
from adapters.slack.submission import Submission, conversation_of, dedupe_key
from adapters.slack.views import form_texts
from adapters.slack.views.layout import Message, actions, button, escape, section
from bot.core.capability import Capability
from bot.core.catalog import Model
from bot.core.command_parser import parse_options
from bot.core.drafts import Draft, draft
from bot.core.errors import InvalidOrder, NotFound, Refusal
from bot.core.options import options_of
from bot.core.prices.pricing import AskPrice
from bot.core.request import Actor

log = structlog.get_logger(__name__)

_TRIGGER_DEAD = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
_REOPEN = 1800
MESSAGE_KEPT_S = 24 * 3600
"""As long as anybody leaves a form open."""
_KEPT_PARTS = ("ts", "user", "username", "text", "files", "attachments", "blocks")


class Modals:
    """Opens forms, lets them follow what is chosen, and turns them into requests."""

    def __init__(self, adapter: AdapterContext, submission: Submission) -> None:
        self._adapter = adapter
        self._submission = submission
        self.messages = ExpiringDocuments(
            adapter.service.documents, adapter.clock, kind="slack_target", kept_s=MESSAGE_KEPT_S
        )

    # opening

    async def open(self, inbound: Inbound, start: Start) -> None:
        """Open a form for this person. Raises DeliveryError where Slack will not."""
        if not start.where:
            start = replace(start, where=inbound.address.to_json())
        view = await self._opened(inbound, order_view.skeleton(start))
        if view is None:
            await self._offer(inbound, start)
            return
        try:
            actor = await self._adapter.people.actor(inbound)
            full = await self._form(actor, start)
        except Refusal as refusal:
            full = order_view.problem_block(start, refusal.message)
        await self._update(inbound.address, view, full)

    async def _opened(self, inbound: Inbound, view: dict[str, Any]) -> dict[str, Any] | None:
        """The view as opened, or None where the trigger is no longer good."""
        if inbound.replayed or not inbound.trigger_id:
            return None
        method = "views.push" if inbound.body.get("view", {}).get("type") == "modal" else "views.open"
        try:
            answer = await self._adapter.api.call(
                inbound.address, method, trigger_id=inbound.trigger_id, view=view
            )
        except Declined as error:
            if error.error not in _TRIGGER_DEAD:
                raise
            log.info("trigger_dead", error=error.error)
            return None
        return answer["view"]

    async def _offer(self, inbound: Inbound, start: Start) -> None:
        text = form_texts.took_too_long()
        press = button(
            form_texts.open_form(), "form_open", f"form_open:{start.packed(_REOPEN)}", style="primary"
        )
        await self._adapter.message_routes.private(
            inbound.address, Message(text=text, blocks=[section(text), actions(press)])
        )

    async def _update(self, where: Address, view: dict[str, Any], full: dict[str, Any]) -> None:
        try:
            await self._adapter.api.call(
                where, "views.update", view_id=view["id"], hash=view["hash"], view=full
            )
        except Declined as error:
            # Closed meanwhile, or overtaken by a newer choice: nothing to mend.
            if error.error not in ("not_found", "hash_conflict", "view_not_found"):
                raise

    async def _form(self, actor: Actor, start: Start) -> dict[str, Any]:
        tenant = await self._adapter.service.tenant(actor.tenant)
        capability = Capability(start.capability)
        model = self._model(start.model or tenant.defaults.get(capability, ""), capability)
        source = (await self._adapter.service.request(actor, start.request)).order if start.request else None
        named = named_choices(tenant, actor, capability, source)
        return order_view.form(start, model, threshold=tenant.threshold, named=named)

    def _model(self, name: str, capability: Capability) -> Model | None:
        catalog = self._adapter.service.catalog
        found = catalog.get(name or catalog.default(capability))
        return found if found and capability in found.capabilities else None

    # while it is open

    async def chosen(self, inbound: Inbound) -> None:
        """A capability or a model was chosen: the other fields follow."""
        view = inbound.body["view"]
        given = answers(view)
        before = unpacked(view.get("private_metadata", ""))
        capability = capability_of(given, before)
        model = given.get("form_model") or "" if capability == before.capability else ""
        start = replace(before, capability=capability, model=model)
        actor = await self._adapter.people.actor(inbound)
        await self._update(inbound.address, view, await self._form(actor, start))

    async def suggestions(self, inbound: Inbound) -> list[dict[str, Any]]:
        """Models for the external select, from memory."""
        view = inbound.body.get("view") or {}
        start = unpacked(view.get("private_metadata", ""))
        chosen = capability_of(answers(view), start)
        actor = await self._adapter.people.actor(inbound)
        found = await self._adapter.service.models(actor, inbound.body.get("value") or "", chosen)
        return [order_view.model_option(model) for model in found[:100]]

    # submitting

    def complaints(self, inbound: Inbound) -> dict[str, str]:
        """What is wrong, by block; {} where the form may close."""
        view = inbound.body["view"]
        try:
            self._read(inbound)
        except InvalidOrder as error:
            order_refusals.note(self._adapter.service, inbound, error)
            return {block_of(view, error.field): error.message}
        return {}

    def _read(self, inbound: Inbound) -> Draft:
        """The form as a draft. Raises InvalidOrder."""
        view = inbound.body["view"]
        start, given = unpacked(view.get("private_metadata", "")), answers(view)
        capability = capability_of(given, start)
        try:
            more = parse_options(capability, given.get("more") or "")
        except InvalidOrder as error:
            raise InvalidOrder(error.message, field="more") from None
        if more.values.get("prompt"):
            raise InvalidOrder(form_texts.options_begin_with_dashes(), field="more")
        known = {item.name for item in options_of(capability)} - {"image", "mask"}
        fields = {name: value for name, value in given.items() if name in known and value is not None}
        fields["model"] = given.get("form_model") or ""
        if "prompt" in fields:
            fields["prompt"] = without_marks(str(fields["prompt"]))
        read = draft(capability, fields, extra=more.extra)
        return replace(read, values={**read.values, **more.values})

    async def submitted(self, inbound: Inbound) -> None:
        """Turn the form into a request. Raises Refusal."""
        view = inbound.body["view"]
        start, given = unpacked(view.get("private_metadata", "")), answers(view)
        where = self.where(inbound)
        inbound = replace(inbound, channel=where.channel, thread_ts=where.thread_ts, ts=where.ts)
        actor = await self._adapter.people.actor(inbound)
        read = self._read(inbound)
        if start.about and read.values.get("prompt"):
            prompt = form_texts.about_message(read.values["prompt"], start.about)
            read = replace(read, values={**read.values, "prompt": prompt})
        if start.request:
            await self._on_result(inbound, actor, start, read, where)
            return
        files = [{"id": file_id} for file_id in start.files] or given.get("files") or []
        if start.message:
            read, files = await self._about(inbound, start, read)
        await self._submission.submit(inbound, actor, read, files, where=where)

    async def keep(self, inbound: Inbound, message: Mapping[str, Any]) -> str:
        """Keep a message for which a form opens: it may not be readable later. Returns its key."""
        key = f"{inbound.team}:{inbound.channel}:{message.get('ts')}"
        await self.messages.put(key, {"message": {name: message.get(name) for name in _KEPT_PARTS}})
        return key

    async def _about(self, inbound: Inbound, start: Start, read: Draft) -> tuple[Draft, Sequence[File]]:
        """The question with all of the message that it is about. Raises Refusal."""
        kept = await self.messages.get(start.message)
        if kept is None:
            raise NotFound(shared_texts.message_forgotten())
        message = {name: part for name, part in kept["message"].items() if part is not None}
        pictures = self._submission.pictures
        said = await said_in(inbound, message, adapter=self._adapter, pictures=pictures)
        if said.unseen or said.empty:
            raise InvalidOrder(unread_texts.nothing_read(said.unread), field="image")
        asked = replace(said, words=str(read.values.get("prompt") or ""))
        words, unread = together(asked, self._adapter.settings.prompt_limit)
        if unread:
            text = " ".join(unread)
            note = Message(text=text, blocks=[section(escape(text))])
            await self._adapter.message_routes.private(inbound.address, note)
        return replace(read, values={**read.values, "prompt": words}), said.pictures

    def where(self, inbound: Inbound) -> Address:
        """Where a form's result goes: where it was opened, or where the person chose."""
        view = inbound.body["view"]
        start = unpacked(view.get("private_metadata", ""))
        place = str(answers(view).get("place") or "")
        where = address_of({**start.where, "user": inbound.user, "team": inbound.team})
        if place and place != where.channel:
            where = replace(where, channel=place, thread_ts="", ts="", in_thread=False)
        return where

    async def _on_result(
        self, inbound: Inbound, actor: Actor, start: Start, read: Draft, where: Address
    ) -> None:
        values = {name: value for name, value in read.values.items() if name != "prompt"}
        source = await self._adapter.service.request(actor, start.request)
        request = await self._adapter.service.from_result(
            actor,
            source.id,
            start.index,
            read.capability,
            prompt=str(read.values.get("prompt") or ""),
            changes={**values, "extra": dict(read.extra)},
            picture=await self._submission.pictures.of_result(inbound.address, source, start.index),
            origin=ORIGIN,
            reply_to=where.to_json(),
            dedupe_key=dedupe_key(inbound),
            ask_price=AskPrice.FIRST,
            conversation=conversation_of(where) if where.thread_ts or where.is_direct else "",
        )
        await self._submission.taken(replace(inbound, channel=where.channel), request)
