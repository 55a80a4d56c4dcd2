"""What admins see: settings, budgets, reports. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from discord import ui

from adapters.common import house_rules, wording
from adapters.common.audit.pages import carried
from adapters.common.audit.words import AuditWords, audit_title, nothing_yet
from adapters.common.budget_words import BudgetWords
from adapters.common.lists import lines_page
from adapters.common.settings_forms import FormPage, pages_of
from adapters.common.settings_table import GROUP_TITLES, LISTS, SETTINGS, Kind, Setting
from adapters.common.settings_values import shown
from adapters.discord.identity import snowflake
from adapters.discord.views import admin_texts
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import BLUE, GREEN, GREY, YELLOW, card, lines_within, page_note, turning
from adapters.discord.views.markdown import bold, clamp, code, escape, when
from bot.core.audit.entries import AuditFilter
from bot.core.budget_rules.replaced_limits import BudgetChange
from bot.core.ledger import Budget, BudgetLine, Scope
from bot.core.money import Micros, dollars
from bot.core.tenant import Tenant
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _
from bot.use_cases.admin import Report
from bot.use_cases.budgets import Explained
from bot.use_cases.reports import AuditPage

_MENTIONS = {Kind.CHANNEL: "<#{}>", Kind.CHANNELS: "<#{}>", Kind.ROLES: "<@&{}>", Kind.PEOPLE: "<@{}>"}


VALUES = 25
"""Values that one select takes; a form takes five fields (Discord docs, Components)."""
AUDIT_SHOWN = 15
"""Lines of the audit log on one page."""
BLOCKED_SHOWN = 5
_ROOM = 2700
"""Characters of a list on one page; titles and buttons take the rest of the 4,000."""


def form_pages(tenant: Tenant) -> list[FormPage]:
    """The forms of a server's settings."""
    return pages_of(tenant, fields=5, values=VALUES)


def settings(tenant: Tenant, number: int = 0, lines: Sequence[BudgetLine] | None = None) -> ui.LayoutView:
    """Everything that holds here, what binds everybody, and a button for each form."""
    page = lines_page([line for row in SETTINGS for line in _setting_lines(row, tenant)], number, _ROOM)
    presses = [RequestButton("set", form.name, form.title) for form in form_pages(tenant)]
    presses.append(RequestButton("set", "pause", _("Go on") if tenant.paused else _("Pause")))
    rows = [presses[start : start + 5] for start in range(0, len(presses), 5)]
    return card(
        _("## Settings"),
        _("**Paused.** No new requests are taken.") if tenant.paused else "",
        clamp(WORDS.summary(lines), 600) if lines is not None and number == 0 else "",
        "\n".join(page.items),
        page_note(page),
        accent=BLUE,
        rows=[*rows, turning("settings", page)],
    )


def _setting_lines(row: Setting, tenant: Tenant) -> list[str]:
    """A setting on one line, or on several where it is a long list; a group begins with its title."""
    first = next(one for one in SETTINGS if one.group is row.group) is row
    title = [f"**{_(GROUP_TITLES[row.group])}**"] if first else []
    return title + _cut(f"{_(row.title)}: {shown(row, tenant, name_of)}", row)


def _cut(text: str, row: Setting, width: int = 1000) -> list[str]:
    if len(text) <= width or row.kind not in LISTS:
        return [clamp(text, _ROOM)]
    lines = [""]
    for part in text.split(", "):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += (", " if lines[-1] else "") + part
    return lines


def name_of(kind: Kind, value: str) -> str:
    """An id as a mention that pings nobody, any other value as code."""
    number = snowflake(value)
    return _MENTIONS[kind].format(number) if kind in _MENTIONS and number else code(value, 100)


def mentioned(budget: Budget) -> str:
    """The subject of a budget as a mention that pings nobody."""
    number = snowflake(budget.subject)
    match budget.scope:
        case Scope.CHANNEL:
            return f"<#{number}>"
        case Scope.ROLE:
            return f"<@&{number}>"
        case Scope.PERSON | Scope.EVERYWHERE:
            return f"<@{number}>" if number else code(budget.subject, 100)
        case Scope.INSTALLATION | Scope.TENANT | Scope.PROJECT:
            return ""


WORDS = BudgetWords(place=N_("server"), names=mentioned, strong=bold)
"""How budgets are worded on Discord."""


def budget_set(change: BudgetChange) -> ui.LayoutView:
    """Confirmation, and that the budget is looser than what was there."""
    return card(
        WORDS.change(change),
        _("-# `/budget show` lists all of them."),
        accent=YELLOW if change.looser_than else GREEN,
    )


def budgets(lines: Sequence[BudgetLine], number: int = 0) -> ui.LayoutView:
    """A page of everything that binds here, with what was spent."""
    if not lines:
        text = _("No budget is set here, so spending is not limited. Set one with `/budget set`.")
        return card(text, accent=GREY)
    page = lines_page([_line(line) for line in lines], number, _ROOM)
    return card(
        _("**Budgets**"),
        "\n".join(page.items),
        page_note(page),
        accent=BLUE,
        rows=[turning("budgets", page)],
    )


def _line(line: BudgetLine) -> str:
    text, state = WORDS.budget(line.budget), WORDS.line(line, when)
    return f"{text}\n-# {state}" if state else text


def why(found: Explained) -> ui.LayoutView:
    """Which limits bind a member now, and why."""
    lines = WORDS.why(found, f"<@{snowflake(found.person)}>", when)
    return card(lines_within(lines, _ROOM), accent=BLUE)


def granted(amount: Micros, to: str) -> ui.LayoutView:
    """Confirmation of a grant."""
    return card(
        _("Granted {amount} on top for {whom}, until the window ends.").format(
            amount=dollars(amount), whom=to
        ),
        accent=GREEN,
    )


def report(found: Report) -> ui.LayoutView:
    """Who spent how much, most first; the table comes as a file."""
    sums = found.spending
    lines = [
        f"<@{snowflake(one.person)}> {escape(one.name, 30)} · **{dollars(one.charged)}**"
        f" · {wording.requests(one.requests)}"
        for one in sums.people
    ]
    kinds = " · ".join(f"{one.capability} {dollars(one.charged)}" for one in sums.capabilities)
    title = bold(wording.spent_in(sums.spent, len(sums.period.dates)))
    return card(
        title + (f"\n{kinds}" if kinds else ""),
        lines_within(lines, 1400, admin_texts.more_people()) if lines else _("Nobody has spent anything."),
        lines_within((_line(line) for line in found.lines), 900, admin_texts.more_budgets())
        if found.lines
        else None,
        _blocked(found),
        ui.File("attachment://spending.csv") if sums.rows else None,
        accent=BLUE,
    )


def _blocked(found: Report) -> str:
    """The newest of what the house rules refused, if anything."""
    lines = [
        house_rules.blocked_use(use, f"<@{snowflake(use.person)}> {escape(use.name, 30)}", when(use.at))
        for use in (replace(one, rule=escape(one.rule, 40)) for one in found.blocked[:BLOCKED_SHOWN])
    ]
    return "\n".join([bold(house_rules.blocked_title(len(found.blocked))), *lines])[:1200] if lines else ""


AUDIT_WORDS = AuditWords(budgets=WORDS, names=name_of)
"""How lines of the audit log are worded on Discord."""


def audit(found: AuditPage, wanted: AuditFilter, *, file: bool = False) -> ui.LayoutView:
    """A page of who changed what, newest first; the `file` has all of it."""
    if not found.entries:
        return card(nothing_yet(), accent=GREY)
    lines = [AUDIT_WORDS.line(one, when) for one in found.entries[:AUDIT_SHOWN]]
    shown = lines_page(lines, 0, _ROOM).items
    presses = [_audit_press(wanted, 0, _("Newest"))] if wanted.before else []
    if found.older or len(found.entries) > len(shown):
        presses.append(_audit_press(wanted, found.entries[len(shown) - 1].number, _("Older")))
    return card(
        bold(audit_title()),
        "\n".join(shown),
        ui.File("attachment://audit.csv") if file else None,
        accent=BLUE,
        rows=[presses],
    )


def _audit_press(wanted: AuditFilter, before: int, label: str) -> RequestButton:
    """A button to another page of the same lines."""
    return RequestButton("page", f"audit.{carried(replace(wanted, before=before))}", label)
