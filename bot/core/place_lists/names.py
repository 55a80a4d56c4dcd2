"""Names that admins give: how they are written, compared and suggested."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from bot.core.errors import InvalidOrder
from bot.core.text.clean_text import clean, storable
from bot.core.text.translation import gettext as _

NAME_MAX = 40
"""Characters of a name."""
NONE = "none"
"""What people say for none at all; no name may be the same."""
NEAREST_MAX = 3
NAMES_SPOKEN = 30
"""The most projects, and the most styles, that a model is told of; every message pays for them."""
_FORM = re.compile(r"[^\W_](?:(?:[^\W_]|[ .&+'’/()-])*(?:[^\W_]|[.)]))?")
_ID = re.compile(r"(?:prj|sty)_[0-9a-z]+")


class Named(Protocol):
    """Something with an id that never changes and a name that does."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def tidy(name: str) -> str:
    """The name in one form: composed characters, no invisible ones, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", clean(name)).split())


def folded(name: str) -> str:
    """The name as it is compared: case does not matter."""
    return tidy(name).casefold()


def new_name(name: str, known: Iterable[Named], *, field: str) -> str:
    """A name that may be given. Raises InvalidOrder for one that is too long, unreadable or taken."""
    found = tidy(name) if storable(name) else ""
    if not found or len(found) > NAME_MAX or not _FORM.fullmatch(found) or _ID.fullmatch(folded(found)):
        text = _(
            "A name has 1 to {most} characters: letters, digits, spaces and . & + ' / ( ) -, and begins with"
            " a letter or digit."
        )
        raise InvalidOrder(text.format(most=NAME_MAX), field=field)
    if folded(found) == NONE or any(folded(one.name) == folded(found) for one in known):
        text = _("The name “{name}” is taken. Choose another one.")
        raise InvalidOrder(text.format(name=found), field=field)
    return found


def find(name: str, known: Iterable[N]) -> N | None:
    """What has this name, or this id."""
    wanted = folded(name[:200])
    return next((one for one in known if wanted in (folded(one.name), one.id)), None)


def nearest(name: str, names: Sequence[str]) -> list[str]:
    """Up to three of the names, the most similar first."""
    by_fold = {folded(one): one for one in names}
    near = difflib.get_close_matches(folded(name[:100]), list(by_fold), n=NEAREST_MAX, cutoff=0.4)
    begins = [one for one in by_fold if one.startswith(folded(name[:100])) and one not in near]
    return [by_fold[one] for one in (*near, *begins)][:NEAREST_MAX]


def advice(name: str, names: Sequence[str]) -> str:
    """Which name was perhaps meant, or which there are; a sentence."""
    if near := nearest(name, names):
        return _("Did you mean {names}?").format(names=" · ".join(near))
    if names:
        return _("There are: {names}.").format(names=" · ".join(names[:10]))
    return _("There are none here yet; an admin can add one.")
