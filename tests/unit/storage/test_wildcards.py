"""The host's folder of wildcard files."""

from pathlib import Path

import pytest

from bot.storage.wildcards import read_wildcards


def test_a_file_is_a_list_of_its_lines(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "colour.txt").write_text("# those that sell\nred\n\n  blue\r\n", encoding="utf-8-sig")
    (tmp_path / "sub" / "metal.txt").write_text("gold", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("\n#\n", encoding="utf-8")
    (tmp_path / "notes.md").write_text("not a list", encoding="utf-8")

    found = read_wildcards(tmp_path)

    assert found.lists == {"colour": ("red", "blue"), "sub/metal": ("gold",)}
    assert found.names == ("colour", "sub/metal")


def test_a_name_that_no_prompt_can_say_is_told_to_the_host(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a{b.txt").write_text("x", encoding="utf-8")

    assert read_wildcards(tmp_path).names == ()
    assert "no prompt can say" in caplog.text


def test_no_folder_is_no_wildcards(tmp_path: Path) -> None:
    assert read_wildcards(tmp_path / "nowhere").names == ()
