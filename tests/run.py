"""Run the tests, give what failed one second chance alone, and name it in the last line.

    python -m tests.run [options of pytest]

Most tests wait for a server rather than for the processor, so six share two cores well, one test at a time.
A deadline may be missed there for want of a processor; alone, what fails is broken. What needed its second
chance is a fault of the test or of the product, so it is never passed over in silence.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

TOGETHER = ("-n", "6", "--dist", "load", "--maxschedchunk", "1")
FAILED = Path(".pytest_cache/v/cache/lastfailed")
"""What pytest keeps of the failures of a run, by the name of the test."""
SOME_FAILED = 1
"""The exit status by which pytest says that tests ran and some failed."""


def pytest(*options: str) -> int:
    """Run it; its exit status.

    The seed keeps the names of parametrized tests the same in all processes. Bytecode is written even where
    the environment says no: seven processes read the same modules, and so does each that a test starts.
    An interrupt is pytest's as well, which ends the servers that its tests have started.
    """
    command = [sys.executable, "-m", "pytest", *options]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}
    with subprocess.Popen(command, env=environment) as process:
        while process.returncode is None:
            with suppress(KeyboardInterrupt):
                process.wait()
        return process.returncode


def main(options: list[str]) -> int:
    """The exit status: 0 when each test has passed, at the second attempt at the latest."""
    status, again = pytest("--cache-clear", *TOGETHER, *options), "none"
    if status == SOME_FAILED:
        again = ", ".join(json.loads(FAILED.read_text(encoding="utf-8"))) if FAILED.exists() else "unknown"
        status = pytest("--last-failed", "--last-failed-no-failures", "none", *options)
    print(f"second chance needed: {again}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
