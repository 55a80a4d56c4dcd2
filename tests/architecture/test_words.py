"""Names and sentences are plain: no metaphors that only a member of the team knows, no archaic English."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture.test_house_rules import name, tracked

RETIRED = frozenset(
    "aside apology brick bricks census crowd desk door doorman doors farewell governing handover hopeless"
    " housekeeping kit lane lanes looking lookback nursery outbox pacing plea plead pleas ponder"
    " shelf thinned vault whisper whispers".split()
)
"""Names that were metaphors here once. They stand for parts that have a name of the product or the trade."""
ALLOWED = {
    "set_aside": "what a hold is called to people",
    "move_aside": "an old file is moved aside",
    "moved_aside": "an old file is moved aside",
    "block_kit": "Slack's own name",
    "looking_at": "the view of a person in the fake of Slack",
}
ARCHAIC = (
    r"anew",
    r"of late",
    r"lest",
    r"hence(?:forth)?",
    r"thereof",
    r"hitherto",
    r"whomsoever",
    r"amid",
    r"nought",
    r"whoever asks for it",
    r"hopeless",
    r"pleas?",
    r"the doors? (?:is|are|closes?|opens?)",
    r"whispers?",
)
"""Words and phrases that make somebody read a sentence twice; regular expressions between word boundaries."""
FOLDERS = ("bot/", "storage/", "adapters/", "sandbox/", "benchmarks/", "tests/")
ART = "sandbox/art/"
"""Pictures are drawn there: a door is a door, and a shelf a shelf."""


def sources() -> list[Path]:
    paths = [
        path
        for path in tracked()
        if path.suffix == ".py" and name(path).startswith(FOLDERS) and not name(path).startswith(ART)
    ]
    assert len(paths) > 300, "the code has moved"
    return paths


def parts(identifier: str) -> set[str]:
    """The words of an identifier, in lower case."""
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)}


def retired(identifiers: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for identifier in identifiers:
        left = identifier
        for allowed in ALLOWED:
            left = left.replace(allowed, "")
        if parts(left) & RETIRED:
            found.add(identifier)
    return found


def identifiers(path: Path, source: str) -> Iterator[str]:
    """What this file names: itself, its classes, functions, parameters, attributes and variables."""
    yield path.stem
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ClassDef(name=found) | ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found):
                yield found
            case ast.arg(arg=found) | ast.Name(id=found, ctx=ast.Store()):
                yield found
            case ast.Attribute(attr=found, ctx=ast.Store()):
                yield found
            case _:
                pass


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """Comments and texts of several words, each with its line."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and " " in token.string):
            yield token.start[0], token.string


def archaic(text: str) -> str:
    found = re.search(rf"\b(?:{'|'.join(ARCHAIC)})\b", text, re.IGNORECASE)
    return found.group() if found else ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_name_is_a_retired_metaphor(folder: str) -> None:
    found = {
        name(path): words
        for path in sources()
        if name(path).startswith(folder) and (words := retired(identifiers(path, path.read_text())))
    }
    assert found == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_sentence_is_archaic(folder: str) -> None:
    here = Path(__file__).resolve()
    found = [
        f"{name(path)}:{line}: {word}"
        for path in sources()
        if name(path).startswith(folder) and path.resolve() != here
        for line, text in sentences(path.read_text())
        if (word := archaic(text))
    ]
    assert found == []


def test_the_checks_find_what_they_look_for() -> None:
    source = 'class FrontDesk:\n    def whisper(self, door: str) -> None:\n        """Asked anew."""\n'
    assert retired(identifiers(Path("shelf.py"), source)) == {"FrontDesk", "whisper", "door", "shelf"}
    assert [archaic(text) for _, text in sentences(source)] == ["anew"]
    assert not retired(["set_aside", "ordinary"])
    assert not archaic("A plain sentence.")
