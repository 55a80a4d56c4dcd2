"""What has become of a request, in a word or two, for lists and details."""

from __future__ import annotations

from typing import assert_never

from bot.core.request import State
from bot.core.text.translation import gettext as _


def state_words(state: State) -> str:
    """How a state is called where people read it."""
    match state:
        case State.RECEIVED | State.PRICED:
            return _("waiting for its price")
        case State.AWAITING_CONFIRMATION:
            return _("waiting for a press")
        case State.RESERVED:
            return _("waiting its turn")
        case State.SUBMITTED | State.RUNNING:
            return _("being made")
        case State.AMBIGUOUS:
            return _("being looked up")
        case State.SETTLED:
            return _("being posted")
        case State.DELIVERED:
            return _("done")
        case State.REFUSED:
            return _("refused")
        case State.FAILED:
            return _("failed")
        case State.CANCELLED:
            return _("cancelled")
        case _:
            assert_never(state)
