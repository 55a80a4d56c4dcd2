"""What a new member of an enum breaks: every place that has to know it, by name.

`python -m tests.architecture.new_members` writes the lists in `places/` again; the test beside it compares.
A copy of the code gets one more member in each enum, and the type checker runs on it once; what names the
members without a `match` is found by `members`. Whatever is in a list and is not found any more has lost its
guard.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.architecture.members import owners, places
from tests.architecture.test_members import ENUMS, ROOT, unhandled

LISTS = Path(__file__).parent / "places"
_ORDER = '''
@dataclass(frozen=True, kw_only=True)
class AudioOrder:
    """Sound from words."""

    capability: Literal[Capability.AUDIO] = Capability.AUDIO
    model: str
    prompt: str
    extra: Mapping[str, str] = field(default_factory=dict[str, str])


'''


@dataclass(frozen=True, kw_only=True)
class New:
    """One member that is added: of which enum, behind which line of which file, under which name."""

    enum: str
    member: str
    path: str
    after: str
    words: str

    @property
    def list(self) -> Path:
        """The file with the places that have to know it."""
        return LISTS / f"{self.enum.rpartition('.')[2].lower()}_{self.member.lower()}.txt"

    def mutate(self, copy: Path) -> None:
        """Add it to the code in `copy`."""
        line = f'    {self.member} = "{self.member.lower()}"\n'
        _insert(copy / self.path, self.after, line)


NEW = (
    New(
        enum="bot.core.capability.Capability",
        member="AUDIO",
        path="bot/core/capability.py",
        after='    VIDEO = "video"\n\n\nclass Output',
        words=r"Capability\.AUDIO|AudioOrder",
    ),
    New(
        enum="bot.core.ledger.Scope",
        member="MODEL",
        path="bot/core/ledger.py",
        after='    PERSON = "person"\n',
        words=r"Scope\.MODEL",
    ),
    New(
        enum="bot.core.windows.Window",
        member="QUARTER",
        path="bot/core/windows.py",
        after='    TOTAL = "total"\n',
        words=r"Window\.QUARTER",
    ),
    New(
        enum="bot.core.ledger.Kind",
        member="REFUND",
        path="bot/core/ledger.py",
        after='    ADJUST = "adjust"\n',
        words=r"Kind\.REFUND",
    ),
    New(
        enum="bot.core.request.State",
        member="PAUSED",
        path="bot/core/request.py",
        after='    CANCELLED = "cancelled"\n',
        words=r"State\.PAUSED",
    ),
)


def named() -> dict[Path, set[str]]:
    """Places by list that name the members of an enum without the new one."""
    enums = {**ENUMS, **{new.enum: _grown(ENUMS[new.enum], new.member) for new in NEW}}
    missing = unhandled(places(ROOT, enums), enums)
    return {
        new.list: {f"{place} (members)" for enum, place in missing if new.enum.endswith(f".{enum}")}
        for new in NEW
    }


def typed() -> dict[Path, set[str]]:
    """Places by list with a type error. Raises ValueError for an error that names no new member."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copied(copy)
        for new in NEW:
            new.mutate(copy)
        _with_order(copy / "bot/core/request.py")
        errors = [*_type_errors(copy)]
    by_list = {new.list: {place for place, said in errors if re.search(new.words, said)} for new in NEW}
    # A branch that is missing leaves a name unbound or a result undeclared in the same place.
    known = set[str]().union(*by_list.values())
    if stray := [f"{place}: {said}" for place, said in errors if place not in known]:
        raise ValueError("type errors that name no new member: " + "; ".join(stray))
    return {path: {f"{place} (types)" for place in places} for path, places in by_list.items()}


def _grown(enum: type[StrEnum], member: str) -> type[StrEnum]:
    values: Mapping[str, str] = {one.name: one.value for one in enum} | {member: f"a new {member}"}
    return StrEnum(enum.__name__, list(values.items()))


def _copied(copy: Path) -> None:
    for folder in ("bot", "storage", "adapters"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "static"))
    config = (ROOT / "pyproject.toml").read_text()
    include = 'include = ["bot", "storage", "adapters", "sandbox", "benchmarks"]'
    assert include in config, "the type checker's folders have changed"
    (copy / "pyproject.toml").write_text(config.replace(include, 'include = ["bot", "storage", "adapters"]'))
    (copy / ".venv").symlink_to(Path(sys.prefix), target_is_directory=True)


def _with_order(path: Path) -> None:
    union = "OrderOf = GenerateOrder | EditOrder[P] | UpscaleOrder[P] | ChatOrder[P] | VideoOrder[P]"
    _insert(path, union, " | AudioOrder")
    text = path.read_text()
    path.write_text(text.replace("PictureOrder = ", f"{_ORDER.lstrip()}PictureOrder = ", 1))


def _insert(path: Path, after: str, what: str) -> None:
    """Insert behind the first line of `after`."""
    text = path.read_text()
    assert text.count(after) == 1, f"{path.name} has changed: {after!r}"
    end = text.index(after) + len(after.partition("\n")[0]) + ("\n" in after)
    path.write_text(text[:end] + what + text[end:])


def _type_errors(copy: Path) -> Iterator[tuple[str, str]]:
    """The place and the words of every error in the copy."""
    run = [sys.executable, "-m", "pyright", "--outputjson", "--project", str(copy)]
    out = subprocess.run(run, cwd=copy, capture_output=True, text=True, check=False).stdout
    for error in json.loads(out)["generalDiagnostics"]:
        path = Path(error["file"])
        line = error["range"]["start"]["line"] + 1
        module = ".".join(path.resolve().relative_to(copy.resolve()).with_suffix("").parts)
        yield f"{module}:{_place(path, line)}", error["message"]


def _place(path: Path, line: int) -> str:
    for name, node in owners(ast.parse(path.read_text())):
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            return name
    return "(module)"


def main() -> None:
    """Write the lists."""
    LISTS.mkdir(exist_ok=True)
    types = typed()
    for path, entries in named().items():
        path.write_text("".join(f"{entry}\n" for entry in sorted(entries | types[path])))


if __name__ == "__main__":
    main()
