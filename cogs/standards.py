"""What holds for somebody in a place: the defaults of what they do not say, and the most they may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.errors import BadValue
from bot.model.limits import Limits, fit
from bot.model.preferences import Caps, Choices, Layer, Merged, Preferences
from bot.model.work import Request
from bot.queue.protocols import Admission
from bot.services import Services
from bot.storage.preferences import Standing
from cogs.allowance import quota_of
from cogs.options import build_request, limits_of
from cogs.preferring import FIELDS, value_of, with_value
from cogs.typed import Below, Typed
from config.settings import Settings
from config.values import role_seconds

_TYPED = (
    "data_model",
    "negative_prompt",
    "steps",
    "width",
    "height",
    "guidance_scale",
    "sampler",
    "scheduler",
    "clip_skip",
    "styles",
    "extra_net",
    "facefix",
    "highres_fix",
    "vae",
    "spoiler",
)
"""Fields of a layer that are options of /draw as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """All layers but what is typed."""

    merged: Merged
    below: Below
    """Its defaults, as ``build_request`` takes them."""
    spoiler: bool
    """A role makes all pictures of its people spoilers, whatever they ask for."""

    def limits(self, settings: Settings) -> Limits:
        """The most that one request may ask for."""
        caps, host = self.merged.caps, limits_of(settings)
        return host.model_copy(
            update={
                "max_steps": caps.max_steps or host.max_steps,
                "max_width": caps.max_width or host.max_width,
                "max_height": caps.max_height or host.max_height,
                "max_pixels": caps.max_pixels or host.max_pixels,
                "max_pictures": caps.max_batch or host.max_pictures,
            }
        )

    def admission(self, settings: Settings) -> Admission:
        """How much may wait."""
        queue = settings.queue
        return Admission(
            per_person=self.merged.caps.waiting or queue.waiting_per_person,
            total=queue.waiting_total,
            per_channel=queue.waiting_per_channel,
        )

    def applied_to(self, request: Request, settings: Settings) -> Request:
        """The request as it may be asked for: within the limits, and hidden where it has to be.

        What was lowered before and is again is told once. Raises BadValue.
        """
        work, lowered = fit(request.work, self.limits(settings))
        told = {(one.field, one.reason): one for one in request.adjustments}
        for one in lowered:
            first = told.get((one.field, one.reason), one)
            told[one.field, one.reason] = one.model_copy(update={"asked": first.asked})
        return request.model_copy(
            update={
                "work": work,
                "adjustments": tuple(told.values()),
                "spoiler": request.spoiler or self.spoiler,
                "preview": self.merged.choices.preview is not False,
                "group": None,
            }
        )


async def standards_of(interaction: discord.Interaction[Any], services: Services) -> Standards:
    """What holds for whoever acts, here and now. Raises StorageError."""
    standing = standing_of(interaction)
    layers = await services.preferences.layers_for(standing)
    person, place = Preferences(), Typed(prompt="")
    for layer, one in layers:
        if layer is Layer.PERSON:
            person = one
        else:
            place = _typed(one.choices).over(place)
    return Standards(
        merged=Merged.of(_host(services.settings, standing.roles), layers),
        below=Below(person=_typed(person.choices), place=place),
        spoiler=any(one.choices.spoiler for layer, one in layers if layer is Layer.ROLE),
    )


def standing_of(interaction: discord.Interaction[Any]) -> Standing:
    """Whose words count: a thread's parent before the thread, the roles from the lowest up."""
    channel, person = interaction.channel, interaction.user
    parent = (channel.parent_id,) if isinstance(channel, discord.Thread) else ()
    own = (interaction.channel_id,) if interaction.channel_id is not None else ()
    roles = sorted(person.roles) if isinstance(person, discord.Member) else []
    return Standing(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        places=(*parent, *own) if interaction.guild_id is not None else (),
        roles=tuple(role.id for role in roles),
    )


def checked(field: str, value: str, services: Services) -> str:
    """A value as it may be stored for a field: known to the web UIs, within the host's limits.

    Raises BadValue, UnknownName, NotAllowed.
    """
    text = value.strip()
    if not text:
        return ""
    given = value_of(with_value(Preferences(), field, text), field)
    if FIELDS[field].cap:
        most = getattr(_host(services.settings, ()).caps, field)
        if most and given > most:
            raise BadValue(field=field, given=text, reason="over_host")
    elif field in _TYPED:
        typed: dict[str, Any] = {field: given}
        request = build_request(Typed(prompt="-", **typed), services.catalog.offer(), services.settings)
        if any(one.field == field and one.reason == "over_maximum" for one in request.adjustments):
            raise BadValue(field=field, given=text, reason="over_host")
    return text


def _typed(choices: Choices) -> Typed:
    said: dict[str, Any] = {name: getattr(choices, name) for name in _TYPED}
    return Typed(prompt="", batch=None if choices.batch is None else str(choices.batch), **said)


def _host(settings: Settings, roles: Sequence[int]) -> Preferences:
    """The settings file, as the lowest layer."""
    defaults, limits, quota = settings.defaults, settings.limits, settings.quota
    return Preferences(
        choices=Choices(
            negative_prompt=defaults.negative_prompt or None,
            steps=defaults.steps,
            width=defaults.width,
            height=defaults.height,
            guidance_scale=defaults.guidance_scale,
            sampler=defaults.sampler,
            scheduler=defaults.scheduler,
            clip_skip=defaults.clip_skip,
            batch=defaults.batch,
            spoiler=defaults.spoiler,
            preview=settings.preview.enabled,
        ),
        caps=Caps(
            max_steps=limits.max_steps,
            max_width=limits.max_width,
            max_height=limits.max_height,
            max_pixels=limits.max_pixels,
            max_batch=limits.max_batch,
            waiting=settings.queue.waiting_per_person,
            seconds_per_day=quota_of(quota.seconds_per_day, role_seconds(quota.by_role), set(roles)) or 0,
        ),
    )
