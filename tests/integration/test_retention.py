"""Old requests are forgotten with their pictures, where the host wants that; young and live ones never."""

from pathlib import Path

from bot.backends.inputs import Inputs
from bot.backends.outputs import PictureFolder
from bot.model.work import Img2Img, Request
from bot.retention import Retention
from bot.storage.history import SQLiteHistory
from bot.storage.jobs import SQLiteJobStore
from bot.storage.sqlite import Database
from tests.support import PLENTY, ManualClock, a_request, an_origin, some_pictures

DAY = 86_400.0


async def drawn(store: SQLiteJobStore, request: Request) -> str:
    job = await store.submit(request, an_origin(), cost=100, admission=PLENTY)
    await store.claim("webui-1")
    await store.set_rendered(job.id, some_pictures(1))
    await store.set_delivered(job.id)
    return job.id


async def test_only_what_is_over_and_too_old_is_forgotten(tmp_path: Path) -> None:
    clock = ManualClock()
    inputs = Inputs(tmp_path / "outputs")
    shared, own = await inputs.put(b"shared"), await inputs.put(b"own")
    async with Database(tmp_path / "easel.db") as database:
        store = await SQLiteJobStore.open(database, clock)
        history = SQLiteHistory(database)
        old = await drawn(store, Request(work=Img2Img(prompt="x", seed=1, init=own)))
        other = await drawn(store, Request(work=Img2Img(prompt="y", seed=1, init=shared)))
        waiting = (await store.submit(a_request(), an_origin(), cost=100, admission=PLENTY)).id
        clock.advance(10 * DAY)
        young = await drawn(store, Request(work=Img2Img(prompt="z", seed=1, init=shared)))

        async def left(days: float) -> list[str]:
            pictures = PictureFolder(tmp_path / "outputs")
            await Retention(history, pictures, inputs, clock, keep_seconds=lambda: days * DAY).forget()
            return [job_id for job_id in (old, other, waiting, young) if await store.get(job_id) is not None]

        assert await left(0) == [old, other, waiting, young]
        assert await left(30) == [old, other, waiting, young]
        assert await left(5) == [waiting, young]
        assert await inputs.get(shared) == b"shared"
        kept = [file.stem for file in (tmp_path / "outputs" / "inputs").rglob("*.png")]
        assert kept == [shared]
