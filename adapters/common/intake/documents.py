"""The files of a message sorted into pictures, documents that are read, and sentences about the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from adapters.common.intake import unread_texts
from adapters.common.intake.decoding import decoded
from adapters.common.intake.file_kinds import FileKind, kind_of, kind_of_bytes
from adapters.common.intake.pdf import pdf_text
from bot.core.errors import Refusal
from bot.core.said import Document
from bot.core.text.clean_text import has_words

P = TypeVar("P")

PICTURES_MOST = 10
DOCUMENTS_MOST = 5
CHARACTERS_MOST = 30_000
"""Of one document, about ten pages; the words of a chat are bounded again by the operator's PROMPT_LIMIT."""
TEXT_BYTES = 4 * CHARACTERS_MOST + 4
"""Enough for so many characters in every encoding. Of a longer text file the rest is not even fetched."""
PDF_BYTES = 20_000_000
PDF_AT_ONCE = 2
"""Each is read in a process of its own, which may take 768 MiB."""


@dataclass(frozen=True, kw_only=True)
class AttachedFile(Generic[P]):
    """A file as its platform describes it. `source` is how it is fetched, and the picture of a draft.

    `size` in bytes, 0 where unknown. `gone`: a sentence why it cannot be fetched at all.
    """

    name: str
    source: P
    content_type: str = ""
    size: int = 0
    kind: FileKind | None = None
    gone: str = ""

    @property
    def sort(self) -> FileKind:
        """What it is; the platform's own `kind` first."""
        return self.kind or kind_of(self.name, self.content_type)


@dataclass(frozen=True, kw_only=True)
class FilesRead(Generic[P]):
    """What became of the files of a message."""

    pictures: tuple[P, ...] = ()
    documents: tuple[Document, ...] = ()
    unread: tuple[str, ...] = ()

    def plus(self, other: FilesRead[P]) -> FilesRead[P]:
        """Both, in order."""
        return FilesRead(
            pictures=self.pictures + other.pictures,
            documents=self.documents + other.documents,
            unread=self.unread + other.unread,
        )


Fetch = Callable[[P, int], Awaitable[bytes]]
"""The first bytes of a file, at most so many. Raises Refusal."""


class FileReader:
    """Reads the files of messages, a few PDF at a time."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(PDF_AT_ONCE)

    async def read(self, files: Sequence[AttachedFile[P]], fetch: Fetch[P]) -> FilesRead[P]:
        """Fetch and read what can be read. Every file is in the answer, as itself or in a sentence."""
        wanted = [file for file in files if _readable(file)]
        late = {id(file) for file in wanted[DOCUMENTS_MOST:]}
        parts = await asyncio.gather(*(self._file(file, fetch) for file in files if id(file) not in late))
        read = FilesRead[P]()
        for part in parts:
            read = read.plus(part)
        if late:
            names = tuple(file.name for file in wanted[DOCUMENTS_MOST:])
            read = replace(
                read, unread=(*read.unread, unread_texts.too_many_documents(names, DOCUMENTS_MOST))
            )
        return read

    async def _file(self, file: AttachedFile[P], fetch: Fetch[P]) -> FilesRead[P]:
        if file.gone:
            return FilesRead(unread=(file.gone,))
        if file.sort is FileKind.PICTURE:
            return FilesRead(pictures=(file.source,))
        if not _readable(file):
            return FilesRead(unread=(unread_texts.declined(file.name, file.sort),))
        if file.sort is FileKind.PDF and file.size > PDF_BYTES:
            return FilesRead(unread=(unread_texts.file_too_large(file.name, PDF_BYTES // 1_000_000),))
        try:
            first = await fetch(file.source, TEXT_BYTES + 1 if file.sort is FileKind.TEXT else PDF_BYTES + 1)
        except Refusal:
            return FilesRead(unread=(unread_texts.not_loaded(file.name),))
        return await self._bytes(file, first)

    async def _bytes(self, file: AttachedFile[P], data: bytes) -> FilesRead[P]:
        found = FileKind.UNKNOWN if file.sort is FileKind.TEXT else kind_of_bytes(data[:1024])
        if found is FileKind.PICTURE and file.sort is FileKind.UNKNOWN:
            return FilesRead(pictures=(file.source,))
        if found is FileKind.PDF:
            document, unread = await self._pdf(file.name, data)
        elif found is FileKind.UNKNOWN and file.sort is not FileKind.PDF:
            document, unread = await asyncio.to_thread(text_document, file.name, data)
        else:
            wrong = unread_texts.broken if file.sort is FileKind.PDF else unread_texts.not_text
            document, unread = None, (wrong(file.name),)
        return FilesRead(documents=(document,) if document else (), unread=unread)

    async def _pdf(self, name: str, data: bytes) -> tuple[Document | None, tuple[str, ...]]:
        if len(data) > PDF_BYTES:
            return None, (unread_texts.file_too_large(name, PDF_BYTES // 1_000_000),)
        async with self._room:
            found = await pdf_text(data, characters=CHARACTERS_MOST)
        if found.problem:
            said = unread_texts.encrypted if found.problem == "encrypted" else unread_texts.broken
            return None, (said(name),)
        document, unread = await asyncio.to_thread(
            text_document, name, found.text.encode(errors="ignore")[: TEXT_BYTES * 2]
        )
        if document is None:
            return None, (unread_texts.only_pictures(name),)
        if found.pages < found.total:
            unread = (unread_texts.only_pages(name, found.pages, found.total),)
            document = replace(document, cut=True)
        return document, unread


def _readable(file: AttachedFile[P]) -> bool:
    return not file.gone and file.sort in (FileKind.TEXT, FileKind.PDF, FileKind.UNKNOWN)


def text_document(name: str, data: bytes) -> tuple[Document | None, tuple[str, ...]]:
    """A text file of which `data` is all, or the first `TEXT_BYTES` and more; and what to say about it."""
    text = decoded(data[:TEXT_BYTES], cut=len(data) > TEXT_BYTES)
    if text is None:
        return None, (unread_texts.not_text(name),)
    if not has_words(text):
        return None, (unread_texts.empty(name),)
    if len(data) <= TEXT_BYTES and len(text) <= CHARACTERS_MOST:
        return Document(name=name, text=text), ()
    return (
        Document(name=name, text=text[:CHARACTERS_MOST], cut=True),
        (unread_texts.only_beginning(name, min(CHARACTERS_MOST, len(text))),),
    )
