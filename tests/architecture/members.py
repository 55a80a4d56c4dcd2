"""Where the members of an enum are named: in Python, SQL, the page's JavaScript and the documentation.

A place is a function, a method or a module's own name (`bot.core.request:TERMINAL`), a named query, a
function of the page, or a document. In a function a member counts that is compared with, listed or a key
(`row.state is State.SETTLED`), not one that is only handed on (`state=State.SETTLED`), unless a function
makes values of one class from several (`Subject(Scope.TENANT)`, `Subject(Scope.PERSON)`). Bare values count
where at least three of them stand in one place, because one or two are likely to mean something else.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

Found = dict[tuple[str, str], set[str]]
"""Values of the members that are named, by enum's name and place."""

FEWEST_VALUES = 3
_SECTION = re.compile(r"^-- name: (\w+)", re.MULTILINE)
_TOP = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)


def places(root: Path, enums: Mapping[str, type[StrEnum]]) -> Found:
    """Every place under `root` that names members of these enums; the key is the module that defines them."""
    found: Found = defaultdict(set)
    for folder in ("bot", "storage", "adapters"):
        for path in sorted((root / folder).rglob("*.py")):
            _python(path, root, enums, found)
        for path in sorted((root / folder).rglob("*.sql")):
            if "migrations" not in path.parts:
                _text(path, root, enums, found, _SECTION, fewest=1)
        for path in sorted((root / folder).rglob("*.js")):
            _text(path, root, enums, found, _TOP, fewest=FEWEST_VALUES)
    for path in sorted((root / "docs").glob("*.md")):
        _document(path, root, enums, found)
    return dict(found)


def _python(path: Path, root: Path, enums: Mapping[str, type[StrEnum]], found: Found) -> None:
    module = ".".join(path.relative_to(root).with_suffix("").parts)
    tree = ast.parse(path.read_text())
    known = _known(tree, module, enums)
    for place, node in owners(tree):
        texts = {item.value for item in ast.walk(node) if isinstance(item, ast.Constant)}
        texts |= {item.id for item in _chosen(node) if isinstance(item, ast.Name)}
        whole = isinstance(node, ast.Assign | ast.AnnAssign) and "." not in place
        for item in ast.walk(node) if whole else _chosen(node):
            if (member := _member(item, known)) is not None:
                found[type(member).__name__, f"{module}:{place}"].add(member.value)
        for name, made in _made(node, known).items():
            found[name, f"{module}:{place}"] |= made
        for enum in enums.values():
            values = texts & {member.value for member in enum}
            if len(values) >= FEWEST_VALUES:
                found[enum.__name__, f"{module}:{place}"] |= values


def _member(node: ast.AST | None, known: Mapping[str, type[StrEnum]]) -> StrEnum | None:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
        return known[node.value.id].__members__.get(node.attr)
    return None


def _made(node: ast.AST, known: Mapping[str, type[StrEnum]]) -> dict[str, set[str]]:
    """Members that values of one class are made of, where there are several."""
    made: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in ast.walk(node):
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id[:1].isupper():
            for given in (*item.args, *(keyword.value for keyword in item.keywords)):
                if (member := _member(given, known)) is not None:
                    made[type(member).__name__, item.func.id].add(member.value)
    return {enum: values for (enum, _), values in made.items() if len(values) > 1}


def _chosen(node: ast.AST) -> Iterator[ast.expr | None]:
    """What is compared with, a key, an element or a case."""
    for item in ast.walk(node):
        match item:
            case ast.Compare():
                yield from (item.left, *item.comparators)
            case ast.Dict():
                yield from item.keys
            case ast.Tuple() | ast.List() | ast.Set():
                yield from item.elts
            case ast.MatchValue():
                yield item.value
            case _:
                pass


def _known(tree: ast.Module, module: str, enums: Mapping[str, type[StrEnum]]) -> dict[str, type[StrEnum]]:
    """The names under which this module knows the enums: defined, imported, or given a short name."""
    known: dict[str, type[StrEnum]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            known |= {
                alias.asname or alias.name: enums[f"{node.module}.{alias.name}"]
                for alias in node.names
                if f"{node.module}.{alias.name}" in enums
            }
        elif isinstance(node, ast.ClassDef) and f"{module}.{node.name}" in enums:
            known[node.name] = enums[f"{module}.{node.name}"]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in known:
            known |= {name.id: known[node.value.id] for name in node.targets if isinstance(name, ast.Name)}
    return known


def owners(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Every function, method and statement of a module with the name that it is a place by."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                yield f"{node.name}.{_name(item)}", item
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            yield _name(node), node


def _name(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name), *_]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return "(module)"


def _text(
    path: Path,
    root: Path,
    enums: Mapping[str, type[StrEnum]],
    found: Found,
    beginning: re.Pattern[str],
    *,
    fewest: int,
) -> None:
    text, name = path.read_text(), path.relative_to(root).as_posix()
    begins = [*beginning.finditer(text)]
    ends = [*(match.start() for match in begins[1:]), len(text)]
    for match, end in zip(begins, ends, strict=True):
        part = text[match.start() : end]
        words = set(re.findall(r"['\"](\w+)['\"]", part)) | set(re.findall(r"[{,]\s*(\w+):", part))
        for enum in enums.values():
            values = words & {member.value for member in enum}
            if len(values) >= fewest:
                found[enum.__name__, f"{name}:{match[1]}"] |= values


def _document(path: Path, root: Path, enums: Mapping[str, type[StrEnum]], found: Found) -> None:
    lines = path.read_text().splitlines()
    # A list may go on in the next line.
    for line in (f"{one} {two}" for one, two in zip(lines, [*lines[1:], ""], strict=True)):
        words = set(re.findall(r"`(\w+)`", line))
        for enum in enums.values():
            values = words & {member.value for member in enum}
            if len(values) >= FEWEST_VALUES:
                found[enum.__name__, f"{path.relative_to(root).as_posix()}"] |= values
