"""What Discord shows of commands in a person's language: descriptions, choices and names of menu entries.

Names of commands and options stay English, as they are written in help texts and typed on every platform.
"""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import ContextMenu, TranslationContextLocation, TranslationContextTypes

from bot.core.text.translation import Language, chosen, gettext, speaking

LONGEST = {
    TranslationContextLocation.command_name: 32,
    TranslationContextLocation.command_description: 100,
    TranslationContextLocation.group_description: 100,
    TranslationContextLocation.parameter_description: 100,
    TranslationContextLocation.choice_name: 100,
}
"""Characters that Discord takes of each (Discord docs, Application Command Structure)."""


class CommandTranslator(app_commands.Translator):
    """Answers discord.py from the catalogues while commands are handed over."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: TranslationContextTypes
    ) -> str | None:
        """The text in that language; None where it stays as it is."""
        code, longest = chosen(locale.value), LONGEST.get(context.location)
        if longest is None or code in ("", Language.ENGLISH):
            return None
        if context.location is TranslationContextLocation.command_name and not isinstance(
            context.data, ContextMenu
        ):
            return None
        said = translated(string, code)
        return None if string.extras.get("typed") or said == string.message else said[:longest]


def translated(string: app_commands.locale_str, code: str) -> str:
    """The text in the language of the code; among its extras, `text` is how the catalogues have
    it, and `typed` says that people type it as it is.
    """
    with speaking(code):
        said = gettext(string.extras.get("text", string.message))
    return said[:1].upper() + said[1:] if "text" in string.extras else said
