"""What moderators see of a result that is held."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.queue.job import Job
from cogs.present import Voice, hidden_text, subject
from cogs.uploads import Upload
from cogs.views.base import layout, press
from cogs.views.result import gallery

_PROMPT = 900


def review_view(voice: Voice, job: Job, uploads: Sequence[Upload]) -> ui.LayoutView:
    """The pictures and the prompt, hidden, with the question."""
    hidden = replace(job, request=job.request.model_copy(update={"spoiler": True}))
    ask = voice.say("review.ask", person=f"<@{job.origin.user_id}>", channel=f"<#{job.origin.channel_id}>")
    text: ui.TextDisplay[Any] = ui.TextDisplay(
        f"🔞 {ask}\n{hidden_text(subject(voice, job.request.work), _PROMPT)}"
    )
    good, bad = discord.ButtonStyle.success, discord.ButtonStyle.danger
    row = ui.ActionRow[Any](
        press("approve", job.id, emoji="✅", label=voice.say("button.approve"), style=good),
        press("turn_down", job.id, emoji="❌", label=voice.say("button.turn_down"), style=bad),
    )
    return layout(gallery(voice, hidden, uploads), text, row)


def decided_view(voice: Voice, job: Job, moderator: int, *, approved: bool) -> ui.LayoutView:
    """Who decided, and nothing more of it."""
    people = {"moderator": f"<@{moderator}>", "person": f"<@{job.origin.user_id}>"}
    if approved:
        return layout(ui.TextDisplay(voice.say("review.approved", **people)))
    return layout(ui.TextDisplay(voice.say("review.turned_down", **people)))
