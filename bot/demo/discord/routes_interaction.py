"""Endpoints of interactions and their webhooks."""

from bot.demo.discord import errors, messages
from bot.demo.discord.api import DONE, Answer, Call, Route
from bot.demo.discord.interactions import Interactions
from bot.demo.discord.messages import Draft
from bot.demo.discord.world import World


class InteractionRoutes:
    """``/interactions`` and ``/webhooks``; the token in the path is all they ask for."""

    def __init__(self, world: World, interactions: Interactions) -> None:
        self._world = world
        self._interactions = interactions

    def routes(self) -> list[Route]:
        """The table."""
        webhook = "/webhooks/{webhook_id}/{webhook_token}"
        message = webhook + "/messages/{message_id}"
        return [
            Route(
                "POST", "/interactions/{interaction_id}/{interaction_token}/callback", self.answer, open=True
            ),
            Route("POST", webhook, self.follow_up, open=True),
            Route("GET", message, self.message, open=True),
            Route("PATCH", message, self.edit, open=True),
            Route("DELETE", message, self.delete, open=True),
        ]

    def answer(self, call: Call) -> Answer:
        """The first answer."""
        draft = Draft(call.body or {}, call.files)
        body = self._interactions.answer(call.id("interaction_id"), call.ids["interaction_token"], draft)
        return Answer(body=body) if call.flag("with_response") else DONE

    def follow_up(self, call: Call) -> Answer:
        """A further message."""
        message = self._interactions.follow_up(self._token(call), call.draft)
        return Answer(body=self._world.messages.message(message)) if call.flag("wait") else DONE

    def message(self, call: Call) -> Answer:
        """Read ``@original`` or a follow-up."""
        found = self._interactions.message_of(self._token(call), call.ids["message_id"])
        return Answer(body=self._world.messages.message(found))

    def edit(self, call: Call) -> Answer:
        """Change it."""
        found = self._interactions.message_of(self._token(call), call.ids["message_id"])
        messages.edit(self._world, found, call.draft)
        return Answer(body=self._world.messages.message(found))

    def delete(self, call: Call) -> Answer:
        """Take it away."""
        messages.delete(self._world, self._interactions.message_of(self._token(call), call.ids["message_id"]))
        return DONE

    def _token(self, call: Call) -> str:
        if call.id("webhook_id") != self._world.application_id:
            raise errors.unknown_webhook()
        return call.ids["webhook_token"]
