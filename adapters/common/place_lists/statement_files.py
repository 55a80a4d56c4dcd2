"""A statement as the files that a chat platform takes: one CSV, else ZIPs of parts of it."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterable
from dataclasses import dataclass

from adapters.common.place_lists import texts
from bot.core.errors import InvalidOrder

FILE_MOST = 8 * 1024 * 1024
"""Bytes of one file; Discord takes 10 MiB for each file of a message."""
ZIP_FULL = 7 * 1024 * 1024
"""Bytes of a ZIP at which the next one begins; the last lines of a part may still be in the compressor."""
FILES_MOST = 5
"""Files of one statement, so that it takes at most about 40 MB of memory: some millions of lines."""


@dataclass(frozen=True, kw_only=True)
class StatementFile:
    """A file with its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class FileBounds:
    """How large files may be, in bytes, and how many there may be."""

    csv: int = FILE_MOST
    zip_full: int = ZIP_FULL
    files: int = FILES_MOST


BOUNDS = FileBounds()


async def statement_files(
    chunks: AsyncIterable[bytes], name: str, bounds: FileBounds = BOUNDS
) -> list[StatementFile]:
    """The CSV as `name.csv` where it is small enough, else as `name.zip` or `name-part-1.zip` and so on, each
    part with the header.

    `chunks` end with whole lines, and the first begins with the header. Raises InvalidOrder for what is
    larger than all the files together.
    """
    parts, plain, size = _Parts(name, bounds), bytearray(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size <= bounds.csv:
            plain += chunk
            continue
        if plain:
            await asyncio.to_thread(parts.write, bytes(plain))
            plain.clear()
        await asyncio.to_thread(parts.write, chunk)
    if size <= bounds.csv:
        return [StatementFile(name=f"{name}.csv", data=bytes(plain))]
    return await asyncio.to_thread(parts.finished)


class _Parts:
    """ZIPs, one after the other."""

    def __init__(self, name: str, bounds: FileBounds) -> None:
        self._name = name
        self._bounds = bounds
        self._header = b""
        self._done: list[bytes] = []
        self._begin(f"{name}.csv")

    def _begin(self, entry: str) -> None:
        self._buffer = io.BytesIO()
        self._archive = zipfile.ZipFile(self._buffer, "w", zipfile.ZIP_DEFLATED)
        self._entry = self._archive.open(entry, "w", force_zip64=True)

    def write(self, lines: bytes) -> None:
        """Add lines to the part, after which it may be full. Raises InvalidOrder for one part too many."""
        if not self._header:
            end = lines.index(b"\n") + 1
            self._header, lines = lines[:end], lines[end:]
            self._entry.write(self._header)
        if self._buffer.tell() >= self._bounds.zip_full:
            self._close()
            self._open()
        self._entry.write(lines)

    def _open(self) -> None:
        if len(self._done) >= self._bounds.files:
            raise InvalidOrder(texts.too_large(), field="month")
        self._begin(f"{self._name}-part-{len(self._done) + 1}.csv")
        self._entry.write(self._header)

    def _close(self) -> None:
        self._entry.close()
        self._archive.close()
        self._done.append(self._buffer.getvalue())

    def finished(self) -> list[StatementFile]:
        """All parts; a single one has no number."""
        self._close()
        if len(self._done) == 1:
            return [StatementFile(name=f"{self._name}.zip", data=self._done[0])]
        return [
            StatementFile(name=f"{self._name}-part-{number}.zip", data=data)
            for number, data in enumerate(self._done, start=1)
        ]
