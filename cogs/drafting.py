"""What happens to a panel's draft: choices, texts, and at last the request that it asks for."""

from collections.abc import Mapping

from bot.backends.catalog import Offer
from bot.errors import BadValue, Gone
from bot.model.draft import Draft, Selected, changes
from bot.model.limits import fit
from bot.model.work import Drawing, Img2Img, Request
from cogs.choices import TURN, choices_for
from cogs.options import LARGEST_SEED, limits_of, new_seed
from config.settings import Settings

PARTS = ("first", "second")
"""A text that is too long for one field of a dialog comes in two."""


def with_choice(draft: Draft, name: Selected, value: str, offer: Offer, settings: Settings) -> Draft:
    """With what was chosen from a select, which may be another page of it.

    Raises Gone if that is no longer offered.
    """
    if value.startswith(TURN):
        return draft.turned(name, int(value.removeprefix(TURN)))
    choices = choices_for(name, draft, offer, settings)
    choice = next((choice for choice in choices if choice.value == value), None)
    if choice is None:
        raise Gone
    return draft.with_work(**choice.update)


def with_texts(draft: Draft, sent: Mapping[str, str]) -> Draft:
    """With the texts of the dialog; what it had no field for stays as it was."""
    work = draft.work
    prompt = _joined(sent, "prompt", work.prompt)
    anew = {} if prompt == work.prompt else {"template": None, "prompts": ()}
    return draft.with_work(
        prompt=prompt, negative_prompt=_joined(sent, "negative", work.negative_prompt), **anew
    )


def with_seed(draft: Draft, sent: str) -> Draft:
    """With a typed seed; nothing or -1 draws one.

    Raises BadValue.
    """
    text = sent.strip()
    if text in ("", "-1"):
        return draft.with_work(seed=new_seed())
    if not text.isascii() or not text.isdecimal():
        raise BadValue("seed", text, "not_a_number")
    if len(text) > len(str(LARGEST_SEED)) or int(text) > LARGEST_SEED:
        raise BadValue("seed", text, "out_of_range")
    return draft.with_work(seed=int(text))


def with_strength(draft: Draft, sent: str | None) -> Draft:
    """With how much of the picture is drawn anew; None = the dialog had no field for it.

    Raises BadValue.
    """
    text = (sent or "").strip().replace(",", ".")
    if not text or not isinstance(draft.work, Img2Img):
        return draft
    try:
        strength = float(text)
    except ValueError:
        raise BadValue("strength", text, "not_a_number") from None
    if not 0 <= strength <= 1:
        raise BadValue("strength", text, "out_of_range")
    return draft.with_work(strength=strength)


def _joined(sent: Mapping[str, str], name: str, otherwise: str) -> str:
    parts = [sent[f"{name}_{part}"] for part in PARTS if f"{name}_{part}" in sent]
    return "".join(parts) if parts else otherwise


def asked_for(draft: Draft, settings: Settings) -> Request:
    """What *Draw* asks for, within today's limits, and what is other than in the picture it began with.

    Raises BadValue.
    """
    if not draft.work.prompt.strip():
        raise BadValue("prompt", "", "empty")
    work, adjustments = fit(draft.work, limits_of(settings))
    found = changes(draft.before, work) if isinstance(work, Drawing) else ()
    update = {"work": work, "adjustments": adjustments, "changes": found}
    return draft.request.model_copy(update=update)
