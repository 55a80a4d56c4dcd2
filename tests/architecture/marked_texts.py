"""The texts that are marked for translation, and the catalogues they are translated in.

`python -m tests.architecture.marked_texts` (`make texts`) adds what is new to each catalogue, without a
translation, and takes out what is gone; the test beside it says what has no translation yet.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import cast

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from adapters.web.languages.page_texts import texts_of_html, texts_of_scripts
from bot.core.text.translation import LOCALES

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "adapters")
MARKS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}

Key = str | tuple[str, str]
"""A text, or its forms for one and for several."""


@cache
def marked_texts() -> frozenset[Key]:
    """Each marked text of the code, and of the page."""
    found: set[Key] = set()
    for folder in FOLDERS:
        taken = extract_from_dir(ROOT / folder, [("**.py", "python")], keywords=MARKS)
        found |= {text if isinstance(text, str) else (text[0], text[1]) for *_, text, _, _ in taken if text}
    found |= texts_of_scripts() | texts_of_html()
    plural = {text[0] for text in found if isinstance(text, tuple)}
    return frozenset(text for text in found if text not in plural)


def read(path: Path) -> Catalog:
    """A catalogue as it stands. Raises PoFileError."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem, abort_invalid=True)


def updated(before: Catalog) -> Catalog:
    """A catalogue with exactly what is marked; what was translated stays."""
    after = Catalog(locale=before.locale, header_comment=before.header_comment)
    for text in marked_texts():
        one = text if isinstance(text, str) else text[0]
        known = before.get(one)
        empty = "" if isinstance(text, str) else ("", "")
        fits = known is not None and isinstance(known.id, str) == isinstance(text, str)
        after.add(text, cast("str", known.string if known and fits else empty))
    return after


def write(path: Path, catalogue: Catalog) -> None:
    """Sorted, and without the places in the code: they change with every line."""
    text = BytesIO()
    write_po(text, catalogue, width=110, no_location=True, omit_header=True, sort_output=True)
    plural = catalogue.plural_forms
    head = f'{catalogue.header_comment}\nmsgid ""\nmsgstr ""\n"Language: {path.stem}\\n"\n'
    head += f'"Plural-Forms: {plural}\\n"\n"MIME-Version: 1.0\\n"\n'
    head += '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
    path.write_text(head + text.getvalue().decode().strip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    for catalogue in sorted(LOCALES.glob("*.po")):
        write(catalogue, updated(read(catalogue)))
