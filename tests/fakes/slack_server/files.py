"""Files: what Slack knows of them, and how much of their bytes this server keeps.

A large upload is counted and hashed while it streams by; only its first 64 kB stay in memory, so that a
200 MB video can be judged without holding it.
"""

from __future__ import annotations

import hashlib
import io
import mimetypes
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from tests.fakes.slack_server.state import Channel, Team, User

KEEP_WHOLE = 16 * 1024 * 1024
KEEP_HEAD = 64 * 1024
_TYPES = {".heic": "image/heic", ".avif": "image/avif", ".webp": "image/webp", ".mp4": "video/mp4"}
_NAMES = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "mp4": "MPEG 4 Video", "webp": "WEBP", "heic": "HEIC"}


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file a person attaches. `mimetype` is guessed from the name unless given."""

    name: str
    content: bytes
    mimetype: str | None = None
    title: str | None = None


@dataclass(frozen=True, kw_only=True)
class Share:
    channel: Channel
    ts: str
    thread_ts: str | None


@dataclass(eq=False, kw_only=True)
class SlackFile:
    id: str
    team: Team
    user: User
    name: str
    title: str = ""
    declared: int = 0
    alt_txt: str | None = None
    size: int = 0
    sha256: str = ""
    head: bytes = b""
    content: bytes | None = None
    created: int = 0
    mimetype: str = ""
    filetype: str = ""
    width: int = 0
    height: int = 0
    state: str = "ticket"
    """ticket (URL issued), uploaded (bytes arrived), complete (completed), shared (visible)."""
    mode: str = "hosted"
    file_access: str = "visible"
    deleted: bool = False
    shares: list[Share] = field(default_factory=list)

    @property
    def is_image(self) -> bool:
        return self.mimetype.startswith("image/")

    def take(self, sink: Sink) -> None:
        """Adopt what was received and say what it is from its name and, for images, its header."""
        self.size, self.sha256, self.head, self.content = sink.size, sink.digest, sink.head, sink.whole
        self.state = "uploaded"
        self.describe()

    def describe(self, mimetype: str | None = None) -> None:
        suffix = PurePath(self.name).suffix.lower()
        guessed = _TYPES.get(suffix) or mimetypes.guess_type(self.name)[0]
        self.mimetype = mimetype or guessed or "application/octet-stream"
        self.filetype = {"jpeg": "jpg"}.get(suffix[1:], suffix[1:]) or "binary"
        if not self.is_image:
            return
        try:
            with Image.open(io.BytesIO(self.content or self.head)) as image:
                self.width, self.height = image.size
        except (UnidentifiedImageError, OSError):
            self.width = self.height = 0


class Sink:
    """Counts and hashes a stream, keeping the whole of a small one and the head of a large one."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()
        self._kept = bytearray()

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._hash.update(chunk)
        if self.size <= KEEP_WHOLE:
            self._kept += chunk
        elif len(self._kept) != KEEP_HEAD:
            self._kept = (self._kept + chunk)[:KEEP_HEAD]

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    @property
    def head(self) -> bytes:
        return bytes(self._kept[:KEEP_HEAD])

    @property
    def whole(self) -> bytes | None:
        return bytes(self._kept) if self.size <= KEEP_WHOLE else None


def file_object(file: SlackFile, base: str) -> dict[str, Any]:
    """Slack's file object as it appears in events and answers."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    if file.file_access == "check_file_info":
        return {"id": file.id, "mode": "file_access", "file_access": "check_file_info", **_stub(file)}
    if file.mode == "hidden_by_limit":
        return {"id": file.id, "mode": "hidden_by_limit", **_stub(file)}
    known = file.state != "complete"
    described: dict[str, Any] = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype if known else "",
        "filetype": file.filetype if known else "",
        "pretty_type": _NAMES.get(file.filetype, file.filetype.upper()) if known else "",
        "user": file.user.id,
        "user_team": file.user.home_team_id,
        "editable": False,
        "size": file.size,
        "mode": file.mode,
        "is_external": file.mode == "external",
        "external_type": "",
        "is_public": any(s.channel.kind == "channel" for s in file.shares),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "media_display_type": "unknown",
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": file.file_access,
    }
    if file.alt_txt:
        described["alt_txt"] = file.alt_txt
    return described | _addresses(file, base)


def _addresses(file: SlackFile, base: str) -> dict[str, Any]:
    location = f"{file.team.id}-{file.id}"
    found: dict[str, Any] = {
        "url_private": f"{base}/files-pri/{location}/{file.name}",
        "url_private_download": f"{base}/files-pri/{location}/download/{file.name}",
        "permalink": f"{base}/files/{file.user.id}/{file.id}/{file.name}",
        "permalink_public": f"{base}/public/{location}",
    }
    if file.width:
        found |= {"original_w": file.width, "original_h": file.height}
        found["thumb_360"] = f"{base}/files-tmb/{location}/{file.name}"
    return found


def _stub(file: SlackFile) -> dict[str, Any]:
    return {"created": file.created, "timestamp": file.created, "user": file.user.id}


def with_shares(file: SlackFile, base: str) -> dict[str, Any]:
    """The file object of files.info: the same, and where it is shared."""
    described = file_object(file, base)
    if file.deleted or file.file_access != "visible":
        return described
    shares: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for share in file.shares:
        kind = "public" if share.channel.kind == "channel" else "private"
        entry: dict[str, Any] = {
            "ts": share.ts,
            "channel_name": share.channel.name,
            "team_id": file.team.id,
            "share_user_id": file.user.id,
            "reply_users": [],
            "reply_users_count": 0,
            "reply_count": 0,
        }
        if share.thread_ts:
            entry["thread_ts"] = share.thread_ts
        shares.setdefault(kind, {}).setdefault(share.channel.id, []).append(entry)
    ids = {kind: sorted({s.channel.id for s in file.shares if s.channel.kind == kind}) for kind in _KINDS}
    return described | {
        "shares": shares,
        "channels": ids["channel"],
        "groups": ids["group"],
        "ims": ids["im"],
        "comments_count": 0,
    }


_KINDS = ("channel", "group", "im")
