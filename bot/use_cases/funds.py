"""What is left at the gateway, as last seen; shared between those who look and those who ask."""

from __future__ import annotations

from bot.core.errors import NotAllowed
from bot.core.money import Micros


class Funds:
    """`left` None while unknown, or for accounts that pay later."""

    def __init__(self) -> None:
        self.left: Micros | None = None

    def check(self) -> None:
        """Raise NotAllowed when the gateway's account has run dry: no request could succeed."""
        if self.left is not None and self.left <= 0:
            raise NotAllowed(
                "The account that pays for this bot is empty, so nothing can be made just now. Nothing was"
                " charged; the operator has been told."
            )
