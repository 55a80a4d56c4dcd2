"""Each language says everything that English says, with the same values in it."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from adapters.web.languages.page_texts import STATIC, texts_of_scripts
from bot.core.text.translation import LOCALES, Language
from tests.architecture.marked_texts import FOLDERS, MARKS, ROOT, marked_texts, read, updated
from tests.fakes.brackets import bracketed, words_outside

CATALOGUES = sorted(LOCALES.glob("*.po"))


def placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:  # A lone brace is text.
        return set()


def test_each_language_has_its_catalogue():
    assert {path.stem for path in CATALOGUES} == set(Language) - {Language.ENGLISH}
    assert len(marked_texts()) >= 1300, "the texts have moved"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_text_is_translated_with_the_same_values(path: Path):
    catalogue, missing, wrong = read(path), [], []
    for key in marked_texts():
        found = catalogue.get(key if isinstance(key, str) else key[0])
        forms = (
            [found.string] if found and isinstance(found.string, str) else list(found.string if found else [])
        )
        if not forms or not all(forms):
            missing.append(key)
        wanted = placeholders(key if isinstance(key, str) else key[1])
        wrong += [form for form in forms if form and placeholders(form) != wanted]
    assert not missing, f"`make texts` adds them to {path.name}; then translate them: {missing}"
    assert not wrong, f"other values than in English: {wrong}"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_translation_is_left_of_a_text_that_is_gone(path: Path):
    known = {message.id for message in updated(read(path)) if message.id}
    gone = [message.id for message in read(path) if message.id and message.id not in known]
    assert not gone, f"`make texts` takes them out of {path.name}: {gone}"


def test_every_marked_text_is_found():
    """The reader of texts does not look into f-strings, nor at a mark inside of another."""
    marked = {
        node.args[0].value
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in MARKS
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }
    found = {key if isinstance(key, str) else key[0] for key in marked_texts()}
    hidden = marked - found - {""}
    assert not hidden, "take the mark out of the f-string, or of the other mark"


def test_every_marked_text_of_the_page_is_found():
    """The reader of texts takes plain strings only, and none inside of a template or of another mark."""
    scripts = {path: path.read_text() for path in (STATIC / "js").rglob("*.js")}
    marking = [path.name for path, source in scripts.items() if re.search(r"\b_\(|\bngettext\(", source)]
    assert sorted(marking) == ["texts.js", "translation.js"], "texts stand in texts.js"
    texts = scripts[STATIC / "js" / "texts.js"]
    code = re.sub(r"^//[^\n]*|/\*\*.*?\*/", "", texts, flags=re.MULTILINE | re.DOTALL)
    marked = re.findall(r'\b(?:_|ngettext)\((?:"((?:[^"\\]|\\.)*)")?', code)
    found = {text if isinstance(text, str) else text[0] for text in texts_of_scripts()}
    assert set(marked) == found, "marked in another way, or not at all"


@pytest.mark.parametrize(("told", "outside"), [
    (bracketed("{amount} left of {limit}").format(amount="$1", limit="$2"), []),
    (bracketed("Set: {limit}.").format(limit="$5 a day"), ["day"]),
    ("`look here` <@U1> $0.04 req_01abc seedream-4.5", []),
    ("not marked", ["not", "marked"]),
])  # fmt: skip
def test_what_is_outside_of_brackets_is_found(told: str, outside: list[str]):
    assert list(words_outside(told)) == outside
