"""The rules and the languages, as the files of this folder have them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from sandbox.understanding.templates import Language

_FOLDER = files("sandbox.understanding")
_TABLE = tomllib.loads((_FOLDER / "rules.toml").read_text("utf-8"))
RULES: list[dict[str, Any]] = _TABLE["rule"]
ARGUMENTS: dict[str, list[str]] = _TABLE["arguments"]
_Lists = dict[str, list[str]]


def _lists(groups: Iterable[tuple[str, dict[str, Any]]]) -> _Lists:
    """The lists of a file by their names; those of a group as `number 4`, and all of it as `number`."""
    found = _Lists()
    for group, lists in groups:
        for name, entries in lists.items():
            for key in (name,) if group == "words" else (f"{group} {name}", group):
                found.setdefault(key, []).extend(entries.split() if isinstance(entries, str) else entries)
    return found


def _languages() -> list[Language]:
    """English, and the others with English behind them: its words for pictures are said everywhere."""
    says = [(key, {rule["name"]: rule.get(key, [])}) for rule in RULES for key in ("says", "but_not")]
    tables = {file.name: tomllib.loads(file.read_text("utf-8")) for file in (_FOLDER / "languages").iterdir()}
    english = Language(_lists([*says, *tables.pop("en.toml").items()]))
    return [english, *(Language(_lists(table.items()), english) for _name, table in sorted(tables.items()))]


LANGUAGES = _languages()
