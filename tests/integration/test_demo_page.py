"""The demo's page in a headless Chromium: the way of one picture, and commands as they are typed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.demo.discord import LocalDiscord
from tests import openapi
from tests.integration.browser import (
    SIZES,
    Demo,
    button,
    launched,
    messages,
    natural_width,
    send,
    serving,
    too_wide,
    until_drawn,
    write,
)
from tests.integration.page_bot import a_picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINE = "/draw prompt: maltese puppy steps: 20"
OTHERS = {
    "negative_prompt": "",
    "sampler": "Euler",
    "style": None,
    "init_image": None,
    "friend": None,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests."""
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def demo(browser: Browser) -> AsyncIterator[Demo]:
    """A fresh local Discord with its bot and its page."""
    discord = LocalDiscord(validator=openapi.validator())
    async with discord, serving(browser, discord) as demo:
        yield demo
    assert discord.violations == []


# the way of one picture


@pytest.mark.parametrize("size", SIZES)
async def test_a_typed_line_becomes_a_message_that_changes_until_its_picture_is_there(
    demo: Demo, size: str
) -> None:
    page = await demo.visit(size=size)
    await write(page, LINE)
    await page.keyboard.press("Enter")
    await expect(messages(page, "Waiting")).to_contain_text("Ben used /draw")
    assert demo.bot.drawn == [{**OTHERS, "prompt": "maltese puppy", "steps": 20}]
    demo.bot.go_on.set()
    assert await natural_width(page.get_by_alt_text("picture 0")) == 512
    await expect(messages(page, "maltese puppy 20")).to_be_visible()
    await expect(messages(page, "Waiting")).to_have_count(0)
    assert await too_wide(page) <= 0

    await button(page, "Data").click()
    private = messages(page, "the data of it")
    await expect(private).to_contain_text("Only you can see this")
    await expect(private).to_be_in_viewport()

    await page.locator("#open-person").click()
    await page.get_by_role("dialog").get_by_role("button", name="Chloe").click()
    await expect(page.locator("#self")).to_contain_text("Chloe")
    await expect(messages(page, "maltese puppy 20")).to_be_visible()
    await expect(messages(page, "the data of it")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
async def test_a_prompt_of_the_welcome_draws_at_once(demo: Demo, size: str) -> None:
    page = await demo.visit(size=size)
    await page.locator(".welcome .prompt").first.click()
    await expect(messages(page, "Waiting")).to_be_visible()
    assert demo.bot.drawn == [{**OTHERS, "prompt": "maltese puppy", "steps": 30}]


async def test_a_message_that_changes_is_seen_by_everybody_in_the_channel(demo: Demo) -> None:
    ben, chloe = await demo.visit("ben"), await demo.visit("chloe")
    await send(ben, "/draw prompt: a cat")
    await expect(messages(chloe, "Waiting")).to_contain_text("Ben used /draw")
    demo.bot.go_on.set()
    await expect(messages(chloe, "a cat 30")).to_be_visible()
    await expect(messages(chloe, "Waiting")).to_have_count(0)


# commands


LINES: list[tuple[str, dict[str, object]]] = [
    (LINE, {"prompt": "maltese puppy", "steps": 20}),
    ("/draw prompt:a steps:5 style:Ink", {"prompt": "a", "steps": 5, "style": "ink"}),
    ("/draw a fox in the snow", {"prompt": "a fox in the snow", "steps": 30}),
    ("/draw prompt: time: 5 pm, steps", {"prompt": "time: 5 pm, steps", "steps": 30}),
    ("/draw prompt: two\nlines sampler: Heun", {"prompt": "two\nlines", "steps": 30, "sampler": "Heun"}),
]


async def test_a_pasted_line_is_read_as_a_command(demo: Demo) -> None:
    page = await demo.visit()
    for at, (line, expected) in enumerate(LINES):
        await send(page, line)
        await until_drawn(demo, at + 1)
        assert demo.bot.drawn[-1] == {**OTHERS, **expected}


async def test_a_slash_lists_the_commands_and_arrow_keys_choose_one(demo: Demo) -> None:
    page = await demo.visit()
    await write(page, "/")
    rows = page.locator(".popup-row")
    await expect(rows).to_have_count(5)
    await expect(rows.nth(1)).to_contain_text("/draw")
    await expect(rows.nth(1)).to_contain_text("Draw a picture")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".command-title")).to_have_text("/draw")
    await expect(page.locator("#option-prompt")).to_be_focused()
    await expect(page.locator(".more-options")).to_have_text("+8 more")


async def test_escape_closes_the_list_first_and_the_command_next(demo: Demo) -> None:
    page = await demo.visit()
    await write(page, "/draw a cat")
    await expect(page.locator("#popup")).to_contain_text("prompt")
    await page.keyboard.press("Escape")
    await expect(page.locator("#popup")).to_be_hidden()
    await expect(page.locator("#option-prompt")).to_have_value("a cat")
    await page.keyboard.press("Escape")
    await expect(page.locator("#message-text")).to_be_focused()
    await expect(page.locator("#message-text")).to_have_value("")


@pytest.mark.parametrize("size", SIZES)
async def test_the_bot_is_asked_for_completions_while_one_types(demo: Demo, size: str) -> None:
    page = await demo.visit(size=size)
    await write(page, "/draw prompt: a cat sampler: eul")
    rows = page.locator(".popup-row")
    await expect(rows).to_have_text(["Euler", "Euler a"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#option-sampler")).to_have_value("Euler a")
    await page.keyboard.press("Enter")
    await until_drawn(demo)
    assert demo.bot.drawn[0]["sampler"] == "Euler a"


@pytest.mark.parametrize("size", SIZES)
async def test_optional_options_are_one_tap_away_and_offer_their_choices(demo: Demo, size: str) -> None:
    page = await demo.visit(size=size)
    await write(page, "/draw a cat")
    await page.locator(".more-options").click()
    await page.locator(".popup-row", has_text="style").click()
    await expect(page.locator(".popup-row")).to_have_text(["Oil", "Ink"])
    await page.locator(".popup-row", has_text="Ink").click()
    await page.locator(".more-options").click()
    await page.locator(".popup-row", has_text="friend").click()
    await page.locator(".popup-row", has_text="Ada").click()
    await page.get_by_role("button", name="Send").click()
    await until_drawn(demo)
    assert demo.bot.drawn == [{**OTHERS, "prompt": "a cat", "steps": 30, "style": "ink", "friend": "ada"}]


async def test_what_is_missing_or_no_number_is_said_and_nothing_is_sent(demo: Demo) -> None:
    page = await demo.visit()
    await write(page, "/draw prompt: ")
    await page.keyboard.press("Enter")
    await expect(page.locator("#popup")).to_contain_text("This option is required")
    await page.keyboard.type("a cat steps: many")
    await page.keyboard.press("Enter")
    await expect(page.locator("#popup")).to_contain_text("Must be a whole number.")
    await expect(page.locator("#option-steps")).to_be_focused()
    await page.locator("#option-steps").fill("51")
    await page.keyboard.press("Enter")
    await expect(page.locator("#popup")).to_contain_text("At most 50.")
    assert demo.bot.drawn == []


async def test_a_file_is_picked_for_an_attachment(demo: Demo, tmp_path: Path) -> None:
    picture = tmp_path / "start.png"
    picture.write_bytes(a_picture(3))
    page = await demo.visit()
    await write(page, "/draw prompt: a cat init_image:")
    async with page.expect_file_chooser() as chooser:
        await page.locator(".field-file").click()
    await (await chooser.value).set_files(picture)
    await expect(page.locator(".field-file")).to_contain_text("start.png")
    await page.get_by_role("button", name="Send").click()
    await until_drawn(demo)
    assert demo.bot.drawn[0]["init_image"] == "start.png"


async def test_a_command_that_is_not_answered_fails_as_on_discord(demo: Demo) -> None:
    demo.discord.response_seconds = 0.3
    page = await demo.visit()
    await send(page, "/silence ")
    failed = messages(page, "The application did not respond")
    await expect(failed).to_contain_text("Ben used /silence")
    await failed.get_by_role("button", name="Dismiss message").click()
    await expect(failed).to_have_count(0)


async def test_a_deferred_answer_shows_that_the_bot_is_thinking(demo: Demo) -> None:
    page = await demo.visit()
    await send(page, "/think ")
    await expect(messages(page, "Easel is thinking…")).to_contain_text("Only you can see this")
