"""Names lead to one thing each, and folders stay small enough to be read at a glance."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture.test_house_rules import ROOT, name

MOST_FILES = 20
ADAPTERS = sorted(
    path.name for path in (ROOT / "adapters").iterdir() if path.is_dir() and (path / "__init__.py").is_file()
)
SHIPPED_FOLDERS = ("bot", "storage", "adapters", "docs", "deploy", "benchmarks", "tools")


def public_classes(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Each public class at the top of a module, with the module's path."""
    for path in (path for folder in folders for path in sorted(folder.rglob("*.py"))):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, name(path)


def twice(folders: Iterable[Path]) -> dict[str, list[str]]:
    where: defaultdict[str, list[str]] = defaultdict(list)
    for one, path in public_classes(folders):
        where[one].append(path)
    assert len(where) > 3, "these folders hold no classes: have they moved?"
    return {one: paths for one, paths in where.items() if len(paths) > 1}


def test_a_public_class_name_exists_once_in_the_core_and_the_storage():
    assert twice([ROOT / "bot", ROOT / "storage"]) == {}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_public_class_name_exists_once_in_an_adapter(adapter: str):
    assert twice([ROOT / "adapters" / adapter]) == {}


def test_the_adapters_are_those_that_are_checked():
    assert {"cli", "common", "discord", "server", "slack", "web"} <= set(ADAPTERS)


def test_a_folder_has_at_most_twenty_files():
    full: dict[str, int] = {}
    folders = 0
    for top in (ROOT / one for one in SHIPPED_FOLDERS if (ROOT / one).is_dir()):
        for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
            if folder.name in {"__pycache__", "migrations"}:  # a migration is never taken away
                continue
            folders += 1
            count = sum(1 for path in folder.iterdir() if path.is_file())
            if count > MOST_FILES:
                full[folder.relative_to(ROOT).as_posix()] = count
    assert folders > 30
    assert full == {}
