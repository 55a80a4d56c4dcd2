"""What all tests share: plain logs, and a short list of certificate authorities.

Drawing a traceback with its variables takes longer than most tests; so does reading a hundred and fifty
authorities for each of the many HTTP clients, none of which speaks TLS here.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import certifi
import structlog

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=False),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

_END = "-----END CERTIFICATE-----\n"
_folder = tempfile.TemporaryDirectory()
_few = Path(_folder.name) / "authorities.pem"
_few.write_text(certifi.contents().partition(_END)[0] + _END, encoding="ascii")
os.environ["SSL_CERT_FILE"] = str(_few)
