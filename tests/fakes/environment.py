"""What a process started by a test gets of this machine's environment."""

from __future__ import annotations

import os

KEPT = ("PATH", "HOME", "LANG", "SSL_CERT_FILE")


def bare() -> dict[str, str]:
    """Where programs and certificates lie, and nobody's settings."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}
