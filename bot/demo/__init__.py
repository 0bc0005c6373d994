"""Trying Easel with no account and no GPU. Nothing but ``__main__`` and the tests imports this."""
