"""Buttons and menus. Each carries `verb:request_id`, so one pressed after a month or a restart still works.

Who may press is decided here and again in the core: the asker confirms and cancels, anyone may repeat at
their own expense, admins decide. Everybody else is told so, for their eyes only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from adapters.slack.context import ORIGIN, AdapterContext
from adapters.slack.forms.admin import AdminForms
from adapters.slack.forms.app_home import AppHome
from adapters.slack.forms.order import Modals
from adapters.slack.forms.order_view import Start, unpacked
from adapters.slack.handlers.approvals import Approvals
from adapters.slack.handlers.links import Links
from adapters.slack.handlers.notices import Telling
from adapters.slack.handlers.pages import Pages
from adapters.slack.handlers.posting import Posting
from adapters.slack.handlers.results import Results, request_of, which
from adapters.slack.handlers.talk import Speaking, carried_by
from adapters.slack.identity import slack_id
from adapters.slack.intake.payload import Inbound
from adapters.slack.submission import Submission, conversation_of, dedupe_key, spoken_in
from adapters.slack.views import request as request_view
from adapters.slack.views import texts
from adapters.slack.views import unknown as unknown_view
from adapters.slack.views.layout import Message, context, escape
from bot.core.capability import ON_PICTURE, Capability
from bot.core.errors import NotAllowed, TooLate
from bot.core.errors.outside import DeliveryError
from bot.core.money import Micros
from bot.core.order_rules import alternative
from bot.core.presses import press_of
from bot.core.prices.pricing import AskPrice
from bot.core.request import Actor, Request, State

log = structlog.get_logger(__name__)

Press = Callable[[Inbound, str], Awaitable[None]]


class Actions:
    """What presses do, by action id."""

    def __init__(
        self,
        adapter: AdapterContext,
        submission: Submission,
        modals: Modals,
        approvals: Approvals,
        home: AppHome,
        admin_forms: AdminForms,
        pages: Pages,
        speaking: Speaking,
    ) -> None:
        self._adapter = adapter
        self._submission = submission
        self._modals = modals
        results, posting, linking = Results(adapter), Posting(adapter), Links(adapter).pressed
        self._by_name: dict[str, Press] = {
            **self._orders(),
            **dict.fromkeys(
                ("link_show", "link_code", "link_leave", "link_limit", "link_agree", "link_decline"), linking
            ),
            "details": results.details,
            "delete": results.delete,
            "post_here": posting.here,
            "post_direct": posting.direct,
            "plan": speaking.agree,
            "drop": speaking.drop,
            "choose": speaking.choose,
            "meant": speaking.meant,
            "unwanted": speaking.unwanted,
            "compare": speaking.compare,
            "use": speaking.use,
            "plead": approvals.ask_admin,
            "approve": approvals.approve,
            "deny": approvals.deny,
            "home_refresh": home.refresh,
            "budget_form": admin_forms.open_budget,
            "home_back": home.turned,
            "home_next": home.turned,
            "settings_form": admin_forms.open_settings,
            "page_back": pages.turned,
            "page_next": pages.turned,
            "page_file": pages.as_file,
            "budget_remove": admin_forms.remove_budget,
            "quiet": Telling(adapter).quiet,
        }

    def _orders(self) -> dict[str, Press]:
        """What asks for something, and what is done to it while it runs."""
        return {
            "confirm": self._confirm,
            "cancel": self._cancel,
            "settle": self._settle,
            "again": self._again,
            "use_model": self._use_alternative,
            "vary": self._vary,
            "upscale": self._upscale,
            "edit": self._derive,
            "animate": self._derive,
            "feedback": self._feedback,
            "picture_edit": self._picture,
            "picture_upscale": self._picture,
            "picture_chat": self._picture,
            "picture_generate": self._picture,
            "picture_video": self._picture,
            "form_open": self._form_open,
            "form_new": self._form_new,
        }

    async def pressed(self, inbound: Inbound) -> None:
        """Run what was pressed. Raises Refusal, GatewayError or DeliveryError."""
        action: dict[str, Any] = next(iter(inbound.body.get("actions") or ()), {})
        name, carried = str(action.get("action_id") or ""), _value(action)
        if name in ("form_capability", "form_model"):
            await self._modals.chosen(inbound)
            return
        if name.startswith("settings_more_"):  # each button of a message has an action id of its own
            name = "settings_form"
        for several in ("use_model", "details", "choose", "meant", "unwanted"):
            name = several if name.startswith(f"{several}_") else name
        if name in ("pick", "pick_more"):  # a menu's option carries the verb of the button it stands for
            name = carried.partition(":")[0]
        press = self._by_name.get(name)
        if press is None:
            log.info("press_unknown", action=name)
            return
        await press(inbound, carried)

    async def _request(self, actor: Actor, carried: str) -> tuple[Request, int]:
        return await request_of(self._adapter.service, actor, carried)

    def _here(self, inbound: Inbound) -> dict[str, Any]:
        """A derived request is answered where the button stands, as part of the conversation there."""
        where = replace(spoken_in(inbound), in_thread=bool(inbound.thread_ts))
        return {
            "origin": ORIGIN,
            "reply_to": where.to_json(),
            "dedupe_key": dedupe_key(inbound),
            "ask_price": AskPrice.FIRST,
            "conversation": conversation_of(where),
        }

    # the price

    async def _confirm(self, inbound: Inbound, carried: str) -> None:
        actor = await self._adapter.people.actor(inbound)
        request, number = await self._request(actor, carried)
        if request.actor.person != actor.person:
            raise NotAllowed(texts.not_yours_to_confirm())
        shown = Micros(number) if number else None  # buttons of older versions do not carry it
        try:
            await self._adapter.service.confirm(actor, request.id, shown)
        except TooLate as error:
            if inbound.replayed and request.confirmed:
                return  # this press did it, before a restart
            await self._say_expired(inbound, error)
            raise
        async with self._adapter.notifier.posts.lock(request.id):
            agreed = await self._adapter.service.request(actor, request.id)
            if agreed.state is not State.AWAITING_CONFIRMATION:  # else a higher price is on a new button
                shown_now = request_view.progress(agreed)
                await self._adapter.message_routes.update(inbound.address, inbound.ts, shown_now)

    async def _say_expired(self, inbound: Inbound, error: TooLate) -> None:
        """An offer that has ended loses its button."""
        try:
            said = escape(error.message)
            await self._adapter.message_routes.update(
                inbound.address, inbound.ts, Message(text=said, blocks=[context(said)])
            )
        except DeliveryError as failed:
            log.info("expiry_unshown", error=failed.message)

    async def _cancel(self, inbound: Inbound, carried: str) -> None:
        actor = await self._adapter.people.actor(inbound)
        request, _ = await self._request(actor, carried)
        await self._adapter.service.cancel(actor, request.id)

    async def _settle(self, inbound: Inbound, carried: str) -> None:
        """An admin ends a request with an unknown outcome."""
        actor = await self._adapter.people.actor(inbound, fresh=True)
        ended = await self._adapter.admin.settle_unknown(actor, which(carried)[0])
        await self._adapter.message_routes.private(inbound.address, unknown_view.ended(ended))

    # more of the same

    async def _again(self, inbound: Inbound, carried: str) -> None:
        await self._repeat(inbound, carried, lambda _refused, _index: {})

    async def _use_alternative(self, inbound: Inbound, carried: str) -> None:
        await self._repeat(inbound, carried, alternative)

    async def _repeat(
        self, inbound: Inbound, carried: str, change: Callable[[Request, int], Mapping[str, Any]]
    ) -> None:
        actor = await self._adapter.people.actor(inbound)
        request, index = await self._request(actor, carried)
        changes = change(request, index)
        repeated = await self._adapter.service.repeat(
            actor, request.id, changes=changes, **self._here(inbound)
        )
        await self._submission.taken(inbound, repeated)

    async def _vary(self, inbound: Inbound, carried: str) -> None:
        actor = await self._adapter.people.actor(inbound)
        request, _ = await self._request(actor, carried)
        varied = await self._adapter.service.vary(actor, request.id, **self._here(inbound))
        await self._submission.taken(inbound, varied)

    async def _upscale(self, inbound: Inbound, carried: str) -> None:
        actor = await self._adapter.people.actor(inbound)
        request, index = await self._request(actor, carried)
        copy = await self._submission.pictures.of_result(inbound.address, request, index)
        larger = await self._adapter.service.from_result(
            actor, request.id, index, Capability.UPSCALE, picture=copy, **self._here(inbound)
        )
        await self._submission.taken(inbound, larger)

    async def _derive(self, inbound: Inbound, carried: str) -> None:
        """Edit and animate need words: a form on that picture."""
        verb = carried.partition(":")[0]
        request_id, number = which(carried)
        if verb not in ON_PICTURE:
            raise TooLate(texts.outdated())
        where = replace(inbound.address, response_url="", response_until=0)
        start = Start(capability=ON_PICTURE[verb], request=request_id, index=number, where=where.to_json())
        await self._modals.open(inbound, start)

    # about a request

    async def _feedback(self, inbound: Inbound, carried: str) -> None:
        verdict, _, request_id = carried.partition(":")
        log.info("feedback", verdict=verdict, request_id=request_id, by=slack_id(inbound.user))

    # pictures without a verb, and forms

    async def _picture(self, inbound: Inbound, carried: str) -> None:
        """One of the three buttons under “What should I do with the picture?”."""
        action: dict[str, Any] = inbound.body["actions"][0]
        verb = str(action["action_id"]).removeprefix("picture_")
        asker, kept = carried_by(carried)
        if asker != inbound.user:
            raise NotAllowed(texts.not_your_picture())
        prompt = str(kept.get("p") or "")
        files = [{"id": str(file_id)} for file_id in kept.get("f") or ()]
        if verb == "edit" and not prompt:
            ids = tuple(str(file["id"]) for file in files)
            where = replace(inbound.address, response_url="", response_until=0).to_json()
            await self._modals.open(inbound, Start(capability=Capability.EDIT, files=ids, where=where))
            return
        actor = await self._adapter.people.actor(inbound)
        words = f"-- {prompt}" if verb != "upscale" else ""
        press = press_of(actor, f"{inbound.channel}:{inbound.ts}", verb)
        chosen = files[:1] if verb == "upscale" else files
        await self._submission.made(inbound, actor, verb, words, chosen, press=press)
        await self._adapter.message_routes.remove(inbound.address, inbound.ts)

    async def _form_open(self, inbound: Inbound, carried: str) -> None:
        await self._modals.open(inbound, unpacked(carried.partition(":")[2]))

    async def _form_new(self, inbound: Inbound, carried: str) -> None:
        """From App Home: a form whose result goes where the person chooses."""
        await self._modals.open(inbound, Start(place=True))


def _value(action: dict[str, Any]) -> str:
    chosen: dict[str, Any] = action.get("selected_option") or {}
    return str(action.get("value") or chosen.get("value") or "")
