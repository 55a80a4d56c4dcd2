"""What is said about budgets and approvals, besides the messages of `admin`."""

from __future__ import annotations

from bot.core.text.translation import gettext as _

# App Home


def no_budget() -> str:
    return _("No budget is set yet, so spending is not limited.")


# forms of admins


def only_admins() -> str:
    return _("Only admins can do that here.")


def one_moment() -> str:
    return _("One moment…")


# commands of admins


def unknown_command(command: str) -> str:
    return _("I do not know `{command}`. Try `help`.").format(command=command)


def no_budget_to_raise() -> str:
    return _("There is no budget of theirs to raise.")


def budget_examples() -> str:
    return _("For example: `budget @ada 5 month`, `budget everyone 1 day`, `budget workspace 50 month`.")


def unknown_subject(word: str) -> str:
    said = _("I do not know who “{word}” is. {examples}")
    return said.format(word=word, examples=budget_examples())


def unknown_window() -> str:
    return _("A budget is for a day, week, month or total.")


def no_such_budget(name: str) -> str:
    return _("There is no such budget ({name}).").format(name=name)


# approvals


def admins_asked() -> str:
    return _("I have asked the admins.")


def admins_asked_marked() -> str:
    return _("🙋 I have asked the admins.")


def admins_asked_already() -> str:
    return _("The admins have been asked already.")


def no_admin_reached() -> str:
    return _("I could not reach any admin here. Please ask one of them yourself.")


def approved_by(user: str) -> str:
    return _("approved by <@{user}>").format(user=user)


def denied_by(user: str) -> str:
    return _("denied by <@{user}>").format(user=user)


def declined(thing: str) -> str:
    return _("An admin declined the {thing} you asked for. Nothing was charged.").format(thing=thing)


def say_whom() -> str:
    return _("Say whom you mean, for example `budget why @ada` or `budget why @ada project:acme`.")


def file_in_direct_message() -> str:
    return _("The file is in your direct messages with me.")


# being told


def notices_on_or_off() -> str:
    return _("After `notices` write `on` or `off`, or nothing to see which holds.")


def digest_words(word: str) -> str:
    return _("“{word}” is not possible after `digest`. Write `now` or `last`, and `week` or `month`.").format(
        word=word
    )
