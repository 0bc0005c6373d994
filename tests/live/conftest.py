"""The web UI that ``--webui`` names, and the promise to leave its options as they were found."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import JsonValue

from bot.model.work import Txt2Img
from bot.webui import payloads, responses, wire
from bot.webui.client import WebUIClient
from bot.webui.dialects import Capabilities
from bot.webui.endpoints import Endpoint
from bot.webui.overrides import baseline_from_options


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--webui``, which these tests cannot do without."""
    parser.addoption(
        "--webui", metavar="URL", help="the web UI to test, user:password@ included where it wants it"
    )


@dataclass(frozen=True, kw_only=True)
class Live:
    """The web UI, what it can do, and what its host has set."""

    client: WebUIClient
    capabilities: Capabilities
    baseline: Mapping[str, JsonValue]
    sampler: str
    """One that it lists."""

    def work(self, **changes: Any) -> Txt2Img:
        """What every installation can do in a moment: 64 × 64 at two steps."""
        plain = {"prompt": "a cat", "seed": 5, "steps": 2, "width": 64, "height": 64, "sampler": self.sampler}
        return Txt2Img.model_validate(plain | changes)

    async def draw(self, work: Txt2Img) -> wire.Generation:
        """Render ``work`` as Easel would on a web UI that other people use too."""
        payload = payloads.txt2img(
            work,
            baseline=self.baseline,
            capabilities=self.capabilities,
            task_id="easel-live-test",
            dedicated=False,
        )
        return (await self.client.txt2img(payload)).parsed(responses.parse_generation)

    def needs(self, *endpoints: Endpoint) -> None:
        """Skip the test where one of them is not served: that feature is off there."""
        for endpoint in endpoints:
            if not self.capabilities.has(endpoint):
                pytest.skip(f"this web UI does not serve {endpoint.short}")


@pytest.fixture
async def live(request: pytest.FixtureRequest) -> AsyncIterator[Live]:
    """The web UI, opened; its options are put back if a fresh install kept our overrides (NOTES 3.6)."""
    url = request.config.getoption("--webui")
    if not url:
        pytest.skip("no web UI was named with --webui")
    async with WebUIClient(url) as client:
        capabilities = await client.probe()
        before = dict(await client.options())
        listed = [sampler.name for sampler in await client.samplers()]
        sampler = next(name for name in ("Euler", "euler", *listed) if name in listed)
        live = Live(
            client=client,
            capabilities=capabilities,
            baseline=baseline_from_options(before),
            sampler=sampler,
        )
        yield live
        await _put_back(client, capabilities, before)


async def _put_back(client: WebUIClient, capabilities: Capabilities, before: Mapping[str, JsonValue]) -> None:
    after = await client.options()
    other = {
        key: value for key, value in before.items() if after.get(key) != value and key != "sd_checkpoint_hash"
    }
    if other and capabilities.overrides:
        await client.set_options(other)
