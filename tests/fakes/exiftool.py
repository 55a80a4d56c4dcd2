"""What an independent tool finds in files besides their pixels."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

MISSING = shutil.which("exiftool") is None
_TOLD_OF_PIXELS = frozenset("SourceFile File ExifTool JFIF PNG RIFF GIF Composite".split())
"""Groups of what every file says of itself."""
_OF_PEOPLE = ("Comment", "Description", "Software", "Title", "Author", "Copyright", "Creation", "ModifyDate")


def found_in(files: Sequence[bytes]) -> list[str]:
    """Every tag that is not about the pixels, of all the files."""
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(files):
            (Path(folder) / f"{number:04}").write_bytes(data)
        command = ["exiftool", "-json", "-G", "-a", "-u", *map(str, sorted(Path(folder).iterdir()))]
        said = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    read = json.loads(said or "[]")
    assert len(read) == len(files), said
    return [f"{name}: {value}" for file in read for name, value in file.items() if _tells(name)]


def _tells(name: str) -> bool:
    group, _, tag = name.partition(":")
    if group == "File":
        return tag == "Comment"
    return group not in _TOLD_OF_PIXELS or tag.startswith(_OF_PEOPLE)
