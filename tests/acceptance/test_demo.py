"""``python -m bot demo`` as a person meets it: a command, a page, a typed line, a picture with buttons."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.integration.browser import SIZES, chromium, launched

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[str]:
    """The demo as a process of its own, in an empty folder; gives the page's address."""
    environment = {
        key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "BROWSER": "true"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            first = (await process.stdout.readline()).decode()
        yield next(word for word in first.split() if word.startswith("http://"))
    finally:
        process.terminate()
        async with asyncio.timeout(START_SECONDS):
            await process.wait()


@pytest.mark.parametrize("size", SIZES)
async def test_a_person_types_draw_and_the_picture_appears(tmp_path: Path, size: str) -> None:
    chromium()
    async with demo(tmp_path) as url, launched() as browser:
        width, height = SIZES[size]
        page = await browser.new_page(viewport={"width": width, "height": height})
        await page.goto(url)
        composer = page.locator("textarea, [contenteditable=true], input[type=text]").last
        await composer.click()
        await page.keyboard.type("/draw prompt: a red lighthouse steps: 20")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("%").last).to_be_visible(timeout=20_000)
        picture = page.get_by_alt_text("a red lighthouse").last
        await expect(picture).to_be_visible(timeout=20_000)
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 512
        await page.get_by_role("button", name="📋").last.click()
        await expect(page.get_by_text("Only you can see this").last).to_be_visible()
        await expect(page.get_by_text("/draw prompt:a red lighthouse").last).to_be_visible()
        overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0
