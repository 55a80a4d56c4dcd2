"""What Discord's errors mean for a message that has to arrive (Discord docs, Opcodes and Status Codes).

discord.py raises one exception for hundreds of codes; here each becomes one of six words, and the
delivery's next move follows from the word alone.
"""

from __future__ import annotations

import asyncio
from enum import Enum

import aiohttp
import discord


class DeliveryTrouble(Enum):
    """Why a message was not taken."""

    LATER = "later"
    """Discord or the line is ill: try the same again."""
    EXPIRED = "expired"
    """The interaction's token is of no use (any more)."""
    GONE = "gone"
    """Message, channel or permission is missing: this address will not work."""
    LARGE = "large"
    """A file is too large; limits are told wrongly often enough that this is normal."""
    OLD = "old"
    """Old messages may be edited only so often an hour."""
    WRONG = "wrong"
    """Our own mistake."""


_CODES = {
    frozenset({10015, 10062, 40094, 50027}): DeliveryTrouble.EXPIRED,
    frozenset(
        {10003, 10004, 10008, 10013, 40058, 50001, 50007, 50013, 50083, 160005, 200000}
    ): DeliveryTrouble.GONE,
    frozenset({40005}): DeliveryTrouble.LARGE,
    frozenset({30046}): DeliveryTrouble.OLD,
}
_CUT = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, asyncio.TimeoutError, ConnectionError)


def trouble_of(error: BaseException) -> DeliveryTrouble:
    """What an exception of discord.py or of the line means."""
    if isinstance(error, discord.HTTPException):
        return _by_code(error)
    if isinstance(error, (discord.RateLimited, *_CUT)):
        return DeliveryTrouble.LATER
    return DeliveryTrouble.WRONG


def _by_code(error: discord.HTTPException) -> DeliveryTrouble:
    # Codes first: the limit on old edits, for one, comes with the status of a rate limit.
    for codes, trouble in _CODES.items():
        if error.code in codes:
            return trouble
    if error.status >= 500 or error.status == 429:
        return DeliveryTrouble.LATER
    return {
        401: DeliveryTrouble.EXPIRED,
        403: DeliveryTrouble.GONE,
        404: DeliveryTrouble.GONE,
        413: DeliveryTrouble.LARGE,
    }.get(error.status, DeliveryTrouble.WRONG)


def line_cut(error: BaseException) -> bool:
    """Whether the connection broke; discord.py itself repeats nothing then on Linux."""
    return isinstance(error, _CUT) and not isinstance(error, discord.DiscordException)
