"""/server: the defaults, limits and rules of a server, its channels and its roles."""

from collections.abc import Callable, Mapping
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import Gone
from bot.model.preferences import Layer
from bot.model.rules import Feature, Gate, Rules
from cogs.audit import audit
from cogs.present import Voice
from cogs.rights import require_manager
from cogs.ruling import RULE_FIELDS, gates_of, with_gate, with_rule
from cogs.settingpanels import open_settings
from cogs.views.base import Press, chosen
from cogs.views.rules import answer_view, gate_words, rule_dialog, rules_view, said_answer
from cogs.views.settings import Subject
from cogs.words import command_words, described

Change = Callable[[Rules], Rules]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ServerCog(commands.GroupCog, group_name="server", group_description=command_words("server")):
    """For whoever manages the server, asked at the time of every press."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {"rule_pick": self._pick, "rule_answer": self._take_answer}

    async def cog_load(self) -> None:
        """Panels of earlier processes go on working."""
        self._bot.add_dynamic_items(Press)
        self._bot.presses.update(self._presses)
        self._bot.submits["rule_text"] = self._take_text

    async def cog_unload(self) -> None:
        """Take them back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)
        self._bot.submits.pop("rule_text", None)

    @app_commands.command(name="settings", description=command_words("server.settings"))
    async def settings(self, interaction: discord.Interaction[Any]) -> None:
        """Of the whole server."""
        guild_id = interaction.guild_id or 0
        await open_settings(interaction, self._services, Subject(layer=Layer.SERVER, owner_id=guild_id))

    @app_commands.command(name="channel", description=command_words("server.channel"))
    async def channel(self, interaction: discord.Interaction[Any]) -> None:
        """Of the channel one is in; in a thread or a forum's post, of the channel that holds it."""
        channel = interaction.channel
        place = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id or 0
        await open_settings(interaction, self._services, Subject(layer=Layer.CHANNEL, owner_id=place))

    @app_commands.command(name="role", description=command_words("server.role"))
    @described("server.role")
    async def role(self, interaction: discord.Interaction[Any], role: discord.Role) -> None:
        """Of everybody with a role."""
        await open_settings(interaction, self._services, Subject(layer=Layer.ROLE, owner_id=role.id))

    @app_commands.command(name="rules", description=command_words("server.rules"))
    async def rules(self, interaction: discord.Interaction[Any]) -> None:
        """What is not wanted here."""
        view = rules_view(self._voice(interaction), await self._rules(interaction))
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(name="allow", description=command_words("server.allow"))
    @described("server.allow")
    async def allow(
        self,
        interaction: discord.Interaction[Any],
        what: str,
        role: discord.Role | None = None,
        channel: discord.TextChannel | None = None,
        days: float = 0.0,
        off: bool = False,
    ) -> None:
        """Keep a feature, a command or a model for some; with nothing said it is for everybody again."""
        gate = Gate(
            off=off,
            roles=() if role is None else (role.id,),
            channels=() if channel is None else (channel.id,),
            member_days=min(max(days, 0.0), 3650.0),
        )
        rules = await self._change(interaction, lambda now: with_gate(now, what.strip(), gate))
        voice = self._voice(interaction)
        words = f"{voice.code(what)} {gate_words(voice, gates_of(rules).get(what.strip(), Gate()))}"
        entry = audit(interaction, self._services, "allow", what=words)
        await interaction.response.send_message(words, ephemeral=True)
        await entry.tell()

    @allow.autocomplete("what")
    async def _complete(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """Features, commands and models."""
        names = [f"feature:{feature.value}" for feature in Feature]
        names += [f"command:{command.qualified_name}" for command in self._bot.tree.walk_commands()]
        names += [f"model:{one.model_name}" for one in self._services.catalog.offer().checkpoints]
        wanted = current.strip().casefold()
        found = [name for name in names if wanted in name.casefold() and len(name) <= 100]
        return [app_commands.Choice(name=name, value=name) for name in found[:25]]

    @app_commands.command(name="ban", description=command_words("server.ban"))
    @described("server.ban")
    async def ban(
        self, interaction: discord.Interaction[Any], person: discord.User, reason: str = ""
    ) -> None:
        """Nothing is drawn for that person here any more."""
        await self._change(
            interaction,
            lambda now: now.model_copy(update={"banned": tuple(dict.fromkeys((*now.banned, person.id)))}),
        )
        entry = audit(interaction, self._services, "ban", what=f"<@{person.id}>", reason=reason[:300])
        await self._answer(interaction, "rules.person_banned", person=f"<@{person.id}>")
        await entry.tell()

    @app_commands.command(name="unban", description=command_words("server.unban"))
    @described("server.unban")
    async def unban(self, interaction: discord.Interaction[Any], person: discord.User) -> None:
        """They may draw again."""
        await self._change(
            interaction,
            lambda now: now.model_copy(
                update={"banned": tuple(one for one in now.banned if one != person.id)}
            ),
        )
        entry = audit(interaction, self._services, "unban", what=f"<@{person.id}>")
        await self._answer(interaction, "rules.person_unbanned", person=f"<@{person.id}>")
        await entry.tell()

    @app_commands.command(name="managers", description=command_words("server.managers"))
    @described("server.managers")
    async def managers(self, interaction: discord.Interaction[Any], role: discord.Role) -> None:
        """A role that may change the settings: named for it, or no longer."""
        rules = await self._change(
            interaction,
            lambda now: now.model_copy(update={"managers": tuple(sorted({*now.managers} ^ {role.id}))}),
        )
        key = "rules.may_manage" if role.id in rules.managers else "rules.may_not_manage"
        entry = audit(interaction, self._services, "managers", what=f"<@&{role.id}>")
        await self._answer(interaction, key, role=f"<@&{role.id}>")
        await entry.tell()

    @app_commands.command(name="book", description=command_words("server.book"))
    @described("server.book")
    async def book(
        self, interaction: discord.Interaction[Any], channel: discord.TextChannel | None = None
    ) -> None:
        """Where changes and reports are written down; without a channel nowhere."""
        place = None if channel is None else channel.id
        await self._change(interaction, lambda now: now.model_copy(update={"audit_channel": place}))
        key = "rules.no_audit" if place is None else "rules.audit"
        entry = audit(interaction, self._services, "book", what="" if place is None else f"<#{place}>")
        await self._answer(interaction, key, channel=f"<#{place}>")
        await entry.tell()

    @app_commands.command(name="gallery", description=command_words("server.gallery"))
    @described("server.gallery")
    async def gallery(
        self, interaction: discord.Interaction[Any], channel: discord.TextChannel | None = None
    ) -> None:
        """Where ⭐ posts; without a channel nowhere."""
        place = None if channel is None else channel.id
        await self._change(interaction, lambda now: now.model_copy(update={"gallery_channel": place}))
        key = "rules.no_gallery" if place is None else "rules.gallery"
        entry = audit(interaction, self._services, "gallery", what="" if place is None else f"<#{place}>")
        await self._answer(interaction, key, channel=f"<#{place}>")
        await entry.tell()

    @app_commands.command(name="review", description=command_words("server.review"))
    @described("server.review")
    async def review(
        self, interaction: discord.Interaction[Any], channel: discord.TextChannel | None = None
    ) -> None:
        """Where moderators look at what is held; without a channel it is refused."""
        place = None if channel is None else channel.id
        await self._change(interaction, lambda now: now.model_copy(update={"review_channel": place}))
        key = "rules.no_review" if place is None else "rules.review"
        entry = audit(interaction, self._services, "review", what="" if place is None else f"<#{place}>")
        await self._answer(interaction, key, channel=f"<#{place}>")
        await entry.tell()

    async def _pick(self, interaction: discord.Interaction[Any], _: str, __: str | None) -> None:
        """A field of the rules: a dialog for its text, or its answers."""
        rules, voice, name = await self._rules(interaction), self._voice(interaction), chosen(interaction)
        if name not in RULE_FIELDS:
            raise Gone
        if RULE_FIELDS[name].kind == "answer":
            await interaction.response.edit_message(view=answer_view(voice))
        else:
            await interaction.response.send_modal(rule_dialog(voice, rules, name))

    async def _take_answer(self, interaction: discord.Interaction[Any], _: str, __: str | None) -> None:
        await self._set(interaction, "adult_answer", said_answer(chosen(interaction)))

    async def _take_text(
        self, interaction: discord.Interaction[Any], name: str, sent: Mapping[str, str]
    ) -> None:
        if name not in RULE_FIELDS:
            raise Gone
        await self._set(interaction, name, sent.get("value", ""))

    async def _set(self, interaction: discord.Interaction[Any], name: str, text: str) -> None:
        rules = await self._change(interaction, lambda now: with_rule(now, name, text))
        entry = audit(interaction, self._services, "rules", what=f"`{name}`")
        await interaction.response.edit_message(view=rules_view(self._voice(interaction), rules))
        await entry.tell()

    async def _rules(self, interaction: discord.Interaction[Any]) -> Rules:
        """For whoever may change them now. Raises ManagersOnly."""
        await require_manager(interaction, self._services)
        return await self._services.preferences.rules(interaction.guild_id)

    async def _change(self, interaction: discord.Interaction[Any], change: Change) -> Rules:
        """Raises ManagersOnly, BadValue."""
        await require_manager(interaction, self._services)
        return await self._services.preferences.change_rules(interaction.guild_id or 0, change)

    async def _answer(self, interaction: discord.Interaction[Any], key: str, **values: str) -> None:
        text = self._voice(interaction).say(key, **values)
        await interaction.response.send_message(text, ephemeral=True)

    def _voice(self, interaction: discord.Interaction[Any]) -> Voice:
        return Voice(self._services.texts, str(interaction.locale))


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(ServerCog(bot))
