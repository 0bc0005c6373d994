"""What a result says, made for a phone: the prompt, what is unusual, what is not as asked, and the time."""

from collections.abc import Iterable

from bot.model.work import Drawing
from bot.queue.job import Job
from cogs.errors import sentence
from cogs.present import (
    Voice,
    adjustment_lines,
    change_line,
    fenced,
    notice_lines,
    parameter_line,
    shown_prompt,
    subject,
)

WHOLE_PROMPT = 700
"""Characters of a prompt that is shown whole: about a screen of a phone."""
_BEGINNING = 200
"""Characters that are shown of a longer one."""
_NEGATIVE = 200
_LINES_ROOM = 550
"""Characters of the adjustments, as many of the warnings and of the changes. With everything else it stays
below Discord's 4,000 for a message, also where a character counts twice, as emoji do."""
_FACTS = 400
_NO_BREAK = "\u00a0"
"""A space at which no line ends."""


def needs_file(voice: Voice, job: Job) -> bool:
    """Whether the prompt is too long to be shown, or cannot be shown to the letter."""
    prompt = subject(voice, job.request.work)
    return prompt not in fenced(prompt, WHOLE_PROMPT)


def card_text(voice: Voice, job: Job, *, mention: bool, defaults: Drawing, in_file: bool) -> str:
    """``in_file``: the whole prompt comes as a file below, so that only its beginning is shown."""
    prompt = subject(voice, job.request.work)
    hidden = job.request.hides_text
    shown = shown_prompt(prompt, _BEGINNING if in_file else WHOLE_PROMPT, hidden=hidden)
    lines = [_mention(voice, job) if mention else "", shown, _negative(voice, job, defaults)]
    if job.request.changes:
        lines += limited([change_line(voice, job.request.changes)])
    lines += limited([f"-# {line}" for line in adjustment_lines(voice, job.request.adjustments)])
    lines += limited([f"⚠️ {line}" for line in notice_lines(voice, job.notices)])
    if job.cancel_requested:
        lines.append(f"🚫 {voice.say('card.stopped')}")
    elif job.failure is not None:
        lines.append(f"⚠️ {sentence(voice, job.failure.code, job.failure.data)}")
    lines.append(f"-# {_facts(voice, job, defaults)}")
    return "\n".join(line for line in lines if line)


def _mention(voice: Voice, job: Job) -> str:
    words = f"<@{job.origin.user_id}>"
    if job.origin.after_user_id:
        words += f" · {voice.say('card.after', person=f'<@{job.origin.after_user_id}>')}"
    return words


def _negative(voice: Voice, job: Job, defaults: Drawing) -> str:
    work = job.request.work
    if not isinstance(work, Drawing) or work.negative_prompt in ("", defaults.negative_prompt):
        return ""
    return f"-# {voice.say('card.without', words=voice.code(work.negative_prompt, _NEGATIVE))}"


def _facts(voice: Voice, job: Job, defaults: Drawing) -> str:
    facts = parameter_line(job.request.work, defaults, job.pictures)
    if len(facts) > _FACTS:
        facts = facts[: _FACTS - 1] + "…"
    if job.seconds is None:
        return facts
    return f"{facts} · {voice.duration(job.seconds).replace(' ', _NO_BREAK)}"


def limited(lines: Iterable[str], room: int = _LINES_ROOM) -> list[str]:
    """As many whole lines as there is room for, in characters."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return [*kept, "…"]
        kept.append(line)
    return kept
