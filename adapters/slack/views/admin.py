"""What admins see: budgets, settings, spending, approvals. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.common import wording
from adapters.slack.identity import raw_id
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    button,
    confirmation,
    context,
    divider,
    escape,
    header,
    quote,
    section,
)
from adapters.slack.views.request import thing, value
from bot.core.ledger import EVERYONE, Budget, Line, Scope, Window
from bot.core.money import ZERO, dollars
from bot.core.request import Request
from bot.core.tenant import Tenant
from bot.use_cases.admin import Report


def budget_name(budget: Budget) -> str:
    """`@ada, a month`."""
    return f"{_whom(budget)}, {window_words(budget.window)}"


def _whom(budget: Budget) -> str:
    named = raw_id(budget.subject)
    match budget.scope:
        case Scope.PERSON:
            return "everyone without their own" if budget.subject == EVERYONE else f"<@{named}>"
        case Scope.ROLE:
            return f"each member of <!subteam^{named}>"
        case Scope.CHANNEL:
            return f"<#{named}>"
        case Scope.TENANT:
            return "the whole workspace"
        case Scope.INSTALLATION:
            return "this bot, all workspaces together"


def window_words(window: Window) -> str:
    """How often a budget is filled again."""
    match window:
        case Window.DAY | Window.WEEK | Window.MONTH:
            return f"a {window}"
        case Window.TOTAL:
            return "in all"


def budgets(lines: Sequence[Line]) -> Message:
    """All budgets of a workspace, each with a way to remove it."""
    blocks: list[Block] = [section("*Budgets*"), *budget_rows(lines), actions(new_budget())]
    if not lines:
        blocks.insert(1, section("There are none yet: anyone here may spend without a limit."))
    return Message(text="Budgets", blocks=blocks)


def new_budget() -> Block:
    return button("Set a budget", "budget_form", "budget_form:", style="primary")


def budget_rows(lines: Sequence[Line]) -> list[Block]:
    """A row per budget."""
    return [_budget_row(line) for line in lines[:40]]


def _budget_row(line: Line) -> Block:
    spent, limit = line.balance.spent, line.limit or ZERO
    alone = not line.budget.per_person
    used = f" · {dollars(spent)} spent · {wording.left(line.left or ZERO)}" if alone else ""
    amount = f"*{dollars(limit)}*" if alone else f"*{dollars(limit)} each*"
    text = f"{amount} for {budget_name(line.budget)}{used}"
    if line.budget.scope is Scope.INSTALLATION:
        return section(text)
    remove = button("Remove", "budget_remove", f"budget_remove:{line.budget.id}", confirm=_REMOVE)
    return section(text, accessory=remove)


_REMOVE = confirmation(
    "Remove this budget?", "From then on it limits nobody. What was spent stays in the ledger.", "Remove"
)


def settings(tenant: Tenant) -> Message:
    """A workspace's policy."""
    rows: Mapping[str, object] = {
        "Ask before spending more than": dollars(tenant.threshold),
        "Refuse anything above": dollars(tenant.cap) if tenant.cap is not None else "no limit",
        "Time zone of budgets": tenant.zone,
        "New requests": "paused" if tenant.paused else "welcome",
        "Models allowed": ", ".join(tenant.allowed_models) or "all",
        "Models denied": ", ".join(tenant.denied_models) or "none",
        "Capabilities off": ", ".join(tenant.denied_capabilities) or "none",
        "Defaults": ", ".join(f"{name}: {model}" for name, model in tenant.defaults.items())
        or "the catalogue's",
    }
    lines = [f"{name}: *{escape(str(text))}*" for name, text in rows.items()]
    where = f"<#{raw_id(tenant.admin_channel)}>" if tenant.admin_channel else "the admins, directly"
    lines.append(f"Approvals go to: {where}")
    lines += _named("Barred", tenant.blocked_people) + _named("Admins besides Slack's", tenant.admin_people)
    form = actions(button("Change settings", "settings_form", "settings_form:"))
    return Message(text="Settings", blocks=[section("*Settings*\n" + "\n".join(lines)), form])


def _named(title: str, people: Sequence[str]) -> list[str]:
    names = ", ".join(f"<@{raw_id(person)}>" for person in people[:20])
    return [f"{title}: {names}"] if names else []


def report(found: Report) -> Message:
    """Who spent what, largest first; the id tells apart people of one name."""
    sums = found.spending
    lines = [
        f"<@{raw_id(one.person)}> {escape(one.name)}: {dollars(one.charged)}"
        f" · {wording.requests(one.requests)}"
        for one in sums.people[:15]
    ]
    kinds = " · ".join(f"{one.capability} {dollars(one.charged)}" for one in sums.capabilities)
    title = wording.spent_in(sums.spent, len(sums.period.dates))
    shown = [f"*{title}*", *([kinds] if kinds else []), *lines]
    return Message(text=title, blocks=[section("\n".join(shown))])


def approval(request: Request, asker: str, needs: str) -> Message:
    """What admins see when someone asks for more."""
    return Message(
        text=f"{request.actor.name} asks for {needs}",
        blocks=[
            header("May this run?"),
            section(
                f"<@{asker}> asks to run one {thing(request)} that needs *{needs}*.\n"
                + quote(request.order.prompt)
            ),
            context(f"{escape(wording.stands(request))} · {escape(request.order.model)}"),
            divider(),
            actions(
                button("Approve", "approve", value("approve", request), style="primary"),
                button("Deny", "deny", value("deny", request), style="danger"),
            ),
        ],
    )


def decided(request: Request, verdict: str) -> Message:
    """The approval card once someone has decided."""
    text = f"A {thing(request)} for <@{raw_id(request.actor.person)}>: {verdict}"
    return Message(text=text, blocks=[section(f"{text}\n{quote(request.order.prompt, 200)}".rstrip())])
