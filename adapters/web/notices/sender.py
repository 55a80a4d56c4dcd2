"""Tells open pages that there is something to look at; what it says is read from the database.

The event names only whom it is for: each browser then asks for its own.
"""

from __future__ import annotations

from adapters.web.stream import MessageStream
from bot.core.notices.digest import Digest
from bot.core.notices.thresholds import Notice
from bot.core.ports.for_adapters import NoticeAddress


class WebNotices:
    """Implements the core's `NoticeSender` for origin `web`."""

    def __init__(self, stream: MessageStream) -> None:
        self._stream = stream

    async def notice(self, notice: Notice, to: NoticeAddress, *, again: bool) -> None:
        """Never fails."""
        self._stream.fact("notice", {"id": notice.id, "person": notice.person or None})

    async def digest(self, digest: Digest, to: NoticeAddress, *, again: bool) -> None:
        """Never fails; the page shows the last digest whenever it is asked."""
        self._stream.fact("digest", {"window": digest.period.window})
