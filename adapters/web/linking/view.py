"""Linked accounts as JSON: sentences to show, and lines of the box that buttons run."""

from __future__ import annotations

from typing import Any

from adapters.common.linking import steps, words
from adapters.common.linking.steps import LinkAnswer
from adapters.common.linking.words import LinkWords
from adapters.web.json_values import moment
from bot.core.text.dates import utc

WORDS = LinkWords(escape=str, when=utc)


def links_view(answer: LinkAnswer) -> dict[str, Any]:
    """What is linked and asked, for the page and for programs."""
    links = answer.links
    return {
        "title": words.title(),
        "lines": WORDS.page(links, answer.said, answer.code),
        "buttons": _buttons(answer),
        "code": answer.code.code if answer.code else None,
        "accounts": [{"name": one.name, "leaves": moment(one.ended_at)} for one in links.others],
        "questions": [
            {"id": one.id, "name": one.other(links.person)[1], "agreed": links.person in one.agreed}
            for one in links.proposals
        ],
        "leaves": moment(links.leaves_at),
        "own_limit": links.own_limit,
    }


def _buttons(answer: LinkAnswer) -> list[dict[str, str]]:
    found: list[tuple[str, str]] = []
    for one in answer.questions:
        found += [
            (words.agree(), f"{steps.AGREE} {one.id}"),
            (words.decline(), f"{steps.DECLINE} {one.id}"),
        ]
    if answer.waits:
        found.append((words.look_again(), ""))
    if answer.code is None:
        found.append((words.get_code(), steps.CODE))
    if answer.may_leave:
        found.append((words.leave(), steps.LEAVE))
    if answer.links.own_limit:
        found.append((words.take_limit_away(), steps.NO_LIMIT))
    return [{"label": label, "line": " ".join(("/link", line)).rstrip()} for label, line in found]
