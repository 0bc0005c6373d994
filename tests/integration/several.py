"""The real bot in front of several stand-ins, over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import App
from bot.demo.discord import LocalDiscord
from bot.demo.webui import StandIn
from bot.demo.webui.library import Library, default_library
from bot.model.clock import Clock
from bot.model.work import Origin, Request, Txt2Img
from bot.queue.job import Job, State
from tests.harness import World, running_bot, settings_for
from tests.openapi import validator

OIL, INK = "daydream_v2", "inkAndPaper_v1"
"""Two checkpoints of the stand-in's library; every one starts with the first loaded."""


def only(*checkpoints: str) -> Library:
    """Everything else, but of the checkpoints these alone."""
    library = default_library()
    library.checkpoints = [one for one in library.checkpoints if Path(one.file).stem in checkpoints]
    return library


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """A world with more than one web UI."""

    world: World
    webuis: tuple[StandIn, ...]

    @property
    def app(self) -> App:
        """The bot."""
        return self.world.app

    async def submit(self, checkpoint: str | None = OIL, person: str = "ben", **work: Any) -> Job:
        """A small request, past the limits of /draw."""
        values: dict[str, Any] = {"prompt": "a cat", "seed": 1, "steps": 2, "width": 64, "height": 64}
        origin = Origin(
            guild_id=self.world.discord.guild.id,
            channel_id=self.world.drawing.id,
            user_id=self.world.discord.person(person).user.id,
        )
        request = Request(work=Txt2Img(checkpoint=checkpoint, **(values | work)))
        return await self.app.services.queue.submit(request, origin)

    async def job(self, job_id: str) -> Job:
        """As it is now."""
        job = await self.app.services.store.get(job_id)
        assert job is not None
        return job

    async def over(self, *jobs: Job) -> list[Job]:
        """All of them, once they have ended one way or the other."""
        with self.app.services.queue.events.subscribe() as events:
            while True:
                found = [await self.job(job.id) for job in jobs]
                if all(job.state.is_final for job in found):
                    return found
                await anext(events)

    async def delivered(self, *jobs: Job) -> list[Job]:
        """All of them, once they have ended, and well."""
        found = await self.over(*jobs)
        assert [job.state for job in found] == [State.DELIVERED] * len(jobs), found
        return found

    @property
    def names(self) -> list[str]:
        """Of the web UIs, in their order."""
        return [runner.name for runner in self.app.services.pool.runners]

    def loads(self) -> int:
        """How often a web UI has loaded a model since its start."""
        return sum(webui.machine.model_loads - 1 for webui in self.webuis)

    def drawn(self) -> list[list[str]]:
        """The checkpoints that each web UI drew with, in its order."""
        return [[rendered.model for rendered in webui.renders] for webui in self.webuis]

    async def until_up(self, *names: str) -> None:
        """Until exactly these web UIs take jobs."""
        with self.app.services.queue.events.subscribe() as events:
            while self.app.services.queue.dispatch.up != set(names):
                await anext(events)


@asynccontextmanager
async def several(
    folder: Path, *webuis: StandIn, clock: Clock | None = None, **changes: str
) -> AsyncIterator[Several]:
    """The web UIs as given, all up, each asked by a worker of its own."""
    async with AsyncExitStack() as stack:
        discord = LocalDiscord(validator=validator())
        await discord.start()
        stack.push_async_callback(discord.stop)
        for webui in webuis:
            await webui.start()
            stack.push_async_callback(webui.stop)
        urls = ",".join(webui.url for webui in webuis)
        app = await stack.enter_async_context(
            running_bot(settings_for(discord, urls, folder, changes), discord, clock)
        )
        world = World(discord=discord, stand_in=webuis[0], app=app)
        scene = Several(world=world, webuis=webuis)
        await scene.until_up(*scene.names)
        yield scene
    assert discord.violations == []
