"""How far a job is, in words: as much as its web UI tells."""

from bot.model.work import Drawing, Img2Img, Txt2Img, Work
from bot.queue.events import Progressed
from cogs.present import Voice


def progress_words(voice: Voice, work: Work, progress: Progressed) -> list[str]:
    """Picture, step, speed and the time that is left, as far as each is known."""
    if not isinstance(work, Drawing):
        return []
    words = []
    if work.batch_count > 1:
        drawn = min(work.batch_count - 1, int(progress.fraction * work.batch_count))
        words.append(voice.say("progress.picture", picture=drawn + 1, pictures=work.batch_count))
    step, steps = _steps_done(work, progress)
    if steps:
        words.append(voice.say("progress.steps", step=step, steps=steps))
    if progress.per_second:
        words.append(_speed_words(voice, progress.per_second * steps_of(work)))
    left = (1 - progress.fraction) / progress.per_second if progress.per_second else progress.eta_seconds
    if left is not None:
        words.append(voice.say("progress.left", time=voice.duration(max(1.0, left))))
    return words


def steps_of(work: Drawing) -> int:
    """Sampling steps of all of it, second passes included."""
    if isinstance(work, Img2Img):  # it begins where that much noise is left
        return (int(min(work.strength, 0.999) * work.steps) + 1) * work.batch_count
    second = work.highres_fix if isinstance(work, Txt2Img) else None
    again = (second.steps or work.steps) if second else 0
    return (work.steps + again) * work.batch_count


def _steps_done(work: Drawing, progress: Progressed) -> tuple[int, int]:
    """(step, steps) of the pass that is drawn now. Where the web UI does not say so, one pass tells it."""
    if progress.steps or steps_of(work) != work.steps:
        return progress.step, progress.steps
    return round(progress.fraction * work.steps), work.steps


def _speed_words(voice: Voice, steps_per_second: float) -> str:
    if steps_per_second >= 1:
        return voice.say("progress.speed", speed=f"{steps_per_second:.1f}")
    return voice.say("progress.slow", seconds=f"{1 / steps_per_second:.1f}")
