"""What the host decides, as one frozen value, from the environment, ``.env`` and TOML files.

``load`` reports every mistake at once; see ``config.sources`` for where values come from, ``config.sections``
for the sections, and ``default.toml`` for each default and its reason.
"""

import base64
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.problems import (
    reconcile,
    reconcile_area,
    repeated_addresses,
    repeated_names,
    validation_problem,
)
from config.sections import (
    Attachments,
    Backend,
    BackendTable,
    Buttons,
    Defaults,
    Delivery,
    Gallery,
    Hours,
    Limits,
    ModelTable,
    Outputs,
    Override,
    Owners,
    Policy,
    Preview,
    Processes,
    Prompts,
    Queue,
    Quota,
    RecipeTable,
    Section,
    Servers,
    WebUI,
)
from config.sources import (
    ENVIRONMENT,
    PACKAGED,
    Key,
    Layer,
    Names,
    parse_toml,
    read_dotenv,
    read_toml,
    read_variables,
    toml_name,
    variable_name,
)
from config.values import (
    Address,
    Database,
    HttpBind,
    WebUIAddress,
    read_api_url,
    read_bind,
    read_database,
    read_gateway_url,
    read_path,
    read_token,
    read_word,
    split_commas,
)

__all__ = ["Settings", "SettingsProblem", "load", "name_of", "setting_keys", "value_of"]

_DEFAULTS = "default.toml"
_LOCAL = "config/local.toml"
_DOTENV = ".env"
_TABLES = frozenset({("backend",), ("model",), ("recipe",)})


class SettingsProblem(ValueError):
    """The settings cannot be used. ``problems`` is one plain sentence per mistake, without any secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Everything the host decides. Made by ``load``; never reads the process's environment by itself."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True, validate_default=False
    )

    discord_token: Annotated[SecretStr | None, BeforeValidator(read_token)] = None
    """The bot's token. None = there is none."""
    discord_api_url: Annotated[str | None, BeforeValidator(read_api_url)] = None
    """With /api/v10 and no slash at the end. None = Discord's own."""
    discord_gateway_url: Annotated[str | None, BeforeValidator(read_gateway_url)] = None
    """ws:// or wss://, without a query. None = what Discord says."""
    webui_urls: Annotated[tuple[Address, ...], BeforeValidator(split_commas)]
    """The web UIs; ``backends`` has them with what ``backend`` says of them."""
    backend: tuple[BackendTable, ...] = ()
    """The ``[[backend]]`` tables; see ``backends``."""
    model: tuple[ModelTable, ...] = ()
    """The ``[[model]]`` tables."""
    recipe: tuple[RecipeTable, ...] = ()
    """The ``[[recipe]]`` tables."""
    database_url: Annotated[Database, BeforeValidator(read_database)]
    output_dir: Annotated[Path, BeforeValidator(read_path)]
    """Absolute when ``load`` was given a working directory, as is the path of a SQLite database."""
    http_bind: Annotated[HttpBind | None, BeforeValidator(read_bind)]
    """Where the health endpoints listen. None = nowhere."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(read_word)]
    log_format: Annotated[Literal["auto", "text", "json"], BeforeValidator(read_word)]

    queue: Queue
    quota: Quota
    preview: Preview
    limits: Limits
    defaults: Defaults
    prompts: Prompts
    attachments: Attachments
    webui: WebUI
    delivery: Delivery
    processes: Processes
    outputs: Outputs
    override: Override
    owners: Owners
    servers: Servers
    hours: Hours
    buttons: Buttons
    gallery: Gallery
    policy: Policy

    sources: dict[Key, str] = Field(default_factory=dict, repr=False)
    """Where each setting that was given came from."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load`` has read: it knows where each value came from, so that a mistake can say so."""
        return (init_settings,)

    @property
    def backends(self) -> tuple[Backend, ...]:
        """The web UIs of ``webui_urls``, refined by the ``backend`` of the same address, then the others."""
        tables = {table.url.same_as: table for table in self.backend}
        listed = {address.same_as for address in self.webui_urls}
        added = [table.url for table in self.backend if table.url.same_as not in listed]
        return tuple(
            _backend(f"webui-{number}", address, tables.get(address.same_as))
            for number, address in enumerate([*self.webui_urls, *added], start=1)
        )

    def secrets(self) -> tuple[str, ...]:
        """What no log may hold: token, passwords, addresses of web UIs, in their usual spellings."""
        found = [self.discord_token.get_secret_value()] if self.discord_token else []
        for backend in self.backends:
            found += _address_secrets(backend.address)
        if self.database_url.dsn is not None:
            dsn = self.database_url.dsn.get_secret_value()
            password = urlsplit(dsn).password or ""
            found += [dsn, password, unquote(password)]
        return tuple(dict.fromkeys(filter(None, found)))

    def describe(self) -> list[tuple[str, str, str]]:
        """(name, value, source) of every setting and of every web UI, with secrets masked."""
        rows = [
            (name_of(key), _shown(value_of(self, key)), self.sources.get(key, "")) for key in setting_keys()
        ]
        named_in = (self.sources.get(("webui_urls",)), self.sources.get(("backend",)))
        origin = ", ".join(dict.fromkeys(filter(None, named_in)))
        for backend in self.backends:
            facts = f"dedicated = {_shown(backend.dedicated)}, weight = {backend.weight:g}"
            rows.append((backend.name, f"{backend.address.shown}, {facts}", origin))
        return rows


def load(environ: Mapping[str, str], cwd: Path | None, *, dotenv: bool = True) -> Settings:
    """The settings of a working directory and an environment, and of nothing else.

    With ``cwd`` None no file but the packaged one is read and relative paths stay relative; with ``dotenv``
    False its ``.env`` is not read. Raises SettingsProblem with every mistake.
    """
    packaged = _packaged()
    given, problems = _read(environ, cwd, dotenv=dotenv)
    given = packaged | given
    mistakes = _mistakes(given, packaged)
    sound = {key: one for key, one in given.items() if key not in mistakes}
    sound |= {key: packaged[key] for key in mistakes if key in packaged}
    changes, conflicts = _conflicts(_build(sound), sound, frozenset(mistakes))
    problems += [sentence for sentences in mistakes.values() for sentence in sentences] + conflicts
    if problems:
        raise SettingsProblem(tuple(problems))
    return _anchored(_build(sound | changes), cwd)


def _read(environ: Mapping[str, str], cwd: Path | None, *, dotenv: bool) -> tuple[Layer, list[str]]:
    """What the host says, later layers winning over earlier ones, and what cannot be read of it."""
    names = _names()
    layers: list[tuple[Layer, list[str]]] = []
    if cwd is not None:
        layers.append(read_toml(cwd / _LOCAL, _LOCAL, names))
        if dotenv:
            layers.append(read_dotenv(cwd / _DOTENV, _DOTENV, names))
    layers.append(read_variables(environ, ENVIRONMENT, names))
    given: Layer = {}
    problems: list[str] = []
    for layer, mistakes in layers:
        given |= layer
        problems += mistakes
    return given, problems


def _packaged() -> Layer:
    text = resources.files("config").joinpath(_DEFAULTS).read_text(encoding="utf-8")
    layer, problems = parse_toml(text, PACKAGED, _names())
    if problems:
        raise SettingsProblem(tuple(problems))
    return layer


def setting_keys() -> Iterator[Key]:
    """Every setting, in the order of the models."""
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if name == "sources":
            continue
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from ((name, inner) for inner in kind.model_fields)
        else:
            yield (name,)


def _names() -> Names:
    return Names(
        keys=frozenset(setting_keys()),
        tables=_TABLES,
        may_be_empty=frozenset({("http_bind",)}),
    )


def _build(given: Layer) -> Settings:
    values: dict[str, Any] = {}
    for key, one in given.items():
        if len(key) == 1:
            values[key[0]] = one.value
        else:
            values.setdefault(key[0], {})[key[1]] = one.value
    return Settings(**values, sources={key: one.source for key, one in given.items()})


def _mistakes(given: Layer, packaged: Layer) -> dict[Key, list[str]]:
    """A sentence per error of validation, by the setting that it is about."""
    try:
        _build(given)
    except ValidationError as error:
        details = error.errors(include_url=False)
    else:
        return {}
    mistakes: dict[Key, list[str]] = {}
    for detail in details:
        key = next(key for key in given if tuple(detail["loc"][: len(key)]) == key)
        default = packaged[key].value if key in packaged else None
        mistakes.setdefault(key, []).append(validation_problem(detail, key, given[key], default))
    return mistakes


def _conflicts(settings: Settings, given: Layer, wrong: frozenset[Key]) -> tuple[Layer, list[str]]:
    """What settings that are right by themselves say against each other."""
    values = {key: value for key in given if isinstance(value := value_of(settings, key), int | float)}
    changes, problems = reconcile(values, given, wrong)
    lowered = values | {key: float(str(one.value)) for key, one in changes.items()}
    more, further = reconcile_area(lowered, given, wrong)
    problems += further + repeated_addresses(settings.webui_urls, given[("webui_urls",)])
    problems += repeated_names(settings.model, given.get(("model",)))
    problems += repeated_names(settings.recipe, given.get(("recipe",)))
    if settings.backend:
        tables = (table.url for table in settings.backend)
        problems += repeated_addresses(tables, given[("backend",)])
    if not settings.backends and ("backend",) not in wrong:
        problems.append(f"{given[('webui_urls',)].label} names no web UI; write at least one address.")
    return changes | more, problems


def _anchored(settings: Settings, cwd: Path | None) -> Settings:
    if cwd is None:
        return settings
    root = cwd.absolute()
    database = settings.database_url
    if database.path is not None:
        database = database.model_copy(update={"path": root / database.path})
    prompts = settings.prompts.model_copy(update={"wildcards": root / settings.prompts.wildcards})
    changes = {"output_dir": root / settings.output_dir, "database_url": database, "prompts": prompts}
    return settings.model_copy(update=changes)


def _backend(name: str, address: WebUIAddress, table: BackendTable | None) -> Backend:
    """One web UI. Credentials of a ``[[backend]]`` table win over those of WEBUI_URLS."""
    if table is None:
        return Backend(name=name, address=address, dedicated=False, weight=1)
    if table.url.user is not None:
        address = table.url
    return Backend(name=name, address=address, dedicated=table.dedicated, weight=table.weight)


def _address_secrets(address: WebUIAddress) -> list[str]:
    """The address as itself, as aiohttp and as the operating system write it, and what goes before it."""
    _, host, port, _ = address.same_as
    found = [address.url, f"{host}:{port}", f"'{host}', {port}"]
    if address.user is not None and address.password is not None:
        password = address.password.get_secret_value()
        basic = base64.b64encode(f"{address.user}:{password}".encode()).decode("ascii")
        found += [password, quote(password, safe=""), basic]
    return found


def value_of(settings: Settings, key: Key) -> object:
    """Of one of ``setting_keys``."""
    value: object = settings
    for step in key:
        value = getattr(value, step)
    return value


def name_of(key: Key) -> str:
    """As the host writes it: ``OUTPUT_DIR``, ``[queue] waiting_total``."""
    return variable_name(key) if len(key) == 1 and key not in _TABLES else toml_name(key)


def _shown(value: object) -> str:
    """As the host would write it, without what is secret."""
    if value is None:
        return "(not set)"
    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, WebUIAddress | Database | HttpBind):
        return value.shown
    if isinstance(value, BackendTable):
        return value.url.shown
    if isinstance(value, ModelTable | RecipeTable):
        return value.name
    if isinstance(value, tuple):
        return ", ".join(_shown(item) for item in value) or "(none)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value != "" else "(empty)"
