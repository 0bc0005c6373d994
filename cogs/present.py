"""Values → text. What is public speaks the server's language, what is private the person's."""

import re
from dataclasses import dataclass

from bot.backends.health import Circuit
from bot.backends.pool import BackendStatus
from bot.errors import CheckpointFailed, Unauthorized
from bot.l10n.catalog import Catalog
from bot.model.work import (
    Adjustment,
    Change,
    Drawing,
    HighresFix,
    Img2Img,
    Inpaint,
    Notice,
    Origin,
    Txt2Img,
    Upscale,
    Work,
)
from bot.queue.control import WHOLE, Hold
from bot.queue.job import Job, Picture
from bot.queue.manager import Wait
from bot.services import Services

PROMPT_SHOWN = 900
"""Characters of a prompt on a card; all of it is behind the data button."""
ALT_TEXT = 1024
"""Discord's limit for a picture's description."""
_BACKTICKS = re.compile(r"`+")
_PLAIN = re.compile(r"[\w .,×+=()/-]*(:-?[\d.]+)?")
"""What no mark of Discord's is in: names of samplers, numbers, a name with its weight."""


@dataclass(frozen=True, slots=True)
class Voice:
    """The catalogue, speaking one locale."""

    texts: Catalog
    locale: str

    def say(self, key: str, **values: object) -> str:
        """The text of ``key``."""
        return self.texts.text(self.locale, key, **values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The text of ``key`` for ``n`` things."""
        return self.texts.plural(self.locale, key, n, **values)

    def duration(self, seconds: float) -> str:
        """ "40 s", "3 min"."""
        return self.texts.duration(self.locale, seconds)

    def between(self, low: float, high: float) -> str:
        """ "2–4 min"."""
        return self.texts.duration_range(self.locale, low, high)

    def code(self, text: str, limit: int = 100) -> str:
        """``text`` so that it can neither ping nor format, in one line."""
        return inline_code(" ".join(text.split())[:limit])


def public_voice(texts: Catalog, origin: Origin) -> Voice:
    """For messages that everybody in the channel sees."""
    return Voice(texts, origin.guild_locale or origin.locale)


def inline_code(text: str) -> str:
    """``text`` in code marks; cut before its first backtick where no marks can hold it.

    In Discord, marks end at the next run of exactly their length, and three or more begin a block. So marks
    are one or two backticks, whichever run is not inside, padded where the text begins or ends with one.
    """
    if not text.strip():
        return "` `"
    inside = {len(run) for run in _BACKTICKS.findall(text)}
    marks = next((mark for mark in ("`", "``") if len(mark) not in inside), None)
    if marks is None:
        return inline_code(text.partition("`")[0] + "…")
    if text.startswith("`") or text.endswith("`"):
        return f"{marks} {text} {marks}"
    return f"{marks}{text}{marks}"


def fenced(text: str, limit: int = PROMPT_SHOWN) -> str:
    """``text`` as it was typed, in a code block; cut to ``limit`` characters with an ellipsis.

    A block ends at the first three backticks, however long its fence is, so a text that holds such a run
    becomes inline code, and what that cannot hold is cut: the data button has all of it.
    """
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    if "```" in shown:
        return inline_code(shown)
    return f"```\n{shown or ' '}\n```"


def hidden_text(text: str, limit: int = PROMPT_SHOWN) -> str:
    """``text`` as it was typed behind a spoiler; its own marks are not in the way of that."""
    return f"||{fenced(text.replace('||', '| |'), limit)}||"


def shown_prompt(text: str, limit: int = PROMPT_SHOWN, *, hidden: bool) -> str:
    """``text`` as it was typed, hidden or not."""
    return hidden_text(text, limit) if hidden else fenced(text, limit)


def adjustment_lines(voice: Voice, adjustments: tuple[Adjustment, ...]) -> list[str]:
    """One line for each value that was changed on the way in."""
    return [
        voice.say(
            f"adjustment.{item.reason}",
            field=item.field,
            asked=voice.code(item.asked),
            given=voice.code(item.given),
        )
        for item in adjustments
    ]


def change_line(voice: Voice, changes: tuple[Change, ...]) -> str:
    """ "changed: steps 20 → 30, prompt"."""
    parts = [
        f"{change.field} {voice.code(change.before or '', 40)} → {voice.code(change.after or '', 40)}"
        if change.after is not None
        else change.field
        for change in changes
    ]
    return f"✏️ {voice.say('card.changed', what=', '.join(parts))}"


def notice_lines(voice: Voice, notices: tuple[Notice, ...]) -> list[str]:
    """One line for each thing that the web UI did otherwise than asked."""
    return [
        voice.say(
            f"notice.{item.code}",
            **{name: voice.code(v) if isinstance(v, str) else v for name, v in item.data.items()},
        )
        for item in notices
    ]


def wait_words(voice: Voice, wait: Wait) -> str:
    """ "about 2–4 min · 5 people before you"."""
    place = wait.place
    time = voice.say("queue.wait", time=voice.between(wait.low, wait.high))
    if place.people_ahead:
        return f"{time} · {voice.count('queue.people_before', place.people_ahead)}"
    if place.ahead:
        return f"{time} · {voice.count('queue.own_before', place.ahead)}"
    return f"{time} · {voice.say('queue.next')}"


def moment(seconds: float) -> str:
    """A time that Discord shows in each reader's own zone, with how long it is until then."""
    return f"<t:{int(seconds)}:t> (<t:{int(seconds)}:R>)"


def hold_words(voice: Voice, hold: Hold) -> str:
    """ "Paused until 18:00: why"."""
    if hold.until is None:
        words = voice.say(f"hold.{hold.mode.value}")
    else:
        words = voice.say(f"hold.{hold.mode.value}_until", time=moment(hold.until))
    return f"{words}: {voice.code(hold.reason, 200)}" if hold.reason else words


def still_words(voice: Voice, services: Services) -> str | None:
    """Why nothing is begun just now, if that is so: the host's orders, the hours, or nobody there to draw."""
    hold = services.control.holds.get(WHOLE)
    if hold is not None:
        return f"⏸️ {hold_words(voice, hold)}"
    closed = services.control.closed()
    if closed is not None:
        hours = services.settings.hours.open
        opens = moment(closed.until) if closed.until is not None else "–"
        return f"🕕 {voice.say('hold.hours', hours=hours, time=opens)}"
    if not services.pool.any_up():
        keep = services.settings.queue.keep_hours * 3600
        return f"💤 {voice.say('hold.off', time=voice.duration(keep))}"
    return None


def subject(voice: Voice, work: Work) -> str:
    """What a piece of work is about, as it was typed: the prompt, if it has one."""
    if isinstance(work, Drawing):
        return work.template or work.prompt if len(work.prompts) > 1 else work.prompt
    if isinstance(work, Upscale):
        factor = factor_words(work)
        return voice.count("subject.upscale", work.pictures, upscaler=work.upscaler, factor=factor)
    return voice.say("subject.describe")


def factor_words(work: Upscale) -> str:
    """ "2×", or the exact size that was asked for."""
    return f"{work.scale:g}×" if work.size is None else f"{work.size[0]}×{work.size[1]}"


def parameter_line(work: Work, defaults: Drawing, pictures: tuple[Picture, ...]) -> str:
    """What differs from the defaults, and the seeds, which always do."""
    if not isinstance(work, Drawing):
        return " · ".join(f"{name} {_plainly(value)}" for name, value in option_values(work))
    words = [f"seed {seed_words(work, pictures)}"]
    usual = option_values(defaults)
    unusual = [pair for pair in option_values(work) if pair[0] not in _OWN_WORDS and pair not in usual]
    words += [f"{name} {_plainly(value)}" for name, value in unusual]
    size = "×".join(str(side) for side in work.final_size)
    return " · ".join([*words, size])


def _plainly(value: str) -> str:
    """A value as text, in code marks where Discord would read something into it."""
    return value if _PLAIN.fullmatch(value) else inline_code(value)


_OWN_WORDS = frozenset({"prompt", "negative_prompt", "seed", "width", "height", "batch"})


def seed_words(work: Drawing, pictures: tuple[Picture, ...]) -> str:
    """One seed, or the first and the last of a batch."""
    seeds = [picture.seed for picture in pictures] or [work.seed]
    return str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]}–{seeds[-1]}"


def option_values(work: Work | Drawing) -> list[tuple[str, str]]:
    """The options of its command that would ask for ``work`` again, with their values as one types them."""
    if isinstance(work, Drawing):
        values = _drawing_values(work)
    elif isinstance(work, Upscale):
        values = _upscale_values(work)
    else:
        values = [("models", "both" if len(work.models) > 1 else work.models[0])]
    return [(name, value) for name, value in values if value is not None]


def _drawing_values(work: Drawing) -> list[tuple[str, str | None]]:
    return [
        ("prompt", work.template or work.prompt if len(work.prompts) > 1 else work.prompt),
        ("negative_prompt", work.negative_prompt or "none"),
        ("data_model", work.checkpoint),
        ("steps", str(work.steps)),
        ("width", str(work.width)),
        ("height", str(work.height)),
        ("guidance_scale", plain(work.cfg_scale)),
        ("sampler", work.sampler),
        ("scheduler", work.scheduler),
        ("seed", str(work.seed)),
        ("styles", ", ".join(work.styles) or None),
        ("extra_net", ", ".join(f"{net.name}:{plain(net.weight)}" for net in work.extra_networks) or None),
        ("facefix", work.face_restorer),
        ("highres_fix", highres_words(work.highres_fix) if isinstance(work, Txt2Img) else None),
        ("strength", plain(work.strength) if isinstance(work, Img2Img) else None),
        ("clip_skip", str(work.clip_skip)),
        ("vae", work.vae),
        ("batch", f"{work.batch_count},{work.batch_size}" if work.pictures > 1 else None),
        ("override", ", ".join(f"{key}={value}" for key, value in work.override.items()) or None),
        ("more", ", ".join(f"{key}={value}" for key, value in _details(work)) or None),
    ]


def _details(work: Drawing) -> list[tuple[str, str]]:
    """The keys of ``more``; the text comes last, since its commas are its own."""
    found: list[tuple[str, str]] = []
    if work.refiner is not None:
        found += [("refiner", work.refiner.checkpoint), ("refiner_at", plain(work.refiner.switch_at))]
    if work.variation is not None:
        found.append(("variation_seed", str(work.variation.seed)))
        found.append(("variation_strength", plain(work.variation.strength)))
    if work.tiling:
        found.append(("tiling", "true"))
    if isinstance(work, Img2Img) and work.resize_mode != "crop":
        found.append(("resize_mode", work.resize_mode))
    if work.recipes:
        found.append(("recipe", " + ".join(recipe.name for recipe in work.recipes)))
    return found + (_highres_details(work.highres_fix) if isinstance(work, Txt2Img) else [])


def _highres_details(fix: HighresFix | None) -> list[tuple[str, str]]:
    if fix is None:
        return []
    found = [("hr_scale", plain(fix.scale)), ("hr_denoise", plain(fix.denoising_strength))]
    if fix.steps:
        found.append(("hr_steps", str(fix.steps)))
    return found + ([("hr_prompt", fix.prompt)] if fix.prompt else [])


def _upscale_values(work: Upscale) -> list[tuple[str, str | None]]:
    second, (width, height) = work.second_visibility, work.size or (None, None)
    return [
        ("upscaler_1", work.upscaler),
        ("resize", plain(work.scale) if work.size is None else None),
        ("width", None if width is None else str(width)),
        ("height", None if height is None else str(height)),
        ("upscaler_2", work.second_upscaler if second else None),
        ("upscaler_2_strength", plain(second) if second else None),
        ("gfpgan", plain(work.gfpgan_visibility) if work.gfpgan_visibility else None),
        ("codeformer", plain(work.codeformer_visibility) if work.codeformer_visibility else None),
        ("codeformer_weight", plain(work.codeformer_weight) if work.codeformer_visibility else None),
        ("upscale_first", "True" if work.upscale_first else None),
    ]


def _inpaint_values(inpaint: Inpaint) -> list[tuple[str, str]]:
    return [
        ("blur", str(inpaint.blur)),
        ("fill", inpaint.fill.replace(" ", "_")),
        ("only_masked", str(inpaint.only_masked)),
        ("padding", str(inpaint.padding)),
    ]


def plain(number: float) -> str:
    """As one types it: 7 and not 7.0, and every digit that counts."""
    return f"{number:.12g}"


def highres_words(fix: HighresFix | None) -> str | None:
    """The upscaler of the second pass, as typed."""
    return fix.upscaler if fix else None


_ALSO_OF_INPAINT = frozenset(
    {
        "prompt",
        "negative_prompt",
        "data_model",
        "steps",
        "guidance_scale",
        "sampler",
        "seed",
        "styles",
        "extra_net",
        "strength",
        "batch",
    }
)
"""Options of /draw that /inpaint has as well."""
_COMMANDS = {"txt2img": "draw", "img2img": "draw", "upscale": "upscale", "describe": "identify"}


def draw_line(work: Work) -> str:
    """A line that, pasted into Discord, asks for the same. Attachments cannot be part of a line."""
    command, values = _COMMANDS[work.kind], option_values(work)
    if isinstance(work, Img2Img) and work.inpaint is not None:
        command = "inpaint"
        values = [pair for pair in values if pair[0] in _ALSO_OF_INPAINT] + _inpaint_values(work.inpaint)
    return f"/{command} " + " ".join(f"{name}:{' '.join(value.split())}" for name, value in values)


def alt_text(voice: Voice, work: Work, picture: Picture) -> str:
    """A picture's description: the prompt, and what tells it from its neighbours."""
    size = f"{picture.width}×{picture.height}"
    tail = f" (seed {picture.seed}, {size})" if isinstance(work, Drawing) else f" ({size})"
    text = work.prompt_of(picture.index) if isinstance(work, Drawing) else subject(voice, work)
    prompt = " ".join(text.split())
    room = ALT_TEXT - len(tail)
    return (prompt if len(prompt) <= room else prompt[: room - 1] + "…") + tail


def progress_bar(fraction: float, cells: int = 12) -> str:
    """A bar of text that reads well on a phone."""
    full = min(cells, max(0, round(fraction * cells)))
    return "▰" * full + "▱" * (cells - full)


def webui_line(voice: Voice, status: BackendStatus) -> str:
    """A web UI in one line, by its name; addresses are nobody's business."""
    state = voice.say("info.up" if status.up else "info.down")
    return f"{status.name} · {state}" + (f" · {status.checkpoint}" if status.checkpoint else "")


def trouble_words(voice: Voice, status: BackendStatus) -> str | None:
    """Why no picture goes to a web UI that is there, and what becomes of it, for the host."""
    if status.circuit is Circuit.OPEN:
        return voice.say("webui.resting")
    if status.circuit is Circuit.HALF_OPEN:
        return voice.say("webui.trying")
    if status.error == CheckpointFailed.code:
        return voice.say("webui.damaged")
    return voice.say("webui.unauthorized") if status.error == Unauthorized.code else None


def job_line(voice: Voice, job: Job) -> str:
    """A job in one line, for lists."""
    said = voice.code(subject(voice, job.request.work), 60)
    said = f"||{said}||" if job.request.adult else said
    return f"{voice.say(f'state.{job.state.value}')} · {said}"
