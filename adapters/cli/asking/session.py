"""One line of a person at a terminal: a command, an order or plain words, and all that becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.cli.asking import answers, attachments, preview
from adapters.cli.asking.agreement import Agreement, Spending
from adapters.cli.asking.attachments import Attachments
from adapters.cli.asking.following import Following
from adapters.cli.asking.screen import Screen
from adapters.cli.asking.terminal import ORIGIN, Keyboard, Terminal
from adapters.common.intake.together import together, unused
from adapters.common.talking import words as talk_words
from adapters.composition import Core
from adapters.web.app import Playground
from adapters.web.audit.handlers import Audit
from adapters.web.budgets import Budgets
from adapters.web.command_table import NAMES
from adapters.web.commands import Commands
from adapters.web.identity import DemoPlace, Person
from adapters.web.notices.handlers import NoticeHandlers
from adapters.web.orders import Orders
from adapters.web.place_lists.handlers import PlaceListHandlers
from adapters.web.request_parsing import Form
from bot.core.capability import Capability, about
from bot.core.command_parser import parse, split_command
from bot.core.drafts import Draft
from bot.core.errors import BotError, NotAllowed, WordsBlocked
from bot.core.identity import new_request_id
from bot.core.prices.pricing import AskPrice
from bot.core.request import Actor, Request, in_conversation
from bot.core.said import Said
from bot.use_cases.refusal_log import refusals_noted
from bot.use_cases.spoken.answers import Answered, Reply, price_of
from bot.use_cases.spoken.prices import Choice


@dataclass(frozen=True, kw_only=True)
class Where:
    """Who asks, in which conversation (empty: none that lasts), and where results go."""

    actor: Actor
    conversation: str
    out: Path


class Session:
    """Takes lines; `line` is True where everything that was asked for was done."""

    def __init__(
        self,
        core: Core,
        terminal: Terminal,
        where: Where,
        *,
        agreed: Agreement,
        screen: Screen,
        keyboard: Keyboard | None,
    ) -> None:
        self._core = core
        self._where = where
        self._agreed = agreed
        self._screen = screen
        self.spending = Spending()
        self._talking = where.conversation or f"{where.actor.person}:{new_request_id()}"
        self._following = Following(
            core, terminal.notifier, where.actor, where.out,
            agreed=agreed, spending=self.spending, screen=screen, keyboard=keyboard,
        )  # fmt: skip

    async def line(self, text: str, files: Sequence[Path], mask: Path | None) -> bool:
        """Take one line with the files that come along, and follow it to its end."""
        try:
            with refusals_noted(self._core.service, self._where.actor, origin=ORIGIN):
                name, _rest = split_command(text, NAMES)
                if name in set(Capability):
                    return await self._order(text, files, mask)
                if name:
                    return await self._command(text, files, mask)
                return await self._talk(text, files)
        except BotError as error:
            self._screen.refused(error)
            self._screen.say(*await preview.written(error, self._where.out))
            return False

    # commands

    async def _command(self, text: str, files: Sequence[Path], mask: Path | None) -> bool:
        found = await attachments.unopened(files)
        self._screen.say(*found.unread)
        came = await attachments.opened(self._core.service, found, mask, None)
        form = Form(images=came.images, mask=came.mask, conversation=self._talking)
        answer = await _commands(self._core, self._where.actor).answer(self._where.actor, text, form)
        self._screen.out(*answers.lines(answer))
        self._screen.facts["answer"] = answer
        return True

    # orders

    async def _order(self, text: str, files: Sequence[Path], mask: Path | None) -> bool:
        draft, actor, service = parse(text), self._where.actor, self._core.service
        named = [Path(path) for name, path in sorted(draft.pictures.items()) if name != "mask"]
        mask = mask or (Path(draft.pictures["mask"]) if "mask" in draft.pictures else None)
        found = await attachments.unopened([*files, *named])
        draft, unread = self._with_documents(draft, found)
        await service.admit(actor, draft.unseen(len(found.pictures), masked=mask is not None))
        self._screen.say(*unread)
        came = await attachments.opened(service, found, mask, draft.capability, draft.model_name)
        order = draft.order(came.said.pictures, came.mask.upload if came.mask else None)
        request = await service.submit(
            actor,
            in_conversation(order, self._where.conversation),
            origin=ORIGIN,
            reply_to={},
            dedupe_key=f"cli:{new_request_id()}",
            pictures=came.data,
            ask_price=AskPrice.ALWAYS,
            conversation=self._where.conversation,
        )
        return await self._followed([request])

    def _with_documents(self, draft: Draft, found: Said[Path]) -> tuple[Draft, tuple[str, ...]]:
        """A chat reads what came along; sentences about what was not read."""
        said = replace(found, words=draft.values.get("prompt", ""))
        if not about(draft.capability).converses or not found.documents:
            return draft, unused(said)
        prompt, unread = together(said, self._core.settings.prompt_limit)
        return replace(draft, values={**draft.values, "prompt": prompt}), unread

    # plain words

    async def _talk(self, text: str, files: Sequence[Path], *, chosen: bool = False) -> bool:
        found = await attachments.unopened(files)
        came = await attachments.opened(self._core.service, found, None, None)
        said = attachments.with_words(came, text)
        if not said.unseen:
            self._screen.say(*said.unread)
        try:
            taken = await self._said(said, came, chosen=chosen)
        except WordsBlocked:  # said in another way they would be blocked as well
            raise
        except NotAllowed as error:
            self._screen.refused(error)
            return await self._explicit(said, came)
        if isinstance(taken, Answered):
            return await self._answered(taken)
        return await self._followed([taken], said, came)

    async def _said(self, said: Said, came: Attachments, *, chosen: bool) -> Request | Answered:
        most = self._agreed.most
        return await self._core.talk.say(
            self._where.actor,
            said,
            conversation=self._talking,
            origin=ORIGIN,
            reply_to={},
            dedupe_key=f"cli:{new_request_id()}",
            pictures=came.data,
            ask_price=AskPrice.ABOVE if most is None else AskPrice.ALWAYS,
            asks=True,
            most=most,
            chosen=chosen,
        )

    async def _answered(self, taken: Answered) -> bool:
        self._screen.say(talk_words.answered(taken, talk_words.one_line))
        match taken.reply:
            case Reply.STOPPED:
                return True
            case Reply.AGREED:
                for row in taken.requests:
                    self.spending.note(row.id, row.estimate or self.spending.total)
                return await self._followed(taken.requests)
            case Reply.WHICH:
                return await self._which(taken)

    async def _which(self, taken: Answered) -> bool:
        """Of what a plain yes, no or stop could have meant, the one that is chosen."""
        things = taken.things
        lines = [f"{_line(rows)} ({rows[0].id})" for rows in things]
        answer = await self._following.chosen(lines)
        if answer not in lines:
            return False
        rows, most = things[lines.index(answer)], self._agreed.most
        price = price_of(rows)
        shown = price if most is None else min(price, most)
        return await self._answered(
            await self._core.talk.meant(self._where.actor, rows[0].id, taken.answer, shown)
        )

    async def _followed(
        self, requests: Sequence[Request], said: Said | None = None, came: Attachments | None = None
    ) -> bool:
        """Follow requests to their ends, and answer what is asked on the way."""
        end = await self._following.follow(requests)
        if end.unread and said is not None and came is not None:
            return await self._explicit(said, came)
        if end.choices and (answer := await self._following.chosen(end.choices, own=True)):
            return await self._talk(answer, [], chosen=True)
        return end.good

    async def _explicit(self, said: Said, came: Attachments) -> bool:
        """Where no model may be asked, what the words may have meant, each with its price."""
        found = await self._core.talk.choices(self._where.actor, said, came.data)
        if not found:
            return False
        self._screen.say(talk_words.choices_offered())
        names = [talk_words.choice(one.order.capability, one.price) for one in found]
        answer = await self._following.chosen(names)
        if answer not in names:
            return False
        return await self._ordered(found[names.index(answer)], came)

    async def _ordered(self, choice: Choice, came: Attachments) -> bool:
        request = await self._core.service.submit(
            self._where.actor,
            choice.order,
            origin=ORIGIN,
            reply_to={},
            dedupe_key=f"cli:{new_request_id()}",
            pictures=came.data,
            ask_price=AskPrice.ALWAYS,
            conversation=self._talking,
        )
        if choice.price is not None:
            self._following.pressed(request.id, choice.price)
        return await self._followed([request])


def _line(rows: Sequence[Request]) -> str:
    return talk_words.thing_line(rows, talk_words.named(rows, talk_words.one_line))


def _commands(core: Core, actor: Actor) -> Commands:
    """The commands of the playground's box, for the place of this terminal."""
    person = Person(key=actor.name, name=actor.name, is_admin=True, origin=ORIGIN)
    page = Playground(
        service=core.service,
        talk=core.talk,
        admin=core.admin,
        settings=core.settings,
        clock=core.clock,
        demo_place=DemoPlace(tenant=actor.tenant, people=(person,)),
    )
    orders, budgets = Orders(page.context), Budgets(page.context)
    audit, notices = Audit(page.context), NoticeHandlers(page.context)
    lists = PlaceListHandlers(page.context)
    return Commands(page.context, orders=orders, budgets=budgets, audit=audit, notices=notices, lists=lists)
