"""Sentences in the language of the person who reads them.

A language belongs to what is being answered: the handler of a message, the step of a request. It is kept in
the task's context, so code that words a sentence need not be handed a catalogue. Catalogues are the `.po`
files of `bot/locales`; a text that has no translation stays as it is written: English.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


class Language(StrEnum):
    """The languages that texts exist in. English stands in the code; each other one has its `.po` file."""

    ENGLISH = "en"
    GERMAN = "de"


LOCALES = Path(__file__).parents[2] / "locales"
_current: ContextVar[str] = ContextVar("language", default=Language.ENGLISH)


def chosen(*wanted: str) -> str:
    """The first known language of these locales (`de`, `de-AT`, `de_AT`); empty where none is known.

    Each platform writes locales in its own way: Discord and browsers with a hyphen, POSIX with an underscore.
    """
    for locale in wanted:
        code = locale.replace("_", "-").partition("-")[0].lower()
        if code in set(Language):
            return code
    return ""


def language() -> str:
    """The code of this context's language."""
    return _current.get()


def speak(code: str) -> None:
    """From here on this task, and what it starts, speaks that language; English for an unknown one."""
    _current.set(chosen(code) or Language.ENGLISH)


@contextmanager
def speaking(code: str) -> Generator[None]:
    """Within this block, texts are in that language."""
    token = _current.set(chosen(code) or Language.ENGLISH)
    try:
        yield
    finally:
        _current.reset(token)


def gettext(text: str) -> str:
    """The text in the language of this context."""
    return _catalogue(_current.get()).gettext(text) if text else text


def N_(text: str) -> str:  # noqa: N802
    """Mark a text that is needed while modules are imported, such as a command's description.

    It comes back unchanged. Who shows it translates it then, with `gettext(text)`.
    """
    return text


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a text that fits the count, in the language of this context."""
    return _catalogue(_current.get()).ngettext(one, many, count)


def locale() -> Locale:
    """How this context's language writes numbers, dates and lists."""
    return _locale(_current.get())


def name_of(code: str) -> str:
    """A language's name for itself: `English`, `Deutsch`."""
    found = _locale(code)
    return found.get_language_name(found) or code


@cache
def _locale(code: str) -> Locale:
    try:
        return Locale.parse(code)
    except UnknownLocaleError:
        return Locale.parse(Language.ENGLISH)


def _catalogue(code: str) -> NullTranslations:
    return _read(LOCALES / f"{code}.po")


@cache
def _read(path: Path) -> NullTranslations:
    """Nothing is translated where there is no file, as for English."""
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
