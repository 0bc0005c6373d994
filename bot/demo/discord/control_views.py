"""What one person sees, as JSON for the page."""

from bot.demo.discord import invocations, objects
from bot.demo.discord.changes import Change
from bot.demo.discord.model import DIRECT_CHANNEL, Channel, Interaction, Message, Modal, User
from bot.demo.discord.parts import Json
from bot.demo.discord.people import Outcome, Person
from bot.demo.discord.permissions import Permission
from bot.demo.discord.server import LocalDiscord


class View:
    """One person's view of everything."""

    def __init__(self, discord: LocalDiscord, person: Person) -> None:
        self.person = person
        self._discord = discord
        self._world = discord.world

    def state(self) -> Json:
        """The whole snapshot."""
        guild = self._world.guild
        return {
            "me": self._user(self.person.user),
            "people": [self._user(one.user) for one in self._discord.people],
            "bot": objects.user(self._world.bot)
            | {"display_name": self._world.bot.display_name, "online": self._discord.gateway.ready},
            "server": {
                "id": str(guild.id),
                "name": guild.name,
                "premium_tier": guild.premium_tier,
                "upload_limit": guild.filesize_limit,
            },
            "roles": [objects.role(one) for one in guild.roles.values()],
            "channels": [self.channel(one) | {"messages": self.messages(one)} for one in self._channels()],
            "commands": self.commands(),
            "response_seconds": self._discord.response_seconds,
        }

    def _user(self, user: User) -> Json:
        member = self._world.guild.members.get(user.id)
        roles = [self._world.guild.roles[role].name for role in member.roles] if member else []
        return objects.user(user) | {
            "display_name": user.display_name,
            "locale": user.locale,
            "roles": roles,
            "moderator": "moderator" in roles,
        }

    def _channels(self) -> list[Channel]:
        listed = [one for one in self._world.guild.channels.values() if not one.deleted and self._sees(one)]
        return [*listed, self._discord.dm(self.person)]

    def _sees(self, channel: Channel) -> bool:
        return bool(self._world.allowed(channel, self.person.user) & Permission.VIEW_CHANNEL)

    def channel(self, one: Channel) -> Json:
        """A channel without its messages. ``kind``: text, thread or dm."""
        bits = self._world.allowed(one, self.person.user)
        direct = one.kind == DIRECT_CHANNEL
        writing = Permission.SEND_MESSAGES_IN_THREADS if one.is_thread else Permission.SEND_MESSAGES
        return {
            "id": str(one.id),
            "name": "dm" if direct else one.name,
            "kind": "dm" if direct else "thread" if one.is_thread else "text",
            "topic": one.topic,
            "nsfw": one.age_restricted,
            "parent_id": str(one.parent.id) if one.parent else None,
            "can_send": bool(bits & writing),
            "can_manage_messages": bool(bits & Permission.MANAGE_MESSAGES) and not direct,
            "commands": self._offered(one),
            "deleted": one.deleted,
        }

    def _offered(self, channel: Channel) -> list[str]:
        kinds = (1, 2, 3)
        found = [invocations.available(self._world, channel, self.person.user, kind) for kind in kinds]
        return [str(command.id) for listed in found for command in listed]

    def commands(self) -> list[Json]:
        """All registered commands."""
        return [objects.command(one, self._world.application_id) for one in self._world.commands.values()]

    def messages(self, channel: Channel) -> list[Json]:
        """A channel's messages as this person sees them, oldest first."""
        return [self.message(one) for one in channel.visible_to(self.person)]

    def message(self, one: Message) -> Json:
        """A message with what the page needs besides."""
        factory = self._world.messages
        return self._world.message_json(one, sees_content=True) | {
            "ephemeral": one.ephemeral,
            "loading": one.loading,
            "mine": one.author is self.person.user,
            "pinged": self.person.id in one.pinged,
            "my_reactions": [emoji for emoji, who in one.reactions.items() if self.person.id in who],
            "shown_attachments": [factory.attachment(each) for each in one.shown_attachments],
            "command": _command(one.interaction),
            "author_name": one.author.display_name,
        }

    def modal(self, one: Modal) -> Json:
        """An open dialog. Its ``id`` is that of the interaction that opened it."""
        return {
            "id": str(one.interaction.id),
            "custom_id": one.custom_id,
            "title": one.title,
            "components": one.components,
            "channel_id": str(one.interaction.channel.id),
        }

    def outcome(self, one: Outcome) -> Json:
        """What came of an interaction."""
        interaction = one.interaction
        return {
            "kind": one.kind,
            "seconds": one.seconds,
            "ephemeral": one.ephemeral,
            "interaction_id": str(interaction.id),
            "message": self.message(interaction.original) if interaction.original else None,
            "modal": self.modal(interaction.modal) if interaction.modal else None,
        }

    def event(self, change: Change) -> tuple[str, Json] | None:
        """A change as name and data, or None if this person does not notice it."""
        if change.only_for not in (None, self.person.id):
            return None
        if change.kind == "session":
            return "session", {"online": self._discord.gateway.ready}
        if change.kind == "commands_changed":
            offered = {str(one.id): self._offered(one) for one in self._channels()}
            return change.kind, {"commands": self.commands(), "offered": offered}
        channel = self._world.channels.get(change.channel_id or 0)
        if channel is None or not (self._sees(channel) or channel.deleted):
            return None
        return self._in_channel(change, channel)

    def _in_channel(self, change: Change, channel: Channel) -> tuple[str, Json]:
        head: Json = {"channel_id": str(channel.id)}
        if change.kind == "channel_update":
            return change.kind, {"channel": self.channel(channel)}
        if change.kind == "modal_open" and change.modal is not None:
            return change.kind, {"modal": self.modal(change.modal)}
        if change.kind == "message_delete" and change.message is not None:
            return change.kind, head | {"message_id": str(change.message.id)}
        if change.kind in ("message_create", "message_update", "reactions") and change.message is not None:
            name = "message_update" if change.kind == "reactions" else change.kind
            return name, head | {"message": self.message(change.message)}
        return change.kind, head | change.data


def _command(one: Interaction | None) -> Json | None:
    """Which command made a message, for the line above it."""
    if one is None or one.command is None:
        return None
    path: list[str] = [one.command.name]
    options = one.data.get("options", [])
    while options and options[0]["type"] in (1, 2):
        path.append(options[0]["name"])
        options = options[0].get("options", [])
    return {"name": " ".join(path), "user": objects.user(one.user) | {"display_name": one.user.display_name}}
