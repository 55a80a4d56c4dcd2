"""Messages of a walk kept as the platform received them, for the pictures of the documentation.

Nothing is written unless `RECORD_WALKS` names a folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fakes.discord_server.entities import Message as DiscordMessage
from tests.fakes.slack_server.state import Message as SlackMessage


def sandbox_options() -> dict[str, Any]:
    """Real drawings instead of sketches; drawn large where they are kept."""
    large = {"render_pixels": 700_000, "video_edge": 640} if os.environ.get("RECORD_WALKS") else {}
    return {"sketch_edge": None, "video_seconds": 0.5, **large}


class Recording:
    """One walk: its messages in order, and the files they carry."""

    def __init__(self, name: str, people: Mapping[str, str]) -> None:
        """`people` maps the platform's ids of those who are named in messages to their names."""
        folder = os.environ.get("RECORD_WALKS")
        self._folder = Path(folder) / name if folder else None
        self._people = dict(people)
        self._messages: list[dict[str, Any]] = []

    def discord(self, message: DiscordMessage) -> None:
        """Components and attachments as the bot sent them, at this moment."""
        self._keep(
            author=message.author.name,
            bot=message.author.bot,
            text=message.content,
            components=message.components,
            files=[(file.filename, file.data) for file in message.attachments],
        )

    def slack(self, message: SlackMessage) -> None:
        """Blocks and files as the bot sent them, at this moment."""
        self._keep(
            author=message.user.real_name if message.user.is_bot else message.user.name,
            bot=message.user.is_bot,
            text=message.text,
            blocks=message.blocks,
            files=[(file.name, file.content) for file in message.files],
        )

    def _keep(self, *, files: list[tuple[str, bytes]], **message: Any) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        names: list[str] = []
        for name, data in files:
            kept = f"{len(self._messages)}-{name}"
            (self._folder / kept).write_bytes(data)
            names.append(kept)
        self._messages.append({**message, "files": names})
        walk = {"people": self._people, "messages": self._messages}
        (self._folder / "walk.json").write_text(json.dumps(walk, indent=2))
