"""What the page's server says about notices and the digest."""

from __future__ import annotations

from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _

NOTICES = N_("Whether you are told when one of your limits runs low, and what you were told")
DIGEST = N_("What was spent here, beside the time before")


def wanted_or_not() -> str:
    return _("`wanted` is true or false.")


def digest_span() -> str:
    return _("`span` is week or month.")


def notices_on_or_off() -> str:
    return _("After /notices write on or off, or nothing to see what you were told.")


def digest_words(word: str) -> str:
    return _("“{word}” is not possible after /digest. Write now or last, and week or month.").format(
        word=word
    )
