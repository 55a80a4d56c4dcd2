"""The vendors' published schemas, reduced to what the Slack and Discord servers of the tests look up.

Sources: Slack's Web API reference (`slack-web-api.json`), its published types as JSON Schema
(`slack-payloads.schema.json`), the schema of its app manifests (`slack-manifest.schema.json`) and Discord's
OpenAPI description (`discord-openapi.json`). Kept are the methods and routes that are served, the types
they name, whatever these refer to, and the whole of the manifest. Left out is what no validator reads:
descriptions, titles, formats, examples, error lists and rate-limit tiers.

`python -m tests.fakes.specs.reduce FOLDER` reads the full files in FOLDER and writes the reduced ones here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.slack_server.payloads import TYPES
from tests.fakes.slack_server.tolerance import ANSWERS, SUPPLEMENT
from tests.fakes.slack_server.webapi import METHODS

import tests.fakes.slack_server.server  # isort: skip  # noqa: F401 - every module of it adds its methods

FOLDER = Path(__file__).parent
Json = dict[str, Any]

_UNREAD = frozenset({"title", "description", "format", "deprecated", "example", "examples"})
_SLACK_TYPES = frozenset({*TYPES, *ANSWERS.values()}) | {
    "KnownBlock", "MessageAttachment", "ModalView", "HomeView", "ViewOutput", "File", "MessageFile"
}  # fmt: skip
_DISCORD_TYPES = frozenset({"MessageResponse", "SnowflakeType"})


def slack_methods(full: Json) -> Json:
    """The methods the Slack server serves: their arguments and the scopes they need."""
    served = sorted(METHODS.keys() - SUPPLEMENT.keys())
    return {name: bare({key: full[name][key] for key in ("args", "required", "scope")}) for name in served}


def slack_types(full: Json) -> Json:
    """The types the Slack server holds payloads against, and those they refer to."""
    return {"definitions": _with_what_they_name(full["definitions"], _SLACK_TYPES)}


def discord(full: Json) -> Json:
    """The JSON bodies of the routes the Discord server serves, and the types they refer to."""
    paths = {re.sub(r"\{[^}]+\}", "{}", path): path for path in full["paths"]}
    kept: Json = {}
    for method, template in DiscordServer().rest_routes():
        path = paths[re.sub(r"\{[^}]+\}", "{}", template)]
        kept.setdefault(path, {})[method.lower()] = _bodies(full["paths"][path][method.lower()])
    named = {*_DISCORD_TYPES, *_named(kept)}
    schemas = _with_what_they_name(full["components"]["schemas"], named)
    return {"paths": dict(sorted(kept.items())), "components": {"schemas": schemas}}


def _bodies(operation: Json) -> Json:
    kept: Json = {"responses": {}}
    if body := _json_body(operation.get("requestBody", {})):
        kept["requestBody"] = body
    for status, response in operation["responses"].items():
        if status.startswith("2") and (body := _json_body(response)):
            kept["responses"][status] = body
    return kept


def _json_body(node: Json) -> Json:
    body = node.get("content", {}).get("application/json")
    return {"content": {"application/json": {"schema": bare(body["schema"])}}} if body else {}


def _with_what_they_name(schemas: Json, roots: Iterable[str]) -> Json:
    kept: Json = {}
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in kept:
            kept[name] = bare(schemas[name])
            todo += _named(kept[name])
    return dict(sorted(kept.items()))


def _named(node: Any) -> list[str]:
    return re.findall(r'"\$ref": "#/(?:components/schemas|definitions)/([^"]+)"', json.dumps(node))


def bare(node: Any) -> Any:
    """Without what no validator reads. A property may have one of these names; its value is an object."""
    if isinstance(node, dict):
        return {k: bare(v) for k, v in node.items() if k not in _UNREAD or isinstance(v, dict)}
    return [bare(item) for item in node] if isinstance(node, list) else node


REDUCED = {
    "slack-web-api.json": slack_methods,
    "slack-payloads.schema.json": slack_types,
    "slack-manifest.schema.json": bare,
    "discord-openapi.json": discord,
}
"""File name, the same for the full and the reduced file, and what reduces it."""


def main(source: Path) -> None:
    for name, reduce in REDUCED.items():
        reduced = reduce(json.loads((source / name).read_text(encoding="utf-8")))
        (FOLDER / name).write_text(_a_line_each(reduced) + "\n", encoding="utf-8")


_TABLES = {"components", "definitions", "paths", "schemas"}


def _a_line_each(table: dict[str, Any]) -> str:
    """JSON with one line for each definition, so that a change of one is one line of a diff."""
    lines = [f"{json.dumps(key)}:{_text(key, value)}" for key, value in sorted(table.items())]
    return "{\n" + ",\n".join(lines) + "\n}"


def _text(key: str, value: Any) -> str:
    if key in _TABLES and isinstance(value, dict):
        return _a_line_each(value)
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
