"""Where results lie is known to one place, so that another kind of store can take its place."""

from __future__ import annotations

import re

from tests.architecture.test_house_rules import SHIPPED, name

MAY_NAME = {
    "media_dir": {"bot/settings.py", "adapters/composition.py", "adapters/cli/operator.py"},
    "data_dir": {
        "bot/settings.py",
        "adapters/composition.py",
        "adapters/cli/doctor/local_checks.py",
    },
}
"""Besides the composition: the doctor checks that the disk can be written."""


def test_only_the_composition_knows_the_folders():
    found = {
        word: {name(path) for path in SHIPPED if re.search(rf"\b{word}\b", path.read_text())}
        for word in MAY_NAME
    }
    assert found == MAY_NAME
