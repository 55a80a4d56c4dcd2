"""People talking: mentions, direct messages, edits, other bots, and opening the app's own places."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from tests.fakes.slack_server.core import Core
from tests.fakes.slack_server.delivery import Delivery
from tests.fakes.slack_server.events import announce, announce_change, send_event, send_message_event
from tests.fakes.slack_server.files import Share, SlackFile, Upload
from tests.fakes.slack_server.payloads import escaped, message_object, rich_text
from tests.fakes.slack_server.state import Channel, Message, Team, User


class Talking(Core):
    """What people write. Methods return once the message stands; `message.deliveries` tell of the app."""

    async def say(
        self,
        user: User,
        channel: Channel,
        text: str = "",
        *,
        files: Sequence[Upload | SlackFile] = (),
        thread_ts: str | Message | None = None,
        mention_files: bool = True,
        looking_at: Channel | None = None,
    ) -> Message:
        """Post as a person. `<@U…>` mentions stay; the rest is escaped as Slack does.

        `mention_files=False`: the app_mention event omits the files, as Slack's does at times.
        """
        attached = [f if isinstance(f, SlackFile) else self.keep_file(user, f) for f in files]
        root = thread_ts.root_ts if isinstance(thread_ts, Message) else thread_ts
        message = self.post(
            channel,
            user,
            text=escaped(text),
            blocks=rich_text(text, self.ids.next("b")) if text else [],
            files=attached,
            thread_ts=root,
            client_msg_id=str(uuid.uuid4()),
        )
        for file in attached:
            file.shares.append(Share(channel=channel, ts=message.ts, thread_ts=root))
        extra = {"app_context": {"entities": [_entity(looking_at)]}} if looking_at else {}
        announce(self, message, mention_files=mention_files, extra=extra)
        return message

    async def mention(
        self,
        user: User,
        channel: Channel,
        text: str = "",
        *,
        files: Sequence[Upload | SlackFile] = (),
        thread_ts: str | Message | None = None,
        mention_files: bool = True,
    ) -> Message:
        """`@app text` in a channel or thread; `thread_ts` may be the message replied to."""
        full = f"{channel.team.bot.mention} {text}".strip()
        return await self.say(
            user, channel, full, files=files, thread_ts=thread_ts, mention_files=mention_files
        )

    async def dm(
        self,
        user: User,
        text: str = "",
        *,
        files: Sequence[Upload | SlackFile] = (),
        thread_ts: str | Message | None = None,
        looking_at: Channel | None = None,
    ) -> Message:
        """Write to the app directly; `looking_at` is the channel beside the agent's pane."""
        direct = self.direct(user)
        return await self.say(user, direct, text, files=files, thread_ts=thread_ts, looking_at=looking_at)

    async def edit_message(self, message: Message, text: str) -> list[Delivery]:
        """A person edits what they said: message_changed where the app reads along, never a new mention."""
        before = message_object(self, message)
        self.revise(message)
        message.text, message.blocks = escaped(text), rich_text(text, self.ids.next("b"))
        message.edited_ts = self.clock.ts()
        self.touch()
        return announce_change(self, message, before)

    async def delete_message(self, message: Message) -> Delivery | None:
        """A person deletes what they said."""
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "previous_message": message_object(self, message),
            "channel": message.channel.id,
            "hidden": True,
            "deleted_ts": message.ts,
            "ts": self.clock.ts(),
            "event_ts": self.clock.ts(),
            "channel_type": message.channel.kind,
        }
        message.deleted = True
        self.touch()
        return send_message_event(self, message.channel, event)

    async def bot_message(
        self, bot: User, channel: Channel, text: str, *, thread_ts: str | None = None
    ) -> Message:
        """Another app speaks (see `user(other_bot=True)`); it may mention ours."""
        message = self.post(channel, bot, text=text, thread_ts=thread_ts)
        announce(self, message)
        return message

    async def stop_stream(self, message: Message) -> None:
        """A person presses stop on a streaming answer: later appends get `stopped_by_user`."""
        message.streaming, message.stream_state = False, "stopped_by_user"
        self.touch()

    # -- the app's own places --------------------------------------------------------------------

    async def open_home(self, user: User) -> Delivery | None:
        """Open the app's Home tab."""
        event: dict[str, Any] = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self.direct(user).id,
            "tab": "home",
            "event_ts": self.clock.ts(),
        }
        if user.home:
            event["view"] = user.home.to_dict(self.app)
        return send_event(self, user.team, event)

    async def open_agent(self, user: User, looking_at: Channel | None = None) -> Delivery | None:
        """Open the agent's conversation (Messages tab) with what the person is looking at as context."""
        event: dict[str, Any] = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self.direct(user).id,
            "tab": "messages",
            "event_ts": self.clock.ts(),
            "context": {"entities": [_entity(looking_at)] if looking_at else []},
        }
        return send_event(self, user.team, event)

    async def start_assistant_thread(self, user: User, looking_at: Channel | None = None) -> Message:
        """Start a chat in the assistant pane; write to it with `dm(thread_ts=root)`."""
        channel = self.direct(user)
        root = self.post(channel, user.team.bot, text="New chat", subtype="assistant_app_thread")
        event = {
            "type": "assistant_thread_started",
            "assistant_thread": {
                "user_id": user.id,
                "context": {"channel_id": looking_at.id, "team_id": user.team.id, "enterprise_id": None}
                if looking_at
                else {},
                "channel_id": channel.id,
                "thread_ts": root.ts,
            },
            "event_ts": self.clock.ts(),
        }
        sent = send_event(self, user.team, event)
        root.deliveries += [sent] if sent else []
        return root

    async def look_at(self, user: User, channel: Channel, thread: Message | None = None) -> Delivery | None:
        """The person moves to another channel beside the agent's pane (or the assistant `thread`)."""
        event: dict[str, Any] = {
            "type": "app_context_changed",
            "user": user.id,
            "channel": self.direct(user).id,
        }
        event["context"] = {"entities": [_entity(channel)]}
        if thread is not None:
            context = {"channel_id": channel.id, "team_id": user.team.id, "enterprise_id": None}
            where = {"channel_id": thread.channel.id, "thread_ts": thread.ts}
            event = {"type": "assistant_thread_context_changed"}
            event["assistant_thread"] = {"user_id": user.id, "context": context, **where}
        return send_event(self, user.team, event | {"event_ts": self.clock.ts()})

    async def event(
        self, team: Team, event: dict[str, Any], channel: Channel | None = None
    ) -> Delivery | None:
        """Any other event in its envelope, if the app subscribed to it."""
        return send_event(self, team, event, channel)

    def status(self, message: Message) -> str | None:
        """The agent's status line in that message's thread, while it lasts."""
        status = message.channel.statuses.get(message.root_ts)
        return status.text if status and self.clock.now() < status.until else None


def _entity(channel: Channel) -> dict[str, str]:
    return {"type": "slack#/types/channel_id", "value": channel.id, "team_id": channel.team.id}
