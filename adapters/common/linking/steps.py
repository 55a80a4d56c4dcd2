"""What the words after `/link` ask for, and what then is known; each surface draws it in its own way."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.common.linking import words
from bot.core.identity import Actor
from bot.core.wallets.codes import LinkProposal
from bot.use_cases.people.links import AccountLinks, LinkCode, Links

SHOW, CODE, LEAVE, AGREE, DECLINE = "show", "code", "leave", "agree", "decline"
"""Steps, as buttons carry them and as people may type them."""


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
    """`code`, `leave`, `agree ID`, `decline ID`, a code of the other account, or nothing.

    Raises NotFound, NotAllowed and TooLate, as the use cases do.
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
        case _:
            await links.enter(actor, asked)
            return LinkAnswer(links=await links.of(actor))


async def _answered(links: AccountLinks, actor: Actor, proposal_id: str, *, agrees: bool) -> LinkAnswer:
    if await links.answer(actor, proposal_id, agrees=agrees):
        said = words.linked()
    else:  # what waits for the other side is among the questions
        said = "" if agrees else words.declined()
    return LinkAnswer(links=await links.of(actor), said=said)
