"""Linked accounts on Slack. Pure."""

from __future__ import annotations

from adapters.common.linking import steps, words
from adapters.common.linking.steps import LinkAnswer
from adapters.common.linking.words import LinkWords
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    button,
    context,
    escape,
    header,
    section,
    when,
)
from bot.use_cases.people.links import Links

WORDS = LinkWords(escape=escape, when=when, strong=lambda text: f"*{text}*")


def shown(answer: LinkAnswer) -> Message:
    """What is linked and asked, with a button for each thing that the person may do."""
    lines = WORDS.page(answer.links, answer.said, answer.code)
    blocks = [header(words.title()), *(section(line) for line in lines[:-2]), *_presses(answer)]
    return Message(text=answer.said or words.title(), blocks=[*blocks, context(*lines[-2:])])


def in_home(links: Links) -> list[Block]:
    """The same in the Home tab, shortly."""
    answer = LinkAnswer(links=links)
    lines = WORDS.page(links)[:-3]
    return [header(words.title()), *(section(line) for line in lines), *_presses(answer)]


def _presses(answer: LinkAnswer) -> list[Block]:
    rows = [
        actions(
            button(words.agree(), "link_agree", f"link:{steps.AGREE} {one.id}", style="primary"),
            button(words.decline(), "link_decline", f"link:{steps.DECLINE} {one.id}"),
        )
        for one in answer.questions[:3]
    ]
    more = [button(words.look_again(), "link_show", f"link:{steps.SHOW}")] if answer.waits else []
    if answer.code is None:
        more.append(button(words.get_code(), "link_code", f"link:{steps.CODE}"))
    if answer.may_leave:
        more.append(button(words.leave(), "link_leave", f"link:{steps.LEAVE}"))
    if answer.links.own_limit:
        more.append(button(words.take_limit_away(), "link_limit", f"link:{steps.NO_LIMIT}"))
    return [*rows, actions(*more)] if more else rows
