"""The texts of the page: marked in `static/js/texts.js` and in the HTML, translated where all texts are.

`_("…")` and `ngettext("…", "…", count)` mark them in JavaScript, two braces in HTML: `{{What is left}}`. The
page gets those of its language with its HTML, so that nothing is drawn in another one first.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_file

from bot.core.text.translation import gettext, language, locale, ngettext

STATIC = Path(__file__).parents[1] / "static"
MARKED = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
"""A text in HTML."""
_MARKS = {"_": None, "ngettext": (1, 2)}
_COUNTS = 200
"""Counts that are tried for the forms of a plural; each language's forms are all among them."""

Text = str | tuple[str, str]
"""A text, or its forms for one and for several."""


@cache
def texts_of_scripts() -> frozenset[Text]:
    """Each text that the page's modules say."""
    found: set[Text] = set()
    for path in (STATIC / "js").rglob("*.js"):
        for _line, text, _comments, _context in extract_from_file("javascript", path, keywords=_MARKS):
            found.add(text if isinstance(text, str) else (text[0], text[1]))
    return frozenset(found)


@cache
def texts_of_html() -> frozenset[str]:
    """Each text that stands in the HTML."""
    return frozenset(
        text for path in STATIC.glob("*.html") for text in MARKED.findall(path.read_text(encoding="utf-8"))
    )


def catalogue() -> dict[str, Any]:
    """What the page's modules need to speak the language of this context: `texts` has what is said otherwise
    than it is written, with the forms of a plural by the names of Unicode CLDR.
    """
    texts: dict[str, Any] = {}
    for text in sorted(texts_of_scripts(), key=str):
        if isinstance(text, str):
            if (said := gettext(text)) != text:
                texts[text] = said
        elif (forms := _forms(*text)) != {"one": text[0], "other": text[1]}:
            texts[text[0]] = forms
    return {"language": language(), "texts": texts}


def _forms(one: str, many: str) -> dict[str, str]:
    forms = {category: ngettext(one, many, count) for category, count in _examples(language()).items()}
    # Some languages have a form for fractions only; the page counts whole things.
    forms.setdefault("other", ngettext(one, many, _COUNTS))
    return forms


@cache
def _examples(_code: str) -> dict[str, int]:
    """A count for each form of a language's plural."""
    form = locale().plural_form
    return {form(count): count for count in range(_COUNTS, -1, -1)}
