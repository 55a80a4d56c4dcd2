"""A notice in words: which limit, how much of it is used, and what follows from that.

One sentence for each kind of limit and window, so that another language may order them as it likes. The
platform gives names and times in its own markup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.core.ledger import GivenBy, Scope
from bot.core.money import dollars
from bot.core.notices.thresholds import GATEWAY_BUDGET, Notice
from bot.core.text.dates import utc
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _
from bot.core.windows import Window

When = Callable[[int], str]
"""UTC microseconds as a platform shows them."""

_LIMITS: Mapping[Scope, Mapping[Window, str]] = {
    Scope.PERSON: {
        Window.DAY: N_("Your budget for today"),
        Window.WEEK: N_("Your budget for this week"),
        Window.MONTH: N_("Your budget for this month"),
        Window.TOTAL: N_("Your budget in total"),
    },
    Scope.EVERYWHERE: {
        Window.DAY: N_("Your budget everywhere for today"),
        Window.WEEK: N_("Your budget everywhere for this week"),
        Window.MONTH: N_("Your budget everywhere for this month"),
        Window.TOTAL: N_("Your budget everywhere in total"),
    },
    Scope.ROLE: {
        Window.DAY: N_("Your budget for today, from your role"),
        Window.WEEK: N_("Your budget for this week, from your role"),
        Window.MONTH: N_("Your budget for this month, from your role"),
        Window.TOTAL: N_("Your budget in total, from your role"),
    },
    Scope.CHANNEL: {
        Window.DAY: N_("The budget of {channel} for today"),
        Window.WEEK: N_("The budget of {channel} for this week"),
        Window.MONTH: N_("The budget of {channel} for this month"),
        Window.TOTAL: N_("The budget of {channel} in total"),
    },
    Scope.PROJECT: {
        Window.DAY: N_("The budget of the project {project} for today"),
        Window.WEEK: N_("The budget of the project {project} for this week"),
        Window.MONTH: N_("The budget of the project {project} for this month"),
        Window.TOTAL: N_("The budget of the project {project} in total"),
    },
    Scope.TENANT: {
        Window.DAY: N_("The budget of everyone here for today"),
        Window.WEEK: N_("The budget of everyone here for this week"),
        Window.MONTH: N_("The budget of everyone here for this month"),
        Window.TOTAL: N_("The budget of everyone here in total"),
    },
    Scope.INSTALLATION: {
        Window.DAY: N_("The limit of the whole bot for today"),
        Window.WEEK: N_("The limit of the whole bot for this week"),
        Window.MONTH: N_("The limit of the whole bot for this month"),
        Window.TOTAL: N_("The limit of the whole bot in total"),
    },
}


def limit_name(notice: Notice, channel: str = "") -> str:
    """The limit's name; `channel` is that of a channel's limit on the platform."""
    if notice.budget.id == GATEWAY_BUDGET:
        return _("The gateway's balance since the last payment")
    return _(_LIMITS[notice.budget.scope][notice.budget.window]).format(
        channel=channel, project=notice.budget.name or notice.budget.subject
    )


def headline(notice: Notice, channel: str = "") -> str:
    """Which limit, and how much of it is used."""
    name, spent, total = limit_name(notice, channel), dollars(notice.spent), dollars(notice.limit)
    if notice.threshold >= 100:
        text = _("{limit} is used up: {spent} of {total}.")
    else:
        text = _("{limit}: {percent} percent are used, {spent} of {total}.")
    return text.format(limit=name, percent=notice.threshold, spent=spent, total=total)


def consequence(notice: Notice, when: When) -> str:
    """What is left and until when, or what is refused until when."""
    end = "" if notice.resets_at is None else when(notice.resets_at)
    if notice.budget.id == GATEWAY_BUDGET:
        return _("Every order fails while it is empty. Pay in more in good time.")
    if notice.threshold >= 100:
        if end:
            return _("Orders that cost something are refused until it begins again: {when}.").format(when=end)
        return _("Orders that cost something are refused until it is raised.")
    left = dollars(notice.left)
    if end:
        return _("{left} is left. It begins again: {when}.").format(left=left, when=end)
    return _("{left} is left. It does not begin again by itself.").format(left=left)


def advice(notice: Notice, command: str) -> str:
    """Who can change it; `command` is what admins type for budgets on the platform."""
    match notice.budget.scope:
        case Scope.PERSON | Scope.ROLE:
            return _("This is told once. Admins here can raise the limit.")
        case Scope.CHANNEL | Scope.PROJECT | Scope.TENANT:
            if notice.budget.fixed:
                return _("This is told once. Only the operator of the bot can raise this limit.")
            return _("This is told once. Change the limit with {command}.").format(command=command)
        case Scope.EVERYWHERE if notice.budget.given_by is GivenBy.SELF:
            return _("This is told once. You have set this limit yourself; `/link` changes it.")
        case Scope.EVERYWHERE:
            return _("This is told once. Only the operator of the bot can raise this limit.")
        case Scope.INSTALLATION:
            return _("This is told once.")


def operator_sentence(notice: Notice) -> str:
    """All of it for the operator, without markup; times in UTC."""
    text = _("Of lumenfall-bot: {what} {then}")
    return text.format(what=headline(notice), then=consequence(notice, utc))


def switch_off() -> str:
    """The label of the button under a notice."""
    return _("No more of these")


def switched_off_own(command: str) -> str:
    """What a person is told who switched off their own; `command` switches them on again."""
    text = _("You get no more notices about your own limits. Switch them on again with {command}.")
    return text.format(command=command)


def switched_on_own() -> str:
    """What a person is told who switched on their own."""
    return _("You are told in private when 50, 80 and 100 percent of one of your limits are used.")


def switched_off_here(command: str) -> str:
    """What an admin is told who switched off those of shared limits; `command` switches them on again."""
    text = _("Nobody is told about shared limits here any more. Switch it on again with {command}.")
    return text.format(command=command)
