"""Application commands: what the bot registers, and how a person's typing becomes an interaction's data.

The look-up behaves like Discord's own app: it knows only what was synced, shows server commands before
global ones, and refuses what the app would not let a person send (missing options, values out of range,
unlisted choices).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.discord_server import file_types
from tests.fakes.discord_server.base import ApiError, ClientRefused, Json, form_error, unknown
from tests.fakes.discord_server.entities import Channel, Member, Message, Role, Upload, User
from tests.fakes.discord_server.rest import Call
from tests.fakes.discord_server.world import World

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(
    1, 12
)
_NAME = re.compile(r"^[-_'\w]{1,32}$")
MAX_CHARACTERS = 8000
DAILY_CREATES = 200


class Commands:
    def __init__(self, world: World) -> None:
        self.world = world
        self.scopes: dict[int, list[Json]] = {0: []}
        self.replacements = 0  # how often a whole list was PUT
        self.created = 0

    # REST

    def _scope(self, call: Call) -> int:
        if call.id("app") != self.world.application_id:
            raise unknown(10002, "Application")
        return int(call.args.get("guild", 0))

    def listing(self, call: Call) -> list[Json]:
        return self.scopes.get(self._scope(call), [])

    def replace(self, call: Call) -> list[Json]:
        scope, wanted = self._scope(call), call.raw or []
        self._check_counts(wanted)
        known = {(item["type"], item["name"]): item for item in self.scopes.get(scope, [])}
        self.scopes[scope] = [self._command(scope, item, known) for item in wanted]
        self.replacements += 1
        return self.scopes[scope]

    def upsert(self, call: Call) -> Json:
        scope = self._scope(call)
        known = {(item["type"], item["name"]): item for item in self.scopes.get(scope, [])}
        command = self._command(scope, call.body.json, known)
        known[(command["type"], command["name"])] = command
        self.scopes[scope] = list(known.values())
        return command

    def _find(self, call: Call) -> Json:
        wanted = call.args["command"]
        found = next((item for item in self.scopes.get(self._scope(call), []) if item["id"] == wanted), None)
        if found is None:
            raise unknown(10063, "application command")
        return found

    def get(self, call: Call) -> Json:
        return self._find(call)

    def edit(self, call: Call) -> Json:
        found = self._find(call)
        found.update(
            self._command(self._scope(call), found | call.body.json, {(found["type"], found["name"]): found})
        )
        return found

    def delete(self, call: Call) -> None:
        self.scopes[self._scope(call)].remove(self._find(call))

    def _check_counts(self, wanted: list[Json]) -> None:
        names = [(item.get("type") or 1, item["name"]) for item in wanted]
        if len(set(names)) < len(names):
            raise form_error(
                "0.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        for kind, most in ((CHAT_INPUT, 100), (USER_MENU, 15), (MESSAGE_MENU, 15)):
            if sum(each == kind for each, _ in names) > most:
                raise ApiError(400, 30032, f"Maximum number of application commands reached ({most})")

    def _command(self, scope: int, wanted: Json, known: dict[tuple[int, str], Json]) -> Json:
        kind = wanted.get("type") or CHAT_INPUT
        if kind == CHAT_INPUT and (
            not _NAME.match(wanted["name"]) or wanted["name"] != wanted["name"].lower()
        ):
            raise form_error("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
        if _characters(wanted) > MAX_CHARACTERS:
            raise form_error(
                "name", "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds {MAX_CHARACTERS} characters"
            )
        old = known.get((kind, wanted["name"]))
        self.created += old is None
        if self.created > DAILY_CREATES:
            raise ApiError(
                429,
                30034,
                "Max number of daily application command creates has been reached (200)",
                retry_after=1,
            )
        out = {key: value for key, value in wanted.items() if value is not None and key != "options"}
        permissions = wanted.get("default_member_permissions")
        out |= {
            "id": old["id"] if old else str(self.world.new_id()),
            "application_id": str(self.world.application_id),
            "version": str(self.world.new_id()),
            "type": kind,
            "description": wanted.get("description") or "",
            "default_member_permissions": None if permissions is None else str(permissions),
            "nsfw": bool(wanted.get("nsfw")),
        }
        if wanted.get("options"):
            out["options"] = _shown_options(wanted["options"])
        return out | ({"guild_id": str(scope)} if scope else {})

    # what a person finds

    def visible(self, channel: Channel, user: User) -> list[Json]:
        """All commands Discord's app would offer here, server ones first; a doubled name is in it twice."""
        guild = channel.guild
        context = 0 if guild else 1
        own = self.scopes.get(guild.id, []) if guild else []
        everywhere = [item for item in self.scopes[0] if self._offered(item, context, channel, user)]
        return own + everywhere

    def _offered(self, command: Json, context: int, channel: Channel, user: User) -> bool:
        contexts = command.get("contexts")
        if contexts is not None and context not in contexts:
            return False
        if contexts is None and context == 1 and command.get("dm_permission") is False:
            return False
        installs = command.get("integration_types", [0])
        with_bot = channel.guild is None or channel.guild.has_bot
        return (0 in installs and with_bot) or (1 in installs and user.app_installed)

    def lookup(self, name: str, kind: int, channel: Channel, user: User, *, force: bool) -> Json:
        """Raises: ClientRefused when the app would not show the command to this person here."""
        visible = [
            item for item in self.visible(channel, user) if item["name"] == name and item["type"] == kind
        ]
        if not visible:
            offered = sorted(item["name"] for item in self.visible(channel, user) if item["type"] == kind)
            raise ClientRefused(f"no command {name!r} here for {user.name}; there are {offered}")
        command = visible[0]
        member = channel.guild.members.get(user.id) if channel.guild else None
        needed = command["default_member_permissions"]
        if member and needed is not None and not force:
            granted = channel.permissions_of(member)
            if int(needed) & ~granted or (int(needed) == 0 and not granted & 8):
                raise ClientRefused(f"/{name} is hidden from {user.name}: it asks for permissions {needed}")
        if command["nsfw"] and not channel.nsfw:
            raise ClientRefused(f"/{name} is for age-restricted channels")
        return command


def _characters(node: Json) -> int:
    """Discord's count: names, descriptions and values, all the way down."""
    own = sum(len(str(node.get(key) or "")) for key in ("name", "description", "value"))
    below = [*(node.get("options") or []), *(node.get("choices") or [])]
    return own + sum(_characters(item) for item in below)


def _shown_options(options: list[Json]) -> list[Json]:
    shown = []
    for option in options:
        file_types.check(option["name"], option)
        out = {key: value for key, value in option.items() if value is not None and key != "options"}
        if option.get("options"):
            out["options"] = _shown_options(option["options"])
        shown.append(out)
    return shown


@dataclass(kw_only=True)
class Resolved:
    """Collects the `resolved` part of an interaction's data."""

    world: World
    channel: Channel
    data: Json

    def _put(self, kind: str, key: int, value: Json) -> str:
        self.data.setdefault(kind, {})[str(key)] = value
        return str(key)

    def person(self, who: User | Member) -> str:
        user = who.user if isinstance(who, Member) else who
        guild = self.channel.guild
        member = guild.members.get(user.id) if guild else None
        if member is not None:
            about = self.world.member_json(member, with_user=False)
            permissions = str(self.channel.permissions_of(member))
            self._put("members", user.id, about | {"permissions": permissions})
        return self._put("users", user.id, self.world.user_json(user))

    def role(self, role: Role) -> str:
        return self._put("roles", role.id, self.world.role_json(role))

    def place(self, channel: Channel) -> str:
        guild = channel.guild
        bot = guild.members.get(self.world.bot.id) if guild else None
        granted = str(channel.permissions_of(bot)) if bot else "0"
        about = self.world.channel_json(channel) | {"permissions": granted, "app_permissions": granted}
        return self._put("channels", channel.id, about)

    def message(self, message: Message) -> str:
        about = self.world.message_json(message)
        self.world.validation.sent("MessageResponse", about, "resolved message")
        return self._put("messages", message.id, about)

    def file(self, upload: Upload) -> str:
        attachment = self.world.keep_file(upload, channel=self.channel, ephemeral=True)
        return self._put("attachments", attachment.id, self.world.attachment_json(attachment))

    def value(self, option: Json, given: Any) -> Any:
        """What goes on the wire for one option. Raises: ClientRefused for what the app would not accept."""
        kind, name = option["type"], option["name"]
        if kind in (USER, MENTIONABLE) and isinstance(given, User | Member):
            return self.person(given)
        if kind in (ROLE, MENTIONABLE) and isinstance(given, Role):
            return self.role(given)
        if kind == CHANNEL and isinstance(given, Channel):
            return self.place(given)
        if kind == ATTACHMENT and isinstance(given, Upload):
            if self.world.app_knows_file_types:
                file_types.offered(option, given)
            return self.file(given)
        wanted = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}.get(kind)
        if wanted is None or not isinstance(given, wanted) or (kind == INTEGER and isinstance(given, bool)):
            raise ClientRefused(f"{name}: {given!r} does not fit option type {kind}")
        return self._choice(option, given) if option.get("choices") else _in_range(option, given)

    def selected(self, component: Json, chosen: Sequence[Any]) -> list[str]:
        """The `values` of a select. Raises: ClientRefused for what it does not offer."""
        if component["type"] != STRING:
            return [self._entity(item) for item in chosen]
        known = {option["label"]: option["value"] for option in component["options"]}
        known |= {value: value for value in known.values()}
        if any(item not in known for item in chosen):
            raise ClientRefused(f"{list(chosen)} not all in {sorted(known)}")
        return [known[item] for item in chosen]

    def _entity(self, item: Any) -> str:
        if isinstance(item, Role):
            return self.role(item)
        return self.place(item) if isinstance(item, Channel) else self.person(item)

    @staticmethod
    def _choice(option: Json, given: Any) -> Any:
        for choice in option["choices"]:
            if given in (choice["value"], choice["name"]):
                return choice["value"]
        raise ClientRefused(
            f"{option['name']}: {given!r} is none of {[item['name'] for item in option['choices']]}"
        )


def _in_range(option: Json, given: Any) -> Any:
    size = len(given) if isinstance(given, str) else given
    low = option.get("min_length" if isinstance(given, str) else "min_value")
    high = option.get(
        "max_length" if isinstance(given, str) else "max_value", 6000 if isinstance(given, str) else None
    )
    if (low is not None and size < low) or (high is not None and size > high):
        raise ClientRefused(f"{option['name']}: {size} is not between {low} and {high}")
    return given
