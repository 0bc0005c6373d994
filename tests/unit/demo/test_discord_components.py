"""The limits of message components."""

from typing import Any

import pytest

from bot.demo.discord.components import normalised
from bot.demo.discord.errors import ApiError, Form
from bot.demo.discord.parts import Json, walk


def button(number: int = 1, **changes: Any) -> Json:
    """A button."""
    return {"type": 2, "style": 1, "label": "Go", "custom_id": f"go:{number}"} | changes


def row(*parts: Json) -> Json:
    """An action row."""
    return {"type": 1, "components": list(parts)}


def text(content: str) -> Json:
    """A text display."""
    return {"type": 10, "content": content}


def gallery(*urls: str) -> Json:
    """A media gallery."""
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


def select(options: int = 2, **changes: Any) -> Json:
    """A string select."""
    listed = [{"label": f"Option {one}", "value": str(one)} for one in range(options)]
    return {"type": 3, "custom_id": "choose", "options": listed} | changes


def media(url: str) -> Json | None:
    """The files of the message: there is only a.png."""
    if url == "attachment://a.png":
        return {"url": url, "attachment_id": "5"}
    return None if url.startswith("attachment://") else {"url": url}


def read(*parts: Json, v2: bool = True) -> list[Json]:
    """What is stored of the components."""
    form = Form()
    stored = normalised(list(parts), v2=v2, media=media, form=form)
    form.check()
    return stored


def refusal(*parts: Json, v2: bool = True) -> str:
    """The first reason that Discord gives for refusing, as ``path: CODE``."""
    with pytest.raises(ApiError) as refused:
        read(*parts, v2=v2)
    assert (refused.value.status, refused.value.code) == (400, 50035)
    assert refused.value.message == "Invalid Form Body"
    node, path = refused.value.errors, []
    assert node is not None
    while "_errors" not in node:
        step = next(iter(node))
        path.append(step)
        node = node[step]
    return f"{'.'.join(path)}: {node['_errors'][0]['code']}"


def test_every_component_gets_an_id_of_its_own_and_keeps_the_one_it_was_sent_with() -> None:
    stored = read(text("a") | {"id": 2}, row(button()), text("b"))
    ids = [part["id"] for part in walk(stored)]
    assert stored[0]["id"] == 2
    assert len(set(ids)) == 4
    assert 0 not in ids


def test_the_same_id_twice_is_refused() -> None:
    assert refusal(text("a") | {"id": 7}, text("b") | {"id": 7}) == "components: COMPONENT_ID_DUPLICATED"


def test_media_that_names_a_file_of_the_message_is_resolved_to_it() -> None:
    assert read(gallery("attachment://a.png"))[0]["items"][0]["media"]["attachment_id"] == "5"


def test_media_that_names_a_file_that_is_not_there_is_refused() -> None:
    reason = refusal(gallery("attachment://b.png"))
    assert reason == "components.0.items.0.media.url: UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "data:image/png;base64,AA", "a.png"])
def test_media_of_another_scheme_is_refused(url: str) -> None:
    assert refusal(gallery(url)).endswith("URL_TYPE_INVALID_SCHEME")


def test_a_file_component_takes_only_files_of_the_message() -> None:
    assert read({"type": 13, "file": {"url": "attachment://a.png"}})
    assert "file.url" in refusal({"type": 13, "file": {"url": "https://example.org/a.png"}})


def test_a_gallery_takes_one_to_ten_pictures() -> None:
    urls = [f"https://example.org/{one}.png" for one in range(11)]
    assert len(read(gallery(*urls[:10]))[0]["items"]) == 10
    assert refusal(gallery(*urls)) == "components.0.items: BASE_TYPE_BAD_LENGTH"
    assert refusal(gallery()) == "components.0.items: BASE_TYPE_BAD_LENGTH"


def test_alt_text_of_a_picture_ends_at_1024_characters() -> None:
    item = {"media": {"url": "attachment://a.png"}, "description": "x" * 1024}
    assert read({"type": 12, "items": [item]})
    long = item | {"description": "x" * 1025}
    assert refusal({"type": 12, "items": [long]}) == "components.0.items.0.description: BASE_TYPE_BAD_LENGTH"


def test_forty_components_fit_and_nested_ones_count() -> None:
    rows = [row(*(button(5 * line + one) for one in range(5))) for line in range(6)]  # 36 with the rows
    assert read(*rows, *[text("x")] * 4)
    assert refusal(*rows, *[text("x")] * 5) == "components: COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"
    container = {"type": 17, "components": [*rows, *[text("x")] * 4]}
    assert refusal(container) == "components: COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"


def test_all_texts_together_have_4000_characters() -> None:
    assert read(text("x" * 2000), text("y" * 2000))
    assert (
        refusal(text("x" * 2000), text("y" * 2001)) == "components: COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"
    )


def test_an_empty_text_is_refused() -> None:
    assert refusal(text("")) == "components.0.content: BASE_TYPE_BAD_LENGTH"


def test_a_row_holds_five_buttons_or_one_select() -> None:
    assert read(row(*(button(one) for one in range(5))))
    assert refusal(row(*(button(one) for one in range(6)))) == "components.0.components: BASE_TYPE_BAD_LENGTH"
    assert refusal(row()) == "components.0.components: BASE_TYPE_BAD_LENGTH"
    assert refusal(row(select(), button())) == "components.0.components: COMPONENT_LAYOUT_WIDTH_EXCEEDED"


def test_a_button_outside_a_row_or_section_is_refused() -> None:
    assert refusal(button()) == "components.0.type: BASE_TYPE_CHOICES"


def test_without_the_flag_only_rows_are_taken_and_at_most_five() -> None:
    assert read(*[row(button(one)) for one in range(5)], v2=False)
    assert refusal(text("x"), v2=False) == "components.0.type: BASE_TYPE_CHOICES"
    assert refusal(*[row(button(one)) for one in range(6)], v2=False) == "components: BASE_TYPE_BAD_LENGTH"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"custom_id": ""}, "custom_id: BASE_TYPE_BAD_LENGTH"),
        ({"custom_id": "x" * 101}, "custom_id: BASE_TYPE_BAD_LENGTH"),
        ({"custom_id": None}, "custom_id: BASE_TYPE_REQUIRED"),
        ({"label": "x" * 81}, "label: BASE_TYPE_MAX_LENGTH"),
        ({"style": 9}, "style: BASE_TYPE_CHOICES"),
        ({"label": None}, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED"),
        ({"emoji": {"name": "dice"}}, "emoji.name: BUTTON_COMPONENT_INVALID_EMOJI"),
        ({"url": "https://example.org"}, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL"),
        ({"style": 5, "url": "https://example.org"}, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL"),
        ({"style": 5, "custom_id": None}, "url: BASE_TYPE_REQUIRED"),
        ({"style": 5, "custom_id": None, "url": "javascript:alert(1)"}, "url: URL_TYPE_INVALID_SCHEME"),
    ],
)
def test_a_wrong_button_is_refused(changes: Json, reason: str) -> None:
    assert refusal(row(button(**changes))).removeprefix("components.0.components.0").lstrip(".: ") == reason


@pytest.mark.parametrize("emoji", ["🎲", "📋", "❌", "⬆️", "1️⃣", "🖋", "↔️", "🏳️‍🌈", "✨"])
def test_a_button_may_be_an_emoji_alone(emoji: str) -> None:
    stored = read(row(button(label=None, emoji={"name": emoji})))
    assert stored[0]["components"][0]["emoji"] == {"name": emoji}


def test_a_custom_id_appears_once_in_a_message() -> None:
    reason = refusal(row(button(1)), {"type": 17, "components": [row(button(1))]})
    assert reason == "components.1.components.0.components.0.custom_id: COMPONENT_CUSTOM_ID_DUPLICATED"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (select(0), "options: BASE_TYPE_BAD_LENGTH"),
        (select(26), "options: BASE_TYPE_BAD_LENGTH"),
        (select(2, max_values=3), "max_values: SELECT_COMPONENT_MAX_VALUES_TOO_LARGE"),
        (select(2, placeholder="x" * 151), "placeholder: BASE_TYPE_BAD_LENGTH"),
        (select(2, min_values=26), "min_values: NUMBER_TYPE_RANGE"),
        (
            select(options=2) | {"options": [{"label": "a", "value": "1"}] * 2},
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        (
            select() | {"options": [{"label": "x" * 101, "value": "1"}]},
            "options.0.label: BASE_TYPE_BAD_LENGTH",
        ),
        (
            select() | {"options": [{"label": one, "value": one, "default": True} for one in "ab"]},
            "SELECT_COMPONENT_TOO_MANY_DEFAULTS",
        ),
    ],
)
def test_a_wrong_select_is_refused(changed: Json, reason: str) -> None:
    assert refusal(row(changed)).endswith(reason)


def test_a_select_of_25_options_fits() -> None:
    assert len(read(row(select(25, max_values=25)))[0]["components"][0]["options"]) == 25


def test_a_section_holds_one_to_three_texts_and_an_accessory() -> None:
    section = {"type": 9, "components": [text("a")] * 3, "accessory": button()}
    assert read(section)[0]["accessory"]["custom_id"] == "go:1"
    assert (
        refusal(section | {"components": [text("a")] * 4}) == "components.0.components: BASE_TYPE_BAD_LENGTH"
    )
    assert "accessory" in refusal({"type": 9, "components": [text("a")]})


def test_a_container_in_a_container_is_refused() -> None:
    inner = {"type": 17, "components": [text("a")]}
    assert refusal({"type": 17, "components": [inner]}) == "components.0.components.0.type: BASE_TYPE_CHOICES"


def test_defaults_are_filled_in_as_discord_gives_them_back() -> None:
    stored = read({"type": 17, "components": [{"type": 14}]}, row(select()))
    assert (stored[0]["spoiler"], stored[0]["accent_color"]) == (False, None)
    assert (stored[0]["components"][0]["spacing"], stored[0]["components"][0]["divider"]) == (1, True)
    chosen = stored[1]["components"][0]
    assert (chosen["min_values"], chosen["max_values"], chosen["disabled"]) == (1, 1, False)
