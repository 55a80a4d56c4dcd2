"""What a command found or did, for programs: the one way of `--json`.

With it standard output has JSON only, an object on each line; files that a command writes stay as they are.
Amounts are micro-dollars, and moments without a zone of their own are UTC microseconds. What goes wrong is an
object on standard error (`failures`), and the exit codes are the same as without it.
"""

from __future__ import annotations

import json as jsons
from collections.abc import Mapping
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="JSON, one object per line; amounts in micro-dollars.")]


def say_json(*facts: Mapping[str, Any], err: bool = False) -> None:
    """Print each as one line."""
    for one in facts:
        typer.echo(jsons.dumps(one, ensure_ascii=False), err=err)


def say(line: str, facts: Mapping[str, Any], *, json: bool) -> None:
    """Print one fact: as a line for people, or as a line of JSON."""
    if json:
        say_json(facts)
    else:
        typer.echo(line)


def warn(sentence: str, *, json: bool) -> None:
    """Say something that does not end the command, beside its answer."""
    if json:
        say_json({"warning": sentence}, err=True)
    else:
        typer.echo(sentence, err=True)
