"""What a person sees, as text: messages, blocks, modals and the Home tab.

Identifiers become names and addresses lose their host, so that the text can be compared from run to run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.render_elements import element_text, rich_text, state_text, text_of

if TYPE_CHECKING:
    from tests.fakes.slack_server.files import SlackFile
    from tests.fakes.slack_server.state import Channel, Message, Team
    from tests.fakes.slack_server.views import View

_DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")
_TS = re.compile(r"\b\d{10}\.\d{6}\b")
_HOST = re.compile(r"https?://(127\.0\.0\.1|localhost):\d+")
_NAMED = re.compile(r"<([@#!])(?:subteam\^)?(\w+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<(https?://[^|>]+|mailto:[^|>]+)(?:\|([^>]*))?>")


def readable(text: str, team: Team) -> str:
    """mrkdwn with names for ids, dates at their fallback, links as `label (address)`, entities undone."""

    def name(match: re.Match[str]) -> str:
        sign, key = match.groups()
        user, channel, group = team.users.get(key), team.channels.get(key), team.usergroups.get(key)
        found = user.real_name if user and user.is_bot else user.name if user else None
        found = found or (channel.name if channel else None) or (group.handle if group else None) or key
        return f"{'@' if sign == '!' else sign}{found}"

    def link(match: re.Match[str]) -> str:
        return f"{match.group(2)} ({match.group(1)})" if match.group(2) else match.group(1)

    text = _LINK.sub(link, _DATE.sub(r"\1", text))
    text = _NAMED.sub(name, text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return _HOST.sub("https://slack.test", _TS.sub("<ts>", text))


def size_text(size: int) -> str:
    for limit, unit in ((1_000_000, "MB"), (1_000, "kB")):
        if size >= limit:
            return f"{size / limit:.0f} {unit}"
    return f"{size} B"


def render_file(file: SlackFile) -> str:
    if file.deleted:
        return f"📎 {file.title} (deleted)"
    pixels = f", {file.width}×{file.height}" if file.width else ""
    title = f" “{file.title}”" if file.title not in ("", file.name) else ""
    return f"📎 {file.name}{title} ({file.mimetype}{pixels}, {size_text(file.size)})"


def render_message(message: Message) -> str:
    """Body only: text or blocks, attachments, files, reactions."""
    team = message.channel.team
    lines = []
    if message.blocks and message.is_bot:
        if message.streaming or message.stream_state:
            lines += readable(message.text, team).splitlines()
        for block in message.blocks:
            lines += render_block(block, team)
    elif message.text:
        lines += readable(message.text, team).splitlines()
    for attachment in message.attachments:
        lines += [f"┃ {line}" for line in render_attachment(attachment, team)]
    lines += [render_file(file) for file in message.files]
    reactions = " ".join(f":{name}: {len(users)}" for name, users in message.reactions.items() if users)
    if reactions:
        lines.append(reactions)
    return "\n".join(lines)


def render_attachment(attachment: dict[str, Any], team: Team) -> list[str]:
    lines = [str(attachment[key]) for key in ("pretext", "title", "text") if attachment.get(key)]
    for block in attachment.get("blocks") or []:
        lines += render_block(block, team)
    return [readable(line, team) for line in lines] or [readable(attachment.get("fallback", ""), team)]


def render_block(block: dict[str, Any], team: Team, view: View | None = None) -> list[str]:
    """One block as lines; in a view, inputs show what is typed into them."""
    renderer = _BLOCKS.get(block["type"])
    if renderer is None:
        return [f"({block['type']})"]
    return [readable(line, team) for text in renderer(block, view) for line in text.split("\n")]


def _section(block: dict[str, Any], view: View | None) -> list[str]:
    lines = [text_of(block.get("text"))] if block.get("text") else []
    lines += [f"· {text_of(item)}".replace("\n", " ") for item in block.get("fields") or []]
    if block.get("accessory"):
        lines.append(element_text(block["accessory"], state_text(view, block, block["accessory"])))
    return lines


def _actions(block: dict[str, Any], view: View | None) -> list[str]:
    return [" ".join(element_text(e, state_text(view, block, e)) for e in block["elements"])]


def _image(block: dict[str, Any], view: View | None) -> list[str]:
    title = [text_of(block["title"])] if block.get("title") else []
    return [*title, element_text(block, None)]


def _input(block: dict[str, Any], view: View | None) -> list[str]:
    mark = "" if block.get("optional") else " *"
    typed = element_text(block["element"], state_text(view, block, block["element"]))
    lines = [f"{text_of(block['label'])}{mark}: {typed}"]
    if block.get("hint"):
        lines.append(f"  {text_of(block['hint'])}")
    if view and block["block_id"] in view.errors:
        lines.append(f"  ⚠ {view.errors[block['block_id']]}")
    return lines


def _table(block: dict[str, Any], view: View | None) -> list[str]:
    def cell(value: dict[str, Any]) -> str:
        return rich_text(value) if value.get("type") == "rich_text" else str(value.get("text", ""))

    return [" | ".join(cell(value) for value in row) for row in block.get("rows") or []]


def _card(block: dict[str, Any], view: View | None) -> list[str]:
    marks = {"pending": "○", "in_progress": "◐", "complete": "●", "error": "✗"}
    return [f"{marks.get(block.get('status', ''), '○')} {block['title']}"]


_BLOCKS: dict[str, Callable[[dict[str, Any], Any], list[str]]] = {
    "header": lambda b, _v: [f"# {text_of(b['text'])}"],
    "section": _section,
    "divider": lambda _b, _v: ["———"],
    "context": lambda b, _v: ["‹ " + " · ".join(element_text(e, None) for e in b["elements"]) + " ›"],
    "actions": _actions,
    "context_actions": _actions,
    "image": _image,
    "markdown": lambda b, _v: [b["text"]],
    "rich_text": lambda b, _v: [rich_text(b)],
    "input": _input,
    "table": _table,
    "task_card": _card,
    "plan": lambda b, _v: [f"Plan: {b['title']}"],
    "alert": lambda b, _v: [f"! {text_of(b['text'])}"],
    "video": lambda b, _v: [f"▶ {text_of(b['title'])}"],
    "file": lambda b, _v: [f"📎 {b.get('external_id', '')}"],
}


def render_view(view: View) -> str:
    """A modal with its title and buttons, or a Home tab."""
    team = view.user.team
    lines = [line for block in view.blocks for line in render_block(block, team, view)]
    if view.type == "home":
        return "\n".join(["[Home]", *lines])
    buttons = [f"[{text_of(view.payload[key])}]" for key in ("close", "submit") if view.payload.get(key)]
    return "\n".join([f"[Modal: {text_of(view.payload['title'])}]", *lines, " ".join(buttons)]).rstrip()


def render_channel(channel: Channel) -> str:
    """Everything said in a conversation, oldest first, replies indented under their root."""
    from tests.fakes.slack_server.transcript import transcript_of

    return transcript_of(channel)
