"""What a release weighs and how fast it is, beside the last: `python -m benchmarks.release_figures`.

Measured are the bytes of the container image (where a Docker daemon answers), the seconds from the start of
`lumenfall-bot demo` until it is ready, and the seconds of the quick suite, which the caller gives. `--keep`
writes them to `last_release.json`, which is done once for each release.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot import __version__

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).with_name("last_release.json")
UNITS = {"image_bytes": "bytes of the image", "ready_s": "s to ready", "suite_s": "s of the suite"}
BUILD_S = 240.0
READY_S = 120.0


def image_bytes() -> int | None:
    """The size of the image, built here; None where Docker is not there or does not get done in time."""
    if not shutil.which("docker"):
        return None
    tag = "lumenfall-bot:figures"
    build = ["docker", "build", "-q", "-t", tag, str(ROOT)]
    inspect = ["docker", "image", "inspect", "--format", "{{.Size}}", tag]
    try:
        subprocess.run(build, check=True, capture_output=True, timeout=BUILD_S)
        shown = subprocess.run(inspect, check=True, capture_output=True, text=True, timeout=BUILD_S)
    except (OSError, subprocess.SubprocessError):
        return None
    return int(shown.stdout)


def ready_s() -> float | None:
    """Seconds from the start of a process until the demo says that it is ready; None where it does not."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        environment = {**kept, "DATA_DIR": folder, "PORT": "0"}
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "adapters.cli.main", "demo"], cwd=ROOT, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            return _seconds_until_ready(process, started)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _seconds_until_ready(process: subprocess.Popen[str], started: float) -> float | None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("ready:"):
            return round(time.monotonic() - started, 1)
        if time.monotonic() - started > READY_S:
            break
    return None


def beside(now: dict[str, float | None], last: dict[str, float | str | None]) -> list[str]:
    """One line for each figure: what it is now, and what it was at the last release."""
    lines: list[str] = []
    for name, unit in UNITS.items():
        here, before = now.get(name), last.get(name)
        shown = "not measured here" if here is None else f"{here:,} {unit}"
        was = f"{before:,}" if isinstance(before, int | float) else "not kept"
        lines.append(f"{name}: {shown} ({last['version']}: {was})")
    return lines


def main() -> None:
    """Measure, print, and keep if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--suite-seconds", type=float, default=None)
    parser.add_argument("--keep", action="store_true", help="Write them as those of this release.")
    given = parser.parse_args()
    now = {"image_bytes": image_bytes(), "ready_s": ready_s(), "suite_s": given.suite_seconds}
    print("\n".join(beside(now, json.loads(KEPT.read_text()))))
    if given.keep:
        KEPT.write_text(json.dumps({"version": __version__, **now}, indent=2) + "\n")


if __name__ == "__main__":
    main()
