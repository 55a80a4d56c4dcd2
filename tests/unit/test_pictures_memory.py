"""The worst pictures that the limits allow, four at once, stay below what a container of 512 MB has."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.memory_limit import limited
from benchmarks.pictures import WORST, flat, measured

pytestmark = [pytest.mark.apart, pytest.mark.timeout(900)]
MOST_MB = 512
NO_GROUPS = "no control group can be made here: it needs root and a writable /sys/fs/cgroup"


def made(name: str, folder: Path) -> Path:
    path = folder / ("worst.mask" if name.startswith("mask") else "worst")
    WORST[name](path)
    return path


def test_two_tiny_files_with_many_pixels_take_little(tmp_path: Path) -> None:
    path = tmp_path / "tiny.webp"
    flat().save(path, "WEBP", lossless=True)
    found = measured("after", path, 2)
    assert not isinstance(found, str), found
    assert found[1] < 300


def test_a_process_in_a_limited_group_sees_its_limit_and_ends_beyond_it(tmp_path: Path) -> None:
    path = tmp_path / "tiny.webp"
    flat().save(path, "WEBP", lossless=True)
    with limited(MOST_MB * 2**20) as limit:
        if limit is None:
            pytest.skip(NO_GROUPS)
        assert not isinstance(measured("after", path, 1, limit), str)
    with limited(40 * 2**20) as limit:
        assert "within the limit" in str(measured("after", path, 1, limit))


@pytest.mark.deep
@pytest.mark.parametrize("name", WORST)
def test_four_of_the_worst_stay_below_the_limit(name: str, tmp_path: Path) -> None:
    found = measured("after", made(name, tmp_path), 4)
    assert not isinstance(found, str), found
    assert found[1] < MOST_MB, f"{name}: {found[1]} MB"


@pytest.mark.deep
@pytest.mark.parametrize("name", WORST)
def test_four_of_the_worst_survive_where_there_is_no_more(name: str, tmp_path: Path) -> None:
    path = made(name, tmp_path)
    with limited(MOST_MB * 2**20) as limit:
        if limit is None:
            pytest.skip(NO_GROUPS)
        found = measured("after", path, 4, limit)
    assert not isinstance(found, str), found
