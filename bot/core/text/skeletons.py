"""Text as people see it: one form for letters that look alike, whatever their case, accents or alphabet.

It is only for comparing: a word is hidden from a plain search by Cyrillic or Greek letters that look Latin,
by letters of mathematics, accents, or characters that nobody sees. The table holds what looks the same in
common fonts (Unicode Technical Standard 39, confusables); digits stay digits: `4` is no `a` in a price.
"""

from __future__ import annotations

import unicodedata

from bot.core.text.clean_text import clean

_LOOK_ALIKE = (
    ("аɑαᴀ", "a"), ("вβʙᏴ", "b"), ("сϲᴄ", "c"), ("ԁᴅđðɖ", "d"), ("еεєᴇəɘ", "e"), ("ƒꜰғ", "f"), ("ɡɢց", "g"),
    ("һнʜհħ", "h"), ("іιıɩɪӏ", "i"), ("јʝᴊϳ", "j"), ("кκᴋ", "k"), ("łʟ", "l"), ("мᴍ", "m"), ("ηɴոп", "n"),
    ("оοօᴏøɵ", "o"), ("рρᴘþ", "p"), ("ԛզ", "q"), ("гʀ", "r"), ("ѕꜱ", "s"), ("тτᴛŧ", "t"), ("υսᴜμ", "u"),
    ("ѵνᴠ", "v"), ("ԝωᴡ", "w"), ("хχ", "x"), ("уγʏ", "y"), ("ᴢƶ", "z"), ("æ", "ae"), ("œ", "oe"),
)  # fmt: skip
_ENCLOSED = ((0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
"""Letters in circles and squares that have no decomposition, and those of flags."""
_COMBINING = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x0640, 0x0640),
    (0x064B, 0x065F), (0x0670, 0x0670), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x200B, 0x200F),
    (0x2060, 0x2064), (0x20D0, 0x20FF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0x00AD, 0x00AD),
    (0xFEFF, 0xFEFF),
)  # fmt: skip
"""Accents and points that a reader can do without. Vowel signs of India's scripts are letters and stay."""
_UNSEEN: dict[int, str | None] = {code: None for first, last in _COMBINING for code in range(first, last + 1)}
_LETTERS: dict[int, str | None] = {
    **{ord(letter): plain for letters, plain in _LOOK_ALIKE for letter in letters},
    **{start + at: chr(ord("a") + at) for start, count in _ENCLOSED for at in range(count)},
}


def skeleton(text: str) -> str:
    """The text in the form that is compared; its words are still words. Idempotent."""
    flat = unicodedata.normalize("NFKD", clean(text).translate(_LETTERS)).translate(_UNSEEN)
    folded = unicodedata.normalize("NFKD", flat.casefold()).translate(_UNSEEN).translate(_LETTERS)
    return unicodedata.normalize("NFKC", folded)
