"""response_url and trigger_id: the two short-lived keys Slack hands out with each interaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.rules import blocks_error
from tests.fakes.slack_server.views import number_blocks

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import Channel, Message, User
    from tests.fakes.slack_server.views import View

_KNOWN = frozenset(
    "text blocks attachments response_type replace_original delete_original thread_ts unfurl_links "
    "unfurl_media metadata mrkdwn link_names parse".split()
)


@dataclass(eq=False, kw_only=True)
class Hook:
    """A response_url: five posts within thirty minutes, about one message or one command."""

    url: str
    user: User
    channel: Channel
    message: Message | None
    created: float
    uses: int = 0


@dataclass(eq=False, kw_only=True)
class Trigger:
    """A trigger_id: three seconds, one use."""

    user: User
    created: float
    view: View | None = None
    used: bool = False


def new_hook(core: Core, user: User, channel: Channel, message: Message | None = None) -> str:
    key = core.ids.next("hook")
    url = f"{core.base}/commands/{user.team.id}/{key}"
    core.hooks[key] = Hook(url=url, user=user, channel=channel, message=message, created=core.clock.now())
    return url


def new_trigger(core: Core, user: User, view: View | None = None) -> str:
    trigger_id = f"{core.ids.next('1')}.{user.team.id}.fake"
    core.triggers[trigger_id] = Trigger(user=user, created=core.clock.now(), view=view)
    return trigger_id


def answer_hook(core: Core, key: str, body: dict[str, Any]) -> tuple[int, str]:
    """What hooks.slack.com answers to one post, having done what it asks."""
    hook = core.hooks.get(key)
    if hook is None:
        return 404, "no_service"
    if core.clock.now() - hook.created > core.timings.response_url_life:
        return 404, '{"ok":false,"error":"expired_url"}'
    if hook.uses >= core.timings.response_url_uses:
        return 404, '{"ok":false,"error":"used_url"}'
    hook.uses += 1
    for name in sorted(body.keys() - _KNOWN):
        core.violate(f"response_url: unknown field {name!r}")
    if error := blocks_error(core, hook.user.team, body, "response_url"):
        return 400, error
    return respond(core, hook.user, hook.channel, body, hook.message)


def respond(
    core: Core, user: User, channel: Channel, body: dict[str, Any], original: Message | None
) -> tuple[int, str]:
    """Carry out a response body: from a response_url, or from the acknowledgement of a command."""
    if body.get("delete_original"):
        if original:
            original.deleted = True
            core.touch()
        return 200, "ok"
    if not any(body.get(key) for key in ("text", "blocks", "attachments")):
        return 500, "no_text"
    if body.get("replace_original") and original and not original.deleted:
        core.revise(original)
        original.text = body.get("text") or ""
        original.blocks = number_blocks(body.get("blocks") or [], core.ids)
        original.attachments = body.get("attachments") or []
        core.touch()
        return 200, "ok"
    core.post(
        channel,
        channel.team.bot,
        text=body.get("text") or "",
        blocks=number_blocks(body.get("blocks") or [], core.ids),
        attachments=body.get("attachments") or [],
        thread_ts=body.get("thread_ts"),
        ephemeral_to=None if body.get("response_type") == "in_channel" else user,
    )
    return 200, "ok"
