"""One editor per message: it always sends the newest state, never two at once, at a polite pace.

An edit can block its caller for seconds when Discord's bucket is empty, and two edits in flight may arrive
in either order. So whoever has news leaves it here and goes on; what was overtaken is never sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from cachetools import LRUCache
from discord import ui

from adapters.discord.addressing import Reply
from adapters.discord.delivery.transport import Message
from adapters.discord.errors import Trouble, trouble_of
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

PAUSE_S = 1.2
"""Between two edits of one message; Discord takes about one a second before it makes clients wait."""
MOST = 5000
"""Messages of which it is remembered what they show, so that a poll without news is no edit."""
Edit = Callable[[Reply, Message], Awaitable[None]]


@dataclass
class _Editor:
    reply: Reply
    newest: ui.LayoutView | None = None
    task: asyncio.Task[None] | None = None
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)


class Editors:
    """All messages under way in this process."""

    def __init__(self, edit: Edit, clock: Clock, pause_s: float = PAUSE_S) -> None:
        self._edit = edit
        self._clock = clock
        self._pause_s = pause_s
        self._open: dict[tuple[int, int], _Editor] = {}
        self._drawn: LRUCache[tuple[int, int], int] = LRUCache(MOST)

    def show(self, reply: Reply, view: ui.LayoutView) -> None:
        """Have the message show this soon, unless something newer comes first. Never waits, never raises."""
        editor = self._open.setdefault(reply.key, _Editor(reply))
        editor.newest = view
        if editor.task is None:
            editor.task = asyncio.create_task(self._work(editor), name=f"discord-editor-{reply.message_id}")

    async def settle(self, reply: Reply) -> None:
        """Drop what has not been sent and wait for the edit in flight, so that what follows is the last."""
        editor = self._open.pop(reply.key, None)
        if editor is not None:
            editor.newest = None
            async with editor.sending:
                if editor.task is not None:
                    editor.task.cancel()
        self._drawn.pop(reply.key, None)

    async def drain(self, timeout_s: float) -> None:
        """Send the newest state of every message now, within `timeout_s`, and close."""
        editors, self._open = list(self._open.values()), {}
        await asyncio.wait_for(
            asyncio.gather(*(self._last_edit(editor) for editor in editors), return_exceptions=True),
            timeout_s,
        )

    async def _last_edit(self, editor: _Editor) -> None:
        async with editor.sending:
            if editor.task is not None:
                editor.task.cancel()
        await self._send(editor)

    async def _work(self, editor: _Editor) -> None:
        while editor.newest is not None:
            await self._send(editor)
            await self._clock.sleep(self._pause_s)
        editor.task = None
        if self._open.get(editor.reply.key) is editor:
            del self._open[editor.reply.key]

    async def _send(self, editor: _Editor) -> None:
        async with editor.sending:
            view, editor.newest = editor.newest, None
            if view is None:
                return
            drawn, key = hash(repr(view.to_components())), editor.reply.key
            if drawn == self._drawn.get(key):
                return
            try:
                await self._edit(editor.reply, Message(view=view))
            except Exception as error:
                # Progress is best effort: the end of the story takes the whole chain of addresses.
                if trouble_of(error) is Trouble.WRONG:
                    log.exception("progress_not_shown", message_id=editor.reply.message_id)
                return
            self._drawn[key] = drawn
