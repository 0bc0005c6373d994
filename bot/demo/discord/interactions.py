"""Interactions: sent to the bot, answered by it, and what their tokens are good for.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator

from bot.demo.discord import errors, messages, objects, uploads
from bot.demo.discord.changes import Change, Kind
from bot.demo.discord.clock import made_at
from bot.demo.discord.errors import Form, refused
from bot.demo.discord.messages import Draft
from bot.demo.discord.modals import read_modal
from bot.demo.discord.model import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    EPHEMERAL,
    MODAL_SUBMIT,
    Channel,
    Command,
    Interaction,
    Message,
    User,
)
from bot.demo.discord.parts import Json
from bot.demo.discord.world import Event, World

RESPONSE_SECONDS = 3.0
TOKEN_SECONDS = 900.0
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
"""Types of a first answer."""

_ALLOWED = {
    COMMAND: (MESSAGE, DEFERRED, MODAL),
    COMPONENT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (CHOICES,),
    MODAL_SUBMIT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE),
}


class Interactions:
    """Opens interactions, lets them die, and takes the bot's answers."""

    def __init__(self, world: World) -> None:
        self.response_seconds = RESPONSE_SECONDS
        self._world = world
        self._answers: dict[int, Callable[[Interaction, Draft], None]] = {
            MESSAGE: self._message,
            DEFERRED: self._deferred,
            DEFERRED_UPDATE: self._deferred_update,
            UPDATE: self._update,
            CHOICES: self._choices,
            MODAL: self._modal,
        }

    # from the people

    def open(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        *,
        command: Command | None = None,
        message: Message | None = None,
        trigger: Interaction | None = None,
    ) -> Interaction:
        """Send an interaction to the bot; from now on it has ``response_seconds`` of real time."""
        world = self._world
        interaction = Interaction(
            id=world.ids.next(),
            token=secrets.token_urlsafe(60),
            kind=kind,
            user=user,
            channel=channel,
            created_at=world.clock.now(),
            data=data,
            command=command,
            message=message,
            trigger=trigger,
        )
        world.remember(interaction)
        guild_id = channel.guild.id if channel.guild else None
        body = self.body(interaction)
        world.emit(Event(name="INTERACTION_CREATE", build=lambda _: body, guild_id=guild_id))
        world.tell(_change("interaction_create", interaction))
        asyncio.get_running_loop().call_later(self.response_seconds, self._expire, interaction)
        return interaction

    def _expire(self, interaction: Interaction) -> None:
        if interaction.answer_type is not None:
            return
        interaction.dead = True
        interaction.done.set()
        self._world.tell(_change("interaction_failed", interaction))

    def body(self, one: Interaction) -> Json:
        """What the bot gets."""
        world, channel = self._world, one.channel
        body: Json = {
            "id": str(one.id),
            "application_id": str(world.application_id),
            "type": one.kind,
            "token": one.token,
            "version": 1,
            "data": one.data,
            "channel_id": str(channel.id),
            "channel": objects.channel(channel) | {"permissions": str(int(world.allowed(channel, one.user)))},
            "app_permissions": str(int(world.allowed(channel, world.bot))),
            "locale": one.user.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": objects.owners(one),
            "context": 0 if channel.guild else 1,
            "attachment_size_limit": uploads.upload_limit(channel),
        }
        if one.message is not None:
            body["message"] = world.messages.message(one.message)
        return body | self._place(one)

    def _place(self, one: Interaction) -> Json:
        guild = one.channel.guild
        if guild is None:
            return {"user": objects.user(one.user)}
        permissions = str(int(self._world.allowed(one.channel, one.user)))
        return {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.preferred_locale, "features": []},
            "guild_locale": guild.preferred_locale,
            "member": objects.member(guild.members[one.user.id]) | {"permissions": permissions},
        }

    # the first answer

    def answer(self, interaction_id: int, token: str, draft: Draft) -> Json:
        """Take the first answer: ``draft.body`` is ``{"type", "data"}``. Gives what ``with_response`` is for.

        Raises:
            ApiError: 10062 too late or never was, 40060 a second one, 400 for a wrong form, which answers
                nothing.
        """
        interaction = self._world.interactions.get(interaction_id)
        if interaction is None or interaction.token != token or interaction.dead or self._over(interaction):
            raise errors.unknown_interaction()
        if interaction.answer_type is not None:
            raise errors.already_acknowledged()
        self._check_place(interaction)
        kind = draft.body.get("type")
        allowed = _ALLOWED[interaction.kind]
        if kind not in allowed or (kind in (DEFERRED_UPDATE, UPDATE) and interaction.message is None):
            shown = ", ".join(map(str, allowed))
            raise refused(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {{{shown}}}.")
        self._answers[kind](interaction, Draft(draft.body.get("data") or {}, draft.files))
        interaction.answer_type = kind
        interaction.answered_at = self._world.clock.now()
        interaction.done.set()
        self._world.tell(_change("interaction_answered", interaction))
        return self._answered(interaction)

    def _answered(self, one: Interaction) -> Json:
        body: Json = {"id": str(one.id), "type": one.kind, "channel_id": str(one.channel.id)}
        if one.channel.guild:
            body["guild_id"] = str(one.channel.guild.id)
        message = one.original
        if message is not None:
            body["response_message_id"] = str(message.id)
            body["response_message_loading"] = message.loading
            body["response_message_ephemeral"] = message.ephemeral
        if message is None or one.answer_type not in (MESSAGE, UPDATE):
            return {"interaction": body}
        resource = {"type": one.answer_type, "message": self._world.messages.message(message)}
        return {"interaction": body, "resource": resource}

    def _message(self, one: Interaction, draft: Draft) -> None:
        one.original = messages.create(
            self._world,
            one.channel,
            self._world.bot,
            draft,
            interaction=one,
            only_for=_only_for(one, draft),
            kind=_message_kind(one),
        )

    def _deferred(self, one: Interaction, draft: Draft) -> None:
        one.original = messages.create_loading(self._world, one, _only_for(one, draft), _message_kind(one))

    def _deferred_update(self, one: Interaction, draft: Draft) -> None:
        one.original = one.message

    def _update(self, one: Interaction, draft: Draft) -> None:
        if one.message is None or one.message.deleted:
            raise errors.unknown_message()
        messages.edit(self._world, one.message, draft)
        one.original = one.message

    def _choices(self, one: Interaction, draft: Draft) -> None:
        form = Form()
        choices = draft.body.get("choices") or []
        form.length(("data", "choices"), choices, 0, 25)
        focused = next(_focused(one.data.get("options", [])))
        for at, choice in enumerate(choices):
            _check_choice(choice, ("data", "choices", at), focused["type"], form)
        form.check()
        one.choices = choices

    def _modal(self, one: Interaction, draft: Draft) -> None:
        one.modal = read_modal(draft.body, one)
        self._world.tell(
            Change(kind="modal_open", channel_id=one.channel.id, modal=one.modal, only_for=one.user.id)
        )

    def _check_place(self, interaction: Interaction) -> None:
        if interaction.channel.deleted:
            raise errors.unknown_channel()

    # the token afterwards

    def _over(self, interaction: Interaction) -> bool:
        return self._world.clock.now() - made_at(interaction.id) > TOKEN_SECONDS

    def by_token(self, token: str) -> Interaction:
        """The answered interaction of a token.

        Raises:
            ApiError: 404 before the first answer, 401 (50027) after fifteen minutes.
        """
        interaction = self._world.tokens.get(token)
        if interaction is None or self._over(interaction):
            raise errors.invalid_webhook_token()
        if interaction.answer_type is None or interaction.answer_type == CHOICES:
            raise errors.unknown_webhook()
        self._check_place(interaction)
        return interaction

    def follow_up(self, token: str, draft: Draft) -> Message:
        """A further message. The first one after a deferred answer becomes that answer, visible as that.

        Raises:
            ApiError: as ``by_token``, and as a message.
        """
        one = self.by_token(token)
        if one.original is not None and one.original.loading and not one.original.deleted:
            messages.edit(self._world, one.original, draft)
            return one.original
        message = messages.create(
            self._world, one.channel, self._world.bot, draft, interaction=one, only_for=_only_for(one, draft)
        )
        one.followups.append(message)
        return message

    def message_of(self, token: str, name: str) -> Message:
        """``@original`` or a follow-up by id.

        Raises:
            ApiError: 404 if it is not this interaction's or was deleted.
        """
        one = self.by_token(token)
        known = [one.original, one.message, *one.followups]
        found = (
            one.original if name == "@original" else next((m for m in known if m and str(m.id) == name), None)
        )
        if found is None or found.deleted:
            raise errors.unknown_message()
        return found


def _change(kind: Kind, one: Interaction) -> Change:
    data = {
        "interaction_id": str(one.id),
        "type": one.kind,
        "name": one.command.name if one.command else one.data.get("custom_id"),
        "answer": one.answer_type,
    }
    return Change(kind=kind, channel_id=one.channel.id, message=one.original, only_for=one.user.id, data=data)


def _only_for(one: Interaction, draft: Draft) -> int | None:
    return one.user.id if int(draft.body.get("flags") or 0) & EPHEMERAL else None


def _message_kind(one: Interaction) -> int:
    """20 for a slash command, 23 for a menu, 0 for the rest."""
    if one.kind != COMMAND or one.command is None:
        return 0
    return 20 if one.command.kind == 1 else 23


def _focused(options: list[Json]) -> Iterator[Json]:
    for option in options:
        if option.get("focused"):
            yield option
        yield from _focused(option.get("options", []))


def _check_choice(choice: Json, path: errors.Path, kind: int, form: Form) -> None:
    form.length((*path, "name"), choice.get("name"), 1, 100)
    value = choice.get("value")
    if kind == 3:
        form.length((*path, "value"), value, 1, 100)
    elif not isinstance(value, int | float) or (kind == 4 and not isinstance(value, int)):
        form.wrong((*path, "value"), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
