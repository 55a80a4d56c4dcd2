"""Reads the text of one PDF from standard input, in a process of its own, and prints it as JSON.

A PDF is a program of sorts: a small one can take minutes and gigabytes. A thread cannot be stopped and holds
the interpreter; a process has limits that the system enforces. It is run as a script, imports nothing of
this project, and is started by `pdf.py`.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
from typing import Any

MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 15


def limited() -> None:
    """Let the system end this process when it takes too much; where there are no such limits, nothing."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))


def extracted(data: bytes, pages: int, characters: int) -> dict[str, Any]:
    """`text`, how many `pages` it is from, and the `total`; or a `problem`."""
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"problem": "encrypted"}
        total, parts, length = len(reader.pages), [], 0
        for page in reader.pages[:pages]:
            parts.append(page.extract_text())
            length += len(parts[-1]) + 2
            if length > characters:
                break
        return {"text": "\n\n".join(parts), "pages": len(parts), "total": total}
    except (PyPdfError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        # What the library raises for damaged files is of every kind, and none of it may end as a trace.
        return {"problem": "broken"}
    except MemoryError:
        return {"problem": "broken"}


if __name__ == "__main__":
    limited()
    logging.disable()
    most_pages, most_characters = int(sys.argv[1]), int(sys.argv[2])
    answer = extracted(sys.stdin.buffer.read(), most_pages, most_characters)
    sys.stdout.write(json.dumps(answer))
