"""A new capability, scope, window, kind of entry or state cannot be half there: each place that must know it
fails by name. `python -m tests.architecture.new_members` writes the lists again after a change of names.
"""

from __future__ import annotations

import pytest

from tests.architecture.new_members import NEW, found


@pytest.mark.apart
def test_every_place_that_must_know_a_new_member_is_named():
    by_list = found()
    assert len(by_list) == len(NEW)
    for path, now in by_list.items():
        known = set(path.read_text().splitlines())
        assert not known - now, f"{path.name}: nothing guards these places any more"
        assert not now - known, f"{path.name}: these places are new; write the lists again"
        assert now, path.name
