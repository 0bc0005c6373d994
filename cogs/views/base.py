"""One wrapper around every button: what it is about, who may press it, and who answers when it fails.

A button's whole state is its custom_id, so it works after a restart: ``e1:<action>:<job id>[:<argument>]``.
discord.py swallows what a DynamicItem's callback or check raises, and forgets the item's class when a view
that held it stops listening; so there is one class, registered at start, and no view ever reaches its store.
"""

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Self

import discord
from discord import ui

from bot.client import EaselBot
from bot.errors import Gone, NotYours
from bot.queue.job import ID_LENGTH, Job

_TEMPLATE = re.compile(
    rf"e1:(?P<action>[a-z_]{{1,20}}):(?P<job>[0-9a-z]{{{ID_LENGTH}}})(?::(?P<argument>[0-9a-z_]{{1,72}}))?"
)

NO_JOB = "0" * ID_LENGTH
"""In place of a job's id, for buttons that are about none. Real ids begin with their time."""
_LOOK_BACK_MESSAGES = 1000
_CLOCK_SKEW = 60.0
"""Seconds by which this machine's clock and Discord's may differ."""


class Press(ui.DynamicItem[ui.Item[Any]], template=_TEMPLATE):
    """A button or select about a job, a draft or ``NO_JOB``.

    What it does is in ``EaselBot.presses``, under its action.
    """

    def __init__(self, item: ui.Item[Any], action: str, job_id: str, argument: str | None = None) -> None:
        super().__init__(item)
        self.action = action
        self.job_id = job_id
        self.argument = argument

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """What was pressed, from its custom_id alone."""
        return cls(item, match["action"], match["job"], match["argument"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the action says; whatever goes wrong is answered in one place."""
        bot = interaction.client
        if not isinstance(bot, EaselBot):
            raise TypeError("a Press belongs to an EaselBot")
        try:
            handler = bot.presses.get(self.action, _gone)
            await handler(interaction, self.job_id, self.argument)
        except Exception as error:  # noqa: BLE001 - discord.py would only log it and leave the person waiting
            await bot.explain(interaction, error)


async def _gone(interaction: discord.Interaction[Any], job_id: str, argument: str | None) -> None:
    """An action that no cog knows any more."""
    raise Gone


def press(
    action: str,
    job_id: str,
    *,
    label: str | None = None,
    emoji: str | None = None,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    argument: str | None = None,
    disabled: bool = False,
) -> Press:
    """A button for ``action`` on ``job_id``."""
    custom_id = ":".join(part for part in ("e1", action, job_id, argument) if part is not None)
    button: ui.Button[Any] = ui.Button(
        label=label, emoji=emoji, style=style, custom_id=custom_id, disabled=disabled
    )
    return Press(button, action, job_id, argument)


def choose(
    action: str, about: str, argument: str, options: Sequence[discord.SelectOption], placeholder: str
) -> ui.ActionRow[Any]:
    """A select of one of ``options``, in the row that it fills. What was taken says ``chosen``."""
    select: ui.Select[Any] = ui.Select(
        custom_id=f"e1:{action}:{about}:{argument}", options=list(options), placeholder=placeholder
    )
    return ui.ActionRow(Press(select, action, about, argument))


def chosen(interaction: discord.Interaction[Any]) -> str:
    """What was chosen from a select."""
    data: dict[str, Any] = dict(interaction.data or {})
    return str(next(iter(data.get("values", [])), ""))


def layout(*items: ui.Item[Any]) -> ui.LayoutView:
    """A Components V2 message. Stopped, so that discord.py's store never holds it (see above)."""
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()
    return view


def is_moderator(interaction: discord.Interaction[Any]) -> bool:
    """Whether the person may touch other people's jobs and messages here, asked at the time of the press."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages


def require_owner(interaction: discord.Interaction[Any], job: Job) -> None:
    """Only the job's owner or a moderator of the server it was asked in may go on.

    Raises NotYours.
    """
    if interaction.user.id == job.origin.user_id:
        return
    if is_moderator(interaction) and interaction.guild_id == job.origin.guild_id:
        return
    raise NotYours(owner=job.origin.user_id)


def custom_ids(message: discord.Message) -> set[str]:
    """The custom_ids of a message's buttons, however deep they lie."""
    found: set[str] = set()
    stack = list(message.components)
    while stack:
        component = stack.pop()
        stack.extend(getattr(component, "children", ()))
        custom_id = getattr(component, "custom_id", None)
        if custom_id:
            found.add(custom_id)
    return found


def job_in(found: Iterable[str]) -> str | None:
    """The id of the job that a message's buttons are about, by their custom_ids."""
    matches = (_TEMPLATE.fullmatch(custom_id) for custom_id in sorted(found))
    return next((match["job"] for match in matches if match and match["job"] != NO_JOB), None)


async def own_messages(
    bot: EaselBot, channel: discord.PartialMessageable, since: float
) -> AsyncIterator[discord.Message]:
    """The bot's own messages in a channel since a time, oldest first, in bounded number.

    Raises discord.Forbidden without the right to read the history.
    """
    own = bot.user.id if bot.user else 0
    moment = datetime.fromtimestamp(since - _CLOCK_SKEW, UTC)
    after = discord.Object(discord.utils.time_snowflake(moment))
    async for message in channel.history(limit=_LOOK_BACK_MESSAGES, after=after, oldest_first=True):
        if message.author.id == own:
            yield message
