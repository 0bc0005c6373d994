"""Exit codes of the program, those of sysexits.h, and what ends a start with one."""

from bot.errors import DatabaseInUse, StorageError

EX_OK = 0
EX_USAGE = 64
EX_UNAVAILABLE = 69
"""Discord or the database cannot be had."""
EX_SOFTWARE = 70
"""A part of Easel died; started again it goes on where it was."""
EX_NOPERM = 77
"""Discord refuses the token."""
EX_CONFIG = 78


class StartFailure(Exception):
    """The program cannot start. ``key`` names the sentence with the cure, ``exit_code`` is of sysexits.h."""

    def __init__(self, key: str, exit_code: int, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.exit_code = exit_code
        self.values = values


def database_failure(error: StorageError, *, shared: bool) -> StartFailure:
    """What the database says no with. ``shared``: it is PostgreSQL, and not a file."""
    if isinstance(error, DatabaseInUse):
        return StartFailure("start.database_in_use", EX_UNAVAILABLE)
    if error.reason == "no_driver":
        return StartFailure("start.no_driver", EX_CONFIG)
    return StartFailure("start.postgres" if shared else "start.database", EX_UNAVAILABLE)
