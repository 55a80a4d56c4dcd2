"""Finding the element a person means, and the value it takes when they type or choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.files import Upload, file_object
from tests.fakes.slack_server.render_elements import text_of
from tests.fakes.slack_server.views import INITIAL, interactive

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import User

Found = tuple[dict[str, Any], dict[str, Any]]
_MAX_UPLOAD = 10 * 1024 * 1024


def find(blocks: list[dict[str, Any]], what: str) -> Found:
    """(block, element) by action_id, block_id, label or visible text. AssertionError lists what there is."""
    elements = [(block, element) for block in blocks for element in interactive(block)]
    for matches in (_by_id, _by_label, _by_part):
        for block, element in elements:
            if matches(block, element, what):
                return block, element
    there = [f"{e.get('action_id')} ({_label(b, e)})" for b, e in elements]
    raise AssertionError(f"nothing called {what!r} here, only: {', '.join(there) or 'nothing'}")


def _label(block: dict[str, Any], element: dict[str, Any]) -> str:
    return text_of(element.get("text")) or text_of(block.get("label")) or text_of(element.get("placeholder"))


def _by_id(block: dict[str, Any], element: dict[str, Any], what: str) -> bool:
    return what in (element.get("action_id"), block.get("block_id"))


def _by_label(block: dict[str, Any], element: dict[str, Any], what: str) -> bool:
    return what == _label(block, element)


def _by_part(block: dict[str, Any], element: dict[str, Any], what: str) -> bool:
    return what.lower() in _label(block, element).lower() or (element.get("action_id") or "").startswith(what)


def choose(options: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    """An option by value or text. AssertionError lists the options."""
    for option in options:
        if wanted in (option["value"], text_of(option["text"])):
            return option
    for option in options:
        if wanted.lower() in text_of(option["text"]).lower():
            return option
    shown = ", ".join(text_of(option["text"]) for option in options)
    raise AssertionError(f"no option {wanted!r}, only: {shown or 'none'}")


def all_options(element: dict[str, Any]) -> list[dict[str, Any]]:
    grouped = [o for group in element.get("option_groups") or [] for o in group["options"]]
    return [*(element.get("options") or []), *grouped]


def state_option(option: dict[str, Any]) -> dict[str, Any]:
    return {"text": option["text"], "value": option["value"]}


def state_value(
    core: Core, user: User, element: dict[str, Any], value: Any, options: list[dict[str, Any]]
) -> dict[str, Any]:
    """What `view.state.values` holds after a person entered `value`.

    Texts as str; options by value or text; people and conversations as objects or ids; files as `Upload`s.
    """
    kind = element["type"]
    key = INITIAL[kind][0]
    if kind == "file_input":
        return {"type": kind, key: _files(core, user, element, value)}
    if key == "selected_option":
        return {"type": kind, key: None if value is None else state_option(choose(options, value))}
    if key == "selected_options":
        return {"type": kind, key: [state_option(choose(options, item)) for item in value]}
    if key == "value":
        text = None if value in (None, "") else str(value)
        assert len(text or "") <= int(element.get("max_length") or 3000), (
            f"longer than {element.get('max_length')}"
        )
        return {"type": kind, key: text}
    if isinstance(value, list):
        return {"type": kind, key: [getattr(item, "id", item) for item in value]}
    return {"type": kind, key: getattr(value, "id", value)}


def _files(core: Core, user: User, element: dict[str, Any], value: Any) -> list[dict[str, Any]]:
    uploads: list[Upload] = value if isinstance(value, list) else [value]
    assert len(uploads) <= int(element.get("max_files") or 10), "more files than file_input takes"
    for upload in uploads:
        assert len(upload.content) <= _MAX_UPLOAD, "file_input takes at most 10 MB a file"
        wanted = element.get("filetypes")
        suffix = upload.name.rpartition(".")[2].lower()
        assert not wanted or suffix in wanted, f".{suffix} is none of {wanted}"
    return [file_object(core.keep_file(user, upload), core.base) for upload in uploads]


def is_empty(state: dict[str, Any]) -> bool:
    return not any(value for key, value in state.items() if key != "type")


def action_of(
    block: dict[str, Any], element: dict[str, Any], ts: str, state: dict[str, Any] | None
) -> dict[str, Any]:
    """The entry of `actions` for an element acted on."""
    action = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": ts,
    }
    if element["type"] == "button":
        action["text"] = {"emoji": True, **element["text"]}
    for key in ("value", "confirm", "url", "placeholder"):
        if key in element and not (key == "value" and state):
            action[key] = element[key]
    if "confirm" in action:
        action["confirm"] = {key: text_of(part) for key, part in _flat_confirm(action["confirm"]).items()}
    return action | {key: value for key, value in (state or {}).items() if key != "type"}


def _flat_confirm(confirm: dict[str, Any]) -> dict[str, Any]:
    names = {"title": "title", "text": "text", "confirm": "ok_text", "deny": "dismiss_text"}
    return {names[key]: part for key, part in confirm.items() if key in names}
