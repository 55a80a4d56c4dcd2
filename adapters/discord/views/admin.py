"""What admins see: settings, budgets, reports. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from adapters.common import wording
from adapters.discord.identity import snowflake
from adapters.discord.views.buttons import Press
from adapters.discord.views.layout import BLUE, GREEN, GREY, card, lines_within
from adapters.discord.views.markdown import bold, code, escape, when
from bot.core.capability import Capability
from bot.core.ledger import EVERYONE, Budget, Line, Scope, Window
from bot.core.money import ZERO, Micros, dollars
from bot.core.tenant import Tenant
from bot.use_cases.admin import Report

_SENSITIVE = {"never": "never", "age_restricted": "only in age-restricted channels", "always": "everywhere"}


def settings(tenant: Tenant) -> ui.LayoutView:
    """Everything that holds here, and a button for each part."""
    cap = "no price cap" if tenant.cap is None else f"refuses above {dollars(tenant.cap)}"
    money = (
        f"**Money and time**\nAsks first above {dollars(tenant.threshold)} · {cap} · time zone"
        f" {escape(tenant.zone, 50)}"
    )
    chosen = [
        f"{ability}: {code(tenant.defaults[ability])}" for ability in Capability if ability in tenant.defaults
    ]
    defaults = "**Default models**\n" + (" · ".join(chosen) or "the catalogue's first")
    rules = (
        f"**What may be used**\nModels: {_patterns(tenant.allowed_models) or 'all'}"
        f" · switched off: {_patterns((*tenant.denied_models, *tenant.denied_capabilities)) or 'nothing'}"
        f" · explicit pictures: {_SENSITIVE[tenant.sensitive]}"
    )
    places = (
        f"**Places and people**\nChannels: {_named('#', tenant.allowed_channels) or 'all'}"
        f" · approvals: {_named('#', (tenant.admin_channel,)) or 'nowhere'}"
        f" · exempt: {_named('@&', tenant.exempt_roles) or 'nobody'}"
        f" · blocked: {_named('@', tenant.blocked_people) or 'nobody'}"
        f" · further admins: {_named('@', tenant.admin_people) or 'nobody'}"
    )
    state = "**Paused.** Nothing new is taken." if tenant.paused else ""
    parts = (
        ("money", "Money and time"),
        ("defaults", "Models"),
        ("rules", "Rules"),
        ("places", "Places and people"),
    )
    presses = [Press("set", name, label) for name, label in parts]
    presses.append(Press("set", "pause", "Go on" if tenant.paused else "Pause"))
    return card("## Settings", state, money, defaults, rules, places, accent=BLUE, rows=[presses])


def _patterns(values: Sequence[str]) -> str:
    shown = ", ".join(code(value, 40) for value in values[:10])
    return shown + (f" and {len(values) - 10} more" if len(values) > 10 else "")


def _named(kind: str, ids: Sequence[str]) -> str:
    known = [snowflake(item) for item in ids if snowflake(item)]
    shown = " ".join(f"<{kind}{number}>" for number in known[:10])
    return shown + (f" and {len(known) - 10} more" if len(known) > 10 else "")


def whose(budget: Budget) -> str:
    """Whom a budget binds, as mentions that ping nobody."""
    number = snowflake(budget.subject)
    match budget.scope:
        case Scope.INSTALLATION:
            return "the whole bot (its operator's)"
        case Scope.TENANT:
            return "the whole server"
        case Scope.CHANNEL:
            return f"<#{number}>"
        case Scope.ROLE:
            return f"each member with <@&{number}>"
        case Scope.PERSON:
            everyone = budget.subject == EVERYONE
            return "everyone without a budget of their own" if everyone else f"<@{number}>"


def window_words(window: Window) -> str:
    """How often a budget is filled again."""
    match window:
        case Window.DAY | Window.WEEK | Window.MONTH:
            return f"per {window}"
        case Window.TOTAL:
            return "in total"


def budget_text(budget: Budget) -> str:
    """A budget in words."""
    return f"**{dollars(budget.limit or ZERO)} {window_words(budget.window)}** for {whose(budget)}"


def budget_set(budget: Budget) -> ui.LayoutView:
    """Confirmation."""
    return card(f"Set: {budget_text(budget)}.", "-# `/budget show` lists all of them.", accent=GREEN)


def budgets(lines: Sequence[Line]) -> ui.LayoutView:
    """All budgets with what was spent."""
    if not lines:
        text = "There is no budget here: everybody may spend. `/budget set` makes the first."
        return card(text, accent=GREY)
    return card("**Budgets**", lines_within(_line(line) for line in lines), accent=BLUE)


def _line(line: Line) -> str:
    text = budget_text(line.budget)
    if line.budget.per_person:
        return text
    held = f", {dollars(line.balance.held)} set aside" if line.balance.held else ""
    granted = f", {dollars(line.balance.granted)} granted on top" if line.balance.granted else ""
    resets = f", resets {when(line.resets_at)}" if line.resets_at else ""
    return f"{text}\n-# {dollars(line.balance.spent)} spent{held}{granted}{resets}"


def granted(amount: Micros, to: str) -> ui.LayoutView:
    """Confirmation of a grant."""
    return card(f"Granted {dollars(amount)} on top for {to}, until the window ends.", accent=GREEN)


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
        lines_within(lines, 2000) if lines else "Nobody has spent anything.",
        lines_within((_line(line) for line in found.lines), 1200) if found.lines else None,
        ui.File("attachment://spending.csv") if sums.rows else None,
        accent=BLUE,
    )
