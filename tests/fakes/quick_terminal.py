"""The command line as it is, on a clock that runs faster: `python -m tests.fakes.quick_terminal 20 ask …`."""

from __future__ import annotations

import sys

from adapters import composition
from adapters.cli.main import app
from tests.fakes.clocks import WarpClock

if __name__ == "__main__":
    speed = float(sys.argv.pop(1))
    composition.SystemClock = lambda: WarpClock(speed=speed)  # type: ignore[assignment,misc]
    app()
