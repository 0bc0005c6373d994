"""What a web UI can do, told from what it answered when it was asked; never from its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.webui.endpoints import Endpoint

__all__ = ["UNKNOWN", "Capabilities", "Dialect", "Probe", "capabilities"]


class Dialect(StrEnum):
    """Whose manners a web UI has. Only what no probe can tell (sampler names, form of LoRAs) goes by it."""

    A1111 = "a1111"
    FORGE = "forge"
    SDCPP = "sdcpp"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What was asked, and what came back.

    ``statuses``: the HTTP status of a harmless request to each endpoint; 405 means that it is there.
    ``paths``: methods by path of /openapi.json, None where it is not served. ``options``: the keys of
    /options. ``task_progress``: whether /internal/progress answered as it should.
    """

    statuses: Mapping[Endpoint, int] = field(default_factory=dict)
    paths: Mapping[str, frozenset[str]] | None = None
    options: frozenset[str] = frozenset()
    task_progress: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What one web UI can do. Everything absent is a feature that is off there."""

    dialect: Dialect = Dialect.UNKNOWN
    endpoints: frozenset[Endpoint] = frozenset()
    options: frozenset[str] = field(default=frozenset(), repr=False)
    """Keys of its /options: only these may be overridden, others are a 500 (NOTES 2.4)."""

    def has(self, endpoint: Endpoint) -> bool:
        """Whether it serves ``endpoint``."""
        return endpoint in self.endpoints

    def knows(self, option: str) -> bool:
        """Whether ``option`` can be overridden for one request."""
        return self.overrides and option in self.options

    @property
    def overrides(self) -> bool:
        """Whether ``override_settings`` is followed: stable-diffusion.cpp takes and ignores it (NOTES 4)."""
        return self.dialect is not Dialect.SDCPP and bool(self.options)

    @property
    def task_progress(self) -> bool:
        """Whether the progress of one task can be asked for: only where the page is served (NOTES 2.6)."""
        return self.has(Endpoint.TASK_PROGRESS)

    @property
    def progress(self) -> bool:
        """Whether the progress of whatever runs can be asked for."""
        return self.has(Endpoint.PROGRESS)

    @property
    def interrupt(self) -> bool:
        """Whether a running request can be stopped."""
        return self.has(Endpoint.INTERRUPT)

    @property
    def png_info(self) -> bool:
        """Whether it reads the infotext of a picture."""
        return self.has(Endpoint.PNG_INFO)

    @property
    def schedulers(self) -> bool:
        """Whether the scheduler is a field of its own: A1111 before 1.9 had it in the sampler's name."""
        return self.has(Endpoint.SCHEDULERS)

    @property
    def additional_modules(self) -> bool:
        """Whether VAE and text encoders are ``forge_additional_modules``."""
        return self.knows("forge_additional_modules")

    @property
    def distilled_cfg(self) -> bool:
        """Whether ``distilled_cfg_scale`` is understood, which Flux wants."""
        return self.additional_modules

    @property
    def lora_hashes(self) -> bool:
        """Whether the infotext can name each LoRA that was really applied."""
        return self.knows("lora_add_hashes_to_infotext")


UNKNOWN = Capabilities()
"""Before the first probe."""


def capabilities(probe: Probe) -> Capabilities:
    """The sum of a probe. An endpoint is there if /openapi.json lists it, or it answered but "no such"."""
    found = {endpoint for endpoint in Endpoint if _is_served(endpoint, probe)}
    found.discard(Endpoint.TASK_PROGRESS)
    if probe.task_progress:
        found.add(Endpoint.TASK_PROGRESS)
    endpoints = frozenset(found)
    return Capabilities(dialect=_dialect(endpoints, probe), endpoints=endpoints, options=probe.options)


def _is_served(endpoint: Endpoint, probe: Probe) -> bool:
    if probe.paths is not None and endpoint.value in probe.paths:
        return True
    status = probe.statuses.get(endpoint)
    return status is not None and status not in (404, 501) and not 300 <= status < 400


def _dialect(endpoints: frozenset[Endpoint], probe: Probe) -> Dialect:
    if Endpoint.MODULES in endpoints or "forge_additional_modules" in probe.options:
        return Dialect.FORGE
    if Endpoint.VAES in endpoints and "CLIP_stop_at_last_layers" in probe.options:
        return Dialect.A1111
    if probe.statuses.get(Endpoint.SDCPP_CAPABILITIES) == 200:
        return Dialect.SDCPP
    if probe.options and probe.options <= {"samples_format", "sd_model_checkpoint"}:
        return Dialect.SDCPP
    return Dialect.UNKNOWN
