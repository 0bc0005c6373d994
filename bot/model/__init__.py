"""Values and rules. No I/O, no Discord, no web UI."""
