"""Logs; the metrics are in `bot.telemetry.metrics`. `configure` is called once by the composition root.

A request's id is bound to the logging context while a worker works on it, so every line about it has that
id. `redact` is the last processor before output: it removes secrets and people's texts.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot.telemetry.metrics import Metrics, measured, metrics

_SECRET_NAME = re.compile(r"token|secret|password|api_?key|authorization|cookie", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r"lmnfl_[\w.\-]+|xox[a-z]-[\w-]+|xapp-[\w-]+|whsec_[\w+/=]+|Bearer\s+\S+|Bot\s+[\w.\-]{20,}"
    r"|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}|://[^\s/:@]*:[^\s/@]+@"
    r"|(?i:token|secret|password)['\"]?\s*[=:]\s*['\"][^'\"]+"
    r"|hooks\.slack\.com/\S+|(?<=/webhooks/)\d+/[\w-]{20,}|(?<=/interactions/)\d+/[\w-]{20,}"
)
_WORDS = frozenset(("prompt", "text", "content", "messages", "system", "house", "negative_prompt", "history"))

_INPUT = re.compile(r"input_value=.*?, input_type=\w+", re.DOTALL)
"""Pydantic quotes the input that it could not read, which may be a person's text."""

OURS = ("bot", "storage", "adapters", "sandbox")
"""Loggers that use the configured level."""

Event = MutableMapping[str, Any]

__all__ = ["Metrics", "configure", "measured", "metrics", "redact"]


def redact(_logger: Any, _method: str, event: Event) -> Event:
    """Replace secrets, by name and by pattern, and people's texts, by name, at any depth."""
    return {name: _clean(name, value) for name, value in event.items()}


def _clean(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name):
        return "[secret]"
    if name in _WORDS:
        return f"[{len(value)} characters]" if isinstance(value, str) else "[words]"
    if isinstance(value, str):
        return _SECRET_VALUE.sub("[secret]", _INPUT.sub("input_value=[words]", value))
    if isinstance(value, dict):
        return {str(key): _clean(str(key), item) for key, item in value.items()}  # type: ignore[misc]
    if isinstance(value, list | tuple):
        return [_clean("", item) for item in value]  # type: ignore[misc]
    if isinstance(value, bytes | bytearray):
        return f"[{len(value)} bytes]"
    if value is None or isinstance(value, bool | int | float):
        return value
    return _clean("", str(value))


def configure(*, level: str = "info", json: bool | None = None) -> None:
    """Send structlog and the standard library's loggers to stderr through one pipeline.

    `json` None means: JSON unless a terminal is attached.
    """
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries log warnings only: at the debug level some of them print whole requests.
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    logging.getLogger("discord.client").setLevel(logging.ERROR)  # it warns that voice is not installed
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
