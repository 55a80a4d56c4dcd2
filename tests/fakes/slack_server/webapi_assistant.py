"""assistant.threads.*: status line, title and suggested prompts of a conversation with an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.state import AgentStatus
from tests.fakes.slack_server.webapi import Call, SlackError, method

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import Channel


def _thread(call: Call, *, required: bool = True) -> tuple[Channel, str | None]:
    channel = call.channel("channel_id")
    if not call.args.get("thread_ts") and not required:
        return channel, None
    call.need("thread_ts")
    if channel.find(call.text("thread_ts")) is None:
        raise SlackError("invalid_thread_ts")
    return channel, call.text("thread_ts")


@method("assistant.threads.setStatus")
async def set_status(core: Core, call: Call) -> dict[str, Any]:
    channel, thread_ts = _thread(call)
    messages = call.args.get("loading_messages") or []
    if len(messages) > 10:
        core.violate("assistant.threads.setStatus: more than 10 loading_messages")
        raise SlackError("invalid_arguments")
    assert thread_ts is not None
    if call.text("status"):
        until = core.clock.now() + core.timings.status_life
        channel.statuses[thread_ts] = AgentStatus(
            text=call.text("status"), loading_messages=tuple(messages), until=until
        )
    else:
        channel.statuses.pop(thread_ts, None)
    core.touch()
    return {}


@method("assistant.threads.setTitle")
async def set_title(core: Core, call: Call) -> dict[str, Any]:
    channel, thread_ts = _thread(call)
    call.need("title")
    channel.titles[thread_ts or ""] = call.text("title")
    core.touch()
    return {}


@method("assistant.threads.setSuggestedPrompts")
async def set_prompts(core: Core, call: Call) -> dict[str, Any]:
    channel, thread_ts = _thread(call, required=False)
    prompts = call.args.get("prompts") or []
    good = isinstance(prompts, list) and all(
        isinstance(p, dict) and p.keys() >= {"title", "message"} for p in prompts
    )
    if not good or len(prompts) > 4:
        core.violate("assistant.threads.setSuggestedPrompts: at most 4 prompts of title and message")
        raise SlackError("invalid_arguments")
    channel.prompts[thread_ts] = prompts
    core.touch()
    return {}
