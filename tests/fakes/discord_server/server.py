"""Our own Discord for tests: REST, gateway and CDN on one port, and a person's hands to use it.

An unmodified discord.py client connects to it once `Route.BASE` and `DiscordWebSocket.DEFAULT_GATEWAY`
point here; see `tests.fakes.discord_fixtures`. The three-second, fifteen-minute and error-code behaviour is
built from Discord's documentation and its public issue threads, not from the live service.
"""

from __future__ import annotations

from aiohttp import web

from tests.fakes.discord_server.actions import Actions
from tests.fakes.discord_server.base import Clock
from tests.fakes.discord_server.cdn import serve_attachment
from tests.fakes.discord_server.commands import Commands
from tests.fakes.discord_server.entities import (
    EVERYONE_DEFAULT,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    Upload,
    User,
    bits,
)
from tests.fakes.discord_server.faults import Faults, RateLimits
from tests.fakes.discord_server.gateway import Gateway
from tests.fakes.discord_server.interactions import Interactions
from tests.fakes.discord_server.messages import Messages
from tests.fakes.discord_server.rest import PREFIX, Rest, not_found
from tests.fakes.discord_server.routes_application import ApplicationRoutes
from tests.fakes.discord_server.routes_channels import ChannelRoutes
from tests.fakes.discord_server.routes_tokens import TokenRoutes
from tests.fakes.discord_server.sending import Person, user_of
from tests.fakes.discord_server.sessions import GUILDS
from tests.fakes.discord_server.transcript import Transcript
from tests.fakes.discord_server.world import World

__all__ = ["Channel", "Clock", "DiscordServer", "Guild", "Member", "Message", "Role", "Upload", "User"]


class DiscordServer(Actions):
    """One Discord with one bot application in it.

    Turn `clock`, `faults`, `limits`, `gateway` and the fields of `world` to make life hard for the bot.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.world = World(clock)
        self.gateway = Gateway(self.world)
        self.messages = Messages(self.world, self.gateway)
        self.interactions = Interactions(self.world, self.messages)
        self.commands = Commands(self.world)
        self.rest = Rest(self.world)
        self.places = ChannelRoutes(self.world, self.gateway, self.messages)
        self.renderer = Transcript(self.world)
        self._runner: web.AppRunner | None = None
        self.places.register(self.rest)
        ApplicationRoutes(self.world, self.gateway, self.commands).register(self.rest)
        TokenRoutes(self.world, self.messages, self.interactions).register(self.rest)

    def rest_routes(self) -> list[tuple[str, str]]:
        """(method, path) of each REST route that is served."""
        return [(route.method, route.path.removeprefix(PREFIX)) for route in self.rest.app_routes]

    @classmethod
    async def start(cls, clock: Clock | None = None) -> DiscordServer:
        server = cls(clock)
        await server._listen()
        return server

    async def _listen(self) -> None:
        app = web.Application(client_max_size=1 << 30)
        app.add_routes(self.rest.app_routes)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get(
            "/{folder:attachments|ephemeral-attachments}/{channel}/{attachment}/{name}",
            serve_attachment(self.world),
        )
        app.router.add_route("*", "/{rest:.*}", not_found)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.world.origin = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        await self.gateway.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    # where it is, and what it noticed

    @property
    def api_url(self) -> str:
        return self.world.origin + PREFIX

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def faults(self) -> Faults:
        return self.rest.faults

    @property
    def limits(self) -> RateLimits:
        return self.rest.limits

    @property
    def violations(self) -> list[str]:
        """Readable faults in what the bot sent and what this server sent; clear() it after provoking one."""
        return self.world.validation.settle()

    def requests(self, pattern: str = "") -> list[str]:
        """ "METHOD /path → status" of every request so far that contains `pattern`."""
        lines = (f"{item.method} {item.path} → {item.status}" for item in self.rest.log)
        return [line for line in lines if pattern in line]

    # people and places

    def add_guild(
        self, name: str = "Atelier", *, bot: bool = True, bot_permissions: int | None = None
    ) -> Guild:
        """A server with an owner, no channels and, unless `bot` is False, the bot as a member."""
        world = self.world
        guild_id = world.new_id()
        guild = Guild(
            id=guild_id,
            name=name,
            has_bot=bot,
            everyone=Role(id=guild_id, name="@everyone", permissions=EVERYONE_DEFAULT, position=0),
        )
        world.guilds[guild.id] = guild
        guild.owner = self.add_member(guild, "owner")
        if bot:
            role = self.add_role(guild, world.bot.name, permissions=bot_permissions or 0)
            role.bot_id = world.bot.id
            guild.members[world.bot.id] = Member(user=world.bot, guild=guild, roles=[role])
        for session in self.gateway.sessions.values():
            if bot and session.owns(guild) and session.intents & GUILDS:
                session.dispatch("GUILD_CREATE", self.gateway.guild_create(guild, session.intents))
        return guild

    def bot_member(self, guild: Guild) -> Member:
        return guild.members[self.world.bot.id]

    def add_user(self, name: str) -> User:
        user = User(id=self.world.new_id(), name=name)
        self.world.users[user.id] = user
        return user

    def add_role(
        self, guild: Guild, name: str, *permission_names: str, permissions: int = 0, color: int = 0
    ) -> Role:
        number = len(guild.roles) + 1
        total = permissions | bits(*permission_names)
        role = Role(id=self.world.new_id(), name=name, permissions=total, position=number, color=color)
        guild.roles[role.id] = role
        data = {"guild_id": str(guild.id), "role": self.world.role_json(role)}
        self.gateway.dispatch("GUILD_ROLE_CREATE", data, guild, GUILDS)
        return role

    def add_member(
        self,
        guild: Guild,
        who: str | User,
        roles: list[Role] | None = None,
        permissions: tuple[str, ...] = (),
    ) -> Member:
        """A member with roles and, for shortness, permissions of their own: ("manage_guild",)."""
        user = self.add_user(who) if isinstance(who, str) else who
        member = Member(user=user, guild=guild, roles=list(roles or []), extra=bits(*permissions))
        guild.members[user.id] = member
        return member

    def add_channel(
        self, guild: Guild, name: str = "art", *, kind: int = TEXT, nsfw: bool = False
    ) -> Channel:
        channel = Channel(id=self.world.new_id(), type=kind, name=name, guild=guild, nsfw=nsfw)
        guild.channels[channel.id] = self.world.channels[channel.id] = channel
        self.gateway.dispatch("CHANNEL_CREATE", self.world.channel_json(channel), guild, GUILDS)
        return channel

    def add_thread(
        self, parent: Channel, name: str, owner: Person, *, private: bool = False, on: Message | None = None
    ) -> Channel:
        kind = PRIVATE_THREAD if private else PUBLIC_THREAD
        return self.places.open_thread(parent, name, user_of(owner), kind=kind, source=on)

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        thread.archived, thread.locked = True, locked
        self.gateway.dispatch("THREAD_UPDATE", self.world.channel_json(thread), thread.guild, GUILDS)

    def delete_message(self, message: Message) -> None:
        """A moderator deletes a message, of the bot or of anyone."""
        self.messages.delete(message)

    def delete_channel(self, channel: Channel) -> None:
        event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        gone = self.world.channel_json(channel)
        del self.world.channels[channel.id]
        if channel.guild is not None:
            channel.guild.channels.pop(channel.id, None)
        self.gateway.dispatch(event, gone, channel.guild, GUILDS)

    def remove_bot(self, guild: Guild) -> None:
        """An admin removes the bot from the server."""
        guild.has_bot = False
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild, GUILDS)

    def dm_channel(self, person: Person) -> Channel:
        return self.places.open_dm(user_of(person))

    async def dm(
        self,
        person: Person,
        text: str = "",
        attachments: list[Upload] | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        """Write to the bot in the direct messages."""
        return await self.say(person, self.dm_channel(person), text, attachments or (), reply_to)

    # reading

    def transcript(self, channel: Channel, as_seen_by: Person | None = None) -> str:
        return self.renderer.channel(channel, as_seen_by)

    def render(self, message: Message) -> str:
        return self.renderer.message(message)
