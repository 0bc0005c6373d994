"""Where settings come from, which wins, and what they are read into."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings, SettingsProblem, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    return tmp_path


def local(folder: Path, text: str) -> None:
    (folder / "config" / "local.toml").write_text(text, encoding="utf-8")


def alone(**environ: str) -> Settings:
    return load(environ, None)


def test_without_anything_the_shipped_defaults_hold() -> None:
    settings = load({}, None)

    assert settings.discord_token is None
    assert settings.discord_api_url is None
    assert settings.discord_gateway_url is None
    assert [backend.address.url for backend in settings.backends] == ["http://127.0.0.1:7860"]
    assert settings.database_url.path == Path("data/easel.db")
    assert settings.output_dir == Path("data/outputs")
    assert settings.http_bind is not None
    assert (settings.http_bind.host, settings.http_bind.port) == ("127.0.0.1", 8780)
    assert (settings.log_level, settings.log_format) == ("info", "auto")


def test_the_contract_names_these_defaults_of_the_sections() -> None:
    settings = load({}, None)

    assert (settings.queue.waiting_per_person, settings.queue.waiting_total) == (20, 1000)
    assert (settings.queue.keep_hours, settings.queue.max_attempts) == (6, 3)
    assert settings.preview.enabled is True
    assert (settings.limits.max_steps, settings.limits.max_width, settings.limits.max_height) == (
        50,
        2048,
        2048,
    )
    defaults = settings.defaults
    assert (defaults.steps, defaults.width, defaults.height) == (30, 512, 512)
    assert (defaults.guidance_scale, defaults.sampler, defaults.clip_skip) == (7.0, "Euler a", 1)
    assert defaults.extra_net_weight == 0.85


def test_the_environment_wins_over_dotenv_and_that_over_the_local_file(folder: Path) -> None:
    local(folder, 'log_level = "error"\nlog_format = "json"\n[queue]\nwaiting_total = 30\nmax_attempts = 9\n')
    (folder / ".env").write_text("LOG_LEVEL=warning\nEASEL__QUEUE__WAITING_TOTAL=40\n", encoding="utf-8")

    settings = load({"LOG_LEVEL": "debug"}, folder)

    assert settings.log_level == "debug"
    assert settings.queue.waiting_total == 40
    assert settings.log_format == "json"
    assert settings.queue.max_attempts == 9


def test_each_value_is_described_with_where_it_came_from(folder: Path) -> None:
    local(folder, "[queue]\nmax_attempts = 9\n")
    (folder / ".env").write_text("EASEL__QUEUE__KEEP_HOURS=2\n", encoding="utf-8")

    rows = {name: (value, source) for name, value, source in load({"LOG_LEVEL": "debug"}, folder).describe()}

    assert rows["LOG_LEVEL"] == ("debug", "the environment")
    assert rows["[queue] keep_hours"] == ("2", ".env")
    assert rows["[queue] max_attempts"] == ("9", "config/local.toml")
    assert rows["[queue] waiting_total"] == ("1000", "config/default.toml")


def test_the_process_environment_and_the_present_folder_play_no_part(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "of-the-process")
    monkeypatch.setenv("EASEL__QUEUE__MAX_ATTEMPTS", "7")
    (folder / ".env").write_text("LOG_LEVEL=debug\n", encoding="utf-8")
    monkeypatch.chdir(folder)

    settings = load({}, None)

    assert settings.discord_token is None
    assert settings.queue.max_attempts == 3
    assert settings.log_level == "info"


def test_the_dotenv_can_be_left_unread(folder: Path) -> None:
    local(folder, 'log_format = "json"')
    (folder / ".env").write_text("LOG_LEVEL=debug\n", encoding="utf-8")

    settings = load({}, folder, dotenv=False)

    assert (settings.log_level, settings.log_format) == ("info", "json")


def test_dotenv_values_keep_dollars_and_lose_quotes_and_comments(folder: Path) -> None:
    (folder / ".env").write_text(
        "\ufeff# a comment\nexport DISCORD_TOKEN='to.k$en'\n"
        'WEBUI_URLS=http://u:${HOME}@gpu:7860 # the big one\nOUTPUT_DIR="my pictures"\n',
        encoding="utf-8",
    )

    settings = load({"HOME": "/root"}, folder)

    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "to.k$en"
    password = settings.backends[0].address.password
    assert password is not None
    assert password.get_secret_value() == "${HOME}"
    assert settings.output_dir == folder / "my pictures"


def test_relative_paths_are_the_working_directorys(folder: Path) -> None:
    settings = load({"DATABASE_URL": "sqlite:///jobs.db", "OUTPUT_DIR": "pictures"}, folder)

    assert settings.database_url.path == folder / "jobs.db"
    assert settings.output_dir == folder / "pictures"


def test_absolute_paths_stay(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    environ = {"DATABASE_URL": f"sqlite:///{elsewhere / 'jobs.db'}", "OUTPUT_DIR": str(elsewhere)}

    settings = load(environ, folder)

    assert settings.database_url.path == elsewhere / "jobs.db"
    assert settings.output_dir == elsewhere


def test_an_empty_variable_is_as_if_unset_so_that_compose_may_pass_it(folder: Path) -> None:
    (folder / ".env").write_text("DISCORD_TOKEN=from-the-file\n", encoding="utf-8")

    settings = load(
        {"DISCORD_TOKEN": "", "DISCORD_API_URL": " ", "DATABASE_URL": "", "LOG_LEVEL": ""}, folder
    )

    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "from-the-file"
    assert settings.discord_api_url is None
    assert settings.database_url.kind == "sqlite"
    assert settings.log_level == "info"


@pytest.mark.parametrize("given", ["", " "])
def test_an_empty_bind_switches_the_endpoints_off(given: str) -> None:
    assert alone(HTTP_BIND=given).http_bind is None


@pytest.mark.parametrize(
    ("given", "host", "port"), [("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:80", "::1", 80), ("gpu:9", "gpu", 9)]
)
def test_a_bind_is_a_host_and_a_port(given: str, host: str, port: int) -> None:
    bind = alone(HTTP_BIND=given).http_bind

    assert bind is not None
    assert (bind.host, bind.port) == (host, port)
    assert bind.shown == given


def test_several_web_uis_are_named_by_commas_and_credentials_are_decoded() -> None:
    settings = alone(WEBUI_URLS=" http://A:7860/ , https://me:p%40s%2Cs@gpu.example/sd ,")

    first, second = settings.webui_urls
    assert first.url == "http://a:7860"
    assert second.url == "https://gpu.example/sd"
    assert second.user == "me"
    assert second.password is not None
    assert second.password.get_secret_value() == "p@s,s"


def test_a_backend_table_adds_a_web_ui_or_refines_the_one_of_the_same_address(folder: Path) -> None:
    local(
        folder,
        '[[backend]]\nurl = "http://u:p@ONE:80/"\ndedicated = true\nweight = 2\n'
        '[[backend]]\nurl = "http://three:7860"\n',
    )

    backends = load({"WEBUI_URLS": "http://one,http://two:7860"}, folder).backends

    assert [backend.name for backend in backends] == ["webui-1", "webui-2", "webui-3"]
    assert [(backend.dedicated, backend.weight) for backend in backends] == [
        (True, 2),
        (False, 1),
        (False, 1),
    ]
    assert [backend.address.same_as[1] for backend in backends] == ["one", "two", "three"]
    assert backends[0].address.user == "u"


def test_an_address_keeps_its_credentials_when_the_table_names_none(folder: Path) -> None:
    local(folder, '[[backend]]\nurl = "http://one:7860"\ndedicated = true\n')

    (backend,) = load({"WEBUI_URLS": "http://u:p@one:7860"}, folder).backends

    assert backend.dedicated is True
    assert backend.address.user == "u"


def test_the_tables_alone_are_enough(folder: Path) -> None:
    local(folder, 'webui_urls = []\n[[backend]]\nurl = "http://one:7860"\n')

    assert [backend.address.url for backend in load({}, folder).backends] == ["http://one:7860"]


def test_lists_are_written_with_commas_in_the_environment(folder: Path) -> None:
    local(folder, '[override]\nextra_allowed = ["hires_fix_show_sampler"]\n')

    settings = load({"EASEL__OWNERS__IDS": "1, 22"}, folder)

    assert settings.owners.ids == (1, 22)
    assert settings.override.extra_allowed == ("hires_fix_show_sampler",)
    assert alone(EASEL__OWNERS__IDS="").owners.ids == ()


def test_discords_address_loses_its_last_slash() -> None:
    settings = alone(
        DISCORD_API_URL="http://localhost:99/api/v10/", DISCORD_GATEWAY_URL="ws://localhost:99/gw"
    )

    assert settings.discord_api_url == "http://localhost:99/api/v10"
    assert settings.discord_gateway_url == "ws://localhost:99/gw"


def test_postgresql_keeps_its_address() -> None:
    database = alone(DATABASE_URL="postgresql://me:pw@db:5432/easel").database_url

    assert database.kind == "postgresql"
    assert database.path is None
    assert database.dsn is not None
    assert database.dsn.get_secret_value() == "postgresql://me:pw@db:5432/easel"


def test_postgresql_may_be_reached_by_a_socket() -> None:
    dsn = alone(DATABASE_URL="postgresql:///easel?host=/run/postgresql").database_url.dsn

    assert dsn is not None
    assert dsn.get_secret_value() == "postgresql:///easel?host=/run/postgresql"


def test_a_shipped_default_gives_way_to_a_lower_maximum_and_says_so() -> None:
    settings = alone(
        EASEL__LIMITS__MAX_STEPS="20", EASEL__LIMITS__MAX_WIDTH="300", EASEL__QUEUE__WAITING_TOTAL="5"
    )

    assert settings.defaults.steps == 20
    assert settings.defaults.width == 296  # a multiple of 8
    assert settings.queue.waiting_per_person == 5
    rows = {name: source for name, _, source in settings.describe()}
    assert rows["[defaults] steps"] == "config/default.toml, lowered to EASEL__LIMITS__MAX_STEPS"


def test_the_shipped_size_gives_way_to_a_smaller_area() -> None:
    defaults = alone(EASEL__LIMITS__MAX_PIXELS="100000").defaults

    assert (defaults.width, defaults.height) == (312, 312)  # 312² = 97,344; 320² would be 102,400


def test_settings_cannot_be_changed() -> None:
    settings = load({}, None)

    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, "log_level", "debug")  # noqa: B010 - mypy knows that it is read-only
    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings.queue, "waiting_total", 1)  # noqa: B010


def test_a_folder_without_any_file_is_fine(tmp_path: Path) -> None:
    assert load({}, tmp_path / "nowhere").log_level == "info"


def test_a_file_where_the_config_folder_should_be_is_no_local_file(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("", encoding="utf-8")

    assert load({}, tmp_path).log_level == "info"


def test_a_problem_is_a_value_error_that_says_all_of_it() -> None:
    with pytest.raises(ValueError, match=r"LOG_LEVEL.*\n.*EASEL__QUEUE__MAX_ATTEMPTS") as caught:
        alone(LOG_LEVEL="loud", EASEL__QUEUE__MAX_ATTEMPTS="0")

    assert isinstance(caught.value, SettingsProblem)
    assert len(caught.value.problems) == 2
