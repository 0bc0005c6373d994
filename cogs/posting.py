"""Results reach their channel: each message once, whatever dies in between.

A delivery's id goes out as ``nonce``, and Discord answers a repeated one with the first message, for a few
minutes. The time of an attempt is stored before it is made. An attempt of an earlier process, or one older
than Discord's memory, is looked for in the channel first and posted only if it is not there; and then with
the same nonce again, in case it had just not become visible.
"""

import asyncio
import logging
from contextlib import suppress

import discord

from bot.answers import CommandAnswer
from bot.client import NETWORK_ERRORS, EaselBot
from bot.errors import AdultsOnly, Gone, InputGone, PictureError, StorageError
from bot.imaging.reencode import preview_webp
from bot.model.tasks import TaskOwner
from bot.model.work import Describe
from bot.queue.job import Delivery, Failure, Job, State
from cogs.options import default_work
from cogs.present import public_voice
from cogs.reviews import Reviews
from cogs.showing import require_direct
from cogs.uploads import Room, uploads
from cogs.views.base import custom_ids, own_messages
from cogs.views.description import description_message
from cogs.views.result import result_message

log = logging.getLogger(__name__)

NONCE_SECONDS = 120.0
"""Discord remembers a nonce for "a few minutes"; within these seconds of the first attempt it surely does."""
_TOO_LARGE = 40005
_DIRECT_LIMIT = 10 * 2**20
"""Bytes of a file in a direct message, whatever the server of the request allows."""

_CLOSED = (403, 404)
_OTHERS_AFTER_SECONDS = 5.0
"""A result that is so old and nobody's is taken up by whoever sees it; before, by whoever drew it."""
_PASSING = (discord.DiscordServerError, discord.RateLimited, StorageError, *NETWORK_ERRORS)
"""What may be gone at the next attempt."""


class Undeliverable(Exception):
    """Trying again will not help. ``code`` names the failure that the person is told."""

    def __init__(self, code: str = "undeliverable") -> None:
        super().__init__(code)
        self.code = code


class _NotOurs(Exception):
    """Another process posts that job, or has taken it over."""


class Poster:
    """Posts rendered jobs; ``run`` may run several times side by side."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._known: set[str] = set()
        self._pauses: dict[str, float] = {}
        self._again: set[str] = set()
        """Known ones of which was heard anew meanwhile."""
        self._reviews = Reviews(bot)
        self._tried: set[str] = set()
        """Deliveries that this process has attempted and not finished."""
        self._later = TaskOwner()

    def enqueue(self, job_id: str) -> None:
        """Post it soon. One that is on its way is not taken twice at a time, but looked at again after."""
        if job_id in self._known:
            self._again.add(job_id)
            return
        self._known.add(job_id)
        self._waiting.put_nowait(job_id)

    async def take_up(self) -> None:
        """Results of processes that died before they could post them. Raises StorageError."""
        rendered = await self._services.store.in_state(State.RENDERED)
        before = self._services.clock.now() - _OTHERS_AFTER_SECONDS
        for job in rendered:
            if (job.rendered_at or 0.0) < before:
                self.enqueue(job.id)

    async def close(self) -> None:
        """Forget the pauses; the store knows what is left to do."""
        await self._later.close()

    async def run(self) -> None:
        """Post one job after the other, for ever."""
        while True:
            job_id = await self._waiting.get()
            try:
                await self._deliver_or_give_up(job_id)
            except _PASSING as error:
                self._try_later(job_id, error)
            else:
                await self._forget(job_id)

    async def _deliver_or_give_up(self, job_id: str) -> None:
        """Raises what may pass by itself, also of telling that it was given up."""
        try:
            await self._deliver(job_id)
        except _PASSING:
            raise
        except _NotOurs:
            log.debug("another process posts a result", extra={"job": job_id})
        except (Undeliverable, AdultsOnly, Gone) as error:
            await self._give_up(job_id, error.code)
        except Exception:
            log.exception("a result could not be posted", extra={"job": job_id})
            await self._give_up(job_id, "undeliverable")

    async def _give_up(self, job_id: str, code: str) -> None:
        """The pictures stay on disk; the person is told through the status message."""
        log.warning("a result stays undelivered", extra={"job": job_id, "code": code})
        await self._services.queue.fail(job_id, Failure(code=code))

    async def _forget(self, job_id: str) -> None:
        self._known.discard(job_id)
        self._pauses.pop(job_id, None)
        is_due = job_id in self._again
        self._again.discard(job_id)
        try:
            await self._services.leases.give_back(_lease(job_id))
        except StorageError as error:
            # It is over; the lease of a job that is over bothers nobody, and ends with this process.
            log.info("a lease could not be given back", extra={"job": job_id, "reason": error.reason})
        if is_due:
            self.enqueue(job_id)

    def _try_later(self, job_id: str, error: Exception) -> None:
        settings = self._services.settings.delivery
        pause = self._pauses.get(job_id, settings.retry_first_seconds)
        self._pauses[job_id] = min(pause * 2, settings.retry_max_seconds)
        status = error.status if isinstance(error, discord.HTTPException) else None
        log.warning(
            "a result could not be posted yet, trying again",
            extra={"job": job_id, "seconds": pause, "status": status, "kind": type(error).__name__},
        )
        self._later.start(self._requeue(job_id, pause), f"delivery-retry-{job_id}")

    async def _requeue(self, job_id: str, pause: float) -> None:
        await self._services.clock.sleep(pause)
        self._waiting.put_nowait(job_id)

    async def _deliver(self, job_id: str) -> None:
        if not await self._services.leases.take(_lease(job_id)):
            raise _NotOurs
        job = await self._services.store.get(job_id)
        if job is None or job.state is not State.RENDERED:
            return
        if job.request.held and not await self._reviews.passed(job):
            return
        everything = tuple(picture.index for picture in job.pictures)
        # A description has no picture, and is a message all the same.
        parts = [everything] if everything or isinstance(job.request.work, Describe) else []
        for delivery in await self._services.store.plan_deliveries(job_id, parts):
            if delivery.message_id is None:
                message_id = await self._post(job, delivery)
                await self._services.store.set_posted(delivery.id, message_id)
                self._tried.discard(delivery.id)
        await self._services.queue.delivered(job_id)
        if job.request.held:
            await self._reviews.forget(job_id)

    async def _post(self, job: Job, delivery: Delivery) -> int:
        answer = self._bot.answers.of(job.id)
        if answer is not None and delivery.part == 0:
            with suppress(discord.HTTPException, TimeoutError):
                return await self._put_in_place(job, delivery, answer)
        channel = self._bot.get_partial_messageable(job.origin.channel_id, guild_id=job.origin.guild_id)
        try:
            return await self._find_or_send(job, delivery, channel)
        except discord.HTTPException as error:
            if error.status not in _CLOSED:
                raise
        return await self._post_to_person(job, delivery)

    async def _put_in_place(self, job: Job, delivery: Delivery, answer: CommandAnswer) -> int:
        """Of the answer to the command, as often as need be: an edit makes no second message."""
        total = self._services.settings.delivery.message_byte_limit
        view, files = await self._message(job, delivery, Room(file=job.origin.filesize_limit, total=total))
        return await answer.show(view, files)

    async def _post_to_person(self, job: Job, delivery: Delivery) -> int:
        """The channel is closed to us: the person still gets the pictures, by direct message."""
        log.warning("channel closed, delivering by direct message", extra={"job": job.id})
        await require_direct(self._services, job, job.origin.user_id)
        try:
            channel = await self._bot.create_dm(discord.Object(job.origin.user_id))
            return await self._send(job, delivery, channel, min(job.origin.filesize_limit, _DIRECT_LIMIT))
        except discord.HTTPException as error:
            if error.status in (400, *_CLOSED):
                raise Undeliverable from error
            raise

    async def _find_or_send(self, job: Job, delivery: Delivery, channel: discord.PartialMessageable) -> int:
        attempted = delivery.attempted_at
        if attempted is not None and self._may_be_forgotten(delivery, attempted):
            found = await self._find(job, delivery, channel, attempted)
            if found is not None:
                return found
            attempted = None
        if attempted is None:
            await self._services.store.set_attempted(delivery.id)
        self._tried.add(delivery.id)
        return await self._send(job, delivery, channel)

    def _may_be_forgotten(self, delivery: Delivery, attempted: float) -> bool:
        """Whether Discord may not know the nonce any more: how long the bot was away nobody can tell."""
        return delivery.id not in self._tried or self._services.clock.now() - attempted >= NONCE_SECONDS

    async def _find(
        self, job: Job, delivery: Delivery, channel: discord.PartialMessageable, since: float
    ) -> int | None:
        """The message of an attempt whose answer was never read, if Discord has it."""
        mark = f"e1:delete:{job.id}:{delivery.part}"
        try:
            async for message in own_messages(self._bot, channel, since):
                if mark in custom_ids(message):
                    log.info("found a result that was already posted", extra={"job": job.id})
                    return message.id
        except discord.Forbidden:
            # A picture twice is better than a picture never.
            log.warning("may not read the channel's history, posting again", extra={"job": job.id})
        return None

    async def _send(
        self, job: Job, delivery: Delivery, channel: discord.abc.Messageable, limit: int | None = None
    ) -> int:
        """``limit``: bytes of a file, where it is not the one of the place that the request came from."""
        total = self._services.settings.delivery.message_byte_limit
        room = Room(file=limit or job.origin.filesize_limit, total=total)
        try:
            return await self._send_within(job, delivery, channel, room)
        except discord.HTTPException as error:
            if error.status != 413 and error.code != _TOO_LARGE:
                raise
        log.info("Discord found a result too large, sending it smaller", extra={"job": job.id})
        tried = [job.pictures[index].size for index in delivery.pictures]
        return await self._send_within(job, delivery, channel, room.halved(tried))

    async def _send_within(
        self, job: Job, delivery: Delivery, channel: discord.abc.Messageable, room: Room
    ) -> int:
        view, files = await self._message(job, delivery, room)
        person = discord.Object(job.origin.user_id)
        mentions = discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[person])
        if not self._services.leases.holds(_lease(job.id)):
            raise _NotOurs  # this process stood still for so long that another one has taken over
        message = await channel.send(view=view, files=files, nonce=delivery.id, allowed_mentions=mentions)
        return message.id

    async def _message(
        self, job: Job, delivery: Delivery, room: Room
    ) -> tuple[discord.ui.LayoutView, list[discord.File]]:
        """What is posted: the card, or what a picture shows. Raises Gone and PictureError."""
        voice = public_voice(self._services.texts, job.origin)
        if isinstance(job.request.work, Describe):
            return description_message(voice, job, await self._described(job.request.work))
        pictures = [job.pictures[index] for index in delivery.pictures]
        shown = await asyncio.to_thread(uploads, self._services.outputs, job.id, pictures, room)
        return result_message(voice, job, delivery, shown, default_work(self._services.settings))

    async def _described(self, work: Describe) -> bytes | None:
        """The picture that a description is about, small."""
        try:
            data = await self._services.inputs.get(work.input)
            return await asyncio.to_thread(preview_webp, data)
        except (InputGone, PictureError):
            return None


def _lease(job_id: str) -> str:
    return f"post:{job_id}"
