"""The rules and the languages, as the files of this folder have them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, NamedTuple

from sandbox.understanding.templates import Language

_FOLDER = files("sandbox.understanding")
_TABLE = tomllib.loads((_FOLDER / "rules.toml").read_text("utf-8"))
_Lists = dict[str, list[str]]


class Rule(NamedTuple):
    """A row of `rules.toml`; its sentences are in the lists `says` and `but_not` with its name."""

    name: str
    tool: str
    picture: bool


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
    says = [(key, {row["name"]: row.get(key, [])}) for row in _TABLE["rule"] for key in ("says", "but_not")]
    tables = {file.name: tomllib.loads(file.read_text("utf-8")) for file in (_FOLDER / "languages").iterdir()}
    english = _lists([*says, *tables.pop("en.toml").items()])
    others = [Language(_lists(table.items()), english) for _name, table in sorted(tables.items())]
    return [Language(english, {}), *others]


RULES = [Rule(row["name"], row["tool"], row.get("picture", False)) for row in _TABLE["rule"]]
ARGUMENTS: dict[str, list[str]] = _TABLE["arguments"]
LANGUAGES = _languages()
