"""Interactions: the three seconds, the fifteen minutes, the callback and the webhook that a token opens.

Rules from Discord docs, "Receiving and Responding": one acknowledgement (40060), within three seconds
(10062); a token that lives fifteen minutes (50027); EPHEMERAL fixed by the first answer; a modal only as a
first answer and never to a modal.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from tests.fakes.clocks import without_processor
from tests.fakes.discord_server import components
from tests.fakes.discord_server.base import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    ApiError,
    Json,
    Signal,
    form_error,
    unknown,
)
from tests.fakes.discord_server.entities import Channel, Guild, Member, Message, User, bits
from tests.fakes.discord_server.messages import Body, Messages
from tests.fakes.discord_server.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
TOKEN_SECONDS = 15 * 60.0
CHAT_INPUT_MESSAGE, REPLY_MESSAGE, CONTEXT_MENU_MESSAGE = 20, 19, 23
USER_INSTALL_FOLLOWUPS = 5


@dataclass(eq=False, kw_only=True)
class Record:
    """One interaction as the server knows it."""

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    data: Json
    created: float
    name: str
    owners: dict[str, str]
    size_limit: int
    source: Message | None = None
    opened_by: Record | None = None
    acknowledged_at: float | None = None
    latency: float | None = None
    """Seconds from sending to acknowledgement, counted as `age` counts."""
    excused: float = field(default_factory=without_processor)
    response_type: int | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    refusals: list[str] = field(default_factory=list)
    changed: Signal = field(default_factory=Signal)

    @property
    def guild(self) -> Guild | None:
        return self.channel.guild

    @property
    def member(self) -> Member | None:
        return self.guild.members.get(self.user.id) if self.guild else None

    @property
    def user_install_only(self) -> bool:
        return "0" not in self.owners

    def age(self, now: float) -> float:
        """Seconds since it was sent, without those in which bot and server had no processor.

        Both run in the thread of the test, whose machine may be shared.
        """
        return now - self.created - (without_processor() - self.excused)

    def metadata_json(self, world: World) -> Json:
        out: Json = {
            "id": str(self.id),
            "type": self.type,
            "user": world.user_json(self.user),
            "authorizing_integration_owners": self.owners,
        }
        if self.type == COMPONENT and self.source is not None:
            out["interacted_message_id"] = str(self.source.id)
        if self.type == MODAL_SUBMIT and self.opened_by is not None:
            out["triggering_interaction_metadata"] = self.opened_by.metadata_json(world)
        if "target_id" in self.data:
            out["target_message_id"] = self.data["target_id"]
        return out


class Interactions:
    def __init__(self, world: World, messages: Messages) -> None:
        self.world = world
        self.messages = messages

    def open(self, **what: object) -> Record:
        token = "aW50ZXJhY3Rpb24" + secrets.token_urlsafe(48)
        record = Record(id=self.world.new_id(), token=token, created=self.world.clock.now(), **what)  # type: ignore[arg-type]
        self.world.interactions[record.id] = record
        self.world.by_token[token] = record
        return record

    # the first answer

    def callback(self, interaction_id: int, token: str, body: Body) -> Json:
        """The answer to `?with_response=1`. Raises: ApiError 10062, 40060, 50035."""
        record: Record | None = self.world.interactions.get(interaction_id)
        if record is None or record.token != token:
            raise unknown(10062, "interaction")
        try:
            return self._first_answer(record, body)
        except ApiError as error:
            record.refusals.append(str(error))
            record.changed.fire()
            raise

    def _first_answer(self, record: Record, body: Body) -> Json:
        now = self.world.clock.now()
        if record.age(now) > self.world.ack_seconds and record.acknowledged_at is None:
            raise unknown(10062, "interaction")
        if record.acknowledged_at is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        kind = body.json["type"]
        self._check_kind(record, kind)
        data: Json = body.json.get("data") or {}
        inner = Body(json=data, files=body.files)
        resource = self._answer(record, kind, inner)
        record.acknowledged_at, record.latency = now, record.age(now)
        record.response_type = kind
        record.changed.fire()
        self.world.changed.fire()
        return self._callback_json(record, resource)

    @staticmethod
    def _check_kind(record: Record, kind: int) -> None:
        allowed = {
            COMMAND: (REPLY, DEFER, MODAL),
            COMPONENT: (REPLY, DEFER, DEFER_UPDATE, UPDATE, MODAL),
            AUTOCOMPLETE: (CHOICES,),
            MODAL_SUBMIT: (REPLY, DEFER) + ((DEFER_UPDATE, UPDATE) if record.source else ()),
        }[record.type]
        if kind not in allowed:
            raise form_error("type", "BASE_TYPE_CHOICES", f"Value must be one of {allowed}.")

    def _answer(self, record: Record, kind: int, body: Body) -> Message | None:
        if kind in (REPLY, DEFER):
            return self._open_original(record, body, deferred=kind == DEFER)
        if kind in (DEFER_UPDATE, UPDATE):
            record.original = record.source
            if kind == UPDATE and record.source is not None:
                self.messages.edit(record.source, body, size_limit=record.size_limit)
            return record.source
        if kind == MODAL:
            components.check_modal(body.json)
            record.modal = body.json
        else:
            choices = body.json.get("choices") or []
            if len(choices) > 25:
                raise form_error("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
            record.choices = choices
        return None

    def _open_original(self, record: Record, body: Body, *, deferred: bool) -> Message:
        flags = body.json.get("flags") or 0
        if deferred:
            if flags & ~EPHEMERAL:
                self.world.validation.complain(
                    f"defer of {record.name}: only EPHEMERAL may be set, got {flags}"
                )
            body = Body(json={"flags": (flags & EPHEMERAL) | LOADING})
        body.json["flags"] = (body.json.get("flags") or 0) | self._forced_ephemeral(record)
        record.original = self._create(record, body, reply_to=record.source)
        return record.original

    def _forced_ephemeral(self, record: Record) -> int:
        if not record.user_install_only or record.member is None:
            return 0
        return 0 if record.channel.permissions_of(record.member) & bits("use_external_apps") else EPHEMERAL

    def _create(self, record: Record, body: Body, reply_to: Message | None) -> Message:
        kind = REPLY_MESSAGE
        if reply_to is None:
            kind = CONTEXT_MENU_MESSAGE if "target_id" in record.data else CHAT_INPUT_MESSAGE
        return self.messages.create(
            record.channel,
            self.world.bot,
            body,
            kind=kind,
            interaction=record,
            reply_to=reply_to,
            size_limit=record.size_limit,
        )

    def _callback_json(self, record: Record, message: Message | None) -> Json:
        about: Json = {"id": str(record.id), "type": record.type, "channel_id": str(record.channel.id)}
        if record.guild is not None:
            about["guild_id"] = str(record.guild.id)
        if message is None:
            return {"interaction": about}
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        if record.response_type == DEFER_UPDATE:
            return {"interaction": about}
        resource = {"type": record.response_type, "message": self.world.message_json(message)}
        return {"interaction": about, "resource": resource}

    # everything after it

    def by_token(self, token: str) -> Record:
        """Raises: ApiError 50027 for a token that is unknown or dead, 10015 before the first answer."""
        record: Record | None = self.world.by_token.get(token)
        if record is None or self.world.clock.now() - record.created > TOKEN_SECONDS:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        if record.acknowledged_at is None:
            raise unknown(10015, "Webhook")
        return record

    def follow_up(self, token: str, body: Body) -> Message:
        record = self.by_token(token)
        if (
            record.response_type == DEFER
            and record.original
            and record.original.loading
            and not record.original.deleted
        ):
            flags = (body.json.get("flags") or 0) & COMPONENTS_V2
            self.messages.edit(record.original, Body(json=body.json | {"flags": flags}, files=body.files))
            return record.original
        if record.user_install_only and len(record.followups) >= USER_INSTALL_FOLLOWUPS:
            raise ApiError(400, 40094, "Maximum number of follow-up messages reached for this interaction")
        body.json["flags"] = (body.json.get("flags") or 0) & ~LOADING | self._forced_ephemeral(record)
        message = self._create(record, body, reply_to=record.original)
        record.followups.append(message)
        record.changed.fire()
        return message

    def message_of(self, token: str, message_id: str) -> Message:
        """Raises: ApiError 50027, 10015, 10008, 50083 in an archived thread."""
        record = self.by_token(token)
        if message_id == "@original":
            found = record.original
        else:
            mine = [*record.followups, *([record.original] if record.original else [])]
            found = next((item for item in mine if str(item.id) == message_id), None)
        if found is None or found.deleted:
            raise unknown(10008, "Message")
        if found.channel.archived and not found.ephemeral:
            raise ApiError(400, 50083, "Thread is archived")
        return found
