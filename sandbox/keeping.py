"""A sandbox that outlives its process: its request log, videos and files in a folder.

    sandbox.json   the port, the log and the videos, written whole after every change
    media/         what was made, a file each, as long as its address lives

A video that was being made when the process ended is made again from what was ordered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.requestlog import Row
from sandbox.videojob import VideoJob

if TYPE_CHECKING:
    from sandbox.state import State

FILE = "sandbox.json"
ROWS_KEPT, VIDEOS_KEPT = 2000, 200
INTERRUPTED = ("INTERNAL_ERROR", "The gateway was restarted while this was being made.")


def kept_port(folder: Path | None) -> int:
    """The port of the last time, so that addresses of files stay good; 0 when there is none."""
    return int(_read(folder).get("port", 0))


def save(state: State) -> None:
    """Write everything down, if there is a folder. A reader sees the old file or the new one."""
    folder = state.options.data
    if folder is None:
        return
    videos = list(state.videos.values())[-VIDEOS_KEPT:]
    body = {
        "port": state.port,
        "rows": [asdict(row) for row in list(state.log)[-ROWS_KEPT:]],
        "videos": [_video(video) for video in videos],
        "video_keys": state.video_keys,
    }
    new = folder / f"{FILE}.new"
    new.write_text(json.dumps(body))
    new.replace(folder / FILE)


def load(state: State) -> None:
    """Take up what an earlier process has left; paid calls that it had in hand have failed."""
    folder = state.options.data
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    body = _read(folder)
    for values in body.get("rows", ()):
        state.log.add(Row(**values))
    for values in body.get("videos", ()):
        if (video := _job(state, values)) is not None:
            state.videos[video.id] = video
    state.video_keys.update(body.get("video_keys", {}))
    for row in state.log:
        if row.ended_at is None and row.id not in state.videos:
            state.log.end(row, "upstream_failure", error=INTERRUPTED)


def _read(folder: Path | None) -> dict[str, Any]:
    if folder is None or not (folder / FILE).is_file():
        return {}
    return dict(json.loads((folder / FILE).read_text()))


_APART = ("row", "offer", "fault")


def _video(video: VideoJob) -> dict[str, Any]:
    plain = {field.name: getattr(video, field.name) for field in fields(video) if field.name not in _APART}
    return {**plain, "row": video.row.id, "provider": video.offer.provider}


def _job(state: State, values: Mapping[str, Any]) -> VideoJob | None:
    """The video, or None where its row or its model is not known any more."""
    row, model = state.log.get(values["row"]), state.table.get(values["model"])
    if row is None or model is None:
        return None
    offer = next((one for one in model.offers if one.provider == values["provider"]), model.offers[0])
    plain = {name: value for name, value in values.items() if name not in ("row", "provider", "outputs")}
    return VideoJob(**plain, row=row, offer=offer, fault=None, outputs=tuple(values["outputs"]))
