"""What a process started by a test gets of this machine's environment."""

from __future__ import annotations

import os

NO_LIMITS = {
    "STARTER_PLACE": "none",
    "STARTER_PERSON": "none",
    "INSTALLATION_LIMIT": "none",
    "ASK_FIRST": "no",
    "ASK_ABOVE": "1",
}
"""Most tests are about something else than the limits of a new place; those that are name their own."""
KEPT = ("PATH", "HOME", "LANG", "SSL_CERT_FILE")


def bare() -> dict[str, str]:
    """Where programs and certificates lie, and nobody's settings but that nothing is limited."""
    return {name: os.environ[name] for name in (*KEPT, *NO_LIMITS) if name in os.environ}
