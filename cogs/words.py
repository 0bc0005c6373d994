"""Descriptions of commands and options, from the catalogue, where Discord wants them: at definition."""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from discord import app_commands

from bot.l10n.catalog import Catalog
from bot.l10n.locales import SOURCE

_F = TypeVar("_F", bound=Callable[..., Any])


@cache
def _source() -> Catalog:
    return Catalog.load()


def command_words(name: str) -> str:
    """The description of a command in the source language."""
    return _source().text(SOURCE, f"command.{name}")


def described(name: str, **renamed: str) -> Callable[[_F], _F]:
    """Gives every option of the command ``name`` its description (``option.<command>.<option>``).

    ``renamed``: what people see in place of a parameter's name that Python does not allow.
    """

    def decorate(function: _F) -> _F:
        options = list(inspect.signature(function).parameters)[2:]
        shown = {option: renamed.get(option, option) for option in options}
        texts = {option: _source().text(SOURCE, f"option.{name}.{shown[option]}") for option in options}
        return app_commands.describe(**texts)(function)

    return decorate
