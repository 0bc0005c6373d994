"""What stands between a request and the line: the rules of the host and of the server, for every path."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from typing import Any

import discord

from bot.backends.models import ModelList
from bot.errors import AdultsOnly, Banned, BlockedWords, NotServed
from bot.model.rules import AdultAnswer, Feature, Rules, Visitor, adult_answer, closed, refusal
from bot.model.words import WordList
from bot.model.work import Adjustment, Describe, Drawing, Img2Img, Inpaint, Request, Txt2Img, Upscale
from bot.services import Services
from cogs.place import may_ask_here, rules_here, visitor_of
from cogs.using import error_of

_NETWORK = re.compile(r"<(?:lora|lyco|hypernet):", re.IGNORECASE)


async def let_through(interaction: discord.Interaction[Any], services: Services, request: Request) -> Request:
    """The request as the rules let it through: without removed words, hidden where it has to be.

    Raises NotServed, Banned, TooNew, ClosedHere, ClosedToYou, BlockedWords, AdultsOnly and StorageError.
    """
    if not may_ask_here(interaction, services.settings):
        raise NotServed
    rules = await rules_here(interaction, services)
    visitor = await visitor_of(interaction, services)
    found = refusal(
        rules,
        visitor,
        features=_features(request, services),
        checkpoint=_checkpoint(request, services),
    )
    if found is None and interaction.command is None:
        found = closed(rules, visitor, commands=(_command_for(request),))
    if found is not None:
        raise Banned() if found.reason == "banned" else error_of(found)
    if isinstance(request.work, Drawing):
        # A long prompt, or one made to have many readings, takes up to a tenth of a second.
        request = await asyncio.to_thread(_wanted, request, rules, services)
    return _adult_checked(await _adult_known(request, rules, services), rules, visitor)


def _command_for(request: Request) -> str:
    """The command that asks for the like, in the place of a button."""
    match request.work:
        case Upscale():
            return "upscale"
        case Describe():
            return "identify"
        case Img2Img(inpaint=Inpaint(outside=outside)):
            return "outpaint" if outside else "inpaint"
        case _:
            return "draw"


def _features(request: Request, services: Services) -> Iterator[Feature]:
    work = request.work
    if isinstance(work, Upscale):
        yield Feature.UPSCALE
    if isinstance(work, Describe):
        yield Feature.IDENTIFY
    if isinstance(work, Img2Img):
        yield Feature.IMG2IMG
        if work.inpaint is not None:
            yield Feature.OUTPAINT if work.inpaint.outside else Feature.INPAINT
    if isinstance(work, Drawing):
        yield from _details(work, services)


def _details(work: Drawing, services: Services) -> Iterator[Feature]:
    if work.recipes:
        yield Feature.SCRIPTS
    if work.override:
        yield Feature.OVERRIDE
    if isinstance(work, Txt2Img) and work.highres_fix is not None:
        yield Feature.HIGHRES_FIX
    if work.extra_networks or any(map(_NETWORK.search, _positive(work, services))):
        yield Feature.EXTRA_NETWORKS


def _positive(work: Drawing, services: Services) -> list[str]:
    """Every text that says what should be in the picture."""
    styles = [style.prompt for style in services.catalog.offer().styles if style.name in work.styles]
    chosen = [work.template or "", *work.prompts]
    return [work.prompt, *chosen, *styles, *_second_prompt(work)]


def _second_prompt(work: Drawing) -> list[str]:
    fix = work.highres_fix if isinstance(work, Txt2Img) else None
    return [] if fix is None or not fix.prompt else [fix.prompt]


def _negative(work: Drawing, services: Services) -> list[str]:
    styles = [s.negative_prompt for s in services.catalog.offer().styles if s.name in work.styles]
    return [work.negative_prompt, *styles]


def _checkpoint(request: Request, services: Services) -> str | None:
    if not isinstance(request.work, Drawing):
        return None
    return request.work.checkpoint or services.pool.usual_checkpoint


def _without_removed(request: Request, rules: Iterable[Rules]) -> Request:
    """Removed words out, the forced negative in."""
    work = request.work
    assert isinstance(work, Drawing)  # noqa: S101 - asked for before
    removed = WordList(word for one in rules for word in one.removed)
    update: dict[str, object] = {"prompt": removed.removed_from(work.prompt)}
    if work.template is not None:
        update["template"] = removed.removed_from(work.template)
        update["prompts"] = tuple(removed.removed_from(prompt) for prompt in work.prompts)
    if isinstance(work, Txt2Img) and work.highres_fix is not None:
        second = removed.removed_from(work.highres_fix.prompt)
        update["highres_fix"] = work.highres_fix.model_copy(update={"prompt": second})
    for one in rules:
        negative = str(update.get("negative_prompt", work.negative_prompt))
        if one.forced_negative and one.forced_negative.casefold() not in negative.casefold():
            update["negative_prompt"] = ", ".join(filter(None, (one.forced_negative, negative)))
    told = request.adjustments
    if update["prompt"] != work.prompt:
        told = (*told, Adjustment(field="prompt", asked="", given="", reason="words_removed"))
    return request.model_copy(update={"work": work.model_copy(update=update), "adjustments": told})


def _wanted(request: Request, rules: tuple[Rules, ...], services: Services) -> Request:
    """Without what is removed. Blocks. Raises BlockedWords."""
    cleaned = _without_removed(request, rules)
    _require_wanted(cleaned, rules, services)
    return cleaned


def _require_wanted(request: Request, rules: Iterable[Rules], services: Services) -> None:
    work = request.work
    assert isinstance(work, Drawing)  # noqa: S101 - asked for before
    blocked = WordList(word for one in rules for word in one.blocked)
    negative = WordList(word for one in rules for word in one.blocked_negative)
    found = (*blocked.found(*_positive(work, services)), *negative.found(*_negative(work, services)))
    if found:
        raise BlockedWords(tuple(dict.fromkeys(found)))


async def _adult_known(request: Request, rules: Iterable[Rules], services: Services) -> Request:
    """Whether it is for adults: by its words and models, or by the picture that it begins with."""
    work = request.work
    adult = isinstance(work, Drawing) and await asyncio.to_thread(_says_adult, work, rules, services)
    if not adult and not isinstance(work, Txt2Img):
        source = None if request.source is None else await services.store.get(request.source)
        adult = request.adult or (source is not None and source.request.adult)
    return request.model_copy(update={"adult": adult, "held": False})


def _adult_checked(request: Request, rules: Iterable[Rules], visitor: Visitor) -> Request:
    if not request.adult or visitor.adult_place:
        return request
    match adult_answer(rules):
        case AdultAnswer.SPOILER:
            return request.model_copy(update={"spoiler": True})
        case AdultAnswer.HOLD if not isinstance(request.work, Describe):  # that makes nothing to look at
            return request.model_copy(update={"held": True})
        case _:
            raise AdultsOnly


def _says_adult(work: Drawing, rules: Iterable[Rules], services: Services) -> bool:
    words = WordList(word for one in rules for word in one.adult_words)
    if words.found(*_positive(work, services)):
        return True
    models = ModelList(services.settings.model)
    named = (
        work.checkpoint or services.pool.usual_checkpoint,
        work.refiner.checkpoint if work.refiner else None,
    )
    offered = services.catalog.offer().checkpoints
    found = (models.named(name, offered) for name in named if name is not None)
    return any(models.about(one).adult for one in found if one is not None)
