"""What a job's pictures and prompt may be shown as, in one place."""

from dataclasses import replace
from typing import Any

import discord

from bot.errors import AdultMessagesOff, AdultsOnly
from bot.model.rules import AdultAnswer, adult_answer
from bot.queue.job import Job
from bot.services import Services
from cogs.place import may_see_adult, rules_here, wants_adult_messages


async def as_shown(interaction: discord.Interaction[Any], services: Services, job: Job) -> Job:
    """``job`` as whoever acts may see it here: hidden, if it is for adults and the place is not.

    Where it was posted itself it may be seen as it stands there. Raises AdultsOnly, StorageError.
    """
    if not job.request.adult or await may_see_adult(interaction, services):
        return job
    if interaction.channel_id == job.origin.channel_id and await _was_posted(services, job):
        return job
    if adult_answer(await rules_here(interaction, services)) is not AdultAnswer.SPOILER:
        raise AdultsOnly
    return replace(job, request=job.request.model_copy(update={"spoiler": True}))


async def require_direct(services: Services, job: Job, user_id: int) -> None:
    """A job's pictures may go to a person's direct messages. Raises AdultMessagesOff, StorageError."""
    if job.request.adult and not await wants_adult_messages(services, user_id):
        raise AdultMessagesOff


async def _was_posted(services: Services, job: Job) -> bool:
    """Whether it was on its way at least. One that is held is not, until a moderator lets it through."""
    return bool(await services.store.deliveries(job.id))
