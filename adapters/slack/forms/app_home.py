"""App Home: what is left, what runs, what was made; for admins who may spend what and where it went.

Built each time it is opened, and after each change made from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.common import shared_texts
from adapters.common.lists import page_of
from adapters.slack.context import AdapterContext
from adapters.slack.identity import raw_id
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin as admin_view
from adapters.slack.views import form_texts
from adapters.slack.views import links as link_view
from adapters.slack.views import lists as list_view
from adapters.slack.views.layout import (
    Block,
    actions,
    button,
    context,
    divider,
    escape,
    header,
    section,
    turning,
)
from bot.core.errors import Refusal
from bot.core.events import BudgetLeft
from bot.core.ledger import BudgetLine
from bot.core.money import dollars
from bot.core.request import Actor, Request
from bot.core.tenant import Tenant
from bot.use_cases.admin import Report

_REPORT_DAYS = 30
_RECENT = 8
_ROWS = 10
"""Rows of one list: three lists of these stay below the hundred blocks of a view."""


@dataclass(frozen=True, kw_only=True)
class ShownPages:
    """Which list shows another than its first page."""

    name: str = ""
    number: int = 0
    rest: str = ""

    def of(self, name: str) -> int:
        """The page of a list."""
        return self.number if name == self.name else 0


class AppHome:
    """Publishes the Home tab."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter

    async def opened(self, inbound: Inbound) -> None:
        """The tab was opened."""
        if inbound.event.get("tab") == "home":
            await self.show(inbound)

    async def refresh(self, inbound: Inbound, carried: str) -> None:
        """Its button was pressed."""
        await self.show(inbound)

    async def turned(self, inbound: Inbound, carried: str) -> None:
        """A button below one of its lists: `page:<list>:<number>:`; the other lists begin again."""
        _, name, number, rest = [*carried.split(":", 3), "", "", ""][:4]
        await self.show(
            inbound, ShownPages(name=name, number=int(number) if number.isdecimal() else 0, rest=rest)
        )

    async def show(self, inbound: Inbound, at: ShownPages | None = None, *, told: str = "") -> None:
        """Publish it for this person, below what they are `told` of their last change. Raises
        DeliveryError.
        """
        try:
            actor = await self._adapter.people.actor(inbound)
            blocks = [section(told)] if told else []
            blocks += await self._blocks(inbound, actor, at or ShownPages())
        except Refusal as refusal:
            blocks = [section(f"🚫 {escape(refusal.message)}")]
        view = {"type": "home", "callback_id": "home", "blocks": blocks[:100]}
        await self._adapter.api.call(inbound.address, "views.publish", user_id=inbound.user, view=view)

    async def _blocks(self, inbound: Inbound, actor: Actor, at: ShownPages) -> list[Block]:
        service = self._adapter.service
        tenant = await service.tenant(actor.tenant)
        installation = await self._adapter.api.installation(inbound.address)
        before = at.rest if at.name == "recent" else ""
        blocks = _top(self._adapter.settings.slack_command, tenant)
        blocks += _mine(await service.balance(actor), at)
        blocks += _running(await service.running(actor), at)
        blocks += _recent(
            await service.history(actor, limit=_RECENT + 1, before=before), installation.url, before
        )
        blocks += link_view.in_home(await service.links.of(actor))
        blocks += self._defaults(tenant)
        if tenant.administers(actor):
            report = await self._adapter.admin.report(actor, days=_REPORT_DAYS)
            blocks += _admins(report, report.lines, tenant, at)
        return blocks

    def _defaults(self, tenant: Tenant) -> list[Block]:
        named = [f"{name}: `{escape(model)}`" for name, model in tenant.defaults.items()]
        text = " · ".join(named) or form_texts.catalogue_defaults()
        return [
            header(form_texts.defaults()),
            context(text, form_texts.above_threshold(dollars(tenant.threshold))),
        ]


def _top(command: str, tenant: Tenant) -> list[Block]:
    paused = [context(form_texts.paused())] if tenant.paused else []
    return [
        section(form_texts.home_title(command)),
        actions(
            button(form_texts.create(), "form_new", "form_new:", style="primary"),
            button(form_texts.refresh(), "home_refresh", "home_refresh:"),
        ),
        *paused,
        divider(),
    ]


def _mine(rooms: Sequence[BudgetLeft], at: ShownPages) -> list[Block]:
    page = page_of(rooms, at.of("mine"), _ROWS)
    bars = list_view.budget_bars(page.items) or [context(shared_texts.no_budget_limit())]
    return [header(form_texts.your_budgets()), *bars, *turning("mine", page, action="home")]


def _running(requests: Sequence[Request], at: ShownPages) -> list[Block]:
    if not requests:
        return []
    page = page_of(requests, at.of("running"), _ROWS)
    rows = [
        section(list_view.history_line(one), accessory=list_view.cancel_button(one)) for one in page.items
    ]
    return [header(form_texts.running()), *rows, *turning("running", page, action="home")]


def _recent(requests: Sequence[Request], url: str, before: str) -> list[Block]:
    if not requests:
        return [header(form_texts.recent()), context(form_texts.nothing_yet())]
    shown = requests[:_RECENT]
    lines = [list_view.history_line(one, link=_link(one, url)) for one in shown]
    presses = [button(form_texts.newest(), "home_back", "page:recent:0:")] if before else []
    if len(requests) > len(shown):
        presses.append(button(form_texts.older(), "home_next", f"page:recent:0:{shown[-1].id}"))
    return [header(form_texts.recent()), section("\n".join(lines)), *([actions(*presses)] if presses else [])]


def _link(request: Request, url: str) -> str:
    channel, ts = request.delivery.get("channel"), str(request.delivery.get("ts") or "")
    if not (url and channel and ts):
        return ""
    return f"{url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


def _admins(report: Report, lines: Sequence[BudgetLine], tenant: Tenant, at: ShownPages) -> list[Block]:
    page = page_of(lines, at.of("budgets"), _ROWS)
    approvals = f"<#{raw_id(tenant.admin_channel)}>" if tenant.admin_channel else form_texts.admins_directly()
    return [
        divider(),
        header(form_texts.for_admins_budgets()),
        context(admin_view.WORDS.summary(lines)),
        *admin_view.budget_rows(page.items),
        *turning("budgets", page, action="home"),
        actions(admin_view.new_budget(), *admin_view.settings_presses(tenant)),
        context(form_texts.approvals_and_zone(approvals, tenant.zone)),
        header(form_texts.for_admins_spending()),
        *admin_view.report(report).blocks,
    ]
