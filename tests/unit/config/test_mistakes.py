"""Mistakes in the settings: all at once, one plain sentence each, with the place and the cure."""

from pathlib import Path

import pytest

from config.settings import SettingsProblem, load


def problems(environ: dict[str, str] | None = None, cwd: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsProblem) as caught:
        load(environ or {}, cwd)
    return caught.value.problems


def local_problems(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "config").mkdir()
    (folder / "config" / "local.toml").write_text(text, encoding="utf-8")
    return problems(cwd=folder)


def test_all_mistakes_of_all_sources_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.toml").write_text("[queue]\nmax_attempts = 0\n[limts]\n", encoding="utf-8")
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\nDISCORD_TOKN=x\n", encoding="utf-8")

    found = problems({"DATABASE_URL": "mysql://x", "EASEL__PREVIEW__ENABLED": "perhaps"}, tmp_path)

    assert len(found) == 6
    for name, source in [
        ("[queue] max_attempts", "config/local.toml"),
        ("[limts]", "config/local.toml"),
        ("LOG_LEVEL", ".env"),
        ("DISCORD_TOKN", ".env"),
        ("DATABASE_URL", "the environment"),
        ("EASEL__PREVIEW__ENABLED", "the environment"),
    ]:
        assert sum(sentence.startswith(f"{name} in {source} ") for sentence in found) == 1


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("EASEL__QUEUE__WAITING_TOTAL", "lots", "must be a whole number, not 'lots' (the default is 1000)."),
        ("EASEL__QUEUE__WAITING_TOTAL", "", "must be a whole number, not '' (the default is 1000)."),
        ("EASEL__QUEUE__WAITING_TOTAL", "2.5", "must be a whole number, not '2.5' (the default is 1000)."),
        ("EASEL__QUEUE__WAITING_TOTAL", "0", "must be at least 1, not '0' (the default is 1000)."),
        ("EASEL__QUEUE__KEEP_HOURS", "soon", "must be a number, not 'soon' (the default is 6)."),
        ("EASEL__QUEUE__KEEP_HOURS", "nan", "must be a finite number, not 'nan' (the default is 6)."),
        ("EASEL__QUEUE__KEEP_HOURS", "0", "must be more than 0, not '0' (the default is 6)."),
        ("EASEL__PREVIEW__ENABLED", "maybe", "must be true or false, not 'maybe' (the default is true)."),
        ("EASEL__DEFAULTS__WIDTH", "513", "must be a multiple of 8, not '513' (the default is 512)."),
        ("EASEL__DEFAULTS__SAMPLER", "", "must not be empty, not '' (the default is Euler a)."),
        ("LOG_FORMAT", "xml", "must be one of 'auto', 'text' or 'json', not 'xml' (the default is auto)."),
    ],
)
def test_a_wrong_value_is_told_with_what_is_expected(name: str, value: str, expected: str) -> None:
    (sentence,) = problems({name: value})

    assert sentence == f"{name} in the environment {expected}"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DISCORD_TOKEN", "two words", "copy it again"),
        ("DISCORD_API_URL", "https://discord.com/api/v9", "https://discord.com/api/v10"),
        ("DISCORD_API_URL", "discord.com/api/v10", "must begin with http:// or https://"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg", "must begin with ws:// or wss://"),
        ("DISCORD_GATEWAY_URL", "wss://gateway.discord.gg/?v=10", "no ? or #"),
        ("WEBUI_URLS", "127.0.0.1:7860", "must begin with http:// or https://"),
        ("WEBUI_URLS", "http://", "has no host"),
        ("WEBUI_URLS", "http://h:99999", "percent-encoded"),
        ("WEBUI_URLS", "http://h:7860/?x=1", "must end after the port or path"),
        ("WEBUI_URLS", "http://u:%ff@h", "begins no UTF-8 character"),
        ("WEBUI_URLS", "http://u%3Av:p@h", "colon in the user name"),
        ("WEBUI_URLS", "http://a b", "without blanks"),
        ("WEBUI_URLS", ",", "names no web UI"),
        ("DATABASE_URL", "sqlite:///", "names no file"),
        ("DATABASE_URL", "sqlite://data.db", "must begin with sqlite:///"),
        ("DATABASE_URL", "postgresql://h:port/x", "cannot be read"),
        ("DATABASE_URL", "postgresql://u:1/2@h/x", "percent-encoded"),
        ("OUTPUT_DIR", "~/pictures", "whole path"),
        ("HTTP_BIND", "8780", "must be host:port"),
        ("HTTP_BIND", ":8780", "must be host:port"),
        ("HTTP_BIND", "127.0.0.1:65536", "must be host:port"),
    ],
)
def test_an_unusable_address_or_path_is_told_with_the_cure(name: str, value: str, says: str) -> None:
    (sentence,) = problems({name: value})

    assert f"{name} in the environment " in sentence
    assert says in sentence
    assert sentence.endswith(".")


def test_the_wrong_one_of_several_web_uis_is_numbered() -> None:
    (sentence,) = problems({"WEBUI_URLS": "http://one,ftp://two"})

    assert sentence.startswith("Number 2 of WEBUI_URLS in the environment must begin with http://")


def test_a_web_ui_named_twice_is_a_mistake() -> None:
    (sentence,) = problems({"WEBUI_URLS": "http://one,http://two,http://ONE:80/"})

    assert sentence == (
        "Number 3 of WEBUI_URLS in the environment is the same web UI as number 1; name it once."
    )


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("EASEL__QUEUE__WAITING_TOTALS", "EASEL__QUEUE__WAITING_TOTAL"),
        ("EASEL_QUEUE_WAITING_TOTAL", "EASEL__QUEUE__WAITING_TOTAL"),
        ("EASEL__DISCORD_TOKEN", "DISCORD_TOKEN"),
    ],
)
def test_an_unknown_variable_of_ours_is_told_with_the_nearest(name: str, near: str) -> None:
    assert problems({name: "5"}) == (f"{name} in the environment is not a setting; did you mean {near}?",)


def test_variables_of_others_are_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=x\nTZ=UTC\nFLAG\n", encoding="utf-8")

    settings = load(
        {"PATH": "/bin", "DISCORD_BOT_TOKEN": "x", "EASEL_VERSION": "1", "log_level": "x"}, tmp_path
    )

    assert settings.discord_token is None
    assert settings.log_level == "info"


def test_a_slip_in_dotenv_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_BOT_TOKEN=x\n", encoding="utf-8")

    assert problems(cwd=tmp_path) == (
        "DISCORD_BOT_TOKEN in .env is not a setting; did you mean DISCORD_TOKEN?",
    )


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[queue]\nwaiting_totl = 1\n", "did you mean [queue] waiting_total?"),
        ("[queue]\nmax_batch = 1\n", "did you mean [limits] max_batch?"),
        ("waiting_total = 1\n", "did you mean [queue] waiting_total?"),
        ("max_attempts = 1\n", "did you mean [queue] max_attempts?"),
        ('DATABASE_URL = "sqlite:///x"\n', "did you mean database_url?"),
        ("[que]\nwaiting_total = 1\n", "did you mean [queue]?"),
        ("[zzz]\nx = 1\n", "every setting stands in"),
        ("zzzzzz = 1\n", "every setting stands in"),
        ("sources = 1\n", "every setting stands in"),
        ("queue = 5\n", "must be a table; write [queue]"),
        ('[database_url]\nx = "1"\n', "is not a setting"),
        ("[[backend]]\nurl = 'http://h'\ndedicatd = true\n", "did you mean dedicated?"),
        ("[[backend]]\nweight = 1\n", "Url of number 1 of backend in config/local.toml is missing"),
        ("[[backend]]\nurl = 'http://h'\n[[backend]]\nurl = 'http://h:80'\n", "same web UI as number 1"),
        ("[backend]\nurl = 'http://h'\n", "must be a list"),
        ("webui_urls = [5]\n", "Number 1 of webui_urls in config/local.toml must be text"),
        ("database_url = 5\n", "must be text"),
        ("[owners]\nids = [0]\n", "Number 1 of [owners] ids in config/local.toml must be at least 1"),
    ],
)
def test_a_mistake_in_the_local_file_is_told_with_the_cure(tmp_path: Path, text: str, near: str) -> None:
    (sentence,) = local_problems(tmp_path, text)

    assert "config/local.toml" in sentence
    assert near in sentence


def test_toml_that_cannot_be_parsed_is_told_with_its_line(tmp_path: Path) -> None:
    (sentence,) = local_problems(tmp_path, 'log_level = "info"\n[queue]\nwaiting_total = lots\n')

    assert sentence.startswith("config/local.toml is no valid TOML: ")
    assert "line 3" in sentence


def test_a_dotenv_line_that_cannot_be_parsed_is_told_with_its_number(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=info\n\nDISCORD_TOKEN='open\n", encoding="utf-8")

    (sentence,) = problems(cwd=tmp_path)

    assert sentence.startswith("Line 3 of .env cannot be read; ")
    assert "open" not in sentence


@pytest.mark.parametrize("name", [".env", "config/local.toml"])
def test_a_file_in_another_encoding_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / name).write_text("LOG_LEVEL=info\n", encoding="utf-16")

    assert problems(cwd=tmp_path) == (f"{name} is not UTF-8; save it again with the encoding UTF-8.",)


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    (sentence,) = problems(cwd=tmp_path)

    assert sentence.startswith(".env cannot be read (")


def test_two_values_of_the_host_that_exclude_each_other_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EASEL__DEFAULTS__STEPS=60\n", encoding="utf-8")

    (sentence,) = problems({"EASEL__LIMITS__MAX_STEPS": "40"}, tmp_path)

    assert sentence == (
        "EASEL__DEFAULTS__STEPS in .env is 60, more than EASEL__LIMITS__MAX_STEPS in the environment, "
        "which is 40; lower the first or raise the second."
    )


def test_a_default_above_the_shipped_maximum_is_a_mistake() -> None:
    (sentence,) = problems({"EASEL__DEFAULTS__STEPS": "60"})

    assert "more than [limits] max_steps in config/default.toml, which is 50" in sentence


def test_a_default_size_above_the_area_is_a_mistake() -> None:
    (sentence,) = problems({"EASEL__DEFAULTS__WIDTH": "1024", "EASEL__LIMITS__MAX_PIXELS": "300000"})

    assert sentence.startswith("[defaults] width and height make 1024 × 512 pixels, more than ")


def test_a_wrong_value_is_not_blamed_a_second_time_for_a_conflict() -> None:
    (sentence,) = problems({"EASEL__LIMITS__MAX_STEPS": "few", "EASEL__DEFAULTS__STEPS": "60"})

    assert "must be a whole number" in sentence


def test_what_is_wrong_in_a_model_or_a_recipe_is_told(tmp_path: Path) -> None:
    text = """
    [[model]]
    name = "a"
    colour = "red"
    [[model]]
    name = "A"
    [[recipe]]
    name = "one=two"
    scripts = '{}'
    [[recipe]]
    name = "three"
    scripts = '{'
    """

    found = local_problems(tmp_path, text)

    assert any("Colour" in sentence for sentence in found)
    assert any("must be a name without comma" in sentence for sentence in found)
    assert any("is no JSON" in sentence for sentence in found)


def test_a_model_is_described_once(tmp_path: Path) -> None:
    (sentence,) = local_problems(tmp_path, '[[model]]\nname = "a"\n[[model]]\nname = "A"\n')

    assert sentence.startswith("Number 2 of model in config/local.toml has the name of number 1")
