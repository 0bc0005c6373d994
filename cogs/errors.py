"""The one place where an error becomes a sentence.

A known error is told in the person's language with its cure. Anything else gets a generic sentence with a
reference id, and the log gets everything under the same id.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.backends.models import ModelList
from bot.client import NETWORK_ERRORS, EaselBot
from bot.errors import EaselError, PictureError, Refused, StorageError, UnknownName
from bot.services import Services
from cogs.present import Voice
from cogs.using import open_offer

log = logging.getLogger(__name__)

_INTERNAL = "internal"


def new_reference() -> str:
    """A short id that a person can read out and a host can search the log for."""
    return secrets.token_hex(4)


def sentence(voice: Voice, code: str, data: Mapping[str, object]) -> str:
    """The sentence for an error's ``code`` and ``data()``, also of a job that failed long ago."""
    values = {name: _shown(voice, name, value) for name, value in data.items()}
    if code == "unknown_name":
        values["kind"] = _kind(voice, str(data.get("kind")))
        values["list"] = "`/preset list`" if data.get("kind") == "preset" else "`/info`"
    if code == "bad_value":
        values["why"] = voice.say(f"reason.{data.get('reason')}")
        if not data.get("given"):
            return voice.say("error.bad_value.nothing", **values)
    nearest = data.get("nearest")
    if nearest and isinstance(nearest, list | tuple):
        return voice.say(f"error.{code}.nearest", **values)
    return voice.say(f"error.{code}", **values)


def _kind(voice: Voice, kind: str) -> str:
    """A kind of thing in the reader's language. An override's own choices only have the option's name."""
    key = f"kind.{kind}"
    return voice.say(key) if voice.texts.has(key) else voice.code(kind)


def _shown(voice: Voice, name: str, value: object) -> object:
    """Lists become text; what a person typed is put in code marks, so that it can neither ping nor format."""
    if name == "names" and isinstance(value, list | tuple):
        return ", ".join(voice.say(f"permission.{item}") for item in value)
    if isinstance(value, list | tuple):
        return ", ".join(voice.code(str(item)) for item in value)
    if name.endswith("_seconds") and isinstance(value, int | float):
        return voice.duration(value)
    if isinstance(value, str) and name in ("given", "what", "endpoint"):
        return voice.code(value)
    return value


def unwrap(error: BaseException) -> BaseException:
    """What really happened, below the wrappers of discord.py."""
    while isinstance(error, app_commands.CommandInvokeError | commands.CommandInvokeError):
        error = error.original
    if isinstance(error, app_commands.TransformerError) and error.__cause__ is not None:
        return error.__cause__
    return error


class Explainer:
    """Answers the person whose interaction failed, always in private."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Say it to the person; never raises, since nobody above could answer either."""
        cause = unwrap(error)
        if isinstance(cause, UnknownName) and cause.kind == "checkpoint" and cause.nearest:
            cause = await self._with_open_names(interaction, cause)
        text = self._words(Voice(self._services.texts, str(interaction.locale)), cause)
        try:
            await _tell(interaction, text)
        except (discord.HTTPException, *NETWORK_ERRORS) as failure:
            kind = type(failure).__name__
            log.warning("could not tell a person what went wrong", extra={"kind": kind})

    async def _with_open_names(
        self, interaction: discord.Interaction[Any], cause: UnknownName
    ) -> UnknownName:
        """Nobody is pointed at a checkpoint that they may not use."""
        models = ModelList(self._services.settings.model)
        try:
            offered = (await open_offer(interaction, self._services)).checkpoints
        except StorageError:
            return replace(cause, nearest=())
        names = {name for one in offered for name in (one.model_name, models.shown(one))}
        return replace(cause, nearest=tuple(name for name in cause.nearest if name in names))

    def _words(self, voice: Voice, cause: BaseException) -> str:
        if isinstance(cause, Refused | PictureError):
            log.info("refused", extra={"code": cause.code})
            return sentence(voice, cause.code, cause.data())
        if isinstance(cause, EaselError):
            log.warning("an interaction failed", extra={"code": cause.code, "error": str(cause)})
            return sentence(voice, cause.code, cause.data())
        reference = new_reference()
        log.error("unexpected error", exc_info=cause, extra={"reference": reference})
        return voice.say(f"error.{_INTERNAL}", reference=reference)


async def _tell(interaction: discord.Interaction[Any], text: str) -> None:
    if interaction.is_expired():
        log.info("an error came too late to be told")
    elif interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await interaction.response.send_message(text, ephemeral=True)


async def setup(bot: EaselBot) -> None:
    """Install the one handler for slash commands, buttons and the owner's message commands."""
    explain = Explainer(bot.services)
    bot.explain = explain

    @bot.tree.error
    async def on_tree_error(
        interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            log.error("autocompletion failed", exc_info=unwrap(error))
            return
        await explain(interaction, error)
