"""What fails once and passes alone is named in the last line; what fails twice fails the run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOUND = "def test_sound():\n    pass\n"
FLAKY = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("name", ["a b", "c"])
def test_flaky(name):
    seen = Path(name)
    again = seen.exists()
    seen.touch()
    assert again or name == "c"
"""
BROKEN = "def test_broken():\n    assert False\n"


def run(folder: Path, *options: str, **files: str) -> tuple[int, list[str]]:
    """The exit status and the lines of a run of these tests."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "tests.run", "-n", "0", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout.splitlines()


def test_nothing_needs_a_second_chance(tmp_path: Path) -> None:
    status, lines = run(tmp_path, sound=SOUND)
    assert (status, lines[-1]) == (0, "second chance needed: none")
    assert re.search(r"\b1 passed in ", lines[-2])


def test_what_passes_alone_is_named(tmp_path: Path) -> None:
    status, lines = run(tmp_path, sound=SOUND, flaky=FLAKY)
    assert (status, lines[-1]) == (0, "second chance needed: test_flaky.py::test_flaky[a b]")
    assert any(re.search(r"\b1 failed, 2 passed in ", line) for line in lines)
    assert re.search(r"\b1 passed in ", lines[-2])


def test_what_fails_twice_fails_the_run_and_is_named(tmp_path: Path) -> None:
    status, lines = run(tmp_path, broken=BROKEN, flaky=FLAKY)
    assert status == 1
    assert lines[-1].startswith("second chance needed: ")
    assert set(lines[-1].removeprefix("second chance needed: ").split(", ")) == {
        "test_broken.py::test_broken",
        "test_flaky.py::test_flaky[a b]",
    }


def test_a_run_that_did_not_take_place_fails(tmp_path: Path) -> None:
    status, _ = run(tmp_path, "--no-such-option", sound=SOUND)
    assert status == 4
