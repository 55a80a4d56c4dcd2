"""What people do in the fake Discord: type commands, press buttons, fill in modals, write messages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.discord_server import commands as kinds
from tests.fakes.discord_server import components as parts
from tests.fakes.discord_server.base import ClientRefused, Json
from tests.fakes.discord_server.commands import Commands, Resolved
from tests.fakes.discord_server.entities import Channel, Member, Message, Upload, User, bits
from tests.fakes.discord_server.gateway import Gateway, Session
from tests.fakes.discord_server.handles import PATIENCE, InteractionHandle, Wanted, controls, matches
from tests.fakes.discord_server.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interactions,
    Record,
)
from tests.fakes.discord_server.messages import Body, Messages
from tests.fakes.discord_server.modals import fill
from tests.fakes.discord_server.transcript import Transcript, visible_to
from tests.fakes.discord_server.world import World

Person = Member | User


def user_of(person: Person) -> User:
    return person.user if isinstance(person, Member) else person


class Actions:
    """The driver's verbs; DiscordServer brings the parts."""

    world: World
    gateway: Gateway
    messages: Messages
    interactions: Interactions
    commands: Commands
    renderer: Transcript

    # commands

    async def slash(
        self, person: Person, channel: Channel, command: str, *, force: bool = False, **options: Any
    ) -> InteractionHandle:
        """Type a slash command; "budget set" reaches a subcommand. An option named like a parameter ends with "_".

        Raises: ClientRefused for what Discord's app would not send. `force` skips the app's own hiding by permission.
        """
        data, shown = self._command_data(person, channel, command, options, force=force, focused=None)
        return self._send(COMMAND, person, channel, data, shown)

    async def autocomplete(
        self,
        person: Person,
        channel: Channel,
        command: str,
        focused: str,
        text: str = "",
        *,
        timeout: float = 3.0,
        **options: Any,
    ) -> list[Json]:
        """Choices offered while typing `text` into option `focused`. Raises: TimeoutError after three seconds."""
        options[focused] = text
        data, shown = self._command_data(person, channel, command, options, force=False, focused=focused)
        return await self._send(AUTOCOMPLETE, person, channel, data, shown).offered(timeout)

    async def context_menu(
        self, person: Person, channel: Channel, name: str, target: Message | Person, *, force: bool = False
    ) -> InteractionHandle:
        """Apps → `name` on a message or a person."""
        kind = kinds.MESSAGE_MENU if isinstance(target, Message) else kinds.USER_MENU
        found = self.commands.lookup(name, kind, channel, user_of(person), force=force)
        resolved = Resolved(world=self.world, channel=channel, data={})
        target_id = resolved.message(target) if isinstance(target, Message) else resolved.person(target)
        data = {
            "id": found["id"],
            "name": name,
            "type": kind,
            "target_id": target_id,
            "resolved": resolved.data,
        }
        return self._send(COMMAND, person, channel, data, name)

    def _command_data(
        self,
        person: Person,
        channel: Channel,
        command: str,
        options: Json,
        *,
        force: bool,
        focused: str | None,
    ) -> tuple[Json, str]:
        name, *path = command.split()
        found = self.commands.lookup(name, kinds.CHAT_INPUT, channel, user_of(person), force=force)
        resolved = Resolved(world=self.world, channel=channel, data={})
        given = {key.rstrip("_"): value for key, value in options.items() if value is not None}
        data: Json = {"id": found["id"], "name": name, "type": kinds.CHAT_INPUT}
        data["options"] = _nest(found, path, resolved, given, focused)
        if resolved.data:
            data["resolved"] = resolved.data
        if found.get("guild_id"):
            data["guild_id"] = found["guild_id"]
        return data, f"/{command}"

    # components

    async def click(
        self, person: Person, message: Message, button: str, *, force: bool = False
    ) -> InteractionHandle:
        """Press the button with this label or custom_id. Raises: ClientRefused when it is not there or disabled."""
        item = self._control(person, message, button, force=force)
        if item["type"] != parts.BUTTON or item.get("custom_id") is None:
            raise ClientRefused(f"{button!r} is not a button that tells the bot")
        data = {"custom_id": item["custom_id"], "component_type": parts.BUTTON, "id": item["id"]}
        return self._send(COMPONENT, person, message.channel, data, f"[{button}]", source=message)

    async def select(
        self, person: Person, message: Message, which: str, *chosen: Any, force: bool = False
    ) -> InteractionHandle:
        """Choose in the select with this placeholder or custom_id: labels or values, people, roles or channels."""
        item = self._control(person, message, which, force=force)
        resolved = Resolved(world=self.world, channel=message.channel, data={})
        values = resolved.selected(item, chosen)
        data: Json = {
            "custom_id": item["custom_id"],
            "component_type": item["type"],
            "id": item["id"],
            "values": values,
        }
        if resolved.data:
            data["resolved"] = resolved.data
        return self._send(COMPONENT, person, message.channel, data, f"[{which}]", source=message)

    def _control(self, person: Person, message: Message, name: str, *, force: bool) -> Json:
        there = not message.deleted and visible_to(message, user_of(person))
        items = controls(message) if there else []
        for item in items:
            if name in (
                item.get("custom_id"),
                item.get("label"),
                item.get("placeholder"),
                (item.get("emoji") or {}).get("name"),
            ):
                if item.get("disabled") and not force:
                    raise ClientRefused(f"{name!r} is disabled")
                return item
        raise ClientRefused(f"{user_of(person).name} sees no {name!r} in:\n{self.renderer.message(message)}")

    async def submit_modal(
        self, handle: InteractionHandle, values: Mapping[str, Any] | None = None
    ) -> InteractionHandle:
        """Fill in the modal this interaction opened, fields by label or custom_id, and press Submit.

        A value is text, a list of labels or values, entities for entity selects, True or False, an Upload or several.
        Raises: ClientRefused for a missing or ill-sized field.
        """
        modal = await handle.shown_modal()
        record = handle.record
        resolved = Resolved(world=self.world, channel=record.channel, data={})
        data: Json = {
            "custom_id": modal["custom_id"],
            "components": fill(modal, dict(values or {}), resolved),
        }
        if resolved.data:
            data["resolved"] = resolved.data
        who = record.member or record.user
        source = record.source
        return self._send(
            MODAL_SUBMIT, who, record.channel, data, modal["title"], source=source, opened_by=record
        )

    # sending

    def _send(
        self,
        kind: int,
        person: Person,
        channel: Channel,
        data: Json,
        name: str,
        *,
        source: Message | None = None,
        opened_by: Record | None = None,
    ) -> InteractionHandle:
        record = self.interactions.open(
            type=kind,
            user=user_of(person),
            channel=channel,
            data=data,
            name=name,
            owners=self._owners(channel, user_of(person)),
            size_limit=self._size_limit(channel, user_of(person)),
            source=source,
            opened_by=opened_by,
        )
        self.redeliver(record)
        return InteractionHandle(record, self.renderer)

    def redeliver(self, what: InteractionHandle | Record, *sessions: Session) -> None:
        """Send the same INTERACTION_CREATE (again), to these sessions or to all of the shard."""
        record = what.record if isinstance(what, InteractionHandle) else what
        payload = json.loads(json.dumps(self.interaction_json(record)))
        if sessions:
            for session in sessions:
                session.dispatch("INTERACTION_CREATE", payload)
        else:
            self.gateway.dispatch("INTERACTION_CREATE", payload, record.guild)

    def _owners(self, channel: Channel, user: User) -> dict[str, str]:
        owners = {}
        if channel.guild is not None and channel.guild.has_bot:
            owners["0"] = str(channel.guild.id)
        elif channel.guild is None:
            owners["0"] = "0"
        return owners | ({"1": str(user.id)} if user.app_installed else {})

    def _size_limit(self, channel: Channel, user: User) -> int:
        boost = channel.guild.boost_upload_limit if channel.guild else 0
        return max(self.world.upload_limit, boost, user.upload_limit)

    def interaction_json(self, record: Record) -> Json:
        world, channel, guild = self.world, record.channel, record.guild
        claimed = world.claimed_upload_limit
        bot = guild.members.get(world.bot.id) if guild else None
        granted = channel.permissions_of(bot) if bot else bits("attach_files", "embed_links", "send_messages")
        out: Json = {
            "id": str(record.id),
            "application_id": str(world.application_id),
            "type": record.type,
            "data": record.data,
            "channel_id": str(channel.id),
            "channel": world.channel_json(channel),
            "token": record.token,
            "version": 1,
            "app_permissions": str(granted),
            "locale": record.user.locale,
            "entitlements": [],
            "authorizing_integration_owners": record.owners,
            "context": 0 if guild else 1,
            "attachment_size_limit": record.size_limit if claimed is None else claimed,
        }
        if record.source is not None:
            out["message"] = world.message_json(record.source)
        if guild is None or record.member is None:
            return out | {"user": world.user_json(record.user)}
        out["member"] = world.member_json(record.member) | {
            "permissions": str(channel.permissions_of(record.member))
        }
        about = {"id": str(guild.id), "locale": guild.locale, "features": []}
        return out | {"guild_id": str(guild.id), "guild_locale": guild.locale, "guild": about}

    # messages of people

    async def say(
        self,
        person: Person,
        channel: Channel,
        text: str = "",
        attachments: Sequence[Upload] = (),
        reply_to: Message | None = None,
    ) -> Message:
        """Write a message, as a person does in Discord's app."""
        body = Body(json={"content": text}, files=dict(enumerate(attachments)))
        limit = self._size_limit(channel, user_of(person))
        kind = 19 if reply_to else 0
        return self.messages.create(
            channel, user_of(person), body, kind=kind, reply_to=reply_to, size_limit=limit
        )

    async def mention(
        self,
        person: Person,
        channel: Channel,
        text: str = "",
        attachments: Sequence[Upload] = (),
        reply_to: Message | None = None,
    ) -> Message:
        """Write "@bot text", in a channel or in a thread."""
        return await self.say(
            person, channel, f"{self.world.bot.mention} {text}".strip(), attachments, reply_to
        )

    async def wait_message(
        self,
        channel: Channel,
        wanted: Wanted = None,
        *,
        after: Message | None = None,
        timeout: float = PATIENCE,
    ) -> Message:
        """The bot's first message in the channel (later than `after`) that fits `wanted`."""
        start = after.id if after else 0

        def probe() -> Message | None:
            mine = (
                item
                for item in channel.messages.values()
                if item.author is self.world.bot and item.id > start
            )
            return next((item for item in mine if not item.loading and matches(item, wanted)), None)

        return await channel.changed.wait_for(
            probe, timeout, lambda: f"no message with {wanted!r} in:\n{self.renderer.channel(channel)}"
        )

    async def wait_until(self, message: Message, wanted: Wanted, timeout: float = PATIENCE) -> Message:
        """Wait until a message already known fits `wanted`."""
        return await message.changed.wait_for(
            lambda: message if matches(message, wanted) else None,
            timeout,
            lambda: f"no {wanted!r} in:\n{self.renderer.message(message)}",
        )


def _nest(command: Json, path: list[str], resolved: Resolved, given: Json, focused: str | None) -> list[Json]:
    """The nested options of a subcommand path, values at the bottom."""
    if path:
        step = next(
            (item for item in command.get("options", []) if item["name"] == path[0] and item["type"] <= 2),
            None,
        )
        if step is None:
            raise ClientRefused(f"{command['name']} has no subcommand {path[0]!r}")
        inner = _nest(step, path[1:], resolved, given, focused)
        return [{"type": step["type"], "name": step["name"], "options": inner}]
    out = []
    known = command.get("options", [])
    if any(item["type"] <= 2 for item in known):
        raise ClientRefused(f"{command['name']} needs a subcommand")
    for option in known:
        name = option["name"]
        if name == focused:
            out.append({"name": name, "type": option["type"], "value": given.pop(name), "focused": True})
        elif name in given:
            out.append(
                {"name": name, "type": option["type"], "value": resolved.value(option, given.pop(name))}
            )
        elif option.get("required") and focused is None:
            raise ClientRefused(f"{command['name']} needs {name!r}")
    if given:
        raise ClientRefused(
            f"{command['name']} has no options {sorted(given)}; it has {[item['name'] for item in known]}"
        )
    return out
