"""Contract tests against a web UI that is really there: ``pytest tests/live --webui http://127.0.0.1:7860``."""
