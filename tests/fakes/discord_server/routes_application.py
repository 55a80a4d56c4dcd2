"""REST routes of the application, its commands and its servers."""

from __future__ import annotations

from tests.fakes.discord_server.base import (
    Json,
    unknown,
)
from tests.fakes.discord_server.commands import Commands
from tests.fakes.discord_server.entities import (
    Guild,
    User,
)
from tests.fakes.discord_server.gateway import Gateway
from tests.fakes.discord_server.rest import Call, Rest
from tests.fakes.discord_server.sessions import GUILDS
from tests.fakes.discord_server.world import World


class ApplicationRoutes:
    """Who the bot is and where it is."""

    def __init__(self, world: World, gateway: Gateway, commands: Commands) -> None:
        self.world = world
        self.gateway = gateway
        self.commands = commands

    def register(self, rest: Rest) -> None:
        commands = self.commands
        rest.route("GET", "/users/@me", self.me)
        rest.route(
            "GET", "/users/@me/guilds", lambda call: [self._my_guild(item) for item in self._bot_guilds()]
        )
        rest.route("DELETE", "/users/@me/guilds/{guild}", self.leave_guild)
        rest.route("GET", "/users/{user}", lambda call: self.world.user_json(self._user(call.id("user"))))
        rest.route("GET", "/applications/@me", self.application)
        rest.route("GET", "/oauth2/applications/@me", self.application)
        rest.route("GET", "/gateway", lambda call: {"url": self.gateway.url}, token_free=True)
        rest.route("GET", "/gateway/bot", self.gateway_bot)
        for scope in ("", "/guilds/{guild}"):
            path = "/applications/{app}" + scope + "/commands"
            rest.route("GET", path, commands.listing)
            rest.route("PUT", path, commands.replace)
            rest.route("POST", path, commands.upsert)
            rest.route("GET", path + "/{command}", commands.get)
            rest.route("PATCH", path + "/{command}", commands.edit)
            rest.route("DELETE", path + "/{command}", commands.delete)
        rest.route("GET", "/guilds/{guild}", self.guild)
        rest.route("GET", "/guilds/{guild}/channels", self.guild_channels)
        rest.route(
            "GET", "/guilds/{guild}/roles", lambda call: self.world.guild_json(self._guild(call))["roles"]
        )
        rest.route("GET", "/guilds/{guild}/members/{user}", self.guild_member)

    # the application and its servers

    def me(self, call: Call) -> Json:
        return self.world.user_json(self.world.bot) | {
            "mfa_enabled": True,
            "locale": "en-US",
            "verified": True,
        }

    def application(self, call: Call) -> Json:
        world = self.world
        owner = User(id=1, name="operator")
        return {
            "id": str(world.application_id),
            "name": world.bot.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": world.user_json(world.bot),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "flags_new": "0",
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": world.user_json(owner),
            "approximate_guild_count": len(world.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
            "integration_types_config": {"0": {}, "1": {}},
        }

    def gateway_bot(self, call: Call) -> Json:
        limit = {
            "total": 1000,
            "remaining": 1000 - len(self.gateway.identifies),
            "reset_after": 0,
            "max_concurrency": 1,
        }
        return {"url": self.gateway.url, "shards": 1, "session_start_limit": limit}

    def _bot_guilds(self) -> list[Guild]:
        return [guild for guild in self.world.guilds.values() if guild.has_bot]

    def _my_guild(self, guild: Guild) -> Json:
        permissions = guild.members[self.world.bot.id].base_permissions()
        about = {"id": str(guild.id), "name": guild.name, "icon": None, "banner": None, "owner": False}
        return about | {"permissions": str(permissions), "features": []}

    def leave_guild(self, call: Call) -> None:
        guild = self._guild(call)
        guild.has_bot = False
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild, GUILDS)

    def _user(self, user_id: int) -> User:
        user = self.world.users.get(user_id)
        if user is None:
            raise unknown(10013, "User")
        return user

    def _guild(self, call: Call) -> Guild:
        guild = self.world.guilds.get(call.id("guild"))
        if guild is None or not guild.has_bot:
            raise unknown(10004, "Guild")
        return guild

    def guild(self, call: Call) -> Json:
        guild = self._guild(call)
        count = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
        return self.world.guild_json(guild) | (count if call.query.get("with_counts") else {})

    def guild_channels(self, call: Call) -> list[Json]:
        return [
            self.world.channel_json(item)
            for item in self._guild(call).channels.values()
            if not item.is_thread
        ]

    def guild_member(self, call: Call) -> Json:
        member = self._guild(call).members.get(call.id("user"))
        if member is None:
            raise unknown(10007, "Member")
        return self.world.member_json(member)
