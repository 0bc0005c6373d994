"""The demo's page in a headless Chromium: what messages are made of, what people do with them, the panels."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.demo.discord import LocalDiscord, Permission
from bot.demo.discord.model import Overwrite
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
    write,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


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


# components


async def drawn(demo: Demo, line: str = "/draw prompt: a cat", size: str = "desktop") -> Page:
    """A page on which a picture has just come."""
    demo.bot.go_on.set()
    page = await demo.visit(size=size)
    await send(page, line)
    await expect(button(page, "Data")).to_be_visible()
    return page


async def test_a_dialog_asks_for_what_is_missing_and_sends_the_rest(demo: Demo) -> None:
    page = await drawn(demo)
    await button(page, "Edit").click()
    dialog = page.get_by_role("dialog", name="Edit the words")
    await expect(dialog.get_by_label("Prompt", exact=False).first).to_be_focused()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog).to_contain_text("required")
    await page.keyboard.type("a dog")
    await dialog.locator(".select").click()
    await page.get_by_role("option", name="Large").click()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(messages(page, "a dog | blurry | ['large']")).to_contain_text("Only you can see this")
    await expect(dialog).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
async def test_several_things_are_picked_from_a_select(demo: Demo, size: str) -> None:
    page = await drawn(demo, size=size)
    await page.locator(".message .select").click()
    await page.get_by_role("option", name="Heun").click()
    await page.get_by_role("option", name="LMS").click()
    await page.get_by_role("button", name="Done").click()
    await expect(messages(page, "picked Heun, LMS")).to_be_visible()


async def test_a_press_that_is_not_answered_is_told_under_its_message(demo: Demo) -> None:
    demo.discord.response_seconds = 0.3
    page = await drawn(demo)
    await button(page, "Silent").click()
    await expect(messages(page, "a cat 30")).to_contain_text("This interaction failed")
    await expect(button(page, "Silent")).to_be_enabled()


async def test_every_part_of_a_message_is_drawn(demo: Demo) -> None:
    page = await demo.visit()
    await send(page, "/show ")
    container = page.locator(".container")
    await expect(container.locator("h5")).to_have_text("A heading")
    for tag, text in (("strong", "bold"), ("em", "italic"), ("u", "under"), ("s", "gone"), ("code", "code")):
        await expect(container.locator(tag, has_text=text)).to_be_visible()
    await expect(container.locator("li")).to_have_text(["one", "two"])
    await expect(container.locator("blockquote")).to_have_text("quoted")
    await expect(container.locator(".spoiler-inside")).to_be_hidden()
    await container.locator(".spoiler").click()
    await expect(container.locator(".spoiler-inside")).to_have_text("hidden words")
    await expect(container.locator(".button")).to_have_text(
        ["Primary", "Secondary", "Success", "Danger", "Link"]
    )
    link = container.get_by_role("link", name="Link")
    assert await link.get_attribute("href") == "https://example.org/"
    await expect(container.get_by_alt_text("small")).to_be_visible()
    await container.locator("summary").click()
    await expect(container.locator(".file-preview pre")).to_have_text("line one\nline two\n")


@pytest.mark.parametrize("size", SIZES)
async def test_a_gallery_of_any_size_fits_and_shows_every_picture(demo: Demo, size: str) -> None:
    demo.bot.go_on.set()
    page = await demo.visit(size=size)
    for count in (1, 2, 3, 10):
        await send(page, f"/draw prompt: many pictures: {count}")
        pictures = page.locator(f".gallery.of-{count} img")
        await expect(pictures).to_have_count(count)
        for at in range(count):
            assert await natural_width(pictures.nth(at)) == 512
            box = await pictures.nth(at).bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) > 60
    assert await too_wide(page) <= 0


async def test_a_picture_is_enlarged_with_its_neighbours_and_its_description(demo: Demo) -> None:
    page = await drawn(demo, "/draw prompt: two pictures: 2")
    await page.get_by_role("button", name="Enlarge: picture 0").click()
    large = page.locator(".lightbox")
    await expect(large).to_contain_text("1 of 2")
    await expect(large).to_contain_text("picture 0")
    await page.keyboard.press("ArrowRight")
    await expect(large.get_by_alt_text("picture 1")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(large).to_have_count(0)
    await expect(page.get_by_role("button", name="Enlarge: picture 0")).to_be_focused()


async def test_a_spoiler_is_shown_at_the_first_click_and_stays_shown(demo: Demo) -> None:
    page = await drawn(demo, "/draw prompt: secret hidden: true")
    tile = page.locator(".tile")
    await expect(tile).to_have_accessible_name("Spoiler: show picture")
    assert "blur" in await tile.locator("img").evaluate("node => getComputedStyle(node).filter")
    await tile.click()
    await expect(tile).not_to_contain_text("Spoiler")
    await expect(page.locator(".lightbox")).to_have_count(0)
    await expect(tile.locator("img")).not_to_have_css("filter", re.compile(r"blur\((?!0)"))  # it fades
    await tile.click()
    await expect(page.locator(".lightbox")).to_be_visible()


# messages


MARKUP = "<img src=x onerror=alert(1)> <b>bold</b> </li><script>alert(2)</script>"


async def test_no_text_of_anybody_becomes_markup(demo: Demo) -> None:
    page = await demo.visit()
    await send(page, MARKUP)
    await expect(messages(page, MARKUP)).to_be_visible()
    await send(page, f"/draw prompt: {MARKUP}")
    demo.bot.go_on.set()
    await expect(messages(page, f"{MARKUP} 30")).to_be_visible()
    await send(page, "/classic ")
    await expect(messages(page, "<script>alert(1)</script>")).to_contain_text("Field")
    assert await page.locator("script:not([src]), img[src=x], #messages b b, li script").count() == 0


async def test_a_message_menu_of_the_bot_is_under_apps(demo: Demo) -> None:
    page = await demo.visit()
    await send(page, "look at this")
    await messages(page, "look at this").click(button="right")
    await page.get_by_role("button", name="Get Image Info").click()
    await expect(messages(page, "info of")).to_contain_text("Ben used /Get Image Info")


async def test_replies_and_reactions_show_for_everybody(demo: Demo) -> None:
    ben, chloe = await demo.visit("ben"), await demo.visit("chloe")
    await send(ben, "the first")
    await messages(chloe, "the first").hover()
    await messages(chloe, "the first").get_by_role("button", name="Reply").click()
    await expect(chloe.locator(".replying")).to_contain_text("Replying to Ben")
    await chloe.keyboard.type("the second")
    await chloe.keyboard.press("Enter")
    await expect(messages(ben, "the second").locator(".snippet")).to_have_text("the first")
    await messages(ben, "the second").click(button="right")
    await ben.get_by_role("button", name="React ❤️").click()
    await expect(messages(chloe, "the second").locator(".reaction")).to_have_attribute(
        "aria-pressed", "false"
    )
    await messages(chloe, "the second").locator(".reaction").click()
    await expect(messages(ben, "the second").locator(".reaction")).to_contain_text("2")


async def test_only_a_moderator_is_offered_to_delete_what_others_wrote(demo: Demo) -> None:
    ben, chloe, ada = await demo.visit("ben"), await demo.visit("chloe"), await demo.visit("ada")
    await send(ben, "to be deleted")
    await messages(chloe, "to be deleted").click(button="right")
    await expect(chloe.get_by_role("button", name="Reply").last).to_be_visible()
    await expect(chloe.get_by_role("button", name="Delete message")).to_have_count(0)
    await messages(ada, "to be deleted").click(button="right")
    await ada.get_by_role("button", name="Delete message").click()
    await expect(messages(ben, "to be deleted")).to_have_count(0)


async def test_messages_elsewhere_are_announced_in_the_channel_list(demo: Demo) -> None:
    page = await demo.visit()
    gallery = demo.discord.channel("gallery")
    await demo.discord.person("chloe").say(gallery, "hello there")
    row = page.locator(".channel", has_text="gallery")
    await expect(row).to_have_class("channel unread")
    await row.click()
    await expect(messages(page, "hello there")).to_be_visible()
    await expect(row).to_have_class("channel")


async def test_where_one_may_not_write_the_box_says_so(demo: Demo) -> None:
    everyone = demo.discord.guild.id
    rule = Overwrite(everyone, 0, deny=int(Permission.SEND_MESSAGES))
    demo.discord.channel("gallery").overwrites[everyone] = rule
    page = await demo.visit(channel="gallery")
    await expect(page.locator("#message-text")).to_be_disabled()
    await page.locator(".channel", has_text="drawing").click()
    await expect(page.locator("#message-text")).to_be_enabled()
    await expect(page.locator("#message-text")).to_have_attribute("placeholder", "Message #drawing")


async def test_a_finger_that_stays_on_a_message_opens_its_menu(demo: Demo) -> None:
    page = await demo.visit("ada", size="phone")
    await send(page, "touch me")
    touched = messages(page, "touch me").locator(".text")
    await touched.evaluate(
        """(node) => {
            const { x, y } = node.getBoundingClientRect();
            const touch = new Touch({ identifier: 1, target: node, clientX: x + 5, clientY: y + 5 });
            node.dispatchEvent(new TouchEvent('touchstart', { touches: [touch], bubbles: true }));
        }"""
    )
    menu = page.get_by_role("dialog", name="Message")
    await expect(menu.get_by_role("button", name="Get Image Info")).to_be_in_viewport()
    await menu.get_by_role("button", name="Delete message").click()
    await expect(messages(page, "touch me")).to_have_count(0)


async def test_a_code_block_is_copied_as_it_was_typed(demo: Demo) -> None:
    page = await drawn(demo, "/draw prompt: two  spaces *and* <b>\nlines")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.locator(".code-box").hover()
    await page.get_by_role("button", name="Copy", exact=True).click()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == "two  spaces *and* <b>\nlines 30"


async def test_what_one_is_typing_survives_what_happens_elsewhere(demo: Demo) -> None:
    page = await demo.visit()
    await write(page, "/draw prompt: half a tho")
    demo.discord.world.add_channel("brand-new")
    await expect(page.locator(".channel", has_text="brand-new")).to_be_visible()
    await demo.discord.person("chloe").say(demo.discord.channel("drawing"), "hello")
    await expect(messages(page, "hello")).to_be_visible()
    await page.keyboard.type("ught")
    await expect(page.locator("#option-prompt")).to_have_value("half a thought")


# the page itself


async def test_a_phone_has_its_panels_as_drawers(demo: Demo) -> None:
    page = await demo.visit(size="phone")
    await expect(page.locator("#channels")).not_to_be_in_viewport()
    await page.get_by_role("button", name="Channels", exact=True).click()
    await page.locator(".channel", has_text="after-dark").click()
    await expect(page.locator("#channel-name")).to_have_text("after-dark")
    await expect(page.locator("#channels")).not_to_be_in_viewport()
    await page.get_by_role("button", name="Members", exact=True).click()
    await expect(page.locator(".member", has_text="Chloe")).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(page.locator("#members")).not_to_be_in_viewport()


async def test_the_language_of_a_person_can_be_switched(demo: Demo) -> None:
    page = await demo.visit()
    await page.locator("#open-person").click()
    await page.get_by_label("Ben’s Discord speaks").select_option("de")
    await expect(page.locator("#self")).to_contain_text("Deutsch")
    assert demo.discord.person("ben").locale == "de"


async def test_the_banner_tells_who_paints_and_how_to_let_a_web_ui_paint(demo: Demo) -> None:
    page = await demo.visit()
    await expect(page.locator("#banner")).to_contain_text("A stand-in paints here, not a model.")
    await page.get_by_role("button", name="Use a real web UI").click()
    await page.get_by_label("Paste its address:").fill("http://192.0.2.7:7860")
    line = page.locator("#webui-line")
    await expect(line).to_have_text("python -m bot demo --webui http://192.0.2.7:7860")
    await page.get_by_label("Paste its address:").fill("http://x;rm -rf ~")
    await expect(page.get_by_role("button", name="Copy")).to_be_disabled()
    await expect(line).not_to_contain_text("rm")


async def test_the_place_is_kept_in_the_address(demo: Demo) -> None:
    page = await demo.visit("chloe", "gallery")
    await page.locator(".channel", has_text="sketches").click()
    await expect(page.locator("#channel-name")).to_have_text("sketches")
    await page.reload()
    await expect(page.locator("#channel-name")).to_have_text("sketches")
    await expect(page.locator("#self")).to_contain_text("Chloe")


async def test_an_unknown_person_in_the_address_is_nobody_and_becomes_ben(demo: Demo) -> None:
    page = await demo.visit("nobody", "gallery")
    await expect(page.locator("#self")).to_contain_text("Ben")


FORMATTED = [
    ("**a** *b* __c__ ~~d~~", "<strong>a</strong> <em>b</em> <u>c</u> <s>d</s>"),
    ("snake_case_word and 2 * 3 * 4", "snake_case_word and 2 * 3 * 4"),
    ("``a ` b``", "<code>a ` b</code>"),
    ("`` `a` ``", "<code>`a`</code>"),
    ("\\*plain\\*", "*plain*"),
    ("`**not**`", "<code>**not**</code>"),
    ("a < b & c", "a &lt; b &amp; c"),
    ("<@7>", '<span class="mention mine">@Ada</span>'),
    ("<@8>", '<span class="mention">@unknown-user</span>'),
    ("https://discord.com/channels/1/2/3", '<button type="button" class="mention">#unknown › 💬</button>'),
]
FORMAT = """async (text) => {
    const { markdown } = await import('/js/markdown.js');
    const users = new Map([['7', { display_name: 'Ada' }]]);
    const scene = { users, channels: new Map(), roles: new Map(), me: '7' };
    return markdown(text, scene).firstElementChild.innerHTML;
}"""


async def test_text_is_formatted_as_discord_does(demo: Demo) -> None:
    page = await demo.visit()
    for text, html in FORMATTED:
        assert await page.evaluate(FORMAT, text) == html, text
