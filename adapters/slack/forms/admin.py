"""An admin's forms: a budget, the workspace's policy. Opened from App Home, from lists, from a command."""

from __future__ import annotations

from typing import Any

from adapters.slack.context import Kit
from adapters.slack.forms.app_home import Home
from adapters.slack.forms.order_view import answers
from adapters.slack.handlers.admin import amount_of
from adapters.slack.identity import raw_id, slack_id
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin as admin_view
from adapters.slack.views.layout import Block, context, option, plain
from bot.core.errors import InvalidOrder, NotAllowed
from bot.core.ledger import EVERYONE, Scope, Window
from bot.core.money import plain as plain_dollars
from bot.core.request import Actor
from bot.core.tenant import Tenant, valid_zone

BUDGET, SETTINGS = "budget", "settings"
_SCOPES = (
    ("everyone", "Everyone without their own"),
    ("person", "One person"),
    ("role", "Each member of a user group"),
    ("channel", "One channel"),
    ("tenant", "The whole workspace"),
)


class AdminForms:
    """Opens and reads them. Whether the person is an admin is asked of Slack each time."""

    def __init__(self, kit: Kit, home: Home) -> None:
        self._kit = kit
        self._home = home

    async def _admin(self, inbound: Inbound) -> Actor:
        actor = await self._kit.people.actor(inbound, fresh=True)
        if not (await self._kit.service.tenant(actor.tenant)).administers(actor):
            raise NotAllowed("Only admins can do that here.")
        return actor

    async def open_budget(self, inbound: Inbound, carried: str) -> None:
        """A form for a new budget."""
        await self._open(inbound, budget_form())

    async def open_settings(self, inbound: Inbound, carried: str) -> None:
        """A form with the policy as it is; the skeleton first, since it must be read from the disk."""
        view = await self._open(inbound, _view(SETTINGS, "Settings", [context("One moment…")], ""))
        tenant = await self._kit.admin.tenant(await self._admin(inbound))
        await self._kit.api.call(
            inbound.address, "views.update", view_id=view["id"], view=settings_form(tenant)
        )

    async def _open(self, inbound: Inbound, view: Block) -> dict[str, Any]:
        answer = await self._kit.api.call(
            inbound.address, "views.open", trigger_id=inbound.trigger_id, view=view
        )
        return answer["view"]

    async def remove_budget(self, inbound: Inbound, carried: str) -> None:
        """From a list or App Home. Raises Refusal."""
        actor = await self._kit.people.actor(inbound, fresh=True)
        await self._kit.admin.remove_budget(actor, carried.partition(":")[2])
        if inbound.body.get("view"):
            await self._home.show(inbound)
            return
        listed = admin_view.budgets(await self._kit.admin.budgets(actor))
        if not await self._kit.posting.replace_private(inbound.address, listed):
            await self._kit.posting.private(inbound.address, listed)

    def complaints(self, inbound: Inbound) -> dict[str, str]:
        """What is wrong with what was typed, by block."""
        given, callback = answers(inbound.body["view"]), inbound.body["view"]["callback_id"]
        try:
            if callback == BUDGET:
                _budget_of(given)
            else:
                _changes_of(given)
        except InvalidOrder as error:
            return {error.field: error.message}
        return {}

    async def submitted(self, inbound: Inbound) -> None:
        """Carry it out. Raises Refusal."""
        actor = await self._kit.people.actor(inbound, fresh=True)
        given = answers(inbound.body["view"])
        if inbound.body["view"]["callback_id"] == BUDGET:
            scope, subject = _budget_of(given)
            limit, window = amount_of(given["limit"]), Window(given["window"])
            await self._kit.admin.set_budget(actor, scope, subject, window, limit)
        else:
            await self._kit.admin.change(actor, **_changes_of(given))
        await self._home.show(inbound)


def _view(callback: str, title: str, blocks: list[Block], submit: str) -> Block:
    view: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, 24),
        "close": plain("Close", 24),
        "blocks": blocks,
    }
    return view | ({"submit": plain(submit, 24)} if submit else {})


def _input(name: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, 2000),
        "element": {"action_id": name, **element},
        "optional": optional,
    }
    return block | ({"hint": plain(hint, 2000)} if hint else {})


def budget_form() -> Block:
    """Whom, how much, how often."""
    scopes = [option(label, name) for name, label in _SCOPES]
    windows = [option(admin_view.window_words(window), window.value) for window in Window]
    return _view(
        BUDGET,
        "Set a budget",
        [
            _input("scope", "For", {"type": "static_select", "options": scopes, "initial_option": scopes[0]}),
            _input("person", "Person", {"type": "users_select"}, optional=True),
            _input("channel", "Channel", {"type": "channels_select"}, optional=True),
            _input(
                "group",
                "User group",
                {"type": "plain_text_input", "placeholder": plain("S012ABCDEF", 150)},
                optional=True,
                hint="Its id: open the group in Slack, ⋮ → Copy group ID.",
            ),
            _input("limit", "Dollars", {"type": "plain_text_input", "placeholder": plain("5.00", 150)}),
            _input(
                "window",
                "How often",
                {"type": "static_select", "options": windows, "initial_option": windows[2]},
            ),
        ],
        "Set",
    )


def settings_form(tenant: Tenant) -> Block:
    """The policy as it is, to be changed."""

    def text(name: str, label: str, value: str, hint: str = "") -> Block:
        element: Block = {"type": "plain_text_input"}
        return _input(
            name, label, element | ({"initial_value": value} if value else {}), optional=True, hint=hint
        )

    cap = _short(plain_dollars(tenant.cap)) if tenant.cap is not None else ""
    channel: Block = {"type": "conversations_select"}
    if tenant.admin_channel:
        channel["initial_conversation"] = raw_id(tenant.admin_channel)
    paused = [option("New requests are welcome", "no"), option("New requests are refused", "yes")]
    return _view(
        SETTINGS,
        "Settings",
        [
            text("threshold", "Ask before spending more than ($)", _short(plain_dollars(tenant.threshold))),
            text("cap", "Refuse anything above ($)", cap, "Empty: no limit for one request."),
            text("zone", "Time zone in which budgets begin", tenant.zone, "Such as Europe/Vienna."),
            text(
                "allowed_models",
                "Models allowed",
                ", ".join(tenant.allowed_models),
                "Such as flux*; empty: all.",
            ),
            text("denied_models", "Models denied", ", ".join(tenant.denied_models)),
            _input(
                "paused",
                "Requests",
                {
                    "type": "static_select",
                    "options": paused,
                    "initial_option": paused[1 if tenant.paused else 0],
                },
            ),
            _input(
                "admin_channel", "Approvals go to", channel, optional=True, hint="Empty: to admins directly."
            ),
        ],
        "Save",
    )


def _short(amount: str) -> str:
    whole, _, cents = amount.partition(".")
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}"


def _budget_of(given: dict[str, Any]) -> tuple[Scope, str]:
    """Raises InvalidOrder whose field is the block."""
    amount_of_field(given, "limit")
    scope = given["scope"]
    if scope == "everyone":
        return Scope.PERSON, EVERYONE
    if scope == "tenant":
        return Scope.TENANT, ""
    field = {"person": "person", "role": "group", "channel": "channel"}[scope]
    if not given.get(field):
        raise InvalidOrder("Say which.", field=field)
    return Scope(scope), slack_id(str(given[field]).strip())


def amount_of_field(given: dict[str, Any], field: str) -> None:
    """Raises InvalidOrder whose field is the block."""
    try:
        if amount_of(str(given.get(field) or "")) < 0:
            raise InvalidOrder("An amount of $0 or more.", field=field)
    except InvalidOrder:
        raise InvalidOrder("An amount of dollars, such as 5.00.", field=field) from None


def _changes_of(given: dict[str, Any]) -> dict[str, Any]:
    """Raises InvalidOrder whose field is the block."""
    changes: dict[str, Any] = {"paused": given.get("paused") == "yes"}
    if given.get("threshold"):
        amount_of_field(given, "threshold")
        changes["threshold"] = amount_of(given["threshold"])
    if given.get("cap"):
        amount_of_field(given, "cap")
    changes["cap"] = amount_of(given["cap"]) if given.get("cap") else None
    if given.get("zone"):
        changes["zone"] = valid_zone(given["zone"].strip())
    for name in ("allowed_models", "denied_models"):
        changes[name] = tuple(part for part in str(given.get(name) or "").replace(",", " ").split())
    channel = given.get("admin_channel")
    changes["admin_channel"] = slack_id(channel) if channel else ""
    return changes
