"""The schemas the Slack and Discord servers of the tests check with are the published ones, only shorter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.specs.reduce import FOLDER, REDUCED, bare

FULL = Path(__file__).resolve().parents[3] / "shared" / "specs"


@pytest.mark.parametrize("name", REDUCED)
def test_a_reduced_schema_is_what_its_source_gives(name: str) -> None:
    if not (FULL / name).exists():
        pytest.skip(f"the full {name}, from which the reduced one is made, is not beside this clone")
    full = json.loads((FULL / name).read_text(encoding="utf-8"))
    reduced = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert reduced == REDUCED[name](full), f"run: python -m tests.fakes.specs.reduce {FULL}"


def test_what_is_left_out_is_what_no_validator_reads() -> None:
    full = {
        "title": "A person",
        "properties": {"title": {"type": "string", "description": "on the card", "maxLength": 3}},
        "required": ["title"],
    }
    short = {"properties": {"title": {"type": "string", "maxLength": 3}}, "required": ["title"]}
    assert bare(full) == short
