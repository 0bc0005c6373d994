"""Descriptions of commands, options and choices, from the catalogue, where Discord wants them: at definition.

Names of commands and options stay as they are in every language, so that help and copied lines work for all.
"""

import inspect
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

import discord
from discord import app_commands

from bot.client import EaselBot
from bot.l10n.catalog import Catalog
from bot.l10n.locales import SOURCE

MAX_DESCRIPTION = 100
"""Characters that Discord takes of a description or of a choice's name, in every language."""

_F = TypeVar("_F", bound=Callable[..., Any])


@cache
def _source() -> Catalog:
    return Catalog.load()


def command_words(name: str) -> app_commands.locale_str:
    """The description of a command."""
    return _words(f"command.{name}")


def choices(family: str, values: Iterable[str]) -> list[app_commands.Choice[str]]:
    """The choices of an option, each under the text of ``<family>.<value>``."""
    return [app_commands.Choice(name=_words(f"{family}.{value}"), value=value) for value in values]


def described(name: str, **renamed: str) -> Callable[[_F], _F]:
    """Gives every option of the command ``name`` its description (``option.<command>.<option>``).

    ``renamed``: what people see in place of a parameter's name that Python does not allow.
    """

    def decorate(function: _F) -> _F:
        options = list(inspect.signature(function).parameters)[2:]
        shown = {option: renamed.get(option, option) for option in options}
        texts = {option: _words(f"option.{name}.{shown[option]}") for option in options}
        return app_commands.describe(**texts)(function)

    return decorate


def _words(key: str) -> app_commands.locale_str:
    return app_commands.locale_str(_source().text(SOURCE, key), key=key)


class CatalogTranslator(app_commands.Translator):
    """Says what ``command_words``, ``described`` and ``choices`` gave a key, in every language there is."""

    def __init__(self, texts: Catalog) -> None:
        super().__init__()
        self._texts = texts

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """None where Discord is to show the English text: for names, and where there is no other."""
        key = string.extras.get("key")
        if key is None:
            return None
        text = self._texts.text(locale.value, key)
        return text if text != string.message and len(text) <= MAX_DESCRIPTION else None


async def setup(bot: EaselBot) -> None:
    """Have the commands translated when they are synced."""
    await bot.tree.set_translator(CatalogTranslator(bot.services.texts))
