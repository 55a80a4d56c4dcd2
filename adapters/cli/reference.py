"""Writes the settings class down: `python -m adapters.cli.reference > docs/configuration.md`.

Headings are the comments between the fields; a test fails when the file and the class differ.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.settings import Settings

_LINE = re.compile(r"^    (?:# (?P<heading>.+)|(?P<field>[a-z_]+): )")
_INTRO = """# Configuration

Written from the settings class by `python -m adapters.cli.reference`; do not edit.

Everything is an environment variable, read once at the start. An empty value means "not set". Each variable
can also be given as a file: `NAME_FILE=/run/secrets/name` reads NAME from there; where both are set, NAME
itself wins. Lists are separated by commas. A value that cannot be read ends the bot with exit code 2 and one
line that names it; `lumenfall-bot doctor` says more. The platforms start where their credentials are set.

"""
_OUTRO = """## Of the libraries

| variable | meaning |
|---|---|
| `OTEL_EXPORTER_OTLP_ENDPOINT` | Where traces go, with the extra `tracing` installed; unset: no traces. The other `OTEL_…` variables of OpenTelemetry work as well. |
| `SSL_CERT_FILE` | Bundle of certificate authorities, behind a proxy that inspects TLS. |
| `HTTPS_PROXY`, `NO_PROXY` | Proxy for the gateway's client. |
"""  # noqa: E501 — rows of a table


def reference() -> str:
    """The whole document."""
    return _INTRO + "".join(_section(heading, names) for heading, names in _sections()) + _OUTRO


def _sections() -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in inspect.getsource(Settings).splitlines():
        match = _LINE.match(line)
        if match and match["heading"]:
            found.append((match["heading"], []))
        elif match and match["field"] in Settings.model_fields:
            found[-1][1].append(match["field"])
    return [(heading, names) for heading, names in found if names]


def _section(heading: str, names: list[str]) -> str:
    rows = "".join(_row(name, Settings.model_fields[name]) for name in names)
    title = heading[0].upper() + heading[1:]
    return f"## {title}\n\n| variable | default | meaning |\n|---|---|---|\n{rows}\n"


def _row(name: str, field: FieldInfo) -> str:
    secret = " Secret." if _is_secret(field.annotation) or name == "token_keys" else ""
    return f"| `{name.upper()}` | {_default(field)} | {field.description}{_bounds(field)}{secret} |\n"


def _is_secret(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, types.UnionType):
        return SecretStr in get_args(annotation)
    return annotation is SecretStr


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or value is PydanticUndefined or value in ("", ()):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{','.join(str(item) for item in value)}`"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


def _bounds(field: FieldInfo) -> str:
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    said = [
        f"{word} {limit}"
        for item in field.metadata
        for name, word in words.items()
        if (limit := getattr(item, name, None)) is not None
    ]
    return f" ({', '.join(said)})" if said else ""


if __name__ == "__main__":
    sys.stdout.write(reference())
