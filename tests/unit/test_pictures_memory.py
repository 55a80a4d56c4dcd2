"""The worst pictures that the limits allow, four at once, stay below what a container of 512 MB has."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pictures import WORST, flat, measured

pytestmark = [pytest.mark.apart, pytest.mark.timeout(900)]
MOST_MB = 512


def test_two_tiny_files_with_many_pixels_take_little(tmp_path: Path) -> None:
    path = tmp_path / "tiny.webp"
    flat().save(path, "WEBP", lossless=True)
    found = measured("after", path, 2)
    assert not isinstance(found, str), found
    assert found[1] < 300


@pytest.mark.deep
@pytest.mark.parametrize("name", WORST)
def test_four_of_the_worst_stay_below_the_limit(name: str, tmp_path: Path) -> None:
    path = tmp_path / "worst"
    WORST[name](path)
    found = measured("after", path, 4)
    assert not isinstance(found, str), found
    assert found[1] < MOST_MB, f"{name}: {found[1]} MB"
