"""No secret is ever shown: not by a mistake, a repr, a dump or the description."""

import base64

from hypothesis import example, given
from hypothesis import strategies as st

from config.settings import Settings, SettingsProblem, load

MARK = "hunter2"
NASTY = st.text(alphabet=":/?#@%,[]\\ ab1$'\"é\x00", max_size=12)


def everything_shown(settings: Settings) -> str:
    rows = "\n".join(" ".join(row) for row in settings.describe())
    dumps = f"{settings.model_dump()}{settings.model_dump_json()}"
    return f"{settings!r}{settings}{settings.backends!r}{dumps}{rows}"


def shown_by_loading(name: str, value: str) -> str:
    """All that anybody could see of it, whether it can be used or not."""
    try:
        return everything_shown(load({name: value}, None))
    except SettingsProblem as problem:
        return f"{problem!r}{problem}{problem.__cause__!r}{problem.__context__!r}"


@given(before=NASTY, after=NASTY)
@example(before="", after="/")
@example(before="12/", after="")
@example(before="1?", after="")
@example(before="@", after=",")
def test_a_password_however_badly_written_is_never_shown(before: str, after: str) -> None:
    password = f"{before}{MARK}{after}"
    environ = {
        "DISCORD_TOKEN": password,
        "WEBUI_URLS": f"http://user:{password}@host:7860",
        "DATABASE_URL": f"postgresql://user:{password}@host/name",
        "DISCORD_API_URL": f"https://user:{password}@host/api/v10",
    }
    for name, value in environ.items():
        assert MARK not in shown_by_loading(name, value)


def test_a_password_that_is_read_is_there_and_not_shown() -> None:
    settings = load({"WEBUI_URLS": f"http://user:{MARK}@host:7860"}, None)

    (address,) = settings.webui_urls
    assert address.password is not None
    assert address.password.get_secret_value() == MARK
    assert MARK not in everything_shown(settings)


def test_everything_a_log_must_mask_is_listed() -> None:
    settings = load(
        {
            "DISCORD_TOKEN": "the-token",
            "WEBUI_URLS": "http://me:p%40ss@gpu:7860/sd,https://other.example",
            "DATABASE_URL": "postgresql://me:db%2Fpw@db/easel",
        },
        None,
    )

    found = settings.secrets()

    assert "the-token" in found
    assert {"p@ss", "p%40ss", base64.b64encode(b"me:p@ss").decode()} <= set(found)
    assert {"http://gpu:7860/sd", "gpu:7860", "https://other.example", "'gpu', 7860"} <= set(found)
    assert {"postgresql://me:db%2Fpw@db/easel", "db%2Fpw", "db/pw"} <= set(found)
    assert "" not in found


def test_the_description_shows_addresses_without_their_passwords() -> None:
    settings = load(
        {
            "DISCORD_TOKEN": "the-token",
            "WEBUI_URLS": "http://me:pw@gpu:7860",
            "DATABASE_URL": "postgresql://me:pw@db/easel",
        },
        None,
    )
    rows = {name: value for name, value, _ in settings.describe()}

    assert rows["DISCORD_TOKEN"] == "********"
    assert rows["WEBUI_URLS"] == "http://me:***@gpu:7860"
    assert rows["DATABASE_URL"] == "postgresql://me:***@db/easel"
    assert rows["webui-1"] == "http://me:***@gpu:7860, dedicated = false, weight = 1"
