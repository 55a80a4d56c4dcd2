"""The judge: holds what the app sends, and what this server sends, against the vendor's published schemas.

Three witnesses: the list of Web API methods with their arguments, the JSON schema of Slack's published types
(both reduced, in `tests/fakes/specs`) and the checks in `slack_sdk.models`; `rules` adds what they lack.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.fakes.slack_server import rules
from tests.fakes.slack_server.tolerance import ANSWERS, EXTRA_ARGUMENTS, NOT_REQUIRED, SUPPLEMENT, patched

SPECS = Path(__file__).parents[1] / "specs"
_VIEW_BYTES = 250_000


@functools.cache
def _methods() -> dict[str, Any]:
    return json.loads((SPECS / "slack-web-api.json").read_text(encoding="utf-8")) | SUPPLEMENT


@functools.cache
def _definitions() -> dict[str, Any]:
    types = json.loads((SPECS / "slack-payloads.schema.json").read_text(encoding="utf-8"))
    return patched(types["definitions"])


@functools.cache
def _enumerated() -> frozenset[str]:
    """Names of the properties for which the schema names the values allowed."""
    found: set[str] = set()
    for node in rules.walk(_definitions()):
        for name, schema in (node.get("properties") or {}).items():
            if isinstance(schema, dict) and ("const" in schema or "enum" in schema):
                found.add(name)
    return frozenset(found)


@functools.cache
def _validator(name: str) -> Draft7Validator:
    definitions = _definitions()
    assert name in definitions, f"{name} is not among the reduced types"
    return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})


@functools.cache
def _block_names() -> dict[str, str]:
    """Block type -> name of its definition."""
    definitions = _definitions()
    names = [ref["$ref"].rsplit("/", 1)[1] for ref in definitions["KnownBlock"]["anyOf"]]
    found = {}
    for name in names:
        variants = definitions[name].get("anyOf") or [definitions[name]]
        found |= {v["properties"]["type"]["const"]: name for v in variants}
    return found


_SEEN: dict[str, set[Any]] = {}


class Judge:
    """Checks payloads; each answer is a list of readable complaints, empty when all is well."""

    # -- the Web API -----------------------------------------------------------------------------

    def method(self, name: str) -> dict[str, Any] | None:
        """The published description of a method; None for one that this server does not serve."""
        return _methods().get(name)

    def call(self, name: str, args: dict[str, Any]) -> list[str]:
        described = self.method(name)
        if described is None:
            return ["no such method"]
        known = described["args"]
        allowed = {*known, "team_id", "token", *EXTRA_ARGUMENTS.get(name, ())}
        problems = [f"unknown argument {arg!r}" for arg in args if arg not in allowed]
        required = set(described["required"]) - {"token"} - NOT_REQUIRED.get(name, set())
        problems += [f"missing argument {arg!r}" for arg in sorted(required - args.keys())]
        for arg, value in args.items():
            allowed_values = (known.get(arg) or {}).get("enum")
            if allowed_values and value not in allowed_values:
                problems.append(f"argument {arg!r} is none of {allowed_values}")
        return problems

    def answer(self, name: str, answer: dict[str, Any]) -> list[str]:
        """Hold one of our own answers against Slack's type of it, where there is one."""
        # Slack says null where its types leave a field out.
        told = {key: value for key, value in answer.items() if value is not None}
        return self.typed(ANSWERS[name], told) if name in ANSWERS else []

    # -- Block Kit -------------------------------------------------------------------------------

    def blocks(self, blocks: list[Any], surface: str) -> list[str]:
        """`surface`: message, modal or home."""
        if not all(isinstance(block, dict) for block in blocks):
            return ["a block is no object"]
        try:
            problems = rules.structure(blocks, surface)
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            problems = [f"malformed: {error!r}"]
        names = _block_names()
        for number, block in enumerate(blocks):
            kind = block.get("type", "")
            where = f"block {number} ({kind})"
            if kind not in names:
                problems.append(f"{where}: unknown block type")
            else:
                problems += [f"{where}: {p}" for p in self.typed(names[kind], block)]
            problems += [f"{where}: {p}" for p in _modelled(block)]
        return problems

    def attachments(self, attachments: list[dict[str, Any]]) -> list[str]:
        problems = []
        for attachment in attachments:
            problems += [f"attachment: {p}" for p in self.typed("MessageAttachment", attachment)]
            problems += [f"attachment: {p}" for p in self.blocks(attachment.get("blocks") or [], "message")]
        return problems

    def view(self, view: Any) -> tuple[list[str], str | None]:
        """Complaints, and the error Slack answers when it has a particular one."""
        if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
            return ["a view needs type modal or home"], "invalid_arguments"
        size = len(json.dumps(view, ensure_ascii=False).encode())
        if size > _VIEW_BYTES:
            return [f"view of {size} bytes, {_VIEW_BYTES} allowed"], "view_too_large"
        kind = view["type"]
        problems = self.blocks(view.get("blocks") or [], kind)
        shallow = view | {"blocks": []}
        problems += self.typed("ModalView" if kind == "modal" else "HomeView", shallow)
        try:
            View(**view).validate_json()
        except (SlackObjectFormationError, TypeError) as error:
            problems.append(f"view: {error}")
        needs_submit = any(block.get("type") == "input" for block in view.get("blocks") or [])
        if kind == "modal" and needs_submit and not view.get("submit"):
            problems.append("a modal with inputs needs submit")
        return problems, None

    # -- any payload -----------------------------------------------------------------------------

    def typed(self, name: str, payload: Any) -> list[str]:
        """Hold a payload against one definition. A shape already found good is not checked again."""
        validator = _validator(name)
        seen = _SEEN.setdefault(name, set())
        shape = _shape(payload, _enumerated())
        if shape in seen:
            return []
        error = best_match(validator.iter_errors(payload))
        if error is None:
            seen.add(shape)
            return []
        return [f"{name}: at {error.json_path}: {error.message[:300]}"]


def _modelled(block: dict[str, Any]) -> list[str]:
    try:
        for parsed in Block.parse_all([block]):
            if parsed is not None:
                parsed.to_dict()
    except (SlackObjectFormationError, TypeError, ValueError, AttributeError) as error:
        return [str(error)]
    return []


def _shape(value: Any, enumerated: frozenset[str], name: str = "") -> Any:
    """What a schema without lengths can see of a value: its keys, its types and its enumerated strings."""
    if isinstance(value, dict):
        return tuple((key, _shape(value[key], enumerated, key)) for key in sorted(value))
    if isinstance(value, list):
        return ("[]", *sorted({_shape(item, enumerated, name) for item in value}, key=repr))
    if isinstance(value, str):
        return value if name in enumerated else "str"
    return type(value).__name__
