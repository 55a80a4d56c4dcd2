"""Holds the bodies of both sides against Discord's OpenAPI description, reduced in `tests/fakes/specs`.

Bodies are only noted while the test runs and held against the schema when somebody reads the violations: a
burst of hundreds of interactions must not be slowed by its own checking. Unions whose members are told
apart by `type` are looked up instead of tried one by one, which is faster and names the real fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sized
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import relevance

from tests.fakes.discord_server.base import Json

SPEC = Path(__file__).parents[1] / "specs" / "discord-openapi.json"
METHODS = ("get", "put", "post", "patch", "delete")


@cache
def load_spec() -> Json:
    """The reduced OpenAPI document."""
    spec: Json = json.loads(SPEC.read_text(encoding="utf-8"))
    schemas = spec["components"]["schemas"]
    # Discord's own documentation, and discord.py, send attachments[].id as a small integer.
    schemas["SnowflakeType"] = {"type": ["string", "integer"], "pattern": "^(0|[1-9][0-9]*)$"}
    # Discord documents FORWARD (1) for messages that were forwarded; its published schema has only 0.
    schemas["MessageReferenceType"] = {"type": "integer", "enum": [0, 1]}
    return spec


def _type_of(spec: Json, schema: Json) -> list[Any]:
    target = spec["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    return target.get("properties", {}).get("type", {}).get("enum", [])


def _one_of(validator: Any, branches: list[Json], instance: Any, schema: Json) -> Iterator[ValidationError]:
    table = schema.get("x-by-type")
    if table is None:
        yield from Draft202012Validator.VALIDATORS["oneOf"](validator, branches, instance, schema)
    elif instance is None and schema.get("x-nullable"):
        return
    elif not isinstance(instance, dict) or instance.get("type") not in table:
        yield ValidationError(f"type must be one of {sorted(table)}, got {instance!r:.80}")
    else:
        yield from validator.descend(instance, table[instance["type"]])


def _index_unions(spec: Json, node: Any) -> None:
    """Give unions of objects with distinct `type` values a table from value to branch."""
    if isinstance(node, dict):
        for child in list(node.values()):
            _index_unions(spec, child)
        for keyword in ("oneOf", "anyOf"):
            branches = node.get(keyword)
            if isinstance(branches, list) and len(branches) > 1:
                _index(spec, node, keyword, branches)
    elif isinstance(node, list):
        for child in node:
            _index_unions(spec, child)


def _index(spec: Json, node: Json, keyword: str, branches: list[Json]) -> None:
    if all("const" in branch for branch in branches):
        del node[keyword]
        node["enum"] = [branch["const"] for branch in branches]
        return
    objects = [branch for branch in branches if branch != {"type": "null"}]
    if len(objects) < 2:
        return
    table: dict[Any, Json] = {}
    for branch in objects:
        values = _type_of(spec, branch)
        if not values or any(value in table for value in values):
            return
        table.update(dict.fromkeys(values, branch))
    node["oneOf"] = node.pop(keyword)
    node["x-by-type"] = table
    node["x-nullable"] = len(objects) < len(branches)


def _reference(validator: Any, ref: str, instance: Any, _schema: Json) -> Iterator[ValidationError]:
    """A plain look-up: all of Discord's references point into components/schemas of the same document."""
    yield from validator.descend(instance, _SCHEMAS[ref.rpartition("/")[2]])


def _explain(error: ValidationError) -> str:
    if error.validator in ("maxLength", "maxItems", "minLength", "minItems"):
        return f"length {len(cast(Sized, error.instance))} against {error.validator} {error.validator_value}"
    if error.context:
        return _explain(max(error.context, key=relevance))
    return error.message[:300]


_SCHEMAS: dict[str, Json] = {}
Checker = validators.extend(Draft202012Validator, {"oneOf": _one_of, "$ref": _reference})


class Book:
    """Compiled validators for one spec, by route; shared by all servers of a process."""

    def __init__(self, spec: Json) -> None:
        self.spec = spec
        _index_unions(spec, spec["components"]["schemas"])
        _index_unions(spec, spec["paths"])
        _SCHEMAS.update(spec["components"]["schemas"])
        self.routes = [
            (re.compile(self._pattern(path)), path) for path in sorted(spec["paths"], key=self._order)
        ]
        self.compiled: dict[str, Any] = {}

    @staticmethod
    def _pattern(path: str) -> str:
        return "^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"

    @staticmethod
    def _order(path: str) -> tuple[int, str]:
        return path.count("{"), path

    @cache  # noqa: B019 - there is one Book per process
    def template(self, path: str) -> str | None:
        return next((name for pattern, name in self.routes if pattern.match(path)), None)

    def request(self, method: str, template: str) -> Any:
        return self._body(f"{method} {template}", ["paths", template, method, "requestBody"])

    def response(self, method: str, template: str, status: int) -> Any:
        return self._body(
            f"{method} {template} {status}", ["paths", template, method, "responses", str(status)]
        )

    def named(self, schema: str) -> Any:
        key = f"#{schema}"
        if key not in self.compiled:
            self.compiled[key] = Checker(_SCHEMAS[schema])
        found = self.compiled[key]
        assert found is not None, schema
        return found

    def _body(self, key: str, where: list[str]) -> Any:
        if key not in self.compiled:
            node: Any = self.spec
            for part in [*where, "content", "application/json", "schema"]:
                node = node.get(part, {}) if isinstance(node, dict) else {}
            self.compiled[key] = Checker(node) if node else None
        return self.compiled[key]


@cache
def book() -> Book:
    return Book(load_spec())


class Validation:
    """Notes bodies as they pass and turns them into readable violations when asked."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._noted: list[tuple[str, str, str]] = []
        self._seen: set[tuple[str, str]] = set()

    def request(self, method: str, path: str, body: str) -> None:
        self._noted.append(("request", f"{method.lower()} {path}", body))

    def response(self, method: str, path: str, status: int, body: str) -> None:
        self._noted.append(("response", f"{method.lower()} {path} {status}", body))

    def sent(self, schema: str, body: Json, what: str) -> None:
        self._noted.append((f"#{schema}", what, json.dumps(body)))

    def complain(self, text: str) -> None:
        self.found.append(text)

    def settle(self) -> list[str]:
        """Check what was noted since the last time; all violations so far."""
        noted, self._noted = self._noted, []
        for kind, what, body in noted:
            self._check(kind, what, body)
        return self.found

    def _check(self, kind: str, what: str, body: str) -> None:
        validator = self._validator(kind, what)
        if validator is None:
            return
        for error in validator.iter_errors(json.loads(body)):
            where = "/".join(str(part) for part in error.absolute_path) or "(body)"
            side = "bot sent" if kind == "request" else "server sent"
            self.found.append(f"{side} {what}: {where}: {_explain(error)}")

    def _validator(self, kind: str, what: str) -> Any:
        if kind.startswith("#"):
            return book().named(kind[1:])
        method, path, *status = what.split(" ")
        template = book().template(path)
        if template is None:
            self.found.append(f"no such route in the schema: {what}")
            return None
        if kind == "request":
            return book().request(method, template)
        return book().response(method, template, int(status[0]))
