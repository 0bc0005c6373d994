"""What people install from: locks in step with the project, and examples that work."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from config.settings import load

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked(name: str) -> dict[str, Version]:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(package): Version(version) for package, version in pins}


def wanted(*extras: str) -> list[Requirement]:
    lines = list(PROJECT["dependencies"])
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    found = [Requirement(line) for line in lines]
    return [requirement for requirement in found if requirement.name != PROJECT["name"]]


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("requirements.lock", wanted("postgres")),
        ("requirements-test.lock", wanted("postgres", "test")),
    ],
)
def test_a_lock_has_every_package_in_a_version_that_the_project_takes(
    lock: str, requirements: list[Requirement]
) -> None:
    pins = locked(lock)

    assert requirements
    for requirement in requirements:
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier


def test_tests_run_with_what_is_shipped() -> None:
    shipped = locked("requirements.lock")
    tested = locked("requirements-test.lock")

    assert shipped
    assert {name: tested[name] for name in shipped} == shipped


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_names_hashes_and_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert text.count("--hash=sha256:") >= len(locked(lock))
    assert "/" not in text
    assert "--index" not in text


def test_the_example_of_an_env_file_holds_the_defaults(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    everything = re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(everything, encoding="utf-8")

    settings, plain = load({}, tmp_path), load({}, tmp_path, dotenv=False)

    assert everything.count("\n") > 0
    assert settings.model_dump(exclude={"sources"}) == plain.model_dump(exclude={"sources"})
    assert ".env" in settings.sources.values()


def test_the_image_runs_as_a_person_without_rights() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]

    assert users
    assert users[-1].partition(":")[0] not in ("root", "0")


def test_the_image_is_built_without_secrets() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line[1:] for line in ignored if line.startswith("!")]

    assert "*" in ignored
    assert "config/local.toml" in ignored
    assert not {".env", "data", ".git"} & set(kept)
