"""The packaged file: every setting, with its reason, and nothing else."""

import itertools
import re
import tomllib
from importlib import resources

from config.sections import Section
from config.settings import Settings, load

TEXT = resources.files("config").joinpath("default.toml").read_text(encoding="utf-8")
WITHOUT_DEFAULT = {"discord_token", "discord_api_url", "discord_gateway_url", "backend", "model"}


def model_keys() -> set[str]:
    keys: set[str] = set()
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            keys |= {f"{name}.{inner}" for inner in kind.model_fields}
        else:
            keys.add(name)
    return keys - {"sources"}


def file_keys() -> set[str]:
    keys: set[str] = set()
    for name, value in tomllib.loads(TEXT).items():
        keys |= {f"{name}.{inner}" for inner in value} if isinstance(value, dict) else {name}
    return keys


def test_the_file_holds_every_setting_but_those_without_a_default() -> None:
    assert file_keys() == model_keys() - WITHOUT_DEFAULT


def test_those_without_a_default_are_told_of_in_a_comment() -> None:
    comments = "\n".join(line for line in TEXT.splitlines() if line.startswith("#"))

    assert all(re.search(rf"\b{name}\b", comments, re.IGNORECASE) for name in WITHOUT_DEFAULT)


def test_every_setting_has_a_comment_right_above_it() -> None:
    lines = TEXT.splitlines()
    bare = [
        line
        for above, line in itertools.pairwise(lines)
        if re.match(r"\w+ = ", line) and not above.startswith("# ")
    ]

    assert bare == []


def test_every_variable_name_that_the_description_implies_is_taken() -> None:
    environ: dict[str, str] = {}
    for name, _, _ in load({}, None).describe():
        section = re.fullmatch(r"\[(\w+)] (\w+)", name)
        if section:
            value = tomllib.loads(TEXT)[section[1]][section[2]]
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            environ[f"EASEL__{section[1]}__{section[2]}".upper()] = text

    settings = load(environ, None)

    assert environ
    assert {source for name, _, source in settings.describe() if name.startswith("[")} == {"the environment"}
