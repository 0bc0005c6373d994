"""Opening hours and quotas as the host writes them."""

from pathlib import Path

import pytest

from config.settings import SettingsProblem, load


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HOURS__OPEN", "18-23", "18:00-23:00"),
        ("HOURS__OPEN", "18:00-25:00", "hours of the day"),
        ("HOURS__TIME_ZONE", "Mars/Base", "Europe/Berlin"),
        ("HOURS__TIME_ZONE", "../etc/passwd", "Europe/Berlin"),
    ],
)
def test_what_cannot_be_read_is_told_with_an_example(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsProblem) as refused:
        load({f"EASEL__{name}": value}, None)
    [problem] = refused.value.problems
    assert f"EASEL__{name}" in problem
    assert words in problem


def test_by_default_it_is_always_open_and_nobody_has_a_quota() -> None:
    settings = load({}, None)
    assert (settings.hours.open, settings.hours.time_zone) == ("", "")
    assert (settings.quota.seconds_per_day, settings.quota.by_role) == (0, "")
    assert (settings.queue.cooldown_seconds, settings.queue.waiting_seconds_per_person) == (0, 0)


@pytest.mark.parametrize(
    "text",
    [
        'by_role = "123=600, 5=0"',
        'by_role = { "123" = 600, "5" = 0 }',
        "[quota.by_role]\n123 = 600\n5 = 0",
    ],
)
def test_quotas_of_roles_are_text_or_a_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.toml").write_text(f"[quota]\n{text}\n", encoding="utf-8")
    assert load({}, tmp_path, dotenv=False).quota.by_role == "123=600, 5=0"
