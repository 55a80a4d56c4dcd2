"""The state that all parts of the fake Discord share, and the settings a test may turn."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import re
from collections.abc import Callable
from typing import Any

from PIL import Image, UnidentifiedImageError

from tests.fakes.discord_server.base import Clock, Signal, Snowflakes
from tests.fakes.discord_server.entities import (
    MIB,
    Attachment,
    Channel,
    Guild,
    Upload,
    User,
)
from tests.fakes.discord_server.payloads import Payloads
from tests.fakes.discord_server.validation import Validation

LINK_LIFE = 24 * 3600
_LINK = re.compile(r"/(?:ephemeral-)?attachments/\d+/(\d+)/")


class World(Payloads):
    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.new_id = Snowflakes(self.clock)
        self.changed = Signal()
        self.validation = Validation()
        self.origin = ""  # http://127.0.0.1:PORT once bound
        self.token = "MTA0.fake.discord-token"
        self.bot = User(id=self.new_id(), name="Lumenfall", bot=True)
        self.application_id = self.bot.id
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
        self.interactions: dict[int, Any] = {}
        self.by_token: dict[str, Any] = {}
        self.privileged_intents = 0
        self.upload_limit = 10 * MIB  # what every account may send
        self.claimed_upload_limit: int | None = None  # what interactions say instead
        self.ack_seconds = 3.0  # for the first answer to an interaction
        self.app_knows_file_types = True  # an app that was not updated lets people pick any file
        self.reader: Callable[[Any], Any] | None = None  # what the bot says goes through it
        self.old_edit_limit = 30  # edits per channel and hour to messages older than an hour

    # files

    def keep_file(self, upload: Upload, *, channel: Channel, ephemeral: bool = False) -> Attachment:
        width, height = _dimensions(upload.data)
        attachment = Attachment(
            id=self.new_id(),
            filename=re.sub(r"[^\w.\-]", "_", upload.filename),
            data=upload.data,
            content_type=mimetypes.guess_type(upload.filename)[0],
            description=upload.description,
            width=width,
            height=height,
            ephemeral=ephemeral,
            channel_id=channel.id,
        )
        self.attachments[attachment.id] = attachment
        return attachment

    def link(self, attachment: Attachment) -> str:
        """A signed URL that lives a day from now, new each time."""
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        path = f"/{folder}/{attachment.channel_id}/{attachment.id}/{attachment.filename}"
        issued = int(self.clock.now())
        ex, since = f"{issued + LINK_LIFE:x}", f"{issued:x}"
        return f"{self.origin}{path}?ex={ex}&is={since}&hm={self.sign(path, ex, since)}&"

    def sign(self, path: str, ex: str, since: str) -> str:
        return hashlib.sha256(f"{self.token}{path}{ex}{since}".encode()).hexdigest()

    def own_link(self, url: str) -> int | None:
        """The attachment id in one of this server's own links."""
        found = _LINK.search(url) if url.startswith(self.origin) else None
        return int(found[1]) if found else None


def _dimensions(data: bytes) -> tuple[int | None, int | None]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None, None
