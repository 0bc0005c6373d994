"""What stands between a request and the line: the rules of the host and of the server, for every path."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import discord

from bot.backends.models import ModelList
from bot.errors import AdultsOnly, Banned, BlockedWords, ClosedHere, ClosedToYou, EaselError, TooNew
from bot.model.rules import AdultAnswer, Feature, Gate, Refusal, Rules, Visitor, refusal
from bot.model.words import WordList
from bot.model.work import Adjustment, Describe, Drawing, Img2Img, Request, Txt2Img, Upscale
from bot.services import Services
from cogs.rights import role_ids
from config.settings import Settings

_NETWORK = re.compile(r"<(?:lora|lyco|hypernet):", re.IGNORECASE)


async def let_through(interaction: discord.Interaction[Any], services: Services, request: Request) -> Request:
    """The request as the rules let it through: without removed words, hidden where it has to be.

    Raises Banned, TooNew, ClosedHere, ClosedToYou, BlockedWords, AdultsOnly and StorageError.
    """
    server = await services.preferences.rules(interaction.guild_id)
    rules = (host_rules(services.settings), server)
    visitor = visitor_of(interaction, services.clock.now())
    found = refusal(
        rules,
        visitor,
        command=None if interaction.command is None else interaction.command.qualified_name,
        features=_features(request, services),
        checkpoint=_checkpoint(request, services),
    )
    if found is not None:
        raise _error_of(found)
    if not isinstance(request.work, Drawing):
        return request
    cleaned = _without_removed(request, rules)
    _require_wanted(cleaned, rules, services)
    return _adult_checked(cleaned, rules, visitor, services)


def host_rules(settings: Settings) -> Rules:
    """What the host's settings say, as rules."""
    policy = settings.policy
    return Rules(
        blocked=policy.blocked_words,
        blocked_negative=policy.blocked_negative_words,
        removed=policy.removed_words,
        forced_negative=policy.forced_negative,
        adult_words=policy.adult_words,
        adult_answer=AdultAnswer(policy.adult),
        member_days=policy.member_days,
        features={Feature.IMG2IMG: Gate(member_days=policy.img2img_member_days)},
        banned=policy.banned,
    )


def visitor_of(interaction: discord.Interaction[Any], now: float) -> Visitor:
    """Who asks, and where. ``now``: seconds since 1970."""
    person, channel = interaction.user, interaction.channel
    joined = person.joined_at if isinstance(person, discord.Member) else None
    parent = channel.parent_id if isinstance(channel, discord.Thread) else None
    return Visitor(
        user_id=person.id,
        roles=role_ids(interaction),
        places=frozenset(place for place in (interaction.channel_id, parent) if place is not None),
        member_days=None if joined is None else (now - joined.timestamp()) / 86_400,
        adult_place=is_adult_place(channel),
    )


def is_adult_place(channel: object) -> bool:
    """Whether a channel, or the one that holds a thread, is age-restricted."""
    is_nsfw = getattr(channel, "is_nsfw", None)
    return bool(is_nsfw is not None and is_nsfw())


def _features(request: Request, services: Services) -> Iterator[Feature]:
    work = request.work
    if isinstance(work, Upscale):
        yield Feature.UPSCALE
    if isinstance(work, Describe):
        yield Feature.IDENTIFY
    if isinstance(work, Img2Img):
        yield Feature.IMG2IMG
        if work.inpaint is not None:
            yield Feature.INPAINT
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


def _require_wanted(request: Request, rules: Iterable[Rules], services: Services) -> None:
    work = request.work
    assert isinstance(work, Drawing)  # noqa: S101 - asked for before
    blocked = WordList(word for one in rules for word in one.blocked)
    negative = WordList(word for one in rules for word in one.blocked_negative)
    found = (*blocked.found(*_positive(work, services)), *negative.found(*_negative(work, services)))
    if found:
        raise BlockedWords(tuple(dict.fromkeys(found)))


def _adult_checked(
    request: Request, rules: tuple[Rules, ...], visitor: Visitor, services: Services
) -> Request:
    if not _is_adult(request, rules, services):
        return request
    answers = {one.adult_answer for one in rules} - {None}
    if not visitor.adult_place and answers != {AdultAnswer.SPOILER}:  # the stricter of host and server
        raise AdultsOnly
    return request.model_copy(update={"adult": True, "spoiler": request.spoiler or not visitor.adult_place})


def _is_adult(request: Request, rules: Iterable[Rules], services: Services) -> bool:
    work = request.work
    assert isinstance(work, Drawing)  # noqa: S101 - asked for before
    words = WordList(word for one in rules for word in one.adult_words)
    if words.found(*_positive(work, services)):
        return True
    models = ModelList(services.settings.model)
    named = (_checkpoint(request, services), work.refiner.checkpoint if work.refiner else None)
    offered = services.catalog.offer().checkpoints
    found = (models.named(name, offered) for name in named if name is not None)
    return any(models.about(one).adult for one in found if one is not None)


def _error_of(found: Refusal) -> EaselError:
    match found.reason:
        case "banned":
            return Banned()
        case "too_new":
            return TooNew()
        case "role":
            return ClosedToYou(found.what)
        case _:
            return ClosedHere(found.what)
