"""The rules and the lists of words of the sandbox's understanding: whole, used, and few lines of code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.understanding import Wish, understand

FOLDER = Path(__file__).parents[2] / "sandbox" / "understanding"
RULES: dict[str, Any] = tomllib.loads((FOLDER / "rules.toml").read_text())
LANGUAGES = {file.stem: tomllib.loads(file.read_text()) for file in (FOLDER / "languages").iterdir()}
TOOLS = {"undo", "balance", "price", "repeat", "edit", "rest", "talk", "upscale", "video", "generate"}
READ_BY_THE_CODE = frozenset(
    (
        "before after small joint next_order number nth question"
        " price_before price_after subject_before subject_after"
    ).split()
)
GROUPS = ("words", "says", "but_not")


def lists_of(language: dict[str, Any]) -> set[str]:
    return {*language["words"], *(group for group in language if group not in GROUPS)}


def templates(language: dict[str, Any]) -> Iterator[str]:
    for group in language.values():
        for entries in group.values():
            yield from entries.split() if isinstance(entries, str) else entries


def rule_templates() -> list[str]:
    return [one for rule in RULES["rule"] for one in (*rule["says"], *rule.get("but_not", ()))]


def every_template() -> list[tuple[str, str]]:
    return [(name, one) for name in LANGUAGES for one in templates(LANGUAGES[name])] + [
        ("rules", one) for one in rule_templates()
    ]


def test_every_list_that_a_template_names_exists():
    for name, template in every_template():
        known = lists_of(LANGUAGES["en"]) | lists_of(LANGUAGES.get(name, LANGUAGES["en"]))
        assert set(re.findall(r"\{(\w+)\}", template)) <= known, (name, template)


def test_every_list_is_used():
    named = {one for _name, template in every_template() for one in re.findall(r"\{(\w+)\}", template)}
    arguments = {name for names in RULES["arguments"].values() for name in names}
    for name, language in LANGUAGES.items():
        unused = lists_of(language) - named - arguments - READ_BY_THE_CODE
        assert not unused, (name, unused)


@pytest.mark.parametrize(("opening", "closing"), ["()", "[]", "{}"])
def test_brackets_close(opening: str, closing: str):
    for name, template in every_template():
        depth = 0
        for letter in template:
            depth += (letter == opening) - (letter == closing)
            assert depth >= 0, (name, template)
        assert depth == 0, (name, template)


def test_rules_are_those_that_languages_add_to():
    names = [rule["name"] for rule in RULES["rule"]]
    assert len(names) == len(set(names))
    assert {rule["tool"] for rule in RULES["rule"]} == TOOLS
    for name, language in LANGUAGES.items():
        added = {*language.get("says", {}), *language.get("but_not", {})}
        assert added <= set(names), (name, added)


def test_no_template_is_empty():
    """An entry that may be missing as a whole would fit everywhere."""
    for name, template in every_template():
        assert re.sub(r"\[[^\[\]]*\]", "", template).strip(), (name, template)


def test_the_code_stays_within_three_hundred_lines():
    assert sum(len(file.read_text().splitlines()) for file in FOLDER.glob("*.py")) <= 300


def test_words_of_one_language_are_not_read_in_another():
    """ "hat", "die" and "a" mean other things elsewhere."""
    assert understand("draw a die with a hat") == [Wish("generate", {"prompt": "a die with a hat"})]
    assert understand("hat er ein Bild?") == []
    assert understand("il a une photo de chat") == []
