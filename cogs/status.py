"""Status messages: place, progress, and how it ended. A courtesy: merged, throttled, dropped first.

One edit at a time, at least ``interval_seconds`` apart for each message, the one that waited longest first,
and only if the text would change. Endings go before everything else.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import discord

from bot.answers import CommandAnswer
from bot.client import NETWORK_ERRORS, EaselBot
from bot.errors import StorageError
from bot.queue.events import Anew, Event, LineMoved, Progressed
from bot.queue.job import Job, State
from cogs.agenda import Agenda
from cogs.errors import sentence
from cogs.present import Voice, public_voice, still_words
from cogs.previews import Pace, Preview, Previews
from cogs.views.base import custom_ids, own_messages
from cogs.views.result import running_headline, status_view, waiting_headline

log = logging.getLogger(__name__)

_EDIT_SECONDS = 15.0
"""One edit that Discord keeps waiting (a rate limit) must not hold up all the others."""
_AFTER_FAILURE_SECONDS = 30.0
_EDITABLE_SECONDS = 3300.0
"""Discord takes only a few edits of a message older than an hour, then answers with this code."""
_TOO_OLD = 30046
_SETTLED_SECONDS = 10.0
"""Within these seconds of /draw its status message may still be on its way."""
_MOVED_SECONDS = 10.0
"""A place that merely moved is not worth more edits than this."""
_LOOK_SECONDS = 1.0
"""A line that moves is looked through at most this often."""
_COURTESY_SECONDS = 0.2
"""Between two edits of messages that merely wait, of all jobs together: Discord allows 50 requests a second
for everything, and answers and results come first."""
STATUS_LEASE = "status"
"""Whoever has it keeps all status messages."""
_LINE = ""
"""Stands for the whole line where otherwise a job's id stands."""


@dataclass(slots=True)
class _Shown:
    """What is known of one status message."""

    state: State
    edited_at: float
    headline: str = ""
    preview: Preview | None = None
    channel_id: int = 0
    too_old: bool = False
    """Discord takes no more edits of it."""
    gone: bool = False
    """Somebody deleted it. Of a failure the person is told all the same."""


class StatusMessages:
    """Keeps every job's status message current."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._shown: dict[str, _Shown] = {}
        self._agenda = Agenda()
        self._new_due = asyncio.Event()
        self._previews = Previews()
        self._pace = Pace(lambda: bot.services.settings.preview.interval_seconds)
        self._sending: tuple[str, asyncio.Timeout] | None = None
        """The running job whose message is being edited, and what ends that."""
        self._quiet_until = 0.0
        """Before this no message that merely waits is edited."""

    def track(self, job: Job) -> None:
        """``job`` has a status message; unless it just waits, that is out of date."""
        edited_at = self._services.clock.now() if job.state is State.WAITING else 0.0
        shown = _Shown(state=job.state, edited_at=edited_at, channel_id=job.origin.channel_id)
        self._shown[job.id] = shown
        self._mark(job.id, self._earliest(shown))

    async def adopt(self, jobs: Sequence[Job]) -> None:
        """Find the status messages of jobs that a crash left without knowing them.

        Between the answer to /draw and the note of its message's id a process may die; without this the
        message would say "waiting" for ever.
        """
        missing = {job.id: job for job in jobs if job.status_message_id is None}
        for channel_id in {job.origin.channel_id for job in missing.values()}:
            here = [job for job in missing.values() if job.origin.channel_id == channel_id]
            channel = self._bot.get_partial_messageable(channel_id, guild_id=here[0].origin.guild_id)
            try:
                async for message in own_messages(self._bot, channel, min(job.created_at for job in here)):
                    for job in here:
                        if f"e1:cancel:{job.id}" in custom_ids(message):
                            await self._services.queue.attach_status(job.id, message.id)
            except (discord.HTTPException, StorageError, *NETWORK_ERRORS) as error:
                kind = type(error).__name__
                log.info("status messages could not be looked for", extra={"kind": kind})

    async def hear(self, event: Event) -> None:
        """Note what became out of date."""
        if isinstance(event, LineMoved | Anew):
            self._mark(_LINE, self._services.clock.now() + _LOOK_SECONDS)
            return
        known = self._shown.get(event.job_id)
        if isinstance(event, Progressed):
            if known is not None and self._services.settings.preview.enabled:
                self._mark(event.job_id, known.edited_at + self._between_edits(known))
        elif known is None:
            await self._meet(event.job_id)
        else:
            known.state = event.state
            self._give_up_preview(event.job_id, event.state)
            self._mark(event.job_id, self._earliest(known))

    def _earliest(self, shown: _Shown) -> float:
        """When the message may be edited again. An ending waits for nothing."""
        if shown.state.is_final or shown.gone:
            return 0.0
        return shown.edited_at + self._services.settings.preview.interval_seconds

    def _give_up_preview(self, job_id: str, state: State) -> None:
        """What is no longer true is not waited for, however long Discord takes for it."""
        if self._sending is not None and self._sending[0] == job_id and state is not State.RUNNING:
            self._sending[1].reschedule(asyncio.get_running_loop().time())
            self._sending = None

    def _between_edits(self, shown: _Shown) -> float:
        running = self._services.queue.running
        here = sum(1 for job in running if job.origin.channel_id == shown.channel_id)
        return self._pace.seconds(here=here, everywhere=len(running))

    async def _meet(self, job_id: str) -> None:
        """A job that is not tracked yet: it is from now on, if its status message is known."""
        job = await self._services.store.get(job_id)
        if job is None:
            return
        if job.status_message_id is not None:
            self.track(job)
        elif (answer := self._bot.answers.of(job_id)) is not None:
            await self._say_the_end(job, answer)
        elif job.state is State.FAILED and self._services.clock.now() - job.created_at > _SETTLED_SECONDS:
            await self._announce(job)

    async def _say_the_end(self, job: Job, answer: CommandAnswer) -> None:
        """Of a job without a picture, where there is no other message than the answer to its command."""
        if job.state not in (State.FAILED, State.CANCELLED):
            return
        voice = public_voice(self._services.texts, job.origin)
        try:
            async with asyncio.timeout(_EDIT_SECONDS):
                await answer.show(status_view(voice, job, await self._headline(voice, job)))
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            log.info("an end could not be told", extra={"job": job.id, "kind": type(error).__name__})

    async def _announce(self, job: Job) -> None:
        """A job failed whose status message somebody deleted: the person is told all the same."""
        voice = public_voice(self._services.texts, job.origin)
        headline = f"<@{job.origin.user_id}> {await self._headline(voice, job)}"
        channel = self._bot.get_partial_messageable(job.origin.channel_id, guild_id=job.origin.guild_id)
        person = discord.AllowedMentions(
            everyone=False, roles=False, replied_user=False, users=[discord.Object(job.origin.user_id)]
        )
        try:
            async with asyncio.timeout(_EDIT_SECONDS):
                await channel.send(view=status_view(voice, job, headline), allowed_mentions=person)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            kind = type(error).__name__
            log.info("a failure could not be told", extra={"job": job.id, "kind": kind})

    def _mark(self, key: str, due: float) -> None:
        before = self._agenda.first
        self._agenda.put(key, due)
        if self._agenda.first != before:
            self._new_due.set()

    async def run(self) -> None:
        """Edit what is due, for ever."""
        while True:
            self._new_due.clear()
            first = self._agenda.first
            if first is None:
                await self._new_due.wait()
                continue
            when, key = first
            pause = (
                max(when, self._quiet_until if self._merely_waits(key) else 0.0) - self._services.clock.now()
            )
            if pause > 0:
                await self._rest(pause)
                continue
            self._agenda.drop(key)
            if key == _LINE:
                self._mark_line()
            else:
                await self._refresh(key)

    def _merely_waits(self, key: str) -> bool:
        shown = self._shown.get(key)
        return shown is not None and shown.state is State.WAITING

    def _mark_line(self) -> None:
        """Every place may have changed."""
        interval = max(self._services.settings.preview.interval_seconds, _MOVED_SECONDS)
        for job_id, shown in self._shown.items():
            if shown.state is State.WAITING:
                self._agenda.put(job_id, shown.edited_at + interval)

    async def _rest(self, seconds: float) -> None:
        """Until that time, or until something is due earlier."""
        sleeper = asyncio.ensure_future(self._services.clock.sleep(seconds))
        waker = asyncio.ensure_future(self._new_due.wait())
        try:
            await asyncio.wait({sleeper, waker}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            waker.cancel()

    async def _refresh(self, job_id: str) -> None:
        shown = self._shown.get(job_id)
        if shown is None:
            return
        if (earliest := self._earliest(shown)) > self._services.clock.now():
            self._mark(job_id, earliest)  # it was asked for while the edit before was under way
            return
        if not self._services.leases.holds(STATUS_LEASE):
            self._shown.pop(job_id, None)  # another process keeps them now
            return
        try:
            job = await self._services.store.get(job_id)
            if job is None or (job.status_message_id is None and not shown.gone):
                self._shown.pop(job_id, None)
                return
            shown.state, shown.edited_at = job.state, self._services.clock.now()
            if job.status_message_id is None:
                await self._without_message(job)
                return
            if job.state is State.WAITING:
                self._quiet_until = shown.edited_at + _COURTESY_SECONDS
            await self._show_if_it_is_there(job, shown, job.status_message_id)
        except (discord.HTTPException, StorageError, *NETWORK_ERRORS) as error:
            kind = type(error).__name__
            log.info("a status message could not be edited", extra={"job": job_id, "kind": kind})
            shown.headline = ""
            shown.too_old = getattr(error, "code", 0) == _TOO_OLD
            self._mark(job_id, self._services.clock.now() + _AFTER_FAILURE_SECONDS)
        except Exception:
            # One message that cannot be shown must not end all the others.
            log.exception("a status message is given up", extra={"job": job_id})
            self._shown.pop(job_id, None)

    async def _show_if_it_is_there(self, job: Job, shown: _Shown, message_id: int) -> None:
        try:
            # Not asyncio.wait_for: before Python 3.12 it loses a cancel that comes as the inner call ends.
            async with asyncio.timeout(_EDIT_SECONDS):
                await self._show(job, shown, message_id)
        except (discord.NotFound, discord.Forbidden):
            await self._services.store.set_status_message(job.id, None)
            shown.gone = True
            # The job may have failed while the edit was under way: look again, in turn.
            self._mark(job.id, 0.0)

    async def _without_message(self, job: Job) -> None:
        if not job.state.is_final:
            return
        self._shown.pop(job.id, None)
        if job.state is State.FAILED:
            await self._announce(job)

    async def _show(self, job: Job, shown: _Shown, message_id: int) -> None:
        channel = self._bot.get_partial_messageable(job.origin.channel_id, guild_id=job.origin.guild_id)
        message = channel.get_partial_message(message_id)
        if job.state is State.DELIVERED:
            await message.delete()
            await self._let_go(job.id)
            return
        preview = await self._preview(job)
        if preview is not None and await self._is_over(job.id):
            return  # making it took a moment, and nothing is shown of it after the result
        voice = public_voice(self._services.texts, job.origin)
        headline = await self._headline(voice, job)
        if (headline, preview) != (shown.headline, shown.preview):
            files = [preview.file()] if preview else []
            view = status_view(voice, job, headline, [file.filename for file in files])
            async with self._given_up_in_time(job):
                await self._put(job, shown, message, view, files)
            shown.headline, shown.preview = headline, preview
        if job.state.is_final:
            await self._let_go(job.id)

    @asynccontextmanager
    async def _given_up_in_time(self, job: Job) -> AsyncIterator[None]:
        """An edit of a running job's message ends with that. Raises TimeoutError."""
        async with asyncio.timeout(None) as scope:
            self._sending = (job.id, scope) if job.state is State.RUNNING else None
            try:
                yield
            finally:
                self._sending = None

    async def _preview(self, job: Job) -> Preview | None:
        """The picture as far as it is drawn, where the host shows it and it is nothing to hide."""
        if job.state is not State.RUNNING:
            self._previews.forget(job.id)
            return None
        progress = self._progress(job)
        return await self._previews.of(job.id, progress.preview if progress else None)

    def _progress(self, job: Job) -> Progressed | None:
        """How far it is, where the host wants that shown."""
        shown = self._services.settings.preview.enabled
        return self._services.queue.progress(job.id) if shown else None

    async def _is_over(self, job_id: str) -> bool:
        job = await self._services.store.get(job_id)
        return job is None or job.state is not State.RUNNING

    async def _put(
        self,
        job: Job,
        shown: _Shown,
        message: discord.PartialMessage,
        view: discord.ui.LayoutView,
        files: Sequence[discord.File],
    ) -> None:
        """Edit the message, or post it anew where Discord allows no more edits of the old one."""
        began = self._services.clock.now()
        if began - message.created_at.timestamp() < _EDITABLE_SECONDS and not shown.too_old:
            await message.edit(view=view, attachments=files)
            # The distance counts from when Discord had it, however long that took.
            shown.edited_at = self._services.clock.now()
            self._pace.edit_took(shown.edited_at - began)
            return
        successor = await message.channel.send(view=view, files=files, silent=True)
        await self._services.store.set_status_message(job.id, successor.id)
        shown.too_old = False
        with suppress(discord.NotFound):
            await message.delete()

    async def _headline(self, voice: Voice, job: Job) -> str:
        match job.state:
            case State.WAITING:
                wait = await self._services.queue.wait_for(job.id)
                return waiting_headline(voice, job, wait, still_words(voice, self._services))
            case State.RUNNING:
                return running_headline(voice, job.request.work, self._progress(job))
            case State.CANCELLED:
                return f"🚫 {voice.say('state.cancelled')}"
            case State.FAILED if job.failure is not None:
                return f"⚠️ {sentence(voice, job.failure.code, job.failure.data)}"
            case State.RENDERED if job.request.held:
                return f"🔞 {voice.say('state.held')}"
            case _:
                return f"📮 {voice.say('state.rendered')}"

    async def _let_go(self, job_id: str) -> None:
        """The message is gone or final: nothing more to do."""
        self._shown.pop(job_id, None)
        self._previews.forget(job_id)
        await self._services.store.set_status_message(job_id, None)
