"""What was made in an age-restricted channel stays in such channels.

The platform says which channels are age-restricted (Discord does, Slack and the playground have none), and
the row remembers it with its actor. Whether a model is able to draw explicit pictures does not matter here:
people expect of such a channel that nothing in it turns up elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from gettext import gettext as _

from bot.core.errors import NotAllowed
from bot.core.order_rules import without_words
from bot.core.request import Actor, Request


def restricted(request: Request) -> bool:
    """True when it was asked for in an age-restricted channel."""
    return request.actor.sensitive_ok


def visible(request: Request, actor: Actor) -> bool:
    """Whether the actor may see its words and results where they are now."""
    return actor.sensitive_ok or not restricted(request)


def check_reuse(request: Request, actor: Actor) -> None:
    """Raise NotAllowed where the order and its results must not be used."""
    if not visible(request, actor):
        raise NotAllowed(
            _("That was made in an age-restricted channel and can only be used in one. Nothing was charged.")
        )


def outside(request: Request) -> Request:
    """What is listed of it elsewhere: who, what kind, when and how much; no words, no results."""
    return replace(
        request, order=without_words(request.order), text="", assets=(), failure=None, parent_id=""
    )
