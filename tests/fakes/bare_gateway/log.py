"""The request log, which a gateway may have or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.bare_gateway.wire import Call, Reply, json_reply

NOT_HERE = Reply(status=404, body=b"<h1>Not Found</h1>", content_type="text/html")


@dataclass
class LogSwitches:
    """`by_id` opens `/v1/requests/{id}`, `listed` opens `/v1/requests`; what is closed answers `absent`."""

    by_id: bool = False
    listed: bool = False
    absent: Reply = NOT_HERE
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def note(self, call: Call, model: str, micros: int) -> None:
        """Keep a row of a call that ran."""
        trace = call.headers.get("traceparent", "").split("-")
        self.rows[call.request_id] = {
            "id": call.request_id,
            "object": "request",
            "created_at": "2023-12-12T01:47:58Z",
            "model": model,
            "endpoint": call.path,
            "status": "completed",
            "cost": micros / 1_000_000,
            "currency": "usd",
            "trace_id": trace[1] if len(trace) > 1 else None,
            "user": call.body.get("user"),
        }

    def reply(self, call: Call) -> Reply:
        name = call.path.removeprefix("/v1/requests").strip("/")
        if name and self.by_id:
            return json_reply(self.rows[name]) if name in self.rows else self.absent
        if not name and self.listed:
            rows = list(reversed(self.rows.values()))
            return json_reply(
                {"object": "list", "data": rows, "next_page_url": None, "previous_page_url": None}
            )
        return self.absent
