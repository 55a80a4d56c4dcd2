"""What the words after `/link` ask for, and what then is known; each surface draws it in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.common.amounts import amount_of, split_amount
from adapters.common.linking import words
from bot.core.errors import InvalidOrder
from bot.core.identity import Actor
from bot.core.wallets.codes import LinkProposal
from bot.core.windows import Window
from bot.use_cases.people.links import AccountLinks, LinkCode, Links

SHOW, CODE, LEAVE, AGREE, DECLINE, LIMIT = "show", "code", "leave", "agree", "decline", "limit"
"""Steps, as buttons carry them and as people may type them."""
NO_LIMIT = " ".join((LIMIT, "none"))


@dataclass(frozen=True, kw_only=True)
class LinkAnswer:
    """What happened, in a sentence (empty: nothing yet), and what is linked and proposed now.

    `code` is there right after it was asked for, and never again.
    """

    links: Links
    said: str = ""
    code: LinkCode | None = None

    @property
    def questions(self) -> list[LinkProposal]:
        """What the person has not answered yet."""
        return [one for one in self.links.proposals if self.links.person not in one.agreed]

    @property
    def waits(self) -> bool:
        """Whether something may have changed on the other side when the person looks again."""
        return self.code is not None or len(self.questions) < len(self.links.proposals)

    @property
    def may_leave(self) -> bool:
        """Whether there is something to leave, and the person is not leaving yet."""
        return bool(self.links.others) and self.links.leaves_at is None


async def step(links: AccountLinks, actor: Actor, asked: str) -> LinkAnswer:
    """`code`, `leave`, `agree ID`, `decline ID`, `limit 5 month`, `limit none`, a code of the other account,
    or nothing.

    Raises NotFound, NotAllowed, TooLate and InvalidOrder, as the use cases do.
    """
    verb, _, rest = asked.strip().partition(" ")
    match verb.lower():
        case "" | "show":
            return LinkAnswer(links=await links.of(actor))
        case "code":
            code = await links.code(actor)
            return LinkAnswer(links=await links.of(actor), code=code)
        case "leave":
            await links.leave(actor)
            return LinkAnswer(links=await links.of(actor))
        case "agree":
            return await _answered(links, actor, rest.strip(), agrees=True)
        case "decline":
            return await _answered(links, actor, rest.strip(), agrees=False)
        case "limit":
            return await _limited(links, actor, rest.split())
        case _:
            await links.enter(actor, asked)
            return LinkAnswer(links=await links.of(actor))


async def _limited(links: AccountLinks, actor: Actor, given: Sequence[str]) -> LinkAnswer:
    """A limit of one's own: an amount and a window, by default a month, or `none`."""
    if given and given[0].lower() in ("none", "off"):
        removed = await links.remove_limits(actor)
        said = words.own_limit_gone() if removed else words.no_own_limit()
        return LinkAnswer(links=await links.of(actor), said=said)
    amount, rest = split_amount(given)
    window = next((word for word in (one.lower() for one in rest) if word not in ("a", "per", "each")), "")
    if not amount or (window and window not in set(Window)):
        raise InvalidOrder(words.own_limit_usage(), field="limit")
    await links.limit(actor, Window(window or Window.MONTH), amount_of(amount, "limit"))
    return LinkAnswer(links=await links.of(actor), said=words.own_limit_set())


async def _answered(links: AccountLinks, actor: Actor, proposal_id: str, *, agrees: bool) -> LinkAnswer:
    if await links.answer(actor, proposal_id, agrees=agrees):
        said = words.linked()
    else:  # what waits for the other side is among the questions
        said = "" if agrees else words.declined()
    return LinkAnswer(links=await links.of(actor), said=said)
