"""`MediaStore`: results of the gateway, kept until their retention ends.

Adapters do not use it: use cases give them a file or its bytes. Its contract suite is
`tests/contract/test_media_store.py`.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol


class MediaStore(Protocol):
    """Files of results by name. `put` returns the name, and `Asset.path` keeps it.

    Every method that writes raises StoreUnavailable when the storage is full or unavailable.
    """

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        """A local folder for writing a file before it is put; deleted with its content at the end."""
        ...

    async def put(self, request_id: str, file: Path) -> str:
        """Move a file from a scratch folder into the store as a result of that request; returns its name.

        An earlier file of the request with the same file name is replaced.
        """
        ...

    async def find(self, name: str) -> Path | None:
        """A read-only local file with that content; None when it is no longer kept."""
        ...

    async def read(self, name: str) -> bytes | None:
        """The whole content; None when it is no longer kept."""
        ...

    async def check(self) -> None:
        """Write something small and delete it again. Raises StoreUnavailable when that fails."""
        ...

    async def delete(self, request_id: str) -> int:
        """Delete all files of a request; returns how many."""
        ...

    async def purge(self, *, before: int) -> int:
        """Delete the files of requests whose newest file is older than `before` (UTC micros); returns how
        many requests.
        """
        ...
