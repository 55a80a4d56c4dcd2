"""Videos: submitted, then asked for until they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.bare_gateway.media import FIRST_NUMBER, MediaStore, film
from tests.fakes.bare_gateway.models import CREATED, Kind, ModelSwitches
from tests.fakes.bare_gateway.wire import PREFIX, Call, RefusedError, Reply, error_reply, json_reply

COMPLETED = 1702345720
"""As the quickstart prints it."""

DONE = frozenset({"completed", "succeeded", "done"})


@dataclass
class VideoSwitches:
    """How videos end. `polls` answers come before the end, `in_progress` each."""

    polls: int = 1
    status: str = "completed"
    output: Literal["object", "string", "list", "missing"] = "object"
    error: str | Mapping[str, Any] | None = None
    """Given with an end that is not a success."""


@dataclass
class _Video:
    body: dict[str, Any]
    metadata: dict[str, Any] | None
    final_metadata: dict[str, Any] | None
    asked: int = 0


@dataclass
class VideoStore:
    media: MediaStore
    made: dict[str, _Video] = field(default_factory=dict)

    def submit(self, call: Call, metadata: tuple[dict[str, Any], dict[str, Any]] | None) -> Reply:
        """202 with the queued video; `metadata` is what it says while it runs and when it has ended."""
        name = f"video_abc{FIRST_NUMBER + len(self.made)}"
        body = {
            "id": name,
            "object": "video",
            "created_at": CREATED,
            "status": "queued",
            "model": call.body["model"],
            "seconds": str(call.body.get("seconds", 5)),
            "size": call.body.get("size", "1920x1080"),
        }
        running, final = metadata or (None, None)
        self.made[name] = _Video(body, running, final)
        return json_reply(_with(body, running), 202)

    def reply(self, call: Call, switches: VideoSwitches) -> Reply:
        """A poll."""
        video = self.made.get(call.path.removeprefix(f"{PREFIX}/videos/"))
        if video is None or call.method != "GET":
            return error_reply("INVALID_REQUEST", "Not found", 404)
        video.asked += 1
        if video.asked <= switches.polls:
            return json_reply(_with(video.body | {"status": "in_progress"}, video.metadata))
        return json_reply(_with(self._ended(video.body, switches), video.final_metadata))

    def _ended(self, body: dict[str, Any], switches: VideoSwitches) -> dict[str, Any]:
        status = switches.status
        if status not in DONE:
            error = {} if switches.error is None else {"error": switches.error}
            return body | {"status": status} | error
        output = {} if switches.output == "missing" else {"output": self._output(body["id"], switches)}
        return body | {"completed_at": COMPLETED, "status": status} | output

    def _output(self, name: str, switches: VideoSwitches) -> Any:
        url = self.media.keep(film(), "video/mp4", f"{name}.mp4")
        if switches.output == "string":
            return url
        whole = {"url": url, "content_type": "video/mp4", "size_bytes": len(film())}
        return [whole] if switches.output == "list" else whole


def _with(body: dict[str, Any], metadata: dict[str, Any] | None) -> dict[str, Any]:
    return body if metadata is None else body | {"metadata": metadata}


def check(call: Call, models: ModelSwitches) -> Kind:
    """Validate a video request; raises `RefusedError`."""
    kind = models.need(call.body.get("model"), Kind.VIDEO)
    if not call.body.get("prompt"):
        raise RefusedError("INVALID_REQUEST", "prompt is required")
    return kind
