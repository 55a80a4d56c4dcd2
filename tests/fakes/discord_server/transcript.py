"""Messages, modals and choices as plain text, the way the person in front of them would read them.

Meant for golden files: what changes from run to run (ids, moments) is named or cut away by `Normaliser`
hooks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from tests.fakes.discord_server import components as parts
from tests.fakes.discord_server.base import Json
from tests.fakes.discord_server.entities import Attachment, Channel, Member, Message, User, Version
from tests.fakes.discord_server.world import World

Hook = Callable[[str], str]
_TIMESTAMP = re.compile(r"<t:\d+(:[tTdDfFRs])?>")
_SNOWFLAKE = re.compile(r"\b\d{17,20}\b")
_MENTION = re.compile(r"<(@!?|@&|#)(\d+)>")
_COMMAND = re.compile(r"</([^:>]+):\d+>")


def human_size(count: int) -> str:
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"


class Transcript:
    """Renders for one world; `hooks` are applied to every finished text in turn."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hooks: list[Hook] = [self.name_mentions, self.hide_moments, self.hide_ids]

    # normalisation

    def name_mentions(self, text: str) -> str:
        return _COMMAND.sub(r"</\1>", _MENTION.sub(self._named, text))

    def _named(self, found: re.Match[str]) -> str:
        number = int(found[2])
        if found[1] == "#" and number in self.world.channels:
            return f"#{self.world.channels[number].name}"
        if found[1] == "@&":
            roles = {role.id: role for guild in self.world.guilds.values() for role in guild.roles.values()}
            return f"@{roles[number].name}" if number in roles else found[0]
        return f"@{self.world.users[number].name}" if number in self.world.users else found[0]

    @staticmethod
    def hide_moments(text: str) -> str:
        return _TIMESTAMP.sub(lambda found: f"<t:…{found[1] or ''}>", text)

    @staticmethod
    def hide_ids(text: str) -> str:
        return _SNOWFLAKE.sub("<id>", text)

    def normal(self, text: str) -> str:
        for hook in self.hooks:
            text = hook(text)
        return text

    # whole channels

    def channel(self, channel: Channel, as_seen_by: Member | User | None = None) -> str:
        """Every message of a channel in order; `as_seen_by` hides what is ephemeral for others."""
        viewer = as_seen_by.user if isinstance(as_seen_by, Member) else as_seen_by
        shown = [self.message(item) for item in channel.messages.values() if visible_to(item, viewer)]
        title = channel.name if channel.guild is None else f"#{channel.name}"
        return "\n\n".join([f"═══ {title} ═══", *shown]) + "\n"

    def message(self, message: Message) -> str:
        return self.normal("\n".join(self._head(message) + self._body(message)))

    def _head(self, message: Message) -> list[str]:
        head: list[str] = []
        record = message.interaction
        if record is not None and message.type in (20, 23):
            head.append(f"╭ {record.user.name} used {record.name}")
        elif message.reply_to is not None:
            head.append(f"╭ replying to {message.reply_to.author.name}")
        marks = " [APP]" if message.author.bot else ""
        marks += " (edited)" if message.edited else ""
        marks += f" · pings {', '.join(message.pings)}" if message.pings else ""
        head.append(message.author.name + marks)
        if message.ephemeral:
            head.append(f"(only {record.user.name} can see this)" if record else "(ephemeral)")
        if message.loading:
            head.append("… is thinking")
        return head

    def _body(self, message: Message | Version) -> list[str]:
        lines = message.content.splitlines()
        for embed in message.embeds:
            lines += [f"┃ {line}" for line in _embed(embed)]
        used = {
            media.get("attachment_id")
            for _, item in parts.walk(message.components)
            for media in parts.media_of(item)
        }
        for component in message.components:
            lines += self.component(component)
        v2 = bool(message.flags & (1 << 15))
        for attachment in message.attachments:
            if attachment.id not in used:
                lines.append(("[not shown] " if v2 else "") + self.file(attachment))
        return lines

    def version(self, version: Version) -> str:
        return self.normal(
            "\n".join((["… is thinking"] if version.flags & 128 else []) + self._body(version))
        )

    # components

    def file(self, attachment: Attachment | None, url: str = "", note: str | None = None) -> str:
        if attachment is None:
            return f"[link] {url}"
        kind = (attachment.content_type or "file").partition("/")[0]
        size = f"{attachment.width}×{attachment.height} " if attachment.width else ""
        text = f"[{kind}] {attachment.filename} {size}{attachment.content_type} {human_size(attachment.size)}"
        return text + (f" “{note or attachment.description}”" if note or attachment.description else "")

    def _media(self, media: Json, note: str | None = None) -> str:
        return self.file(self.world.file_of(media), media["url"], note)

    def component(self, component: Json) -> list[str]:
        kind = component["type"]
        if kind == parts.CONTAINER:
            return self._container(component)
        if kind == parts.TEXT_DISPLAY:
            return component["content"].splitlines()
        if kind == parts.ACTION_ROW:
            return [" ".join(control(item) for item in component["components"])]
        if kind == parts.SECTION:
            return self._section(component)
        if kind == parts.GALLERY:
            return [self._media(item["media"], item.get("description")) for item in component["items"]]
        if kind == parts.FILE:
            return [self._media(component["file"])]
        if kind == parts.SEPARATOR:
            return ["────────" if component.get("divider", True) else ""]
        return [f"<component {kind}>"]

    def _container(self, component: Json) -> list[str]:
        accent = component.get("accent_color")
        lines = [] if accent is None else [f"#{accent:06x}"]
        for child in component["components"]:
            lines += self.component(child)
        return [f"┃ {line}".rstrip() for line in lines]

    def _section(self, component: Json) -> list[str]:
        accessory = component["accessory"]
        shown = (
            self._media(accessory["media"]) if accessory["type"] == parts.THUMBNAIL else control(accessory)
        )
        lines = [line for child in component["components"] for line in self.component(child)]
        return [*lines[:-1], f"{lines[-1]}   ⇥ {shown}"] if lines else [shown]

    def modal(self, data: Json) -> str:
        lines = [f"╔ {data['title']}"]
        for component in data["components"]:
            lines += [f"║ {line}" for line in _modal_part(component)]
        return self.normal("\n".join([*lines, "╚ [Cancel] [Submit]"]))

    @staticmethod
    def choices(choices: Iterable[Json]) -> str:
        return "\n".join(f"• {item['name']}" for item in choices)


def visible_to(message: Message, viewer: User | None) -> bool:
    if not message.ephemeral:
        return True
    return viewer is not None and message.interaction is not None and message.interaction.user is viewer


def control(component: Json) -> str:
    """One button or select as text."""
    emoji = (component.get("emoji") or {}).get("name") or ""
    off = " (disabled)" if component.get("disabled") else ""
    if component["type"] == parts.BUTTON:
        label = " ".join(filter(None, [emoji, component.get("label")]))
        url = f" → {component['url']}" if component.get("url") else ""
        return f"[{label}]{url}{off}"
    chosen = [item["label"] for item in component.get("options", []) if item.get("default")]
    options = ", ".join(item["label"] for item in component.get("options", []))
    shown = ", ".join(chosen) or component.get("placeholder") or "Select"
    return f"[{shown} ▾: {options}]{off}" if options else f"[{shown} ▾]{off}"


def _embed(embed: Json) -> list[str]:
    lines = [str(embed[key]) for key in ("title", "description") if embed.get(key)]
    lines += [f"{item['name']}: {item['value']}" for item in embed.get("fields") or []]
    return lines + ([embed["footer"]["text"]] if embed.get("footer") else [])


def _modal_part(component: Json) -> list[str]:
    if component["type"] == parts.TEXT_DISPLAY:
        return component["content"].splitlines()
    if component["type"] == parts.ACTION_ROW:
        return [line for child in component["components"] for line in _field(child, child.get("label") or "")]
    lines = _field(component["component"], component["label"])
    return [
        *lines[:1],
        *([f"  {component['description']}"] if component.get("description") else []),
        *lines[1:],
    ]


def _field(item: Json, label: str) -> list[str]:
    required = "" if item.get("required", True) is False or item["type"] == parts.CHECKBOX else " *"
    lines = [label + required]
    if item["type"] == parts.TEXT_INPUT:
        hint = item.get("value") or (f"({item['placeholder']})" if item.get("placeholder") else "")
        return [*lines, f"  ⌷ {hint}"]
    if item["type"] == parts.FILE_UPLOAD:
        return [*lines, f"  ⇪ up to {item.get('max_values', 1)} files"]
    if item["type"] == parts.CHECKBOX:
        return [*lines, "  ☑" if item.get("default") else "  ☐"]
    if item["type"] in (parts.RADIO, parts.CHECKBOXES):
        return lines + [
            f"  {'◉' if option.get('default') else '○'} {option['label']}" for option in item["options"]
        ]
    return [*lines, f"  {control(item)}"]


def all_text(message: Message) -> str:
    """Content and text displays of a message, without decoration."""
    texts = [message.content] + [_any_text(item) for item in message.embeds]
    texts += [
        item["content"] for _, item in parts.walk(message.components) if item["type"] == parts.TEXT_DISPLAY
    ]
    return "\n".join(filter(None, texts))


def _any_text(embed: Json) -> Any:
    return "\n".join(_embed(embed))
