"""Linked accounts on Discord. Pure."""

from __future__ import annotations

from discord import ui

from adapters.common.linking import steps, words
from adapters.common.linking.steps import LinkAnswer
from adapters.common.linking.words import LinkWords
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import BLUE, GREEN, card
from adapters.discord.views.markdown import bold, escape, when

WORDS = LinkWords(escape=lambda text: escape(text, 200), when=when, strong=bold)


def shown(answer: LinkAnswer) -> ui.LayoutView:
    """What is linked and asked, with a button for each thing that the person may do."""
    lines = WORDS.page(answer.links, answer.said, answer.code)
    return card(
        bold(words.title()),
        *lines[:-2],
        *(f"-# {line}" for line in lines[-2:]),
        accent=GREEN if answer.links.others else BLUE,
        rows=_rows(answer),
    )


def _rows(answer: LinkAnswer) -> list[list[RequestButton]]:
    questions = [
        [
            RequestButton("link", f"{steps.AGREE}.{one.id}", words.agree()),
            RequestButton("link", f"{steps.DECLINE}.{one.id}", words.decline()),
        ]
        for one in answer.questions[:3]
    ]
    more = [RequestButton("link", steps.SHOW, words.look_again())] if answer.waits else []
    if answer.code is None:
        more.append(RequestButton("link", steps.CODE, words.get_code()))
    if answer.may_leave:
        more.append(RequestButton("link", steps.LEAVE, words.leave()))
    if answer.links.own_limit:
        more.append(RequestButton("link", steps.NO_LIMIT.replace(" ", "."), words.take_limit_away()))
    return [*questions, more]
