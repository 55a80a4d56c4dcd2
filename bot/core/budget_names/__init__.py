"""How a budget is called by the person it binds, in whole texts: languages put them together differently."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text.translation import N_, Language, gettext, speaking
from bot.core.windows import Window

Names = Mapping[Window, str]

PERSON: Names = {
    Window.DAY: N_("Your budget for today"),
    Window.WEEK: N_("Your budget for this week"),
    Window.MONTH: N_("Your budget for this month"),
    Window.TOTAL: N_("Your budget"),
}
ROLE: Names = {
    Window.DAY: N_("Your role's budget for today"),
    Window.WEEK: N_("Your role's budget for this week"),
    Window.MONTH: N_("Your role's budget for this month"),
    Window.TOTAL: N_("Your role's budget"),
}
CHANNEL: Names = {
    Window.DAY: N_("This channel's budget for today"),
    Window.WEEK: N_("This channel's budget for this week"),
    Window.MONTH: N_("This channel's budget for this month"),
    Window.TOTAL: N_("This channel's budget"),
}
PROJECT: Names = {
    Window.DAY: N_("The project's budget for today"),
    Window.WEEK: N_("The project's budget for this week"),
    Window.MONTH: N_("The project's budget for this month"),
    Window.TOTAL: N_("The project's budget"),
}
NAMED_PROJECT: Names = {
    Window.DAY: N_("The budget of the project {project} for today"),
    Window.WEEK: N_("The budget of the project {project} for this week"),
    Window.MONTH: N_("The budget of the project {project} for this month"),
    Window.TOTAL: N_("The budget of the project {project}"),
}
TENANT: Names = {
    Window.DAY: N_("The budget of everyone here for today"),
    Window.WEEK: N_("The budget of everyone here for this week"),
    Window.MONTH: N_("The budget of everyone here for this month"),
    Window.TOTAL: N_("The budget of everyone here"),
}
INSTALLATION: Names = {
    Window.DAY: N_("The bot's own budget for today"),
    Window.WEEK: N_("The bot's own budget for this week"),
    Window.MONTH: N_("The bot's own budget for this month"),
    Window.TOTAL: N_("The bot's own budget"),
}
EVERYWHERE: Names = {
    Window.DAY: N_("Your budget everywhere for today"),
    Window.WEEK: N_("Your budget everywhere for this week"),
    Window.MONTH: N_("Your budget everywhere for this month"),
    Window.TOTAL: N_("Your budget everywhere"),
}
SELF_SET: Names = {
    Window.DAY: N_("The limit you set for yourself for today"),
    Window.WEEK: N_("The limit you set for yourself for this week"),
    Window.MONTH: N_("The limit you set for yourself for this month"),
    Window.TOTAL: N_("The limit you set for yourself"),
}
_THEIRS = {
    PERSON[Window.DAY]: N_("Their budget for today"),
    PERSON[Window.WEEK]: N_("Their budget for this week"),
    PERSON[Window.MONTH]: N_("Their budget for this month"),
    PERSON[Window.TOTAL]: N_("Their budget"),
    EVERYWHERE[Window.DAY]: N_("Their budget everywhere for today"),
    EVERYWHERE[Window.WEEK]: N_("Their budget everywhere for this week"),
    EVERYWHERE[Window.MONTH]: N_("Their budget everywhere for this month"),
    EVERYWHERE[Window.TOTAL]: N_("Their budget everywhere"),
    SELF_SET[Window.DAY]: N_("The limit they set for themselves for today"),
    SELF_SET[Window.WEEK]: N_("The limit they set for themselves for this week"),
    SELF_SET[Window.MONTH]: N_("The limit they set for themselves for this month"),
    SELF_SET[Window.TOTAL]: N_("The limit they set for themselves"),
    ROLE[Window.DAY]: N_("Their role's budget for today"),
    ROLE[Window.WEEK]: N_("Their role's budget for this week"),
    ROLE[Window.MONTH]: N_("Their role's budget for this month"),
    ROLE[Window.TOTAL]: N_("Their role's budget"),
}
"""The name of an own budget, as others say it."""
_PER = {
    Window.DAY: N_("a day"),
    Window.WEEK: N_("a week"),
    Window.MONTH: N_("a month"),
    Window.TOTAL: N_("in total"),
}


def theirs(name: str) -> str:
    """A budget's name as the person it binds read it, in whatever language, for somebody else."""
    for code in Language:
        with speaking(code):
            known = {gettext(own): other for own, other in _THEIRS.items()}
        if name in known:
            return gettext(known[name])
    return name


def per(window: Window) -> str:
    """How often a budget begins again, behind its amount: `a day`, `in total`."""
    return gettext(_PER[window])
