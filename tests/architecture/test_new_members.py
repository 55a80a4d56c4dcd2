"""A new capability, scope, window, kind of entry or state cannot be half there: each place that must know it
fails by name. `python -m tests.architecture.new_members` writes the lists again after a change of names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.architecture.new_members import NEW, named, typed


def test_every_table_that_must_know_a_new_member_is_named():
    _same(named(), "(members)")


@pytest.mark.deep
@pytest.mark.timeout(600)
def test_every_branch_that_must_know_a_new_member_is_a_type_error():
    _same(typed(), "(types)")


def _same(found: Mapping[Path, set[str]], kind: str) -> None:
    assert len(found) == len(NEW)
    for path, now in found.items():
        known = {line for line in path.read_text().splitlines() if line.endswith(kind)}
        assert now, f"{path.name}: nothing is guarded"
        assert not known - now, f"{path.name}: nothing guards these places any more"
        assert not now - known, f"{path.name}: these places are new; write the lists again"
