"""What every tier of tests shares."""

from tests import openapi


def pytest_report_header() -> str | None:
    """Say so in one line when Discord's traffic is not validated."""
    if openapi.DESCRIPTION.exists():
        return None
    return "Discord's openapi.json is not beside the repository: the validation of Discord's traffic is off"
