"""Titles, labels and hints of the forms. Discord takes at most 45 characters of a title or label."""

from __future__ import annotations

from adapters.common import shared_texts
from bot.core.text.numbers import whole
from bot.core.text.translation import gettext as _

# budgets


def whom() -> tuple[tuple[str, str], ...]:
    """Whom a budget can be for: what the form sends, and how it is shown."""
    return (
        ("everyone", _("Each member without a budget of their own")),
        ("server", _("The whole server together")),
        ("chosen", _("The member or role chosen below")),
        ("channel", _("The channel chosen below")),
    )


def budget_is_for() -> str:
    return _("For")


def channel() -> str:
    return _("Channel")


def window() -> str:
    return _("Window")


def amount() -> str:
    return _("Amount")


def member_or_role() -> str:
    return _("Member or role")


def dollars_such_as() -> str:
    return _("Dollars, such as 5 or 0.50")


# orders


def model() -> str:
    return _("Model")


def prompt() -> str:
    return _("Prompt")


def edit() -> str:
    return _("Edit")


def animate() -> str:
    return _("Animate")


def seconds() -> str:
    return _("Seconds")


def cut_to_what_fits(characters: int) -> str:
    return _("Cut to the {characters} characters that fit here").format(characters=whole(characters))


def vary_with_changes() -> str:
    return _("Vary with changes")


def what_should_change() -> str:
    return _("What should change?")


def picture_number(number: int) -> str:
    return _("Picture {number}").format(number=number)


def which_picture() -> str:
    return _("Which picture?")


def what_should_happen() -> str:
    return _("What should happen?")


def empty_for_a_surprise() -> str:
    return _("Leave empty for a surprise")


def seconds_allowed() -> str:
    return _("1 to 60; empty: as the model likes")


def edit_image() -> str:
    return _(shared_texts.EDIT_IMAGE)


def further_pictures() -> str:
    return _("Further pictures")


def to_take_something_from() -> str:
    return _("To take something from")


def animate_image() -> str:
    return _(shared_texts.ANIMATE_IMAGE)


def what_to_know() -> str:
    return _("What would you like to know?")


def empty_for_a_description() -> str:
    return _("Leave empty for a description")


def ask_about_this() -> str:
    return _(shared_texts.ASK_ABOUT)


# settings


def model_hint() -> str:
    return _("A name from /models; empty for the first that fits.")


def switch() -> tuple[tuple[str, str], ...]:
    """Yes or no: what the form sends, and how it is shown."""
    return ("on", _("On")), ("off", _("Off"))
