"""The text of a PDF, read by `pdf_process.py` within bounds of pages, characters, time and memory."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

PAGES = 50
TIMEOUT_S = 20.0
_SCRIPT = Path(__file__).with_name("pdf_process.py")


@dataclass(frozen=True, kw_only=True)
class PdfText:
    """`text` of the first `pages` of `total` pages; or a `problem`: `encrypted`, `broken`."""

    text: str = ""
    pages: int = 0
    total: int = 0
    problem: str = ""


async def pdf_text(data: bytes, *, characters: int, timeout_s: float = TIMEOUT_S) -> PdfText:
    """The text of a PDF, its pages read until there are more than so many `characters`. Never raises."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        str(_SCRIPT),
        str(PAGES),
        str(characters),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(timeout_s):
            answer, _ = await process.communicate(data)
        return PdfText(**json.loads(answer))
    except (TimeoutError, ValueError, OSError) as error:
        log.info("pdf_not_read", error=type(error).__name__, code=process.returncode)
        return PdfText(problem="broken")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
