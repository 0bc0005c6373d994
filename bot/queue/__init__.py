"""The rules of waiting. Knows no HTTP, no SQL and no Discord."""
