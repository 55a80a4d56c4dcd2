"""Every command of the command line answers programs as well: `--json`, and failures as JSON."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from adapters.cli.main import app
from tests.architecture.test_house_rules import ROOT
from tests.fakes.environment import bare

CLI = ROOT / "adapters/cli"
PRINTER = "operations/as_json.py"
OTHER_JSON = {
    "privacy.py": "the file inside an export",
    "platforms.py": "the manifest over several lines, as people paste it",
}
WIDTH = 80


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that call it."""
    for name, one in sorted((group or get_command(app)).commands.items()):
        if hasattr(one, "commands"):
            yield from commands(one, (*path, name))
        else:
            yield (*path, name), one


ALL = dict(commands())


def test_there_are_commands():
    assert len(ALL) >= 50


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_takes_json(path: tuple[str, ...]):
    assert [option for option in ALL[path].params if "--json" in option.opts], "add `json: Json = False`"


def test_one_module_prints_json():
    found = {
        path.relative_to(CLI).as_posix()
        for path in CLI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import) and any(name.name == "json" for name in node.names)
    }
    assert found == {PRINTER, *OTHER_JSON}


def test_one_module_reads_dates():
    reading = [path for path in CLI.rglob("*.py") if "fromisoformat" in path.read_text()]
    assert [path.relative_to(CLI).as_posix() for path in reading] == ["operations/dates.py"]


@pytest.mark.parametrize(
    "words", [("nonsense",), ("budget", "set"), ("--nonsense",), ("audit", "--since", "soon")]
)
def test_what_was_typed_wrongly_is_json_with_its_exit_code(words: tuple[str, ...]):
    plain = CliRunner().invoke(app, [*words], env=bare())
    told = CliRunner().invoke(app, [*words, "--json"], env=bare())
    assert (plain.exit_code, told.exit_code) == (2, 2)
    assert told.stdout == ""
    [line] = told.stderr.splitlines()
    assert json.loads(line)["error"]["code"] == "usage"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_is_in_sentences(path: tuple[str, ...]):
    said = {option.name: option.help or "" for option in ALL[path].params if option.name != "help"}
    assert not [name for name, text in said.items() if not text.endswith(".")]
    first, *rest = (ALL[path].help or "").split("\n\n")
    assert first.endswith((".", ":"))
    assert len(first) <= 2 * WIDTH, "the list of commands shows this in two lines"
    assert all(part.strip().endswith((".", ":")) for part in rest)
    wide = [line for part in rest for line in part.splitlines() if len(line.strip()) > WIDTH - 3]
    assert not wide, "typer keeps the line breaks of all paragraphs but the first"
