"""People filling in modals: typing, submitting, closing, and what the app's answer does to their screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes.slack_server.delivery import Delivery, send
from tests.fakes.slack_server.driver_interact import Interacting
from tests.fakes.slack_server.fields import find, is_empty
from tests.fakes.slack_server.hooks import new_trigger
from tests.fakes.slack_server.payloads import interaction
from tests.fakes.slack_server.rules import view_error
from tests.fakes.slack_server.state import User
from tests.fakes.slack_server.views import View, stateful
from tests.fakes.slack_server.webapi import SlackError
from tests.fakes.slack_server.webapi_views import add_view


class Filling(Interacting):
    """Modals and the Home tab from a person's side."""

    async def wait_for_modal(self, user: User, text: str = "", timeout: float = 5.0) -> View:
        """The modal on top of this person's screen, once it shows `text`."""
        return await self._wait_for_view(lambda: user.modal, text, timeout)

    async def wait_for_home(self, user: User, text: str = "", timeout: float = 5.0) -> View:
        """The Home tab, once it shows `text`."""
        return await self._wait_for_view(lambda: user.home, text, timeout)

    async def _wait_for_view(self, shown: Callable[[], View | None], text: str, timeout: float) -> View:
        found = await self.wait_for(lambda: (view := shown()) and text in view.rendered and view, timeout)
        assert isinstance(found, View)
        return found

    async def fill(self, user: User, view: View, values: dict[str, Any]) -> None:
        """Type into a modal without submitting. Keys: action_id, block_id or label; values: see `fields`."""
        for name, value in values.items():
            block, element = find(view.blocks, name)
            entered = await self._entered(user, view, element, value)
            view.state[block["block_id"]][element["action_id"]] = entered

    async def submit_view(
        self, user: User, view: View, values: dict[str, Any] | None = None, timeout: float = 5.0
    ) -> dict[str, Any]:
        """Fill in and press submit. Returns the answer: {} or {"response_action": …}.

        Raises AssertionError where Slack's client would not let the person submit: a required field is empty.
        """
        self._check_sight(user, view)
        await self.fill(user, view, values or {})
        assert view.payload.get("submit"), "this modal has no submit button"
        for block, element in stateful(view.blocks):
            state = view.state[block["block_id"]][element["action_id"]]
            if block["type"] == "input" and not block.get("optional"):
                assert not is_empty(state), f"required: {block['label']['text']}"
        delivery = self.send_submission(user, view)
        return await delivery.acked(timeout) or {}

    def send_submission(self, user: User, view: View) -> Delivery:
        """Send the view_submission as it stands; for tests that press submit twice or at once."""
        payload = interaction(
            self,
            "view_submission",
            user,
            trigger_id=new_trigger(self, user, view),
            view=view.to_dict(self.app),
            response_urls=[],
        )
        return send(
            self,
            "interactive",
            payload,
            user.team,
            on_ack=lambda answer: self._answered(user, view, answer or {}),
        )

    async def close_view(self, user: User, view: View, *, clear: bool = False) -> Delivery | None:
        """Press the modal's close button (or `clear` the whole stack). None: the app did not ask to know."""
        self._check_sight(user, view)
        everything = clear or view.payload["clear_on_close"]
        gone = list(user.modals) if everything else [view]
        self._dismiss(user, gone)
        if not view.payload["notify_on_close"]:
            return None
        payload = interaction(self, "view_closed", user, view=view.to_dict(self.app), is_cleared=everything)
        return send(self, "interactive", payload, user.team)

    def _dismiss(self, user: User, gone: list[View]) -> None:
        for view in gone:
            view.open = False
        user.modals[:] = [view for view in user.modals if view not in gone]
        self.touch()

    def _answered(self, user: User, view: View, answer: dict[str, Any]) -> None:
        """What Slack does with the acknowledgement of a submission."""
        action = answer.get("response_action")
        try:
            if action == "errors":
                self._show_errors(view, answer.get("errors") or {})
            elif action == "update":
                if error := view_error(self, user.team, answer.get("view"), "response_action update"):
                    raise SlackError(error)
                view.show(answer["view"], self.ids, self.clock.ts())
            elif action == "push":
                add_view(self, None, user, answer.get("view"), push=True)
            elif action == "clear":
                self._dismiss(user, list(user.modals))
            elif action is None:
                self._dismiss(user, [view])
            else:
                self.violate(f"view_submission: unknown response_action {action!r}")
        except SlackError as refused:
            self.violate(f"view_submission: response_action {action}: {refused.error}")
        self.touch()

    def _show_errors(self, view: View, errors: dict[str, str]) -> None:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        for name in errors:
            if name not in inputs:
                self.violate(f"view_submission: error for {name!r}, which is no input block of the view")
        if not errors:
            self.violate("view_submission: response_action errors without errors")
        view.errors = dict(errors)
