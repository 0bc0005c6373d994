"""The control API: what people do, see and steer, over HTTP, for the page and for other processes.

Everything is JSON and lies under ``/control``, on the same port as the Discord API. ``person`` is a name
("ben"), ``channel`` a name or id (``dm`` = that person's messages with the bot), ``message`` an id.
Refusals are ``{"error": TEXT}``: 400 for a request that makes no sense, 409 for what a person's client
would not let them do. Browsers are answered only on this very origin.

What people see:

- ``GET /control/state?person=ben``: everything a client shows: ``me``, ``people``, ``bot`` (``online``),
  ``server``, ``roles``, ``channels`` (each with ``can_send``, the ids of the ``commands`` offered there,
  and ``messages``), ``commands`` as registered with options, choices and localizations,
  ``response_seconds``.
- ``GET /control/events?person=ben``: Server-Sent Events. The first is ``state`` with the snapshot above,
  then ``message_create`` and ``message_update`` (``{"channel_id", "message"}``), ``message_delete``
  (``{"channel_id", "message_id"}``), ``modal_open`` (``{"modal"}``), ``interaction_create``,
  ``interaction_answered`` and ``interaction_failed`` (``{"interaction_id", "channel_id", "name"}``:
  failed = "The application did not respond"), ``typing`` (``{"channel_id", "user"}``),
  ``commands_changed`` (``{"commands", "offered"}``: ids by channel), ``channel_update``
  (``{"channel"}``), ``session`` (``{"online"}``).
- ``GET /control/messages?channel=drawing&person=ben``: ``{"messages"}``.
- ``GET /control/attachments/{id}``: the bytes.

A message is Discord's own object with addresses that can be fetched, and besides ``ephemeral``,
``loading``, ``mine``, ``pinged`` (this person was notified), ``my_reactions`` (emoji),
``shown_attachments`` (what appears; with Components V2 only what a component names) and ``command``
(``{"name", "user"}`` or null). A modal is ``{"id", "custom_id", "title", "components", "channel_id"}``.

What people do (``POST``; those with files as multipart/form-data: one part ``payload`` with the JSON, and
a file part per option or field, named by it). Interactions come back after the first answer, at the
latest after ``response_seconds``: ``{"kind", "seconds", "ephemeral", "interaction_id", "message",
"modal"}``, where ``kind`` is message, deferred, modal, update or none.

- ``slash`` ``{"person", "channel", "command", "options": {}}``; ``queue board`` for a subcommand
- ``autocomplete`` ``{"person", "channel", "command", "option", "typed", "options": {}}``: ``{"choices":
  [{"name", "value"}]}``, or 504
- ``click`` ``{"person", "message", "component"}``: custom id, label or emoji
- ``select`` ``{"person", "message", "component", "values": []}``
- ``modal`` ``{"person", "modal", "values": {}}``: the modal's ``id``, values by custom id
- ``menu`` ``{"person", "command", "message"}``, or ``{"person", "command", "user", "channel"}``
- ``say`` ``{"person", "channel", "text", "reply_to"}``: ``{"message"}``
- ``delete`` ``{"person", "message"}`` (dismisses an ephemeral one), ``react`` ``{"person", "message",
  "emoji", "remove": false}``, ``locale`` ``{"person", "locale"}``

What tests steer: see ``bot.demo.discord.control_steering``.
"""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias

from aiohttp import BodyPartReader, web

from bot.demo.discord.control_guard import guarded
from bot.demo.discord.control_views import View
from bot.demo.discord.errors import NotPossible
from bot.demo.discord.model import Channel, Message, Modal, Upload
from bot.demo.discord.parts import Json
from bot.demo.discord.people import Outcome, Person
from bot.demo.discord.server import LocalDiscord

Action: TypeAlias = Callable[[Person, Json, dict[str, Upload]], Awaitable[Json]]
KEEPALIVE_SECONDS = 15.0


class Control:
    """The routes for people. ``add_to`` an application before it starts."""

    def __init__(self, discord: LocalDiscord) -> None:
        self._discord = discord
        self._actions: dict[str, Action] = {
            "slash": self._slash,
            "autocomplete": self._autocomplete,
            "click": self._click,
            "select": self._select,
            "modal": self._modal,
            "menu": self._menu,
            "say": self._say,
            "delete": self._delete,
            "react": self._react,
            "locale": self._locale,
        }

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/control/state", guarded(self.state))
        router.add_get("/control/events", guarded(self.events))
        router.add_get("/control/messages", guarded(self.messages))
        router.add_get("/control/attachments/{id}", guarded(self.attachment))
        for name, action in self._actions.items():
            router.add_post(f"/control/{name}", guarded(self._post(action)))

    # what people see

    def _view(self, request: web.Request) -> View:
        return View(self._discord, self._discord.person(request.query["person"]))

    async def state(self, request: web.Request) -> web.Response:
        """The snapshot."""
        return web.json_response(self._view(request).state())

    async def messages(self, request: web.Request) -> web.Response:
        """One channel's messages."""
        view = self._view(request)
        channel = self._channel(view.person, request.query["channel"])
        return web.json_response({"messages": view.messages(channel)})

    async def attachment(self, request: web.Request) -> web.Response:
        """A file's bytes."""
        found = self._discord.world.attachments[int(request.match_info["id"])]
        headers = {"Content-Disposition": f'attachment; filename="{found.filename}"'}
        return web.Response(body=found.data, content_type="application/octet-stream", headers=headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The stream; the subscription begins before the snapshot is taken, so that nothing is missed."""
        view = self._view(request)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        with suppress(ConnectionError):  # the page was closed
            await self._stream(request, response, view)
        return response

    async def _stream(self, request: web.Request, response: web.StreamResponse, view: View) -> None:
        async with self._discord.changes() as changes:
            await _send(response, "state", view.state())
            while not _gone(request):
                try:
                    event = view.event(await changes.next(KEEPALIVE_SECONDS))
                except TimeoutError:
                    await response.write(b": still here\n\n")
                except EOFError:
                    break
                else:
                    if event is not None:
                        await _send(response, *event)

    # what people do

    def _post(self, action: Action) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(request: web.Request) -> web.StreamResponse:
            body, files = await read(request)
            return web.json_response(await action(self._discord.person(body["person"]), body, files))

        return handler

    def _channel(self, person: Person, given: Any) -> Channel:
        if given == "dm":
            return self._discord.dm(person)
        if str(given).isdigit():
            return self._discord.world.channels[int(given)]
        return self._discord.channel(str(given))

    def _message(self, given: Any) -> Message:
        for channel in self._discord.world.channels.values():
            if int(given) in channel.stored:
                return channel.stored[int(given)]
        raise NotPossible("there is no such message")

    def _open_modal(self, given: Any) -> Modal:
        modal = self._discord.world.interactions[int(given)].modal
        if modal is None:
            raise NotPossible("there is no such dialog")
        return modal

    def _outcome(self, person: Person, outcome: Outcome) -> Json:
        return View(self._discord, person).outcome(outcome)

    async def _slash(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        channel = self._channel(person, body["channel"])
        options = {**body.get("options", {}), **files}
        return self._outcome(person, await person.slash(channel, body["command"], options))

    async def _autocomplete(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        channel = self._channel(person, body["channel"])
        options = body.get("options", {})
        choices = await person.autocomplete(channel, body["command"], body["option"], body["typed"], options)
        return {"choices": [{"name": name, "value": value} for name, value in choices]}

    async def _click(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        return self._outcome(person, await person.click(self._message(body["message"]), body["component"]))

    async def _select(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        message = self._message(body["message"])
        return self._outcome(person, await person.select(message, body["component"], body["values"]))

    async def _modal(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        values = dict(body.get("values", {})) | {name: [file] for name, file in files.items()}
        return self._outcome(person, await person.submit(self._open_modal(body["modal"]), values))

    async def _menu(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        if "message" in body:
            return self._outcome(person, await person.menu(body["command"], self._message(body["message"])))
        target = self._discord.person(body["user"])
        channel = self._channel(person, body["channel"])
        return self._outcome(person, await person.menu(body["command"], target, channel=channel))

    async def _say(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        reply_to = self._message(body["reply_to"]) if body.get("reply_to") else None
        channel = self._channel(person, body["channel"])
        message = await person.say(channel, body.get("text", ""), list(files.values()), reply_to=reply_to)
        return {"message": View(self._discord, person).message(message)}

    async def _delete(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        await person.delete(self._message(body["message"]))
        return {}

    async def _react(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        change = person.unreact if body.get("remove") else person.react
        await change(self._message(body["message"]), body["emoji"])
        return {}

    async def _locale(self, person: Person, body: Json, files: dict[str, Upload]) -> Json:
        person.locale = body["locale"]
        return {}


async def read(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    """A request's JSON and, of a multipart one, its files by part name."""
    if not request.content_type.startswith("multipart/"):
        return await request.json(), {}
    body: Json = {}
    files: dict[str, Upload] = {}
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name:
            data = bytes(await part.read())
            if part.name == "payload":
                body = json.loads(data)
            else:
                files[part.name] = Upload(part.filename or part.name, data)
    return body, files


async def _send(response: web.StreamResponse, name: str, data: Json) -> None:
    await response.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()
