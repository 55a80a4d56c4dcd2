"""`file_types` of attachment options and upload fields (Discord docs): groups and extensions, by name."""

from __future__ import annotations

from tests.fakes.discord_server.base import ClientRefused, Json, form_error
from tests.fakes.discord_server.entities import Upload

GROUPS = {
    "image": (".png", ".gif", ".jpg", ".jpeg", ".jfif", ".webp", ".avif"),
    "video": (".mp4", ".mov", ".qt", ".webm"),
    "audio": (".mp3", ".m4a", ".wav", ".ogg", ".opus", ".flac"),
}
MOST = 10


def check(path: str, node: Json) -> None:
    """Raises: ApiError for what are not at most ten groups or dotted extensions."""
    kinds = node.get("file_types") or []
    good = all(item in GROUPS or (item.startswith(".") and 2 <= len(item) <= 16) for item in kinds)
    if len(kinds) > MOST or not good:
        raise form_error(f"{path}.file_types", "BASE_TYPE_BAD", f"Invalid file types: {kinds}")


def offered(node: Json, given: Upload) -> None:
    """Raises: ClientRefused for a file that the app would not let a person pick here."""
    kinds = node.get("file_types") or []
    allowed = {ending for kind in kinds for ending in GROUPS.get(kind, (kind,))}
    if allowed and not given.filename.lower().endswith(tuple(allowed)):
        raise ClientRefused(f"{given.filename} is none of {sorted(allowed)}")
