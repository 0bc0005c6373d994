"""A local Discord: HTTP API v10 and gateway enough for an unmodified discord.py, and people to use the bot.

It refuses what Discord refuses. ``LocalDiscord`` is the server, ``Person`` acts, and ``Message``, ``Modal``
and ``Outcome`` are what one looks at. ``python -m bot.demo.discord`` runs it as a process of its own, with a
control API over HTTP.
"""

from bot.demo.discord.api import Entry, Validator
from bot.demo.discord.changes import Change, Subscription
from bot.demo.discord.errors import ApiError, NotPossible
from bot.demo.discord.faults import Fault, Hold
from bot.demo.discord.model import Attachment, Channel, Message, Modal, Upload, User
from bot.demo.discord.parts import Button
from bot.demo.discord.people import Outcome, Person
from bot.demo.discord.permissions import Permission
from bot.demo.discord.server import LocalDiscord

__all__ = [
    "ApiError",
    "Attachment",
    "Button",
    "Change",
    "Channel",
    "Entry",
    "Fault",
    "Hold",
    "LocalDiscord",
    "Message",
    "Modal",
    "NotPossible",
    "Outcome",
    "Permission",
    "Person",
    "Subscription",
    "Upload",
    "User",
    "Validator",
]
