"""Refusals that keep one person, place or model from keeping all others waiting.

Refusal
├─ QueueFull          too many requests are waiting
├─ TooOften           too many prices within a minute
├─ PicturesFull       no room for more pictures that people send in
└─ ModelNotAnswering  the model does not answer at the moment; has others that may be used
"""

from __future__ import annotations

from enum import StrEnum

from bot.core.errors import Refusal
from bot.core.text.translation import gettext as _


class Whose(StrEnum):
    """Whose bound has been reached."""

    EVERYONE = "everyone"
    TENANT = "tenant"
    PERSON = "person"


class QueueFull(Refusal):
    """The queue is bounded, for everyone together, a tenant and a person; `length` requests are in it."""

    code = "queue_full"

    def __init__(self, length: int, whose: Whose = Whose.EVERYONE) -> None:
        match whose:
            case Whose.PERSON:
                text = _(
                    "{length} of your requests have not ended yet. Nothing was charged; please ask again"
                    " when some of them have, or cancel one."
                )
            case Whose.TENANT:
                text = _(
                    "{length} requests from here have not ended yet. Nothing was charged; please try again"
                    " in a minute."
                )
            case Whose.EVERYONE:
                text = _(
                    "{length} requests are already waiting. Nothing was charged; please try again in a"
                    " minute."
                )
        super().__init__(text.format(length=length))
        self.length = length


class TooOften(Refusal):
    """Too many prices were asked for within a minute, by a person or a tenant."""

    code = "too_often"

    def __init__(self) -> None:
        text = _("That were many prices within a minute. Nothing was charged; please wait a minute.")
        super().__init__(text)


class PicturesFull(Refusal):
    """The pictures that a person or a tenant has sent in fill the room that there is for them."""

    code = "pictures_full"

    def __init__(self, whose: Whose, days: int) -> None:
        if whose is Whose.PERSON:
            text = _("There is no room for more of your pictures. They are deleted after {days} days.")
        else:
            text = _("There is no room for more pictures from here. They are deleted after {days} days.")
        more = _("Nothing was charged; orders without a picture go on as before.")
        super().__init__(f"{text} {more}".format(days=days))


class ModelNotAnswering(Refusal):
    """Calls on the model timed out or broke off lately, so nothing is held for another one for now.

    `suggestions` has up to three models that the person may use instead, best first.
    """

    code = "model_not_answering"

    def __init__(self, model: str, suggestions: tuple[str, ...] = ()) -> None:
        text = _("The model “{model}” is not answering right now, so this was not run. Nothing was charged.")
        text = text.format(model=model[:80]) + " "
        if suggestions:
            names = _(" or ").join(suggestions)
            text += _("Try {names}, or ask again in a few minutes.").format(names=names)
        else:
            text += _("Please ask again in a few minutes.")
        super().__init__(text)
        self.model = model
        self.suggestions = suggestions
