"""What people do in the fake Discord: type commands, press buttons, fill in modals, write messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakes.discord_server import commands as kinds
from tests.fakes.discord_server import components as parts
from tests.fakes.discord_server.base import ClientRefused, Json
from tests.fakes.discord_server.commands import Resolved
from tests.fakes.discord_server.entities import Channel, Message
from tests.fakes.discord_server.handles import InteractionHandle, controls
from tests.fakes.discord_server.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
)
from tests.fakes.discord_server.modals import fill
from tests.fakes.discord_server.sending import Person, user_of
from tests.fakes.discord_server.talking import Talking
from tests.fakes.discord_server.transcript import visible_to


class Actions(Talking):
    """The driver's verbs for commands and components."""

    # commands

    async def slash(
        self, person: Person, channel: Channel, command: str, *, force: bool = False, **options: Any
    ) -> InteractionHandle:
        """Type a slash command, "budget set" for a subcommand; an option named like a parameter ends in "_".

        Raises: ClientRefused for what Discord's app would not send; `force` skips its hiding by permission.
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
        """Choices while typing `text` into option `focused`. Raises: TimeoutError after three seconds."""
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
        """Press the button with this label or custom_id. Raises: ClientRefused when absent or disabled."""
        item = self._control(person, message, button, force=force)
        if item["type"] != parts.BUTTON or item.get("custom_id") is None:
            raise ClientRefused(f"{button!r} is not a button that tells the bot")
        data = {"custom_id": item["custom_id"], "component_type": parts.BUTTON, "id": item["id"]}
        return self._send(COMPONENT, person, message.channel, data, f"[{button}]", source=message)

    async def select(
        self, person: Person, message: Message, which: str, *chosen: Any, force: bool = False
    ) -> InteractionHandle:
        """Choose in the select of this placeholder or custom_id: labels, values, people, roles, channels."""
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

        A value is text, labels or values, entities for entity selects, a bool, an Upload or several.
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
