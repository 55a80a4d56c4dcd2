"""No code of a platform, name of an exception or id of a method reaches a person.

Sentences are for people; the log has the rest.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import discord
import pytest

from adapters.slack import errors as slack_errors
from adapters.slack.errors import problem
from tests.architecture.test_house_rules import ROOT

RAW = re.compile(r"\b[a-z]+_[a-z_]+\b|\b\d{5,6}\b|\w+(?:Error|Exception)\b|\b\w+\.\w+\(|[{}\[\]]")
"""What a code looks like: words with underscores, long numbers, classes, JSON."""
CODES = sorted(
    {
        code
        for name, value in vars(slack_errors).items()
        if isinstance(value, frozenset) and name.startswith("_")
        for code in value
    }
    | {"missing_scope", "unknown_error", "invalid_blocks", "msg_too_long", "some_code_of_tomorrow"}
)
_WORDS = {"error", "status", "code", "method", "exception", "exc"}


@pytest.mark.parametrize("code", CODES)
def test_a_sentence_about_slack_has_no_code(code: str) -> None:
    found = problem({"ok": False, "error": code, "needed": "files:write", "provided": "chat:write"})
    assert not RAW.search(str(found)), str(found)
    assert code not in str(found)
    assert str(found).endswith(".")


def test_the_codes_are_those_that_the_adapter_knows() -> None:
    assert len(CODES) > 30
    assert {"not_in_channel", "token_revoked", "ratelimited"} <= set(CODES)


def _texts() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in sorted((ROOT / "adapters").glob("*/views/*texts.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield path, node


def test_no_text_for_people_takes_a_code() -> None:
    """But the one that has a sentence for each of Slack's reasons against a file."""
    found = [(path, node) for path, node in _texts() if _WORDS & {arg.arg for arg in node.args.args}]
    assert [node.name for _path, node in found] == ["upload_refused"]
    assert "{" not in inspect.getsource(slack_errors.texts.upload_refused)
    assert sum(1 for _one in _texts()) > 100, "the texts are not read any more"


def _raised(path: Path) -> Iterator[ast.Call]:
    """What is raised with a text made on the spot."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield node.exc


def test_discords_codes_are_in_no_sentence() -> None:
    """Discord's exceptions become one of six words (`trouble_of`); no sentence is made of one."""
    paths = sorted((ROOT / "adapters" / "discord").rglob("*.py"))
    assert len(paths) > 40
    for path in paths:
        for call in _raised(path):
            text = ast.unparse(call)
            assert not re.search(r"str\((?:error|exc)\)|\{(?:error|exc)\b|\.text\b|\.status\b", text), (
                path,
                text,
            )
    assert discord.HTTPException.__name__ not in " ".join(ast.unparse(node) for _path, node in _texts())
