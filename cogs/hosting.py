"""Who is the host, and what the host's orders to web UIs come to in words."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import discord
from discord.ext import commands

from bot.backends.models import ModelList
from bot.backends.pool import BackendStatus
from bot.backends.steering import OptionChange, Steering
from bot.client import EaselBot
from bot.errors import EaselError, HostOnly, NoWebUIHere, Refused, UnknownName
from bot.ops.masking import Mask
from bot.services import Services
from bot.webui.overrides import changes_picture
from bot.webui.wire import Checkpoint
from cogs.errors import sentence
from cogs.options import default_work
from cogs.present import Voice, fenced
from config.sections import ModelTable

MESSAGE_ROOM = 1900
"""Characters of an answer, a little below Discord's 2,000."""


async def is_host(
    bot: commands.Bot | commands.AutoShardedBot, services: Services, user: discord.User | discord.Member
) -> bool:
    """The owner of the application or one of its team, or an id of the settings."""
    return user.id in services.settings.owners.ids or await bot.is_owner(user)


async def require_host(bot: EaselBot, interaction: discord.Interaction[Any]) -> None:
    """Raises HostOnly. Not a check of discord.py's, since only its own errors may come from those."""
    if not await is_host(bot, bot.services, interaction.user):
        raise HostOnly


def targets(steering: Steering, webui: str | None) -> tuple[str, ...]:
    """The one that is named, else all of this process. Raises NoWebUIHere and UnknownName."""
    if not steering.names:
        raise NoWebUIHere
    if webui is None:
        return steering.names
    return (named(webui, steering.names),)


def named(webui: str, names: Sequence[str]) -> str:
    """One of ``names``, as typed. Raises UnknownName."""
    wanted = webui.strip().casefold()
    found = next((name for name in names if name.casefold() == wanted), None)
    if found is None:
        raise UnknownName(kind="webui", given=webui, nearest=tuple(names[:5]))
    return found


async def told(voice: Voice, names: Sequence[str], order: Callable[[str], Awaitable[str]]) -> list[str]:
    """Give an order to all at once: a line for each. Raises the first's error where it failed with all."""
    outcomes = await asyncio.gather(*(_outcome(order, name) for name in names))
    if all(isinstance(outcome, EaselError) for outcome in outcomes) and isinstance(outcomes[0], EaselError):
        raise outcomes[0]
    return [
        _failed(voice, name, one) if isinstance(one, EaselError) else one
        for name, one in zip(names, outcomes, strict=True)
    ]


async def _outcome(order: Callable[[str], Awaitable[str]], name: str) -> str | EaselError:
    try:
        return await order(name)
    except EaselError as error:
        return error


def _failed(voice: Voice, name: str, error: EaselError) -> str:
    return voice.say("host.failed", webui=name, why=sentence(voice, error.code, error.data()))


async def option_set(
    voice: Voice, steering: Steering, names: Sequence[str], key: str, value: str
) -> list[str]:
    """Change an option: what was typed is checked with every web UI before the first is changed.

    Raises what ``Steering.checked`` raises.
    """
    checks = await asyncio.gather(
        *(steering.checked(name, key, value) for name in names), return_exceptions=True
    )
    for check in checks:
        if isinstance(check, Refused) or (
            isinstance(check, BaseException) and not isinstance(check, EaselError)
        ):
            raise check
    found = dict(zip(names, checks, strict=True))

    async def order(name: str) -> str:
        change = found[name]
        if isinstance(change, BaseException):
            raise change
        return _changed(voice, change, await steering.set_option(change))

    lines = await told(voice, names, order)
    return [*lines, voice.say("host.option_in_baseline")] if changes_picture(key) else lines


def _changed(voice: Voice, change: OptionChange, after: object) -> str:
    key = "host.option_set" if after == change.after else "host.option_ignored"
    return voice.say(
        key,
        webui=change.webui,
        option=voice.code(change.key),
        before=voice.code(str(change.before), 200),
        after=voice.code(str(after), 200),
    )


def speed_words(voice: Voice, services: Services, status: BackendStatus) -> str:
    """How long a usual picture takes there, once that is known; nothing before."""
    seconds = services.queue.measured(default_work(services.settings), status.name)
    return "" if seconds is None else f" · {voice.say('host.speed', time=voice.duration(seconds))}"


def model_lines(voice: Voice, services: Services) -> list[str]:
    """What the host says of each checkpoint that there is, and each that it names in vain."""
    models, offered = ModelList(services.settings.model), services.catalog.offer().checkpoints
    found = [models.about(one) for one in offered]
    lines = [_model_line(voice, models, one) for one in offered]
    missing = [table.name for table in services.settings.model if table not in found]
    return lines + [voice.say("host.model_missing", name=name) for name in missing]


def _model_line(voice: Voice, models: ModelList, one: Checkpoint) -> str:
    about, family, side = models.about(one), models.family(one), models.side(one)
    guessed = about.family is None and family is not None
    parts = [
        models.shown(one)
        if models.shown(one) == one.model_name
        else f"{models.shown(one)} ({one.model_name})",
        f"{family or '?'}{' ?' if guessed else ''}",
        f"{about.width}×{about.height}" if about.width and about.height else f"{side}²" if side else "",
        "" if about.offered else voice.say("host.model_hidden"),
        voice.say("host.model_adult") if about.adult else "",
        *(f"{name} {value}" for name, value in _own_values(about)),
    ]
    return " · ".join(part for part in parts if part)


def _own_values(about: ModelTable) -> Iterator[tuple[str, object]]:
    for name in ("steps", "guidance_scale", "sampler", "scheduler", "clip_skip", "vae", "activator"):
        if value := getattr(about, name):
            yield name, value


async def memory_lines(voice: Voice, services: Services) -> list[str]:
    """One for each web UI that tells; none in a gateway."""
    texts, locale = voice.texts, voice.locale
    return [
        voice.say(
            "host.memory",
            webui=name,
            free=texts.filesize(locale, free),
            total=texts.filesize(locale, total),
        )
        for name, (free, total) in (await services.pool.steering.memory()).items()
    ]


def problems_shown(voice: Voice, services: Services, problems: Sequence[str]) -> str:
    """Mistakes in the settings, for the host alone and without anything secret."""
    mask = Mask(services.settings.secrets())
    lines = "\n".join(f"- {mask.text(problem)}" for problem in problems)
    return f"{voice.say('host.not_reloaded')}\n{fenced(lines, MESSAGE_ROOM - 200)}"
