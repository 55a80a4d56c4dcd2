"""App Home: what is left, what runs, what was made; for admins who may spend what and where it went.

Built anew each time it is opened, and after each change made from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.slack.context import Kit
from adapters.slack.identity import raw_id
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin as admin_view
from adapters.slack.views import lists as list_view
from adapters.slack.views.layout import Block, actions, button, context, divider, header, section
from adapters.slack.views.request import value
from bot.core.errors import Refusal
from bot.core.events import Room
from bot.core.ledger import Line
from bot.core.money import dollars
from bot.core.request import Actor, Request
from bot.core.tenant import Tenant
from bot.use_cases.admin import Report

_REPORT_DAYS = 30
_RECENT = 8


class Home:
    """Publishes the Home tab."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def opened(self, inbound: Inbound) -> None:
        """The tab was opened."""
        if inbound.event.get("tab") == "home":
            await self.show(inbound)

    async def refresh(self, inbound: Inbound, carried: str) -> None:
        """Its button was pressed."""
        await self.show(inbound)

    async def show(self, inbound: Inbound) -> None:
        """Publish it for this person. Raises DeliveryError."""
        try:
            actor = await self._kit.people.actor(inbound)
            blocks = await self._blocks(inbound, actor)
        except Refusal as refusal:
            blocks = [section(f"🚫 {refusal.message}")]
        view = {"type": "home", "callback_id": "home", "blocks": blocks[:100]}
        await self._kit.api.call(inbound.address, "views.publish", user_id=inbound.user, view=view)

    async def _blocks(self, inbound: Inbound, actor: Actor) -> list[Block]:
        service = self._kit.service
        tenant = await service.tenant(actor.tenant)
        install = await self._kit.api.install(inbound.address)
        blocks = _top(self._kit.settings.slack_command, tenant)
        blocks += _mine(await service.balance(actor))
        blocks += _running(await service.running(actor))
        blocks += _recent(await service.history(actor, limit=_RECENT), install.url)
        blocks += self._defaults(tenant)
        if tenant.administers(actor):
            report = await self._kit.admin.report(actor, days=_REPORT_DAYS)
            blocks += _admins(report, report.lines, tenant)
        return blocks

    def _defaults(self, tenant: Tenant) -> list[Block]:
        named = [f"{name}: `{model}`" for name, model in tenant.defaults.items()]
        text = " · ".join(named) or "The catalogue's default models are used."
        return [header("Defaults"), context(text, f"Above {dollars(tenant.threshold)} I ask before I spend.")]


def _top(command: str, tenant: Tenant) -> list[Block]:
    paused = [context("⏸ New requests are paused by an admin.")] if tenant.paused else []
    return [
        section(f"*Pictures, films and answers*, each with its price first. Type `{command}` anywhere, or:"),
        actions(
            button("Create", "form_new", "form_new:", style="primary"),
            button("Refresh", "home_refresh", "home_refresh:"),
        ),
        *paused,
        divider(),
    ]


def _mine(rooms: Sequence[Room]) -> list[Block]:
    bars = list_view.budget_bars(rooms[:10]) or [context("No budget limits you here.")]
    return [header("Your budgets"), *bars]


def _running(requests: Sequence[Request]) -> list[Block]:
    if not requests:
        return []
    rows = [
        section(list_view.history_line(one), accessory=button("Cancel", "cancel", value("cancel", one)))
        for one in requests[:10]
    ]
    return [header("Running"), *rows]


def _recent(requests: Sequence[Request], url: str) -> list[Block]:
    if not requests:
        return [header("Recent"), context("Nothing yet.")]
    lines = [list_view.history_line(one, link=_link(one, url)) for one in requests]
    return [header("Recent"), section("\n".join(lines))]


def _link(request: Request, url: str) -> str:
    channel, ts = request.delivery.get("channel"), str(request.delivery.get("ts") or "")
    if not (url and channel and ts):
        return ""
    return f"{url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


def _admins(report: Report, lines: Sequence[Line], tenant: Tenant) -> list[Block]:
    budgets = admin_view.budget_rows(lines[:20]) or [
        context("None yet: anyone here may spend without a limit.")
    ]
    approvals = f"<#{raw_id(tenant.admin_channel)}>" if tenant.admin_channel else "admins, directly"
    return [
        divider(),
        header("For admins: budgets"),
        *budgets,
        actions(admin_view.new_budget(), button("Change settings", "settings_form", "settings_form:")),
        context(f"Approvals go to {approvals}. Budgets begin anew by the clock of {tenant.zone}."),
        header("For admins: spending"),
        *admin_view.report(report).blocks,
    ]
