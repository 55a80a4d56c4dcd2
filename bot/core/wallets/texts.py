"""Why two accounts cannot be linked, in sentences for the person who tries."""

from __future__ import annotations

from bot.core.text.translation import gettext as _


def code_not_valid() -> str:
    return _(
        "That code is not valid. It may be wrong, older than ten minutes or used already; and it must be"
        " entered on another account than the one that asked for it. Ask for a new one there with `/link`."
    )


def too_many_tries() -> str:
    return _("There were too many tries with codes. Nothing has changed; please try again in an hour.")


def proposal_over() -> str:
    return _("That question is no longer open. To link your accounts, begin again with `/link`.")


def already_linked() -> str:
    return _("These two accounts are linked already.")


def both_linked() -> str:
    return _(
        "Both accounts are linked with others already. One of them has to leave those first, with `/link`."
    )


def too_many_accounts(most: int) -> str:
    return _("At most {most} accounts can be linked.").format(most=most)


def leaves_first() -> str:
    return _(
        "One of these accounts is still leaving the accounts it was linked with, until the month ends. It can"
        " be linked with others after that."
    )
