"""Endpoints of the server: its channels, roles and members."""

from bot.demo.discord import errors, objects
from bot.demo.discord.api import DONE, Answer, Call, Route
from bot.demo.discord.model import Guild
from bot.demo.discord.world import GUILD_MEMBERS, World


class GuildRoutes:
    """``/guilds/{id}``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The table."""
        guild = "/guilds/{guild_id}"
        return [
            Route("GET", guild, self.guild),
            Route("DELETE", "/users/@me/guilds/{guild_id}", self.leave),
            Route("GET", guild + "/channels", self.channels),
            Route("GET", guild + "/roles", self.roles),
            Route("GET", guild + "/members", self.members),
            Route("GET", guild + "/members/search", self.search),
            Route("GET", guild + "/members/{user_id}", self.member),
        ]

    def _guild(self, call: Call) -> Guild:
        if call.id("guild_id") != self._world.guild.id or not self._world.bot_is_member:
            raise errors.unknown_guild()
        return self._world.guild

    def leave(self, call: Call) -> Answer:
        """The bot goes. https://discord.com/developers/docs/resources/user#leave-guild"""
        self._guild(call)
        self._world.bot_leaves()
        return DONE

    def guild(self, call: Call) -> Answer:
        """The server."""
        guild = self._guild(call)
        counts = {}
        if call.flag("with_counts"):
            counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
        return Answer(body=objects.guild(guild) | counts)

    def channels(self, call: Call) -> Answer:
        """Its channels, threads not among them."""
        listed = [one for one in self._guild(call).channels.values() if not one.is_thread and not one.deleted]
        return Answer(body=[objects.channel(one) for one in listed])

    def roles(self, call: Call) -> Answer:
        """Its roles."""
        return Answer(body=[objects.role(one) for one in self._guild(call).roles.values()])

    def members(self, call: Call) -> Answer:
        """Its members, for a bot with the privileged intent."""
        guild = self._guild(call)
        if not self._world.privileged_intents & GUILD_MEMBERS:
            raise errors.missing_access()
        after, limit = int(call.query.get("after", 0)), int(call.query.get("limit", 1))
        listed = sorted(
            (one for one in guild.members.values() if one.user.id > after), key=lambda one: one.user.id
        )
        return Answer(body=[objects.member(one) for one in listed[:limit]])

    def search(self, call: Call) -> Answer:
        """Members whose name begins with the query."""
        query, limit = call.query.get("query", "").lower(), int(call.query.get("limit", 1))
        found = [one for one in self._guild(call).members.values() if one.user.name.startswith(query)]
        return Answer(body=[objects.member(one) for one in found[:limit]])

    def member(self, call: Call) -> Answer:
        """One member."""
        guild = self._guild(call)
        user = self._world.users.get(call.id("user_id"))
        if user is None:
            raise errors.unknown_user()
        return Answer(body=objects.member(self._world.member(guild, user)))
