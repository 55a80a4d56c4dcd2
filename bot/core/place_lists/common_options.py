"""What every order has besides what is ordered, and the prompt as it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.core.place_lists.styles import AppliedStyle


@dataclass(frozen=True, kw_only=True)
class CommonOptions:
    """`project` is the id of the project that an order is for, and `project_name` its name when it was
    accepted; None means that nobody has said one, an empty text that it is for none. `styled` is the style of
    the place that was applied. `hidden` covers the result; `extra` is passed on to the gateway.
    """

    hidden: bool = False
    project: str | None = None
    project_name: str = ""
    styled: AppliedStyle | None = None
    extra: Mapping[str, str] = field(default_factory=dict[str, str])


class Prompted(Protocol):
    """An order's own words, and the style that goes around them."""

    @property
    def prompt(self) -> str: ...

    @property
    def styled(self) -> AppliedStyle | None: ...


def prompt_sent(order: Prompted) -> str:
    """The prompt as it is priced and sent: the person's words, with those of the style around them."""
    return order.styled.around(order.prompt) if order.styled else order.prompt
