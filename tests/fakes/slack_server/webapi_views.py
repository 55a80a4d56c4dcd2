"""views.*: modals that open on a trigger of three seconds, stacks of three, and the Home tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.rules import view_error
from tests.fakes.slack_server.views import View
from tests.fakes.slack_server.webapi import Call, SlackError, method

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.hooks import Trigger
    from tests.fakes.slack_server.state import User

_STACK = 3


@method("views.open")
async def open_view(core: Core, call: Call) -> dict[str, Any]:
    trigger = _trigger(core, call)
    return _opened(core, add_view(core, call, trigger.user, call.args.get("view"), push=False))


@method("views.push")
async def push_view(core: Core, call: Call) -> dict[str, Any]:
    trigger = _trigger(core, call)
    if not trigger.user.modals:
        raise SlackError("not_found")
    return _opened(core, add_view(core, call, trigger.user, call.args.get("view"), push=True))


def _opened(core: Core, view: View) -> dict[str, Any]:
    core.touch()
    return {"view": view.to_dict(core.app)}


def add_view(core: Core, call: Call | None, user: User, payload: Any, *, push: bool) -> View:
    """Put a modal on a person's screen. Raises SlackError."""
    where = call.method if call else "response_action"
    if error := view_error(core, user.team, payload, where):
        raise SlackError(error)
    if payload["type"] != "modal":
        raise SlackError("invalid_arguments")
    if push and len(user.modals) >= _STACK:
        raise SlackError("push_limit_reached")
    _check_external_id(core, user, payload, None)
    view = View(id=core.ids.next("V"), user=user, type="modal")
    view.root_id = user.modals[0].id if push else view.id
    view.previous_id = user.modals[-1].id if push else None
    if not push:
        for other in user.modals:
            other.open = False
        user.modals.clear()
    view.show(payload, core.ids, core.clock.ts())
    user.modals.append(view)
    core.views[view.id] = view
    return view


def _trigger(core: Core, call: Call) -> Trigger:
    call.need("trigger_id", "view")
    trigger = core.triggers.get(call.text("trigger_id"))
    if trigger is None or trigger.user.team is not call.team:
        raise SlackError("invalid_trigger_id")
    if core.clock.now() - trigger.created > core.timings.trigger_life:
        raise SlackError("expired_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    trigger.used = True
    return trigger


@method("views.update")
async def update_view(core: Core, call: Call) -> dict[str, Any]:
    view = core.views.get(call.text("view_id"))
    if call.args.get("external_id"):
        wanted = call.text("external_id")
        view = next(
            (v for v in core.views.values() if v.open and v.payload.get("external_id") == wanted), None
        )
    if view is None or view.user.team is not call.team or not view.open:
        raise SlackError("not_found")
    _check_hash(call, view)
    if error := view_error(core, call.team, call.args.get("view"), call.method):
        raise SlackError(error)
    _check_external_id(core, view.user, call.args["view"], view)
    view.show(call.args["view"], core.ids, core.clock.ts())
    return _opened(core, view)


@method("views.publish")
async def publish(core: Core, call: Call) -> dict[str, Any]:
    call.need("user_id", "view")
    user = call.team.users.get(call.text("user_id"))
    if user is None:
        raise SlackError("user_not_found")
    if error := view_error(core, call.team, call.args["view"], call.method):
        raise SlackError(error)
    if call.args["view"]["type"] != "home":
        raise SlackError("invalid_arguments")
    if user.home is None:
        view_id = core.ids.next("V")
        user.home = View(id=view_id, user=user, type="home", root_id=view_id)
        core.views[view_id] = user.home
    else:
        _check_hash(call, user.home)
    user.home.show(call.args["view"], core.ids, core.clock.ts())
    return _opened(core, user.home)


def _check_hash(call: Call, view: View) -> None:
    given = call.args.get("hash")
    if given and given != view.hash:
        raise SlackError("hash_conflict")


def _check_external_id(core: Core, user: User, payload: dict[str, Any], own: View | None) -> None:
    wanted = payload.get("external_id")
    others = (v for v in core.views.values() if v is not own and v.open and v.user.team is user.team)
    if wanted and any(v.payload.get("external_id") == wanted for v in others):
        raise SlackError("duplicate_external_id")
