"""Sentences in the language of the person who reads them.

A language belongs to what is being answered: the handler of a message, the step of a request. It is kept in
the task's context, so code that words a sentence need not be handed a catalogue. Without one, texts stay as
they are written: English.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations

_ENGLISH = NullTranslations()
_current: ContextVar[NullTranslations] = ContextVar("translations", default=_ENGLISH)


def gettext(text: str) -> str:
    """The text in the language of this context."""
    return _current.get().gettext(text) if text else text


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a text that fits the count, in the language of this context."""
    return _current.get().ngettext(one, many, count)


@contextmanager
def translated(catalogue: NullTranslations) -> Generator[None]:
    """Within this block, texts come from this catalogue."""
    token = _current.set(catalogue)
    try:
        yield
    finally:
        _current.reset(token)
