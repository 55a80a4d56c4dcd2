"""What admins see: budgets, settings, spending, approvals. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adapters.common import house_rules, shared_texts, wording
from adapters.common.audit.pages import carried
from adapters.common.audit.words import AuditWords, audit_title, nothing_yet
from adapters.common.budget_words import BudgetWords
from adapters.common.lists import lines_page, page_of
from adapters.common.settings_forms import FormPage, pages_of
from adapters.common.settings_table import GROUP_TITLES, SETTINGS, Kind, Setting
from adapters.common.settings_values import shown
from adapters.slack.identity import raw_id
from adapters.slack.views import admin_texts
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    button,
    clamp,
    confirmation,
    context,
    divider,
    escape,
    header,
    quote,
    section,
    turning,
    when,
)
from adapters.slack.views.request import thing, value
from bot.core.audit.entries import AuditFilter
from bot.core.budget_rules.replaced_limits import BudgetChange
from bot.core.ledger import Budget, BudgetLine, GivenBy, Scope
from bot.core.money import Micros, dollars
from bot.core.request import Request
from bot.core.tenant import Tenant
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _
from bot.use_cases.admin import Report
from bot.use_cases.budgets import Explained
from bot.use_cases.reports import AuditPage

_MENTIONS = {
    Kind.CHANNEL: "<#{}>",
    Kind.CHANNELS: "<#{}>",
    Kind.ROLES: "<!subteam^{}>",
    Kind.PEOPLE: "<@{}>",
}
_ROWS = 20
"""Rows on one page of a list."""
_BLOCKS = 100
"""Of one modal, and `_VALUES` of one select (Slack docs, Block Kit)."""
_VALUES = 100
_LINES = 2800
BLOCKED_SHOWN = 10
"""Characters of lines in one section, which takes 3,000."""


def mentioned(budget: Budget) -> str:
    """The subject of a budget as a mention."""
    subject = raw_id(budget.subject)
    match budget.scope:
        case Scope.PERSON | Scope.EVERYWHERE:
            here = budget.subject.startswith("slack:")
            return f"<@{subject}>" if here else f"`{escape(budget.subject)}`"
        case Scope.ROLE:
            return f"<!subteam^{subject}>"
        case Scope.CHANNEL:
            return f"<#{subject}>"
        case Scope.TENANT | Scope.INSTALLATION | Scope.PROJECT:
            return ""


WORDS = BudgetWords(place=N_("workspace"), names=mentioned, strong=lambda text: f"*{text}*")
"""How budgets are worded on Slack."""


def budgets(lines: Sequence[BudgetLine], number: int = 0, change: BudgetChange | None = None) -> Message:
    """A page of everything that binds in a workspace; after a `change`, what was set comes first."""
    page = page_of(lines, number, _ROWS)
    told = [section(WORDS.change(change))] if change else []
    listed = [*budget_rows(page.items), *turning("budgets", page)]
    blocks: list[Block] = [*told, section(_("*Budgets*")), *listed]
    if not lines:
        blocks.append(section(admin_texts.no_budget()))
    return Message(text=_("Budgets"), blocks=[*blocks, actions(new_budget())])


def why(found: Explained) -> Message:
    """Which limits bind a person now, and why."""
    lines = WORDS.why(found, f"<@{raw_id(found.person)}>", when)
    page = lines_page(lines, 0, _LINES)
    return Message(text=_("Which limits bind them"), blocks=[section("\n".join(page.items))])


def new_budget() -> Block:
    """The button to the form for a budget."""
    return button(shared_texts.set_a_budget(), "budget_form", "budget_form:", style="primary")


def budget_rows(lines: Sequence[BudgetLine]) -> list[Block]:
    """A row per budget."""
    return [_budget_row(line) for line in lines]


def _budget_row(line: BudgetLine) -> Block:
    state = WORDS.line(line, when)
    text = WORDS.budget(line.budget) + (f"\n{state}" if state else "")
    if line.budget.fixed or line.limit is None or line.budget.given_by is GivenBy.STARTER:
        return section(text)
    remove = button(_("Remove"), "budget_remove", f"budget_remove:{line.budget.id}", confirm=_removal())
    return section(text, accessory=remove)


def _removal() -> Block:
    return confirmation(
        _("Remove this budget?"),
        _("It will no longer limit anybody. What was spent stays on record."),
        _("Remove"),
    )


def modal_pages(tenant: Tenant, blocks: int = _BLOCKS) -> list[list[FormPage]]:
    """The groups of settings on as few modals as they need, each of at most `blocks` blocks."""
    modals: list[list[FormPage]] = []
    used = blocks
    for page in pages_of(tenant, fields=blocks - 1, values=_VALUES):
        needed = 1 + len(page.fields)
        if used + needed > blocks:
            modals.append([])
            used = 0
        modals[-1].append(page)
        used += needed
    return modals


def settings_presses(tenant: Tenant) -> list[Block]:
    """A button to each form of the settings; the first as it has always been."""
    first = button(_("Change settings"), "settings_form", "settings_form:")
    more = [
        button(
            _("Change settings {number}").format(number=number + 1),
            f"settings_more_{number}",
            f"settings_form:{number}",
        )
        for number in range(1, len(modal_pages(tenant)))
    ]
    return [first, *more]


def settings(tenant: Tenant, number: int = 0, standing: Sequence[BudgetLine] = ()) -> Message:
    """All settings, a group below the other, what binds everybody, and buttons to the forms."""
    lines = [line for row in SETTINGS for line in _setting_lines(row, tenant)]
    page = lines_page(lines, number, _LINES)
    blocks = [
        *([context(WORDS.summary(standing))] if standing and number == 0 else []),
        section(_("*Settings*") + "\n" + "\n".join(page.items)),
        *turning("settings", page),
        actions(*settings_presses(tenant)),
    ]
    return Message(text=_("Settings"), blocks=blocks)


def _setting_lines(row: Setting, tenant: Tenant) -> list[str]:
    """A setting on one line, or a long list on several; a group begins with its title."""
    first = next(one for one in SETTINGS if one.group is row.group) is row
    title = [f"*{_(GROUP_TITLES[row.group])}*"] if first else []
    text = f"{_(row.title)}: {shown(row, tenant, name_of)}"
    parts = text.split(", ") if len(text) > _LINES else [text]
    return title + [clamp(part, _LINES) for part in parts]


def name_of(kind: Kind, value: str) -> str:
    """An id as a mention, any other value as code."""
    return _MENTIONS[kind].format(raw_id(value)) if kind in _MENTIONS else f"`{escape(value)}`"


def report(found: Report, number: int = 0) -> Message:
    """A page of who spent what, largest first; the id tells apart people of one name."""
    sums = found.spending
    lines = [
        f"<@{raw_id(one.person)}> {escape(one.name)}: {dollars(one.charged)}"
        f" · {wording.requests(one.requests)}"
        for one in sums.people
    ]
    kinds = " · ".join(f"{one.capability} {dollars(one.charged)}" for one in sums.capabilities)
    days = len(sums.period.dates)
    title, page = wording.spent_in(sums.spent, days), lines_page(lines, number, 2500)
    people = section("\n".join([f"*{title}*", *([kinds] if kinds else []), *page.items]))
    blocked = _blocked(found) if number == 0 else []
    file = [actions(_file_press("report", str(days)))] if sums.rows else []
    return Message(text=title, blocks=[people, *blocked, *turning("report", page, str(days)), *file])


def _blocked(found: Report) -> list[Block]:
    """The newest of what the house rules refused, if anything."""
    lines = [
        house_rules.blocked_use(use, f"<@{raw_id(use.person)}> {escape(use.name)}", when(use.at))
        for use in (replace(one, rule=escape(one.rule)) for one in found.blocked[:BLOCKED_SHOWN])
    ]
    return (
        [section("\n".join([f"*{house_rules.blocked_title(len(found.blocked))}*", *lines]))] if lines else []
    )


def approval(request: Request, asker: str, most: Micros) -> Message:
    """What admins see when someone asks for more; `most` is the most that the approval allows."""
    needs = dollars(most)
    return Message(
        text=_("{name} asks for {needs}").format(name=escape(request.actor.name), needs=needs),
        blocks=[
            header(_("May this run?")),
            section(
                _("<@{asker}> asks to run one {thing} that needs *{needs}*.\n").format(
                    asker=asker, thing=thing(request), needs=needs
                )
                + quote(request.order.prompt)
            ),
            context(f"{escape(wording.stands(request))} · {escape(request.order.model)}"),
            context(wording.approval_terms(most)),
            divider(),
            actions(
                button(_("Approve"), "approve", value("approve", request), style="primary"),
                button(_("Deny"), "deny", value("deny", request), style="danger"),
            ),
        ],
    )


def decided(request: Request, verdict: str) -> Message:
    """The approval card once someone has decided."""
    text = _("A {thing} for <@{asker}>: {verdict}").format(
        thing=thing(request), asker=raw_id(request.actor.person), verdict=verdict
    )
    return Message(text=text, blocks=[section(f"{text}\n{quote(request.order.prompt, 200)}".rstrip())])


AUDIT_WORDS = AuditWords(budgets=WORDS, names=name_of)
"""How lines of the audit log are worded on Slack."""


def audit(found: AuditPage, wanted: AuditFilter) -> Message:
    """A page of who changed what, newest first."""
    if not found.entries:
        return Message(text=nothing_yet(), blocks=[section(nothing_yet())])
    lines = [AUDIT_WORDS.line(one, when) for one in found.entries]
    shown = lines_page(lines, 0, _LINES).items
    presses = [_audit_press(wanted, 0, _("Newest"), "page_back")] if wanted.before else []
    if found.older or len(found.entries) > len(shown):
        presses.append(_audit_press(wanted, found.entries[len(shown) - 1].number, _("Older"), "page_next"))
    title, presses = audit_title(), [*presses, _file_press("audit", carried(wanted))]
    blocks = [section("\n".join([f"*{title}*", *shown])), actions(*presses)]
    return Message(text=title, blocks=blocks)


def _audit_press(wanted: AuditFilter, before: int, label: str, action: str) -> Block:
    """A button to another page of the same lines."""
    return button(label, action, f"page:audit:0:{carried(replace(wanted, before=before))}")


def _file_press(name: str, rest: str) -> Block:
    """A button that hands all of a list over as a table."""
    return button(_("As a file (CSV)"), "page_file", f"page_file:{name}:{rest}")
