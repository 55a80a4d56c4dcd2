"""A limit of memory as a container has it: a control group of Linux, version 2 or 1, with a process in it.

What goes beyond it is killed by the kernel, as in a container. Needs the right to make control groups.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_VERSIONS = ((_ROOT / "memory", "memory.limit_in_bytes"), (_ROOT, "memory.max"))
"""Where groups with memory are made, and the file of their limit."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A group with a limit of `size` bytes."""

    group: Path
    size: int

    def enter(self) -> None:
        """Put this process into the group: between fork and exec."""
        (self.group / "cgroup.procs").write_text(str(os.getpid()))


@contextmanager
def limited(size: int) -> Iterator[Limit | None]:
    """A group whose processes have `size` bytes together, without swap; None where none can be made."""
    for root, name in _VERSIONS:
        group = root / f"pictures-{uuid.uuid4().hex[:8]}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if _allows(group, name, size):
                yield Limit(group=group, size=size)
                return
        finally:
            group.rmdir()
    yield None


def _allows(group: Path, name: str, size: int) -> bool:
    if not (group / name).exists() or not (group / "cgroup.procs").exists():
        return False
    try:
        (group / name).write_text(str(size))
        for swap in ("memory.memsw.limit_in_bytes", "memory.swap.max"):
            if (group / swap).exists():
                (group / swap).write_text(str(size if "memsw" in swap else 0))
    except OSError:
        return False
    return True


def here() -> str:
    """The limit that this process sees, in bytes; "none" where there is none to be seen."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return "none"
    for line in lines:
        _number, controllers, place = line.split(":", 2)
        for root, name in _VERSIONS:
            wanted = "memory" if root.name == "memory" else ""
            path = root / place.lstrip("/") / name
            if controllers == wanted and path.exists():
                return path.read_text().strip()
    return "none"
