"""Attachment options and upload fields in which Discord's app lets people pick pictures only.

Discord takes `file_types` on both: up to ten groups or dotted extensions (Discord docs, Application Command
Option Structure and File Upload). discord.py 2.7 has no word for it, so it is added where each writes
itself down for Discord, in methods that are meant to be overridden. Discord looks at the name alone;
what is in the file is judged once it is here (`pictures`, `bot.images.preparation`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from discord import AppCommandOptionType, app_commands, ui

PICTURES = ("image", ".heic", ".heif")
"""Discord's group holds PNG, GIF, JPEG, WebP and AVIF; what phones take comes on top."""
Callback = Callable[..., Coroutine[Any, Any, None]]


class PictureCommand(app_commands.Command[Any, ..., None]):
    """A command whose attachments are pictures."""

    def to_dict(self, tree: app_commands.CommandTree[Any]) -> dict[str, Any]:
        """As discord.py writes it, with the kinds of files."""
        body = super().to_dict(tree)
        for option in body["options"]:
            if option["type"] == AppCommandOptionType.attachment.value:
                option["file_types"] = list(PICTURES)
        return body


def command(description: str) -> Callable[[Callback], PictureCommand]:
    """`app_commands.command` for a command that takes pictures."""

    def build(callback: Callback) -> PictureCommand:
        return PictureCommand(name=callback.__name__, description=description, callback=callback)

    return build


class PictureUpload(ui.FileUpload[Any]):
    """A form's field for pictures."""

    def to_component_dict(self) -> Any:
        """As discord.py writes it, with the kinds of files."""
        return {**super().to_component_dict(), "file_types": list(PICTURES)}
