"""What people typed is shown as they typed it, and never as formatting or a mention."""

import re

import pytest
from discord import app_commands
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.health import Circuit
from bot.backends.pool import BackendStatus
from bot.l10n.catalog import Catalog
from bot.model.work import Describe, Img2Img, Inpaint, Txt2Img, Upscale, Work
from bot.queue.job import Picture
from cogs.identifycog import IdentifyCog
from cogs.paintcog import PaintCog
from cogs.present import Voice, alt_text, draw_line, fenced, inline_code, progress_bar, trouble_words
from cogs.stablecog import StableCog
from cogs.upscalecog import UpscaleCog

BLOCK = re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", re.IGNORECASE)
INLINE = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
"""How Discord's clients read code, blocks before inline code: https://github.com/ariabuckles/simple-markdown
is what they are built on, with these two rules."""

texts = st.text(st.sampled_from("`a \n@_*|<>#"), max_size=60) | st.text(max_size=200)

VOICE = Voice(Catalog.load(), "en-US")


def read_as_discord_does(shown: str) -> str | None:
    """The content, if all of ``shown`` is one piece of code."""
    for pattern in (BLOCK, INLINE):
        found = pattern.match(shown)
        if found is not None:
            return found.group(2) if found.end() == len(shown) else None
    return None


@given(texts)
def test_whatever_is_typed_is_one_piece_of_code(text: str) -> None:
    assert read_as_discord_does(fenced(text)) is not None or not text.strip()


@given(texts.filter(lambda text: "```" not in text and text.strip("\n") == text and text.strip()))
def test_what_a_block_can_hold_is_shown_to_the_letter(text: str) -> None:
    assert read_as_discord_does(fenced(text)) == text


@given(st.text(st.sampled_from("`a "), max_size=30))
def test_inline_code_is_one_piece(text: str) -> None:
    assert read_as_discord_does(inline_code(text)) is not None or not text.strip(" `")


@pytest.mark.parametrize("text", ["a ```b``` c", "```", "`x` ```y```", "``x`` ```y```"])
def test_three_backticks_inside_do_not_break_out(text: str) -> None:
    content = read_as_discord_does(fenced(text))
    assert content is not None
    assert content.strip() == text


def test_what_no_marks_can_hold_is_cut() -> None:
    assert fenced("see `a` ``b`` ```c```") == "`see …`"


def test_a_long_prompt_is_cut_where_it_is_shown() -> None:
    assert len(fenced("x" * 6000)) < 1000
    assert "…" in fenced("x" * 6000)


def test_a_line_asks_for_the_same_again() -> None:
    work = Txt2Img(
        prompt="a cat\nin rain", seed=7, steps=12, batch_count=2, styles=("oil",), face_restorer="GFPGAN"
    )
    line = draw_line(work)
    assert line.startswith("/draw prompt:a cat in rain ")
    for part in ("seed:7", "steps:12", "batch:2,1", "styles:oil", "facefix:GFPGAN"):
        assert part in line


@given(st.text(min_size=1, max_size=6000))
def test_alt_text_fits_into_discord(prompt: str) -> None:
    picture = Picture(index=0, file="x.png", kind="png", width=512, height=768, size=1, seed=5, infotext="")
    text = alt_text(VOICE, Txt2Img(prompt=prompt, seed=5), picture)
    assert len(text) <= 1024
    assert text.endswith("(seed 5, 512×768)")


@given(st.floats(-1, 2))
def test_a_bar_has_always_the_same_length(fraction: float) -> None:
    assert len(progress_bar(fraction)) == 12


@pytest.mark.parametrize(
    ("circuit", "error", "word"),
    [
        (Circuit.OPEN, "webui_server", "rest"),
        (Circuit.HALF_OPEN, "webui_server", "tried"),
        (Circuit.CLOSED, "webui_checkpoint_failed", "Load another checkpoint"),
        (Circuit.CLOSED, "webui_unauthorized", "password"),
        (Circuit.CLOSED, "webui_unreachable", None),
        (Circuit.CLOSED, None, None),
    ],
)
def test_the_host_is_told_why_a_web_ui_is_left_out_and_what_to_do(
    circuit: Circuit, error: str | None, word: str | None
) -> None:
    status = BackendStatus(
        name="webui-1",
        up=error is None,
        since=0.0,
        dialect="a1111",
        checkpoint=None,
        error=error,
        circuit=circuit,
    )
    words = trouble_words(VOICE, status)
    assert words is None if word is None else words is not None and word in words


@pytest.mark.parametrize(
    ("work", "command"),
    [
        (Img2Img(prompt="a cat", seed=1, init="a", strength=0.4, resize_mode="fill"), "draw"),
        (Img2Img(prompt="a cat", seed=1, init="a", inpaint=Inpaint(mask="b", only_masked=True)), "inpaint"),
        (
            Upscale(inputs=("a",), upscaler="Lanczos", second_upscaler="Nearest", second_visibility=0.5),
            "upscale",
        ),
        (Upscale(inputs=("a",), upscaler="Lanczos", size=(100, 60), codeformer_visibility=1), "upscale"),
        (Describe(input="a"), "identify"),
    ],
)
def test_a_line_has_only_options_that_its_command_has(work: Work, command: str) -> None:
    found: dict[str, set[str]] = {
        one.name: {option.display_name for option in one.parameters}
        for cog in (StableCog, PaintCog, UpscaleCog, IdentifyCog)
        for one in cog.__cog_app_commands__
        if isinstance(one, app_commands.Command)
    }
    line = draw_line(work)
    assert line.startswith(f"/{command} ")
    assert set(re.findall(r"(?:^| )(\w+):", line)) <= found[command]
