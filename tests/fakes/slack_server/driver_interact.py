"""People pressing things: commands, shortcuts, buttons, menus and their suggestions."""

from __future__ import annotations

from typing import Any

from tests.fakes.slack_server.core import Core
from tests.fakes.slack_server.delivery import Delivery, send
from tests.fakes.slack_server.fields import action_of, all_options, find, state_value
from tests.fakes.slack_server.hooks import new_hook, new_trigger, respond
from tests.fakes.slack_server.payloads import channel_stub, interaction, message_object, slash_payload
from tests.fakes.slack_server.rules import blocks_error
from tests.fakes.slack_server.state import Channel, Message, User
from tests.fakes.slack_server.views import INITIAL, View, initial, stateful

Place = Message | View
_SUGGESTED = ("external_select", "multi_external_select")


class Interacting(Core):
    """What people press. Methods return the delivery at once; `await delivery.acked()` waits."""

    async def slash(self, user: User, channel: Channel, command: str, text: str = "") -> Delivery:
        """`/command text`. What the acknowledgement says appears in the conversation."""
        self._need_scope(user, "commands")
        url, trigger = new_hook(self, user, channel), new_trigger(self, user)

        def on_ack(answer: Any) -> None:
            if isinstance(answer, dict) and answer:
                if error := blocks_error(self, user.team, answer, f"acknowledgement of {command}"):
                    self.violate(f"acknowledgement of {command}: {error}")
                respond(self, user, channel, answer, None)

        def on_failure(why: str) -> None:
            error = "operation_timeout" if "timeout" in why else "dispatch_failed"
            told = f'{command} failed with the error "{error}"'
            self.post(channel, self.slackbot(user.team), text=told, ephemeral_to=user)

        payload = slash_payload(self, user, channel, command, text, url, trigger)
        return send(self, "slash_commands", payload, user.team, on_ack=on_ack, on_failure=on_failure)

    async def shortcut(self, user: User, message: Message, callback_id: str) -> Delivery:
        """A shortcut from a message's menu."""
        self._need_scope(user, "commands")
        payload = interaction(
            self,
            "message_action",
            user,
            action_ts=self.clock.ts(),
            callback_id=callback_id,
            trigger_id=new_trigger(self, user),
            response_url=new_hook(self, user, message.channel, message),
            message_ts=message.ts,
            channel=channel_stub(message.channel),
            message=message_object(self, message),
        )
        return send(self, "interactive", payload, user.team)

    async def global_shortcut(self, user: User, callback_id: str) -> Delivery:
        """A shortcut from the lightning menu."""
        self._need_scope(user, "commands")
        payload = interaction(
            self,
            "shortcut",
            user,
            action_ts=self.clock.ts(),
            callback_id=callback_id,
            trigger_id=new_trigger(self, user),
        )
        return send(self, "interactive", payload, user.team)

    async def click(self, user: User, place: Place, what: str) -> Delivery:
        """Press a button (and confirm, if it asks) by label or action_id, in a message or view."""
        self._check_sight(user, place)
        block, element = find(place.blocks, what)
        assert element["type"] in ("button", "icon_button", "workflow_button"), (
            f"{what!r} is a {element['type']}"
        )
        return self._act(user, place, action_of(block, element, self.clock.ts(), None))

    async def select(self, user: User, place: Place, what: str, value: Any) -> Delivery | None:
        """Choose in a menu, by option text or value. None: the app hears of it at submission only."""
        self._check_sight(user, place)
        block, element = find(place.blocks, what)
        if element["type"] == "overflow":
            option = next(o for o in element["options"] if value in (o["text"]["text"], o.get("value")))
            chosen = {"selected_option": option}
            return self._act(user, place, action_of(block, element, self.clock.ts(), chosen))
        state = await self._entered(user, place, element, value)
        if isinstance(place, View):
            place.state[block["block_id"]][element["action_id"]] = state
        if block["type"] == "input" and not block.get("dispatch_action"):
            return None
        return self._act(user, place, action_of(block, element, self.clock.ts(), state))

    async def feedback(self, user: User, message: Message, *, good: bool = True) -> Delivery:
        """Press thumbs up or down on an answer."""
        block, element = next(
            (b, e)
            for b in message.blocks
            for e in b.get("elements") or []
            if e.get("type") == "feedback_buttons"
        )
        pressed = element["positive_button" if good else "negative_button"]
        action = {
            "type": "feedback_buttons",
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": self.clock.ts(),
            "text": {"emoji": True, **pressed["text"]},
            "value": pressed["value"],
        }
        return self._act(user, message, action)

    async def options(self, user: User, place: Place, what: str, typed: str = "") -> list[dict[str, Any]]:
        """Type into an external select: the options the app suggests (groups flattened)."""
        block, element = find(place.blocks, what)
        assert element["type"] in _SUGGESTED, f"{what!r} is a {element['type']}"
        where = self._where(user, place)
        where.pop("response_url", None)
        payload = interaction(
            self,
            "block_suggestion",
            user,
            action_id=element["action_id"],
            block_id=block["block_id"],
            value=typed,
            **where,
        )
        answer = await send(self, "interactive", payload, user.team).acked() or {}
        found = all_options(answer)
        probe = {"type": "static_select", "action_id": "probe", "options": found or None}
        probe_block = {"type": "actions", "elements": [probe]}
        for problem in self.judge.blocks([probe_block], "message") if found else []:
            self.violate(f"suggestions for {element['action_id']}: {problem}")
        return found

    # -- inside ----------------------------------------------------------------------------------

    def _act(self, user: User, place: Place, action: dict[str, Any]) -> Delivery:
        state = place.state if isinstance(place, View) else _message_state(place, action)
        payload = interaction(
            self,
            "block_actions",
            user,
            trigger_id=new_trigger(self, user, place if isinstance(place, View) else None),
            actions=[action],
            state={"values": state},
            **self._where(user, place),
        )
        if isinstance(place, View):
            payload.pop("state")
        return send(self, "interactive", payload, user.team)

    def _where(self, user: User, place: Place) -> dict[str, Any]:
        if isinstance(place, View):
            return {"container": {"type": "view", "view_id": place.id}, "view": place.to_dict(self.app)}
        hidden = place.ephemeral_to is not None
        container: dict[str, Any] = {
            "type": "message",
            "message_ts": place.ts,
            "channel_id": place.channel.id,
            "is_ephemeral": hidden,
        }
        if place.thread_ts:
            container["thread_ts"] = place.thread_ts
        # Slack leaves out the message when only one person could see it.
        shown = {} if hidden else {"message": message_object(self, place)}
        return {
            "container": container,
            "channel": channel_stub(place.channel),
            "response_url": new_hook(self, user, place.channel, place),
            **shown,
        }

    async def _entered(self, user: User, place: Place, element: dict[str, Any], value: Any) -> dict[str, Any]:
        options = all_options(element)
        if element["type"] in _SUGGESTED and value is not None:
            wanted = value if isinstance(value, list) else [value]
            options = [o for typed in wanted for o in await self._suggested(user, place, element, typed)]
        return state_value(self, user, element, value, options)

    async def _suggested(
        self, user: User, place: Place, element: dict[str, Any], typed: str
    ) -> list[dict[str, Any]]:
        found = await self.options(user, place, element["action_id"], typed)
        return found or await self.options(user, place, element["action_id"], "")

    def _check_sight(self, user: User, place: Place) -> None:
        if isinstance(place, View):
            assert place.open, "the view is closed"
            assert place.user is user, "the view is on somebody else's screen"
        else:
            assert place.visible_to(user), "the message is deleted, or only somebody else sees it"

    def _need_scope(self, user: User, scope: str) -> None:
        assert scope in self.scopes_of(user.team), f"the app has no {scope} scope in {user.team.name}"


def _message_state(message: Message, action: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for block, element in stateful(message.blocks):
        value, key = initial(element), INITIAL[element["type"]][0]
        if action["action_id"] == element["action_id"] and key in action:
            value[key] = action[key]
        values.setdefault(block["block_id"], {})[element["action_id"]] = value
    return values
