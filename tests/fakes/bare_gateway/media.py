"""Pictures, a film, and the ways in which a result can be handed over."""

from __future__ import annotations

import base64
import functools
import io
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import av
import numpy
from PIL import Image

from tests.fakes.bare_gateway.wire import Call, Reply

FIRST_NUMBER = 123
"""The pages print `abc123`; results are counted from there."""


class ResultForm(StrEnum):
    """How a picture is handed over. The pages print `URL`, and `B64_JSON` when it is asked for."""

    URL = "url"
    RELATIVE = "relative"
    REDIRECT = "redirect"
    OTHER_HOST = "other host"
    B64_JSON = "b64_json"
    DATA_URI = "data URI"


@dataclass
class MediaStore:
    """What was made, by file name. `origin` and `other_origin` are set when the servers listen."""

    form: ResultForm = ResultForm.URL
    origin: str = ""
    other_origin: str = ""
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def keep(self, content: bytes, content_type: str, name: str) -> str:
        """Store one file and give the URL it is handed over by."""
        self.files[name] = (content, content_type)
        match self.form:
            case ResultForm.RELATIVE:
                return f"/media/{name}"
            case ResultForm.REDIRECT:
                return f"{self.origin}/moved/{name}"
            case ResultForm.OTHER_HOST:
                return f"{self.other_origin}/media/{name}"
            case ResultForm.DATA_URI:
                return data_uri(content, content_type)
            case ResultForm.URL | ResultForm.B64_JSON:
                return f"{self.origin}/media/{name}"

    def next_name(self, ending: str) -> str:
        return f"abc{FIRST_NUMBER + len(self.files)}.{ending}"

    def picture(self, size: tuple[int, int], wants_b64: bool) -> dict[str, Any]:
        """One item of `data`, without `revised_prompt`."""
        content = png(size)
        url = self.keep(content, "image/png", self.next_name("png"))
        if wants_b64 or self.form is ResultForm.B64_JSON:
            return {"b64_json": base64.b64encode(content).decode()}
        return {"url": url}

    def serve(self, call: Call) -> Reply:
        """A file by its path, or the way to it."""
        _, place, name = call.path.split("/", 2)
        if name not in self.files:
            return Reply(status=404, body=b"not found", content_type="text/plain")
        if place == "moved":
            return Reply(status=302, headers={"Location": f"/media/{name}"}, content_type="text/plain")
        content, content_type = self.files[name]
        return Reply(body=content, content_type=content_type)


def data_uri(content: bytes, content_type: str) -> str:
    return f"data:{content_type};base64,{base64.b64encode(content).decode()}"


@functools.cache
def png(size: tuple[int, int]) -> bytes:
    """A picture in one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, (40, 110, 90)).save(out, "PNG")
    return out.getvalue()


@functools.cache
def film() -> bytes:
    """A third of a second of video, 64 by 64 pixels."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for step in range(8):
            frame = av.VideoFrame.from_ndarray(
                numpy.full((64, 64, 3), step * 30, numpy.uint8), format="rgb24"
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()
