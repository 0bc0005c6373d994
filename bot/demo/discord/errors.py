"""What the server refuses with: status, code and body as Discord's.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from typing import TypeAlias

from bot.demo.discord.parts import Json

Path: TypeAlias = tuple[str | int, ...]
"""Where in a form something is: ``("components", 0, "label")``."""


class ApiError(Exception):
    """An answer that is a refusal. ``errors`` says which field of the form is wrong and why."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> Json:
        """The JSON of the answer."""
        body: Json = {"message": self.message, "code": self.code}
        return body if self.errors is None else body | {"errors": self.errors}


class RateLimited(ApiError):
    """429. ``retry_after`` in seconds."""

    def __init__(
        self, retry_after: float, *, whole_bot: bool = False, code: int = 0, message: str = ""
    ) -> None:
        super().__init__(429, code, message or "You are being rate limited.")
        self.retry_after = retry_after
        self.headers: dict[str, str] = {}
        """Those of the empty bucket."""
        self.whole_bot = whole_bot

    def body(self) -> Json:
        """The JSON of the answer."""
        return super().body() | {"retry_after": round(self.retry_after, 3), "global": self.whole_bot}


class NotPossible(Exception):
    """A person cannot do this: their Discord client would not let them. ``str()`` says why."""


def unauthorized() -> ApiError:
    """No token, or a wrong one."""
    return ApiError(401, 0, "401: Unauthorized")


def not_found() -> ApiError:
    """No such route."""
    return ApiError(404, 0, "404: Not Found")


def unknown_channel() -> ApiError:
    """It never was, or was deleted."""
    return ApiError(404, 10003, "Unknown Channel")


def unknown_guild() -> ApiError:
    """The bot is not in it."""
    return ApiError(404, 10004, "Unknown Guild")


def unknown_message() -> ApiError:
    """It never was, was deleted, or is ephemeral and asked for through the channel."""
    return ApiError(404, 10008, "Unknown Message")


def unknown_user() -> ApiError:
    """No such account."""
    return ApiError(404, 10013, "Unknown User")


def unknown_webhook() -> ApiError:
    """An interaction's webhook before the interaction was answered."""
    return ApiError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> ApiError:
    """It never was, or its three seconds are over."""
    return ApiError(404, 10062, "Unknown interaction")


def unknown_command() -> ApiError:
    """No command with this id."""
    return ApiError(404, 10063, "Unknown application command")


def too_large() -> ApiError:
    """A file above the server's limit, or a request above 25 MiB."""
    return ApiError(413, 40005, "Request entity too large")


def already_acknowledged() -> ApiError:
    """A second first answer."""
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def missing_access() -> ApiError:
    """The bot does not see the channel."""
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """The bot sees the channel and may not do this in it."""
    return ApiError(403, 50013, "Missing Permissions")


def invalid_webhook_token() -> ApiError:
    """Fifteen minutes after the interaction."""
    return ApiError(401, 50027, "Invalid Webhook Token")


class Form:
    """Collects what is wrong with a form, field by field, and refuses it as a whole."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def wrong(self, path: Path, code: str, message: str) -> None:
        """Note one mistake at ``path``."""
        node = self._errors
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def required(self, path: Path) -> None:
        """The field is missing."""
        self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required")

    def length(self, path: Path, value: object, least: int, most: int) -> None:
        """A text or list must have ``least`` to ``most`` characters or items."""
        if not isinstance(value, str | list):
            self.required(path)
        elif not least <= len(value) <= most:
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def within(self, path: Path, value: object, least: int, most: int) -> None:
        """A whole number must lie between ``least`` and ``most``."""
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif not least <= value <= most:
            self.wrong(path, "NUMBER_TYPE_RANGE", f"int value should be between {least} and {most}.")

    def choice(self, path: Path, value: object, allowed: tuple[object, ...]) -> bool:
        """The value must be one of ``allowed``; says whether it is."""
        if value in allowed and not isinstance(value, bool):
            return True
        shown = ", ".join(str(one) for one in allowed)
        self.wrong(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{shown}}}.")
        return False

    def error(self) -> ApiError:
        """The refusal, with every mistake so far."""
        return ApiError(400, 50035, "Invalid Form Body", _pruned(self._errors))

    def check(self) -> None:
        """Refuse if anything was wrong.

        Raises:
            ApiError: 400, code 50035, with every mistake.
        """
        if self._errors:
            raise self.error()


def _pruned(node: Json) -> Json:
    """Mistakes inside a field come before those of the field as a whole: Discord gives one or the other."""
    inner = {key: _pruned(value) for key, value in node.items() if key != "_errors"}
    return inner or node


def refused(path: Path, code: str, message: str) -> ApiError:
    """A form with one mistake."""
    form = Form()
    form.wrong(path, code, message)
    return form.error()
