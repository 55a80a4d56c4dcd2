"""Block Kit rules that neither the published types nor the SDK's models check.

Sources: Slack docs, Block Kit reference (limits of each block, element and composition object) and
Slack docs, chat.postMessage and views.open (limits of a whole payload).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.views import interactive

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import Team

MARKDOWN_TOTAL = 12_000
BLOCKS_TOTAL = 13_200
_SHOWABLE = ("image/png", "image/jpeg", "image/gif")
_MODAL_ONLY = {"file_input"}
_INPUT_ONLY = {"plain_text_input", "email_text_input", "url_text_input", "number_input", "file_input"}


def blocks_error(core: Core, team: Team, body: dict[str, Any], where: str) -> str | None:
    """Judge the blocks and attachments of a message; the error Slack would answer, or None."""
    blocks, attachments = body.get("blocks") or [], body.get("attachments") or []
    if not isinstance(blocks, list) or not isinstance(attachments, list):
        core.violate(f"{where}: blocks and attachments must be arrays")
        return "invalid_blocks_format"
    problems = core.judge.blocks(blocks, "message") + core.judge.attachments(attachments)
    problems += [p for b in walk(blocks) for p in slack_file_problems(core, team, b)]
    for problem in problems:
        core.violate(f"{where}: {problem}")
    if total_text(blocks) > BLOCKS_TOTAL:
        core.violate(f"{where}: blocks hold more than {BLOCKS_TOTAL} characters of text")
        return "msg_blocks_too_long"
    return "invalid_blocks" if problems else None


def view_error(core: Core, team: Team, view: Any, where: str) -> str | None:
    """Judge a view; the error Slack would answer, or None."""
    problems, error = core.judge.view(view)
    if isinstance(view, dict):
        problems += [p for b in walk(view.get("blocks") or []) for p in slack_file_problems(core, team, b)]
    for problem in problems:
        core.violate(f"{where}: {problem}")
    return error or ("invalid_arguments" if problems else None)


def walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every object inside, depth first."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def total_text(blocks: list[dict[str, Any]]) -> int:
    """Characters of text in all blocks together."""
    return sum(len(n["text"]) for n in walk(blocks) if isinstance(n.get("text"), str))


def structure(blocks: list[dict[str, Any]], surface: str) -> list[str]:
    """What is wrong with these blocks on that surface (message, modal or home)."""
    problems = []
    limit = 50 if surface == "message" else 100
    if len(blocks) > limit:
        problems.append(f"{len(blocks)} blocks, {limit} allowed in a {surface}")
    markdown = sum(len(b.get("text") or "") for b in blocks if b.get("type") == "markdown")
    if markdown > MARKDOWN_TOTAL:
        problems.append(f"markdown blocks hold {markdown} characters together, {MARKDOWN_TOTAL} allowed")
    ids = Counter(b["block_id"] for b in blocks if b.get("block_id"))
    problems += [f"block_id {name!r} appears {n} times" for name, n in ids.items() if n > 1]
    for block in blocks:
        problems += [f"{block.get('type')}: {p}" for p in _block(block, surface)]
    return problems


def _block(block: dict[str, Any], surface: str) -> Iterator[str]:
    actions = Counter(e["action_id"] for e in interactive(block) if e.get("action_id"))
    yield from (f"action_id {name!r} appears {n} times" for name, n in actions.items() if n > 1)
    for element in interactive(block):
        yield from _element(element, block, surface)
    for node in walk(block):
        yield from _node(node)
    if block.get("type") == "markdown" and surface != "message":
        yield "markdown blocks stand in messages only"
    if block.get("type") == "context_actions" and surface != "message":
        yield "context_actions stand in messages only"
    for text in block.get("fields") or []:
        if len(text.get("text", "")) > 2000:
            yield "a field is longer than 2000"


def _element(element: dict[str, Any], block: dict[str, Any], surface: str) -> Iterator[str]:
    kind = element.get("type", "")
    if kind in _INPUT_ONLY and block.get("type") != "input":
        yield f"{kind} stands in input blocks only"
    if kind in _MODAL_ONLY and surface != "modal":
        yield f"{kind} stands in modals only"
    limit = 5 if kind == "overflow" else 10 if kind in ("checkboxes", "radio_buttons") else 100
    options = [*(element.get("options") or [])]
    for group in element.get("option_groups") or []:
        options += group.get("options") or []
    if len(element.get("options") or []) > limit:
        yield f"{kind} has {len(options)} options, {limit} allowed"
    if "options" in element and not element["options"]:
        yield f"{kind} has no options"
    for key in ("initial_option", "initial_options"):
        chosen = element.get(key) or []
        for option in chosen if isinstance(chosen, list) else [chosen]:
            if options and option not in options:
                yield f"{kind}: {key} is none of its options"
    if len(element.get("initial_value") or "") > int(element.get("max_length") or 3000):
        yield f"{kind}: initial_value is longer than max_length"
    if int(element.get("max_files") or 1) > 10:
        yield "file_input takes at most 10 files"


def _node(node: dict[str, Any]) -> Iterator[str]:
    kind = node.get("type")
    if kind in ("plain_text", "mrkdwn") and not node.get("text"):
        yield "a text object is empty"
    if kind == "image":
        if ("image_url" in node) == ("slack_file" in node):
            yield "an image takes exactly one of image_url and slack_file"
        if not node.get("alt_text"):
            yield "an image needs alt_text"
        if not str(node.get("image_url", "http")).startswith("http"):
            yield "image_url is no http(s) URL"
    if "slack_file" in node and len({"id", "url"} & node["slack_file"].keys()) != 1:
        yield "slack_file takes exactly one of id and url"
    if kind == "button" and not str(node.get("url", "http")).startswith("http"):
        yield "a button's url is no http(s) URL"
    if "value" in node and isinstance(node.get("text"), dict) and kind is None:
        yield from _option(node)
    if kind and isinstance(node.get("confirm"), dict):
        yield from _confirm(node["confirm"])


def _option(option: dict[str, Any]) -> Iterator[str]:
    if len(option["text"].get("text", "")) > 75:
        yield f"an option's text is longer than 75: {option['text']['text'][:40]!r}"
    if not 1 <= len(option["value"]) <= 150:
        yield f"an option's value needs 1 to 150 characters: {option['value'][:40]!r}"
    if len((option.get("description") or {}).get("text", "")) > 75:
        yield "an option's description is longer than 75"


def _confirm(confirm: dict[str, Any]) -> Iterator[str]:
    for key, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        if len((confirm.get(key) or {}).get("text", "")) > limit:
            yield f"confirm.{key} is longer than {limit}"


def slack_file_problems(core: Core, team: Team, node: dict[str, Any]) -> Iterator[str]:
    """A slack_file must be one that Slack has, of this team, processed, and of a type it can show."""
    named = node.get("slack_file")
    if not isinstance(named, dict):
        return
    wanted = named.get("id") or ""
    file = core.files.get(wanted) or next(
        (f for f in core.files.values() if f.id in named.get("url", "")), None
    )
    if file is None or file.team is not team or file.deleted:
        yield f"slack_file {wanted or named.get('url')!r} does not exist"
    elif file.state not in ("complete", "shared"):
        yield f"slack_file {file.id} is not uploaded"
    elif file.mimetype not in _SHOWABLE:
        yield f"slack_file {file.id} is {file.mimetype}; image blocks show PNG, JPEG and GIF only"
