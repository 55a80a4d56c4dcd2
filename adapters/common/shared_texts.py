"""Sentences and labels that are the same on both chat platforms; facts stand in `wording`."""

from __future__ import annotations

from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _

EDIT_IMAGE = N_("Edit image")
UPSCALE_IMAGE = N_("Upscale image")
ANIMATE_IMAGE = N_("Animate image")
ASK_ABOUT = N_("Ask about this")
"""Entries of the menu of a message. The platforms are told them once, at start."""

# budgets


def set_a_budget() -> str:
    return _("Set a budget")


# orders


def no_such_picture() -> str:
    return _("There is no such picture. Nothing was charged.")


# settings


def too_long_for_a_form(title: str) -> str:
    return _("“{title}” is too long for a form; shorten it on the command line.").format(title=title)


# buttons


def still_running() -> str:
    return _("This is still running. Cancel it first.")


# approvals


def not_yours() -> str:
    return _("Only the person who asked can do that.")


# suggestions


def is_one_of(name: str, choices: str) -> str:
    return _("`{name}` is one of {choices}.").format(name=name, choices=choices)


# prices


def run_it_for(price: str) -> str:
    """The button that agrees to one price."""
    return _("Run it for {price}").format(price=price)


def no_thanks() -> str:
    """The button beside it."""
    return _("No, thanks")


# lists


def and_more() -> str:
    return _("… and {count} more")


# prices, lists and details


def no_budget_limit() -> str:
    return _("You have no budget limit here.")


# the life of a request


def try_again() -> str:
    return _("Try again")


def ask_again() -> str:
    return _("Ask again")


def ask_an_admin() -> str:
    return _("Ask an admin")


def post_it_here() -> str:
    return _("Post it here")


def send_it_to_me() -> str:
    return _("Send it to me")


def not_posted(words: str) -> str:
    return _("Not posted: {words}").format(words=words).rstrip(": ")


def nothing_can_be_kept() -> str:
    """For a database or disk that is full, read-only or away."""
    return _(
        "I cannot save anything right now, so this was not done and nothing was charged."
        " Please try again in a few minutes; whoever runs me can see the reason in the log."
    )


def message_forgotten() -> str:
    """A form about a message was sent in long after it was opened."""
    return _("I no longer know that message. Nothing was charged. Please choose it again.")


def mask_as_understood() -> str:
    """Beside the small picture of a mask that was refused."""
    return _("The mask as it was understood: what is white would change.")
