"""Removes invisible characters from text before it is checked, priced and sent.

A prompt of zero-width characters looks empty but costs as much as any other; hidden characters can contain a
text that the person who pasted them never saw. Characters that a script or an emoji needs are kept.
"""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"
_TAGS = re.compile("[\U000e0020-\U000e007e]{1,6}\U000e007f")
_SELECTORS = "\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef"
_INVISIBLE = re.compile(
    "(?:["
    "\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f"  # control characters except line ends
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufeff\uffa0\ufff0-\ufffc"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    f"{_SELECTORS}])+"
)
"""Default ignorable code points (Unicode 16, DerivedCoreProperties), blanks that are letters or symbols, and
controls."""
_SELECTOR = re.compile(f"[{_SELECTORS}]")
_JOINING = re.compile("[\u0600-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua87f\ufb50-\ufdff\ufe70-\ufefc]")
"""Letters of scripts that join or stack: Arabic and its kin, those of India and around it, Mongolian."""
_FLAG = "\U0001f3f4"


def clean(text: str) -> str:
    """The text without invisible characters.

    A joiner stays between the parts of an emoji and after a letter of a joining script, one variation
    selector after what it varies, tags in the flag of a region. Line ends become one kind; NUL and half
    characters are left for validation to refuse.
    """
    return _INVISIBLE.sub(_needed, text.replace("\r\n", "\n"))


def has_words(text: str) -> bool:
    """True if the text has a visible character: a letter, digit, punctuation mark or symbol."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def storable(text: str) -> bool:
    """False for text with NUL or unpaired surrogates, which cannot be stored or sent."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _needed(run: re.Match[str]) -> str:
    """The part of a run of invisible characters that the characters around it need."""
    text, hidden = run.string, run[0]
    before = text[run.start() - 1] if run.start() else ""
    after = text[run.end()] if run.end() < len(text) else ""
    if before == _FLAG and (tags := _TAGS.match(hidden)):
        return tags[0]
    kept = ""
    if before and not before.isspace() and _SELECTOR.match(hidden):
        kept, hidden = hidden[0], hidden[1:]
    joiner = hidden[:1]
    if joiner and joiner in _JOINERS:
        joins = _JOINING.match(before) or (joiner == _JOINERS[1] and _pictorial(before) and _pictorial(after))
        kept += joiner if joins else ""
    return kept


def _pictorial(character: str) -> bool:
    return bool(character) and unicodedata.category(character) in ("So", "Sk", "Sm")
