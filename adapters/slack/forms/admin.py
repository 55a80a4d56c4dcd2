"""An admin's forms: a budget, the settings. Opened from App Home, from lists, from a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.common import shared_texts
from adapters.common.settings_forms import changes_of, problems_of
from adapters.common.settings_table import Kind
from adapters.slack.context import AdapterContext
from adapters.slack.forms.app_home import AppHome
from adapters.slack.forms.budget import BUDGET, budget_form, budget_of
from adapters.slack.forms.order_view import answers, model_option
from adapters.slack.forms.settings import SETTINGS, asked_for, given_in, settings_form, view
from adapters.slack.identity import mentioned
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin as admin_view
from adapters.slack.views import admin_texts, form_texts
from adapters.slack.views.layout import Block, context, escape, option, section
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, NotAllowed, Refusal
from bot.core.request import Actor

_MOST = 100
"""Options of one select (Slack docs, Block Kit)."""


class AdminForms:
    """Opens and reads them. Whether the person is an admin is asked of Slack each time."""

    def __init__(self, adapter: AdapterContext, home: AppHome) -> None:
        self._adapter = adapter
        self._home = home

    async def _admin(self, inbound: Inbound) -> Actor:
        actor = await self._adapter.people.actor(inbound, fresh=True)
        if not (await self._adapter.service.tenant(actor.tenant)).administers(actor):
            raise NotAllowed(admin_texts.only_admins())
        return actor

    async def open_budget(self, inbound: Inbound, carried: str) -> None:
        """A form for a new budget; the skeleton first, since the projects must be read. Raises Refusal."""
        waiting = view(BUDGET, shared_texts.set_a_budget(), [context(admin_texts.one_moment())], "")
        opened = await self._open(inbound, waiting)
        try:
            full = budget_form(await self._adapter.admin.tenant(await self._admin(inbound)))
        except Refusal as refusal:
            refused = [section(f"🚫 {escape(refusal.message)}")]
            full = view(BUDGET, shared_texts.set_a_budget(), refused, "")
        await self._adapter.api.call(inbound.address, "views.update", view_id=opened["id"], view=full)

    async def open_settings(self, inbound: Inbound, carried: str) -> None:
        """A form with the settings as they are; the skeleton first, since they must be read."""
        opened = await self._open(
            inbound, view(SETTINGS, form_texts.settings(), [context(admin_texts.one_moment())], "")
        )
        number = carried.partition(":")[2]
        try:
            tenant = await self._adapter.admin.tenant(await self._admin(inbound))
            groups = await self._adapter.people.groups(inbound)
            full = settings_form(tenant, groups, int(number) if number.isdecimal() else 0)
        except Refusal as refusal:
            full = view(SETTINGS, form_texts.settings(), [section(f"🚫 {escape(refusal.message)}")], "")
        await self._adapter.api.call(inbound.address, "views.update", view_id=opened["id"], view=full)

    async def _open(self, inbound: Inbound, view: Block) -> dict[str, Any]:
        answer = await self._adapter.api.call(
            inbound.address, "views.open", trigger_id=inbound.trigger_id, view=view
        )
        return answer["view"]

    async def remove_budget(self, inbound: Inbound, carried: str) -> None:
        """From a list or App Home. Raises Refusal."""
        actor = await self._adapter.people.actor(inbound, fresh=True)
        await self._adapter.admin.remove_budget(actor, carried.partition(":")[2])
        if inbound.body.get("view"):
            await self._home.show(inbound)
            return
        listed = admin_view.budgets(await self._adapter.admin.budgets(actor))
        if not await self._adapter.message_routes.replace_private(inbound.address, listed):
            await self._adapter.message_routes.private(inbound.address, listed)

    async def suggestions(self, inbound: Inbound) -> list[Block] | None:
        """What a field offers for what is typed: user groups or models; None for another form's field."""
        asked = asked_for(str(inbound.body.get("action_id") or ""))
        if asked is None:
            return None
        kind, capability = asked
        typed = str(inbound.body.get("value") or "")
        if kind is Kind.ROLES:
            groups = await self._adapter.people.groups(inbound)
            named = [(name, one) for one, name in groups.items() if typed.lower() in name.lower()]
            return [option(name, one) for name, one in sorted(named)][:_MOST]
        actor = await self._adapter.people.actor(inbound)
        found = await self._adapter.service.models(
            actor, typed, Capability(capability) if capability else None
        )
        return [model_option(model) for model in found[:_MOST]]

    def complaints(self, inbound: Inbound) -> dict[str, str]:
        """What is wrong with what was typed, by block."""
        given = answers(inbound.body["view"])
        if inbound.body["view"]["callback_id"] == BUDGET:
            return _complaint(lambda: budget_of(given))
        return problems_of(given_in(given), mentioned)

    async def submitted(self, inbound: Inbound) -> None:
        """Carry it out. Raises Refusal."""
        actor = await self._adapter.people.actor(inbound, fresh=True)
        given = answers(inbound.body["view"])
        if inbound.body["view"]["callback_id"] == BUDGET:
            scope, subject, window, limit = budget_of(given)
            change = await self._adapter.admin.set_budget(actor, scope, subject, window, limit)
            await self._home.show(inbound, told=admin_view.WORDS.change(change))
            return
        sent = given_in(given)
        await self._adapter.admin.revise(actor, lambda now: changes_of(now, sent, mentioned))
        await self._home.show(inbound)


def _complaint(read: Callable[[], object]) -> dict[str, str]:
    try:
        read()
    except InvalidOrder as error:
        return {error.field: error.message}
    return {}
