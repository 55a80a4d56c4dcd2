"""The answers of the commands that are no orders (`/balance`, `/compare`, `/help` …), in lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Facts = Mapping[str, Any]


def lines(answer: Facts) -> list[str]:
    """What a command answered (`adapters.web.commands`), one line for each thing."""
    return list(_LINES[answer["kind"]](answer))


def price(money: Facts | None) -> str:
    """An amount as people read it, or a dash."""
    return "–" if money is None else str(money["shown"])


def _estimate(answer: Facts) -> Iterable[str]:
    by = f" at {answer['provider']}" if answer["provider"] else ""
    yield f"About {price(answer['price'])}{by}; nothing was made or charged."
    yield str(answer["command"])


def _compare(answer: Facts) -> Iterable[str]:
    for quote in answer["quotes"]:
        beyond = "" if quote["affordable"] else " (above what you have left)"
        yield f"{quote['problem'] or price(quote['price']) + beyond:<12} {quote['command']}"


def _balance(answer: Facts) -> Iterable[str]:
    for room in answer["budgets"]:
        until = f" until {room['resets_at']}" if room["resets_at"] else ""
        yield f"{room['words']}{until}"
    if not answer["budgets"]:
        yield "No limit binds you here."


def _history(answer: Facts) -> Iterable[str]:
    for row in answer["requests"]:
        when, charge = row["created_at"][:16], price(row["charge"])
        yield f"{when}  {row['id']}  {row['state']:<9} {charge:>8}  {row['command']}"


def _models(answer: Facts) -> Iterable[str]:
    for model in answer["models"]:
        start = f"  from {price(model['starting_price'])}" if model["starting_price"] else ""
        yield f"{model['id']}  {', '.join(model['capabilities'])}{start}"
    if answer["total"] > len(answer["models"]):
        yield f"… {answer['total']} in all; name a part of the model you look for."


def _cancel(answer: Facts) -> Iterable[str]:
    yield f"{answer['request']['id']}: {answer['request']['state']}"


def _forget(answer: Facts) -> Iterable[str]:
    yield f"Forgotten: {answer['forgotten_turns']} turns of this conversation."


def _help(answer: Facts) -> Iterable[str]:
    yield "Say what you would like in plain words, or use a command:"
    for command in answer["commands"]:
        usage = f" {command['usage']}" if command["usage"] else ""
        yield f"/{command['name']}{usage}: {command['help']}"


def _budget(answer: Facts) -> Iterable[str]:
    if "why" in answer:
        yield from answer["why"]
        return
    if "report" in answer:
        report = answer["report"]
        yield report["title"]
        for one in report["people"]:
            yield f"{one['name'] or one['person']}: {price(one['charged'])} in {one['requests']} requests"
        return
    if said := answer.get("said"):
        yield said
    if looser := answer.get("looser"):
        yield looser
    for line in answer["budgets"]:
        yield f"{line['words']}: {price(line['spent'])} spent, {price(line['left'])} left"
    yield answer["summary"]


def _settings(answer: Facts) -> Iterable[str]:
    for field in answer["fields"]:
        yield f"{field['name']}: {field['shown']}"


def _notices(answer: Facts) -> Iterable[str]:
    yield "Notices are on." if answer["wanted"] else "Notices are off."
    for one in answer["notices"]:
        yield f"{one['at'][:16]}  {one['text']}"


def _digest(answer: Facts) -> Iterable[str]:
    found = answer["digest"]
    yield found["title"]
    yield found["total"]
    for part in found["parts"]:
        yield part["title"]
        yield from (f"  {line}" for line in part["lines"])
    yield from found["endings"]


_LINES: Mapping[str, Callable[[Facts], Iterable[str]]] = {
    "estimate": _estimate,
    "compare": _compare,
    "balance": _balance,
    "history": _history,
    "models": _models,
    "cancel": _cancel,
    "forget": _forget,
    "help": _help,
    "budget": _budget,
    "settings": _settings,
    "notices": _notices,
    "digest": _digest,
}
