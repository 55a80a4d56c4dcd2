"""What the page's server says of projects, styles and statements."""

from __future__ import annotations

from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _

PROJECT = N_("What orders are for: list, add, rename, close, reopen, default")
PROJECT_USAGE = N_("add Acme")
STYLE = N_("Words around a prompt, under a name: list, set, remove")
STYLE_USAGE = N_("set House = {prompt}, in soft light")
STATEMENT = N_("Closed months: list, create, show, verify")
OPTION_WHY_PROJECT = N_("as if it were ordered for this project")
OPTION_HISTORY_PROJECT = N_("only what was ordered for this project")


def action_is_one_of(names: str) -> str:
    return _("`action` is one of {names}.").format(names=names)


def options_are_an_object() -> str:
    return _("`options` is an object of option names and values.")


def must_be_text(name: str) -> str:
    return _("`{name}` must be text, and not empty.").format(name=name)
