"""A headless Chromium for the tests of the demo's page, and the page with its bot to look at."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    async_playwright,
    expect,
)

from bot.demo.discord import LocalDiscord
from bot.demo.pageserver import DemoInfo, PageServer
from tests.integration.page_bot import PageBot, connected

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
WAIT_MS = 8000
"""What a person would see is waited for this long."""


def chromium() -> str:
    """The path of a Chromium of this system; without one the test is skipped."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"the page is tested in a browser, and there is none of {', '.join(NAMES)}")
    return found


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A running browser."""
    path = chromium()
    expect.set_options(timeout=WAIT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(kw_only=True)
class Demo:
    """The page, its server and its bot."""

    browser: Browser
    discord: LocalDiscord
    bot: PageBot
    url: str
    complaints: list[str] = field(default_factory=list)
    """What browsers had to complain about: errors of scripts, what the security policy forbade."""
    contexts: list[BrowserContext] = field(default_factory=list)

    async def visit(self, person: str = "ben", channel: str = "drawing", *, size: str = "desktop") -> Page:
        """A tab of one person, when the channel shows."""
        width, height = SIZES[size]
        phone = size == "phone"
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, is_mobile=phone, has_touch=phone, locale="en-GB"
        )
        self.contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        await page.goto(f"{self.url}#{person}/{channel}")
        await expect(page.locator("#channel-name")).to_contain_text(channel)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)


@asynccontextmanager
async def serving(browser: Browser, discord: LocalDiscord) -> AsyncIterator[Demo]:
    """The page over a running local Discord with the bot in it. At the end no browser may have complained."""
    bot = PageBot()
    info = DemoInfo(painter="stand-in")
    async with connected(bot, discord), PageServer(discord, info) as server:
        demo = Demo(browser=browser, discord=discord, bot=bot, url=server.url)
        try:
            yield demo
        finally:
            for context in demo.contexts:
                await context.close()
        assert demo.complaints == []


async def write(page: Page, text: str) -> None:
    """Type into the box, key by key."""
    await page.locator("#message-text").click()
    await page.keyboard.type(text)


async def send(page: Page, line: str) -> None:
    """Paste a line and press Enter."""
    await page.locator("#message-text").click()
    await page.keyboard.insert_text(line)
    await page.keyboard.press("Enter")


def messages(page: Page, text: str) -> Locator:
    """The messages with a text."""
    return page.locator(".message", has_text=text)


def button(page: Page, name: str) -> Locator:
    """The newest button of messages with this label."""
    return page.locator(".message .button", has_text=name).last


async def natural_width(picture: Locator) -> int:
    """Pixels that the browser has of a picture, once it is loaded."""
    await expect(picture).to_be_visible()
    loaded = "node => node.decode().then(() => node.naturalWidth)"
    return int(await picture.evaluate(loaded))


async def too_wide(page: Page) -> float:
    """Pixels by which something of the page is wider than the window."""
    widths = """() => [document.documentElement, document.querySelector('#scroller')]
        .map((node) => node.scrollWidth - node.clientWidth)"""
    return float(max(await page.evaluate(widths)))


async def until_drawn(demo: Demo, count: int = 1) -> None:
    """Wait until the bot was asked to draw ``count`` times: its answer follows at once."""
    stored = demo.discord.channel("drawing").stored

    def answered() -> bool:
        return sum(1 for one in stored.values() if one.interaction) >= count

    await demo.discord.wait_for(answered, timeout=WAIT_MS / 1000)
