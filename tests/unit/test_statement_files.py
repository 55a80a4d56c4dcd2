"""A statement as files for a chat: a CSV, one ZIP, several ZIPs that together have every line once."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import AsyncIterator

import pytest

from adapters.common.place_lists.statement_files import (
    FILE_MOST,
    FileBounds,
    StatementFile,
    statement_files,
)
from bot.core.errors import InvalidOrder

HEADER = "entry,request,dollars\r\n"
CHUNK_LINES = 1000


def lines(count: int) -> list[str]:
    """Lines that do not shrink to nothing: each has a request of its own."""
    rng = random.Random(7)
    return [f"{number},req_{rng.getrandbits(320):x},0.04\r\n" for number in range(count)]


async def chunks(table: list[str]) -> AsyncIterator[bytes]:
    yield HEADER.encode()
    for start in range(0, len(table), CHUNK_LINES):
        yield "".join(table[start : start + CHUNK_LINES]).encode()


def unpacked(file: StatementFile) -> str:
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        assert archive.testzip() is None
        [name] = archive.namelist()
        assert name == file.name.replace(".zip", ".csv")
        return archive.read(name).decode()


async def test_a_small_statement_is_the_csv_itself() -> None:
    table = lines(20)
    [file] = await statement_files(chunks(table), "statement-x-2026-10")
    assert (file.name, file.data.decode()) == ("statement-x-2026-10.csv", HEADER + "".join(table))


async def test_a_large_one_is_a_zip_that_a_chat_takes_with_every_line_in_it() -> None:
    table = lines(110_000)
    assert sum(map(len, table)) > FILE_MOST
    [file] = await statement_files(chunks(table), "statement-x-2026-10")
    assert file.name == "statement-x-2026-10.zip"
    assert len(file.data) <= FILE_MOST
    assert unpacked(file) == HEADER + "".join(table)


async def test_a_very_large_one_is_several_each_with_the_header_and_no_line_twice() -> None:
    table, bounds = lines(60_000), FileBounds(csv=100_000, zip_full=900_000, files=4)
    files = await statement_files(chunks(table), "s", bounds)
    assert [one.name for one in files] == [f"s-part-{number}.zip" for number in range(1, len(files) + 1)]
    assert 1 < len(files) <= 4
    rows: list[list[str]] = []
    for number, file in enumerate(files, start=1):
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            text = archive.read(archive.namelist()[0]).decode()
        head, *more = list(csv.reader(io.StringIO(text)))
        assert head == ["entry", "request", "dollars"]
        assert more, f"part {number} has lines"
        rows += more
    assert [int(row[0]) for row in rows] == list(range(60_000))


async def test_one_that_no_number_of_files_holds_says_who_can_write_it() -> None:
    with pytest.raises(InvalidOrder, match="statement show"):
        await statement_files(chunks(lines(60_000)), "s", FileBounds(csv=1000, zip_full=300_000, files=2))
