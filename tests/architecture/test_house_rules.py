"""The rules a reviewer would repeat, as tests. What may exceed them is named here; the list only shrinks."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from bot.core.request import MOVES, TERMINAL, State

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "storage", "adapters", "sandbox")
SHIPPED = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
MODULE_MAX = 300
FUNCTION_MAX = 30
DATA = {"adapters/slack/manifest.py"}
"""One literal, told as a function."""
LONG_MODULES = {"bot/core/request.py", "bot/core/ledger.py", "bot/use_cases/requests.py"}
"""Values and protocols whose length is their documentation."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code_lines(node: ast.AST) -> int:
    """Lines of a function's body, its docstring aside."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", SHIPPED, ids=name)
def test_a_module_has_a_purpose_and_a_bound(path: Path):
    source = path.read_text()
    tree = ast.parse(source)
    if tree.body:
        assert ast.get_docstring(tree), "a module says what it is"
    limit = 460 if name(path) in LONG_MODULES else MODULE_MAX
    assert len(source.splitlines()) <= limit, "two ideas in one module"
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f"{f.name}: {code_lines(f)}" for f in functions if code_lines(f) > FUNCTION_MAX + 10]
    assert not long or name(path) in DATA, "a function of more than one idea"


def test_most_functions_are_short():
    lengths = sorted(
        code_lines(node)
        for path in SHIPPED
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[int(len(lengths) * 0.98)] <= FUNCTION_MAX


def test_values_are_frozen():
    paths = sorted((ROOT / "bot" / "core").rglob("*.py"))
    assert len(paths) > 20, "the values have moved"
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                for decorator in node.decorator_list:
                    text = ast.unparse(decorator)
                    if text.startswith("dataclass"):
                        assert "frozen=True" in text, f"{name(path)}: {node.name}"


def test_every_state_is_reached_and_only_ends_end():
    reached = {target for targets in MOVES.values() for target in targets} | {State.RECEIVED}
    assert reached == set(State)
    assert {state for state in State if not MOVES[state]} <= TERMINAL


def test_the_trees_of_errors_in_the_docstrings_are_the_real_ones():
    from bot.core import errors
    from bot.core.errors import bounds, outside

    for module in (errors, bounds, outside):
        drawn = re.findall(r"[├└]─ (\w+)", module.__doc__ or "")
        real = [
            item.__name__
            for item in vars(module).values()
            if isinstance(item, type)
            and issubclass(item, errors.BotError)
            and item.__module__ == module.__name__
            and item is not errors.BotError
        ]
        assert sorted(drawn) == sorted(real)


def tracked() -> list[Path]:
    try:
        out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / line for line in out.splitlines() if (ROOT / line).is_file()]


def test_no_test_folder_hides_a_library():
    for path in (ROOT / "tests").rglob("*"):
        if path.is_dir() and "__pycache__" not in path.parts:
            assert path.name not in {"discord", "slack_bolt", "slack_sdk", "aiohttp", "httpx"}
        assert path.name != "__init__.py"


def test_the_project_speaks_of_itself_alone():
    here = Path(__file__).resolve()
    machine = re.compile(r"/work/|/root/|/tmp/pytest|\.\./shared/(?!specs)|helper-\d")
    for path in tracked():
        if path.resolve() == here or path.suffix in {".png", ".lock", ".json", ".svg"}:
            continue
        found = machine.search(path.read_text(errors="ignore"))
        assert not found, f"{name(path)}: {found and found.group()}"


def test_no_lock_file_names_a_registry():
    for path in ROOT.glob("*.lock"):
        assert "://" not in path.read_text(), path.name
