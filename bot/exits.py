"""Exit codes of the program: those of sysexits.h."""

EX_OK = 0
EX_USAGE = 64
EX_UNAVAILABLE = 69
"""Discord or the database cannot be had."""
EX_SOFTWARE = 70
"""A part of Easel died; started again it goes on where it was."""
EX_NOPERM = 77
"""Discord refuses the token."""
EX_CONFIG = 78
