"""What was said so far, read from `messages`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from PIL import Image

from sandbox.errors import ApiError, invalid
from sandbox.inputs import data_uri, decode
from sandbox.pricing import text_tokens

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})

_COLOURS = {
    "black": (20, 20, 24), "dark grey": (80, 80, 84), "grey": (140, 140, 140), "silver": (200, 200, 205),
    "white": (245, 245, 245), "red": (205, 40, 45), "dark red": (110, 25, 30), "orange": (240, 140, 40),
    "brown": (120, 80, 45), "sand": (222, 196, 150), "yellow": (240, 215, 60), "olive": (115, 115, 50),
    "green": (60, 160, 70), "dark green": (25, 75, 45), "teal": (30, 130, 130), "sky blue": (130, 190, 235),
    "blue": (45, 95, 210), "navy blue": (25, 35, 85), "purple": (115, 60, 165), "violet": (165, 120, 215),
    "pink": (240, 150, 185), "magenta": (205, 50, 150),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What an image part shows: its size and colours, or only the host of a link that is not followed."""

    width: int = 0
    height: int = 0
    colours: tuple[str, ...] = ()
    host: str | None = None


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """`turns` are (role, text) without the system prompt; `images` are those of the last user message."""

    system: str
    turns: tuple[tuple[str, str], ...]
    images: tuple[str, ...]

    @property
    def prompt(self) -> str:
        return next((text for role, text in reversed(self.turns) if role == "user"), "")

    @property
    def earlier(self) -> list[str]:
        """What the user said before the last message, oldest first."""
        said = [text for role, text in self.turns if role == "user"]
        return said[:-1]

    @property
    def tokens(self) -> int:
        return text_tokens(self.system) + sum(text_tokens(text) + 4 for _, text in self.turns)


def read_conversation(messages: Sequence[dict[str, Any]]) -> Conversation:
    """Raises ApiError 400 for a message without a role or with content of no known kind."""
    system: list[str] = []
    turns: list[tuple[str, str]] = []
    images: tuple[str, ...] = ()
    for number, message in enumerate(messages):
        role = message.get("role")
        if role not in _ROLES:
            raise invalid(f"Invalid value for 'messages.{number}.role'.")
        text, pictures = _content(message.get("content"), number)
        if role in {"system", "developer"}:
            system.append(text)
        else:
            turns.append((role, text))
        if role == "user":
            images = pictures
    return Conversation(system="\n".join(system), turns=tuple(turns), images=images)


def _content(content: Any, number: int) -> tuple[str, tuple[str, ...]]:
    if content is None or isinstance(content, str):
        return content or "", ()
    if not isinstance(content, list):
        raise invalid(f"Invalid value for 'messages.{number}.content'.")
    texts: list[str] = []
    pictures: list[str] = []
    for part in cast("list[Any]", content):
        fields = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
        url = fields.get("image_url")
        url = cast("dict[str, Any]", url).get("url") if isinstance(url, dict) else url
        if fields.get("type") == "image_url" and isinstance(url, str):
            pictures.append(url)
        elif isinstance(fields.get("text"), str):
            texts.append(fields["text"])
        else:
            raise invalid(f"Invalid value for 'messages.{number}.content': unknown part.")
    return "\n".join(texts), tuple(pictures)


def look(url: str) -> Seen | None:
    """Look at an image part; None if it cannot be read as a picture."""
    if not url.startswith("data:"):
        return Seen(host=urlsplit(url).hostname or "")
    try:
        picture = decode(data_uri(url))
    except ApiError:
        return None
    return Seen(width=picture.width, height=picture.height, colours=colours(picture))


def colours(picture: Image.Image) -> tuple[str, ...]:
    """Names of up to three dominant colours, the most frequent first."""
    small = picture.convert("RGB").resize((48, 48), Image.Resampling.BOX).quantize(6)
    palette = small.getpalette() or []
    found = sorted(small.getcolors() or [], key=lambda item: -item[0])
    names: list[str] = []
    for _, index in found:
        slot = cast(int, index) * 3
        name = colour_name((palette[slot], palette[slot + 1], palette[slot + 2]))
        if name not in names:
            names.append(name)
    return tuple(names[:3])


def colour_name(rgb: tuple[int, int, int]) -> str:
    def distance(name: str) -> int:
        return sum((a - b) ** 2 for a, b in zip(_COLOURS[name], rgb, strict=True))

    return min(_COLOURS, key=distance)
