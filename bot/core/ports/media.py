"""`MediaStore`: results of the gateway, kept until their retention ends.

Adapters never see it: use cases hand them a file or its bytes. Its contract suite is
`tests/contract/test_media_store.py`.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol


class MediaStore(Protocol):
    """Files of results by name. A name is what `put` answered; `Asset.path` keeps it.

    Every method that writes raises StoreUnavailable when the disk (or what stands for it) is full or away.
    """

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        """A folder of this machine to write a file into before it is put; gone with all in it at the end."""
        ...

    async def put(self, request_id: str, file: Path) -> str:
        """Take over a file from a scratch folder as a result of that request; answers its name.

        A file that the request had under the same file name is replaced.
        """
        ...

    async def find(self, name: str) -> Path | None:
        """A file of this machine with that content, to be read only; None when it is not kept."""
        ...

    async def read(self, name: str) -> bytes | None:
        """The whole content; None when it is not kept."""
        ...

    async def delete(self, request_id: str) -> int:
        """Drop all files of a request; answers how many."""
        ...

    async def purge(self, *, before: int) -> int:
        """Drop the files of requests whose last one was put before a time (UTC micros); says of how many."""
        ...
