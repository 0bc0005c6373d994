"""Endpoints about the bot itself and its commands."""

from bot.demo.discord import errors, objects
from bot.demo.discord.api import DONE, Answer, Call, Route
from bot.demo.discord.commands import Commands
from bot.demo.discord.gateway import Gateway
from bot.demo.discord.parts import Json
from bot.demo.discord.world import World


class ApplicationRoutes:
    """``/users/@me``, ``/oauth2``, ``/gateway`` and ``/applications``."""

    def __init__(self, world: World, gateway: Gateway, commands: Commands) -> None:
        self._world = world
        self._gateway = gateway
        self._commands = commands

    def routes(self) -> list[Route]:
        """The table."""
        own = "/applications/{application_id}/commands"
        in_guild = "/applications/{application_id}/guilds/{guild_id}/commands"
        table = [
            Route("GET", "/gateway", self.gateway, open=True),
            Route("GET", "/gateway/bot", self.gateway_bot),
            Route("GET", "/users/@me", self.me),
            Route("GET", "/users/@me/guilds", self.my_guilds),
            Route("POST", "/users/@me/channels", self.direct_channel),
            Route("GET", "/users/{user_id}", self.user),
            Route("GET", "/oauth2/applications/@me", self.application),
            Route("GET", "/applications/@me", self.application),
        ]
        for base in (own, in_guild):
            table += [
                Route("GET", base, self.list_commands),
                Route("PUT", base, self.replace_commands),
                Route("POST", base, self.create_command),
                Route("GET", base + "/{command_id}", self.command),
                Route("PATCH", base + "/{command_id}", self.edit_command),
                Route("DELETE", base + "/{command_id}", self.delete_command),
            ]
        return table

    def gateway(self, call: Call) -> Answer:
        """Where the gateway is."""
        return Answer(body={"url": self._gateway.url})

    def gateway_bot(self, call: Call) -> Answer:
        """Where it is, and how many shards are recommended."""
        limit = {
            "total": 1000,
            "remaining": self._gateway.starts_left,
            "reset_after": 14400000,
            "max_concurrency": 1,
        }
        return Answer(body={"url": self._gateway.url, "shards": 1, "session_start_limit": limit})

    def me(self, call: Call) -> Answer:
        """The bot's account."""
        return Answer(body=objects.own_user(self._world.bot))

    def user(self, call: Call) -> Answer:
        """Anybody's account."""
        if call.id("user_id") not in self._world.users:
            raise errors.unknown_user()
        return Answer(body=objects.user(self._world.users[call.id("user_id")]))

    def my_guilds(self, call: Call) -> Answer:
        """The servers that the bot is in."""
        if not self._world.bot_is_member:
            return Answer(body=[])
        guild = self._world.guild
        permissions = str(int(self._world.allowed(next(iter(guild.channels.values())), self._world.bot)))
        body: Json = {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "features": [],
        }
        return Answer(body=[body | {"permissions": permissions}])

    def direct_channel(self, call: Call) -> Answer:
        """Open the direct-message channel with a person."""
        user = self._world.users.get(int(call.body.get("recipient_id") or 0))
        if user is None or user.bot:
            raise errors.ApiError(400, 50033, "Invalid Recipient(s)")
        return Answer(body=objects.channel(self._world.direct_channel(user)))

    def application(self, call: Call) -> Answer:
        """The application: owned by a person, not a team."""
        world = self._world
        owner = world.users[world.guild.owner_id]
        return Answer(body=_application(world, objects.user(owner)))

    def _place(self, call: Call) -> int | None:
        """The server of the path, None for global commands."""
        if call.id("application_id") != self._world.application_id:
            raise errors.ApiError(
                403, 20012, "You are not authorized to perform this action on this application"
            )
        if "guild_id" not in call.ids:
            return None
        if call.id("guild_id") != self._world.guild.id:
            raise errors.missing_access()
        return call.id("guild_id")

    def list_commands(self, call: Call) -> Answer:
        """All commands of a place; localizations only on request."""
        shown = call.flag("with_localizations")
        found = self._commands.registered(self._place(call))
        return Answer(
            body=[objects.command(one, self._world.application_id, localizations=shown) for one in found]
        )

    def replace_commands(self, call: Call) -> Answer:
        """Replace all commands of a place."""
        replaced = self._commands.replace(self._place(call), call.body or [])
        return Answer(body=[objects.command(one, self._world.application_id) for one in replaced])

    def create_command(self, call: Call) -> Answer:
        """Create a command, or overwrite the one of the same name and type."""
        command, new = self._commands.create(self._place(call), call.body)
        return Answer(201 if new else 200, objects.command(command, self._world.application_id))

    def command(self, call: Call) -> Answer:
        """One command."""
        found = self._commands.find(self._place(call), call.id("command_id"))
        return Answer(body=objects.command(found, self._world.application_id))

    def edit_command(self, call: Call) -> Answer:
        """Change some fields of a command."""
        changed = self._commands.edit(self._place(call), call.id("command_id"), call.body)
        return Answer(body=objects.command(changed, self._world.application_id))

    def delete_command(self, call: Call) -> Answer:
        """Take a command away."""
        self._commands.delete(self._place(call), call.id("command_id"))
        return DONE


def _application(world: World, owner: Json) -> Json:
    return {
        "id": str(world.application_id),
        "name": world.bot.display_name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": objects.user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": owner,
        "team": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
    }
