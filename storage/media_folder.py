"""Results in a folder of this machine: `<folder>/<request id>/<file>`.

A name is the path from the folder's parent (`media/req_…/0.png`), as in databases since the first version. A
file is written in a scratch folder on the same disk and then moved, so that a partial file is never visible.
"""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from gettext import gettext as _
from pathlib import Path, PurePosixPath
from typing import TypeVar

from bot.core.errors import StoreUnavailable

T = TypeVar("T")
SCRATCH = ".incoming-"
CHECK_BYTES = bytes(64 * 1024)
"""What a check writes: more than what is left of a block."""


class MediaFolder:
    """`bot.core.ports.media.MediaStore` in a local folder, created at the first write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def scratch(self) -> AsyncGenerator[Path]:
        """See the port. `purge` deletes the scratch folders of killed processes."""
        path = await _written(self._new_scratch)
        try:
            yield path
        finally:
            await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)

    def _new_scratch(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=SCRATCH, dir=self._folder))

    async def put(self, request_id: str, file: Path) -> str:
        """See the port."""
        return await _written(lambda: self._put(request_id, file))

    def _put(self, request_id: str, file: Path) -> str:
        kept = self._folder / request_id / file.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        file.replace(kept)
        return kept.relative_to(self._folder.parent).as_posix()

    async def find(self, name: str) -> Path | None:
        """See the port."""
        path = self._path(name)
        return path if path is not None and await asyncio.to_thread(path.is_file) else None

    async def read(self, name: str) -> bytes | None:
        """See the port."""
        path = self._path(name)
        return None if path is None else await asyncio.to_thread(_content, path)

    def _path(self, name: str) -> Path | None:
        parts = PurePosixPath(name).parts
        inside = len(parts) > 1 and parts[0] == self._folder.name and ".." not in parts
        return self._folder.joinpath(*parts[1:]) if inside else None

    async def delete(self, request_id: str) -> int:
        """See the port."""
        return await _written(lambda: _remove(self._folder / request_id))

    async def purge(self, *, before: int) -> int:
        """See the port."""
        return await _written(lambda: self._purge(before / 1_000_000))

    def _purge(self, before: float) -> int:
        if not self._folder.is_dir():
            return 0
        old = [folder for folder in self._folder.iterdir() if _age(folder) < before]
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
        return sum(not folder.name.startswith(SCRATCH) for folder in old)

    async def check(self) -> None:
        """See the port."""
        await _written(self._check)

    def _check(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder) as file:
            file.write(CHECK_BYTES)
            file.flush()
            os.fsync(file.fileno())


async def _written(work: Callable[[], T]) -> T:
    """Run the work in a thread. Raises StoreUnavailable."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise StoreUnavailable(_("The disk with the results cannot be used right now.")) from error


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _age(folder: Path) -> float:
    """When it was last changed, in seconds since 1970; never, where another replica has just deleted it."""
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def _remove(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    try:
        files = sum(1 for path in folder.iterdir() if path.is_file())
        shutil.rmtree(folder)
    except FileNotFoundError:  # another replica deletes the same
        return 0
    return files
