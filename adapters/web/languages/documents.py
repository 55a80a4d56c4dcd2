"""The page and the sign-in as they are sent: their HTML in the language of the person who opens it."""

from __future__ import annotations

import json
from functools import cache
from html import escape

from adapters.web.languages.page_texts import MARKED, STATIC, catalogue
from bot.core.text.translation import Language, gettext, language
from bot.core.text.translation import name_of as name_of_language

_LANGUAGE = '<html lang="en">'
_CATALOGUE = "<!-- catalogue -->"
_CHOICE = "<!-- languages -->"


@cache
def _source(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def page() -> str:
    """The playground, with the texts of its modules as a block of data, which the policy allows."""
    data = json.dumps(catalogue(), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    block = f'<script type="application/json" id="catalogue">{data}</script>'
    return _translated("index.html").replace(_CATALOGUE, block)


def sign_in() -> str:
    """The form for the password, which works without scripts."""
    return _translated("login.html")


def _translated(name: str) -> str:
    said = MARKED.sub(lambda found: escape(gettext(found[1])), _source(name))
    return said.replace(_LANGUAGE, f'<html lang="{language()}">').replace(_CHOICE, _other_languages())


def _other_languages() -> str:
    """A button for each language but the one that is spoken."""
    return "".join(
        f'<button name="language" value="{code}" lang="{code}">{escape(name_of_language(code))}</button>'
        for code in Language
        if code != language()
    )
