"""REST routes that an interaction token opens: the callback and the webhook behind it."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_server.base import (
    Json,
)
from tests.fakes.discord_server.interactions import Interactions
from tests.fakes.discord_server.messages import Messages
from tests.fakes.discord_server.rest import Call, Rest
from tests.fakes.discord_server.world import World


class TokenRoutes:
    """What the bot does with the token of an interaction."""

    def __init__(self, world: World, messages: Messages, interactions: Interactions) -> None:
        self.world = world
        self.messages = messages
        self.interactions = interactions

    def register(self, rest: Rest) -> None:
        hook = "/webhooks/{app}/{token}"
        rest.route("POST", "/interactions/{id}/{token}/callback", self.callback, token_free=True)
        rest.route("POST", hook, self.follow_up, token_free=True)
        rest.route("GET", hook + "/messages/{message}", self.hook_get, token_free=True)
        rest.route("PATCH", hook + "/messages/{message}", self.hook_edit, token_free=True)
        rest.route("DELETE", hook + "/messages/{message}", self.hook_delete, token_free=True)

    # interaction tokens

    def callback(self, call: Call) -> Any:
        answer = self.interactions.callback(call.id("id"), call.args["token"], call.body)
        return answer if call.query.get("with_response") in ("1", "true") else None

    def follow_up(self, call: Call) -> Json:
        return self.world.message_json(self.interactions.follow_up(call.args["token"], call.body))

    def hook_get(self, call: Call) -> Json:
        return self.world.message_json(self.interactions.message_of(call.args["token"], call.args["message"]))

    def hook_edit(self, call: Call) -> Json:
        message = self.interactions.message_of(call.args["token"], call.args["message"])
        record = self.interactions.by_token(call.args["token"])
        self.messages.edit(message, call.body, size_limit=record.size_limit)
        return self.world.message_json(message)

    def hook_delete(self, call: Call) -> None:
        self.messages.delete(self.interactions.message_of(call.args["token"], call.args["message"]))
