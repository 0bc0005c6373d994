"""What people do: type commands, press buttons, choose, submit dialogs, write, react, delete."""

# ruff: noqa: ASYNC109 - every wait here is bounded by the caller, as those of asyncio.wait_for

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bot.demo.discord import invocations, messages, reactions
from bot.demo.discord.errors import ApiError, NotPossible
from bot.demo.discord.interactions import (
    CHOICES,
    DEFERRED,
    DEFERRED_UPDATE,
    MESSAGE,
    MODAL,
    UPDATE,
    Interactions,
)
from bot.demo.discord.messages import Draft
from bot.demo.discord.modals import submitted
from bot.demo.discord.model import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Channel,
    Command,
    Interaction,
    Message,
    Modal,
    Upload,
    User,
)
from bot.demo.discord.parts import Json, walk
from bot.demo.discord.permissions import Permission
from bot.demo.discord.world import World

OutcomeKind: TypeAlias = Literal["message", "deferred", "modal", "update", "choices", "none"]
_KINDS: dict[int, OutcomeKind] = {
    MESSAGE: "message",
    DEFERRED: "deferred",
    DEFERRED_UPDATE: "deferred",
    UPDATE: "update",
    CHOICES: "choices",
    MODAL: "modal",
}
STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 3, 5, 6, 7, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an interaction by its first answer. ``kind`` "none": not answered in time."""

    kind: OutcomeKind
    interaction: Interaction
    seconds: float
    """Real seconds from the person's action to the first answer."""

    @property
    def message(self) -> Message:
        """The answer's message, live; after "update" and a deferred update that of the component.

        Raises:
            LookupError: there is none.
        """
        if self.interaction.original is None:
            raise LookupError(f"the answer was {self.kind!r}, which makes no message")
        return self.interaction.original

    @property
    def modal(self) -> Modal:
        """The dialog that was opened.

        Raises:
            LookupError: there is none.
        """
        if self.interaction.modal is None:
            raise LookupError(f"the answer was {self.kind!r}, which opens no dialog")
        return self.interaction.modal

    @property
    def followups(self) -> list[Message]:
        """Further messages so far, in order."""
        return self.interaction.followups

    @property
    def ephemeral(self) -> bool:
        """Whether only this person sees the answer."""
        original = self.interaction.original
        return original is not None and original.ephemeral


class Person:
    """One person. What their client would not let them do raises ``NotPossible``."""

    def __init__(self, world: World, interactions: Interactions, user: User) -> None:
        self.user = user
        self._world = world
        self._interactions = interactions

    @property
    def id(self) -> int:
        """The snowflake."""
        return self.user.id

    @property
    def name(self) -> str:
        """The account name."""
        return self.user.name

    @property
    def mention(self) -> str:
        """The text that mentions them."""
        return f"<@{self.id}>"

    @property
    def locale(self) -> str:
        """Discord's locale of their client; settable."""
        return self.user.locale

    @locale.setter
    def locale(self, locale: str) -> None:
        self.user.locale = locale

    # commands

    async def slash(
        self,
        channel: Channel,
        command: str,
        options: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
    ) -> Outcome:
        """Type a slash command; a subcommand as ``queue board``. Files are given as ``Upload``.

        Waits for the first answer, at most ``timeout`` seconds, by default until Discord would give up.
        """
        invoked = invocations.find(self._world, channel, self.user, command)
        data = invocations.command_data(self._world, channel, self.user, invoked, options or {})
        interaction = self._interactions.open(COMMAND, self.user, channel, data, command=invoked.command)
        return await self._outcome(interaction, timeout)

    async def autocomplete(
        self,
        channel: Channel,
        command: str,
        option: str,
        typed: str,
        options: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
    ) -> list[tuple[str, Any]]:
        """The choices (name in the person's language, value) offered for what is typed into an option so far.

        Raises:
            TimeoutError: none came in time; the client shows "Loading options failed".
        """
        invoked = invocations.find(self._world, channel, self.user, command)
        data = invocations.autocomplete_data(invoked, option, typed, options or {})
        interaction = self._interactions.open(AUTOCOMPLETE, self.user, channel, data, command=invoked.command)
        outcome = await self._outcome(interaction, timeout)
        if outcome.kind != "choices" or interaction.choices is None:
            raise TimeoutError(f"no choices for {option!r}")
        locale = self.user.locale
        return [
            ((one.get("name_localizations") or {}).get(locale) or one["name"], one["value"])
            for one in interaction.choices
        ]

    async def menu(
        self,
        command: str,
        target: Message | User | Person,
        *,
        channel: Channel | None = None,
        timeout: float | None = None,
    ) -> Outcome:
        """Use a context menu on a message, or (with ``channel``) on a user."""
        if isinstance(target, Message):
            return await self._message_menu(command, target, timeout)
        if channel is None:
            raise NotPossible("a user menu is used in a channel")
        invoked = invocations.find(self._world, channel, self.user, command, 2)
        resolver = invocations.Resolver(self._world, channel, self.user)
        resolver.user(target)
        return await self._menu(invoked.command, channel, target.id, resolver.resolved, timeout)

    async def _message_menu(self, command: str, target: Message, timeout: float | None) -> Outcome:
        self._must_see(target)
        channel = target.channel
        invoked = invocations.find(self._world, channel, self.user, command, 3)
        resolved = {"messages": {str(target.id): self._world.message_json(target, sees_content=True)}}
        return await self._menu(invoked.command, channel, target.id, resolved, timeout)

    async def _menu(
        self, command: Command, channel: Channel, target: int, resolved: Json, timeout: float | None
    ) -> Outcome:
        data = invocations.menu_data(command, target, resolved)
        return await self._outcome(
            self._interactions.open(COMMAND, self.user, channel, data, command=command), timeout
        )

    # components and dialogs

    async def click(self, message: Message, name: str, *, timeout: float | None = None) -> Outcome:
        """Press a button, by custom id, label or emoji."""
        part = self._component(message, name)
        if part["type"] != 2 or "custom_id" not in part:
            raise NotPossible(f"{name!r} is no button that the bot hears of")
        return await self._use(message, part, {}, timeout)

    async def select(
        self, message: Message, name: str, values: Sequence[Any], *, timeout: float | None = None
    ) -> Outcome:
        """Choose from a select, by custom id or placeholder. Users, roles and channels by id or object."""
        part = self._component(message, name)
        if not part["min_values"] <= len(values) <= part["max_values"]:
            raise NotPossible(f"{name!r} takes {part['min_values']} to {part['max_values']} choices")
        return await self._use(message, part, self._chosen(message.channel, part, values), timeout)

    def _chosen(self, channel: Channel, part: Json, values: Sequence[Any]) -> Json:
        if part["type"] == STRING_SELECT:
            offered = [option["value"] for option in part["options"]]
            if not set(values) <= set(offered):
                raise NotPossible(f"the select offers {offered}")
            return {"values": list(values)}
        return self._resolved(channel, part["type"], values)

    def _resolved(self, channel: Channel, kind: int, values: Sequence[Any]) -> Json:
        resolver = invocations.Resolver(self._world, channel, self.user)
        resolve = {
            USER_SELECT: resolver.user,
            ROLE_SELECT: resolver.role,
            MENTIONABLE_SELECT: resolver.mentionable,
            CHANNEL_SELECT: resolver.channel,
            19: resolver.attachment,
        }[kind]
        return {"values": [resolve(value) for value in values], "resolved": resolver.resolved}

    def _component(self, message: Message, name: str) -> Json:
        self._must_see(message)
        part = message.find(name)
        if part is None:
            shown = [one.get("custom_id") for one in walk(message.components) if "custom_id" in one]
            raise NotPossible(f"the message has no component {name!r}; it has {shown}")
        if part.get("disabled"):
            raise NotPossible(f"{name!r} is disabled")
        return part

    async def _use(self, message: Message, part: Json, chosen: Json, timeout: float | None) -> Outcome:
        data = {"custom_id": part["custom_id"], "component_type": part["type"], "id": part["id"]} | chosen
        interaction = self._interactions.open(COMPONENT, self.user, message.channel, data, message=message)
        return await self._outcome(interaction, timeout)

    async def submit(
        self, modal: Modal, values: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> Outcome:
        """Send a dialog. Fields left out keep what they were opened with; files are lists of ``Upload``."""
        opened = modal.interaction
        ready, resolved = self._modal_values(modal, dict(values or {}))
        data: Json = {"custom_id": modal.custom_id, "components": submitted(modal, ready)}
        data |= {"resolved": resolved} if resolved else {}
        interaction = self._interactions.open(
            MODAL_SUBMIT, self.user, opened.channel, data, message=opened.message, trigger=opened
        )
        return await self._outcome(interaction, timeout)

    def _modal_values(self, modal: Modal, values: dict[str, Any]) -> tuple[dict[str, Any], Json]:
        """Objects and files among the values turned into ids."""
        resolved: Json = {}
        for field in modal.fields:
            if field["custom_id"] in values and field["type"] in (5, 6, 7, 8, 19):
                found = self._resolved(modal.interaction.channel, field["type"], values[field["custom_id"]])
                values[field["custom_id"]] = found["values"]
                for kind, bodies in found["resolved"].items():
                    resolved.setdefault(kind, {}).update(bodies)
        return values, resolved

    async def _outcome(self, interaction: Interaction, timeout: float | None) -> Outcome:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(timeout):
                await interaction.done.wait()
        except TimeoutError:
            return Outcome(kind="none", interaction=interaction, seconds=loop.time() - started)
        kind = _KINDS[interaction.answer_type] if interaction.answer_type is not None else "none"
        return Outcome(kind=kind, interaction=interaction, seconds=loop.time() - started)

    # messages

    async def say(
        self,
        channel: Channel,
        text: str = "",
        files: Sequence[Upload] = (),
        *,
        reply_to: Message | None = None,
    ) -> Message:
        """Write a message. ``@Easel`` becomes a mention of the bot, as when it is picked in the client."""
        needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
        if not self._world.allowed(channel, self.user) & needed:
            raise NotPossible(f"{self.name} may not write here")
        bot = self._world.bot
        body: Json = {"content": text.replace(f"@{bot.display_name}", f"<@{bot.id}>")}
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to.id)}
        try:
            return messages.create(self._world, channel, self.user, Draft(body, dict(enumerate(files))))
        except ApiError as error:
            raise NotPossible(str(error)) from error

    async def delete(self, message: Message) -> None:
        """Delete an own message or, with Manage Messages, anybody's; dismiss an ephemeral one."""
        self._must_see(message)
        may = (
            self._world.allowed(message.channel, self.user) & Permission.MANAGE_MESSAGES
            and message.channel.guild
        )
        if not (message.author is self.user or message.ephemeral or may):
            raise NotPossible(f"{self.name} may not delete this")
        messages.delete(self._world, message)

    async def react(self, message: Message, emoji: str) -> None:
        """Add a reaction."""
        self._must_see(message)
        try:
            reactions.react(self._world, message, self.user, emoji)
        except ApiError as error:
            raise NotPossible(str(error)) from error

    async def unreact(self, message: Message, emoji: str) -> None:
        """Take a reaction back."""
        reactions.unreact(self._world, message, self.user, emoji)

    def _must_see(self, message: Message) -> None:
        hidden = message.only_for not in (None, self.id)
        if (
            message.deleted
            or hidden
            or not self._world.allowed(message.channel, self.user) & Permission.VIEW_CHANNEL
        ):
            raise NotPossible(f"{self.name} does not see this message")
