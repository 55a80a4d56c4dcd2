"""Settings from files, as container secrets are given: `NAME_FILE` names a file that holds NAME."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic_settings import PydanticBaseSettingsSource


class FileSource(PydanticBaseSettingsSource):
    """`NAME_FILE` names a file that holds NAME, as container secrets do."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return _read_secret(os.environ, field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: _read_secret(os.environ, name) for name in self.settings_cls.model_fields}
        return {name: value for name, value in found.items() if value}


def _read_secret(environ: Mapping[str, str], name: str) -> str | None:
    path = environ.get(f"{name.upper()}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text().strip()
    except OSError as exc:
        raise ValueError(f"{name.upper()}_FILE cannot be read: {exc.strerror}") from None
