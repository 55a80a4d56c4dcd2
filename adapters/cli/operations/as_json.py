"""What a command found, for programs."""

from __future__ import annotations

import json as jsons
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="JSON, one object per line; amounts in micro-dollars.")]


def say_json(*facts: dict[str, Any]) -> None:
    """Print each as one line."""
    for one in facts:
        typer.echo(jsons.dumps(one, ensure_ascii=False))
