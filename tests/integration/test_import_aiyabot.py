"""An aiyabot folder is taken over: what Easel can use is used, the rest is told, nothing is overwritten."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.exits import EX_OK, EX_USAGE, StartFailure
from bot.importing import run_import
from bot.model.clock import SystemClock
from bot.model.preferences import Caps, Choices, Layer, Preferences
from bot.storage.opening import open_storage
from bot.storage.preferences import PreferenceBook
from config.settings import Settings, load

CONFIG = """
url = "http://127.0.0.1:7861/"
user = "page"
pass = "word"
apiuser = "api"
apipass = "p@ss word"
save_outputs = "False"
dir = "outputs"
queue_limit = 4
batch_buttons = "False"
restrict_buttons = "True"
max_size = 1024
prompt_ban_list = ["naked", "big spider"]
prompt_ignore_list = ["ugly"]
negative_prompt_prefix = ["gore", "text"]
display_ignored_words = "True"
live_preview_update_interval = 5
negative_prompt = "blurry"
data_model = ""
steps = 25
max_steps = 40
width = 516
height = 768
guidance_scale = "6.5"
sampler = "DPM++ 2M Karras"
style = "None"
facefix = "CodeFormer"
highres_fix = "Disabled"
clip_skip = 2
hypernet = "None"
hyper_multi = "0.85"
lora = "None"
lora_multi = "0.85"
strength = "0.6"
batch = "1,2"
max_batch = "2,3"
upscaler_1 = "ESRGAN_4x"
spoiler = false
spoiler_role = "4711"
live_preview = true
full_quality_vae = true
surprise = 1
"""
CHANNEL = {
    "negative_prompt": "",
    "data_model": "Dreams",
    "steps": 22,
    "max_steps": 30,
    "sampler": "Euler",
    "style": "None",
    "lora": "fur",
    "lora_multi": "0.7",
    "batch": "2,1",
    "max_batch": "4",
    "spoiler": True,
    "spoiler_role": None,
    "guidance_scale": "9",
    "live_preview": False,
}
MODELS = (
    "display_name|model_full_name|activator_token\nDreams|sub/dreams_v2.safetensors|dream style\nDefault||\n"
)


def folder_of(root: Path, **files: str) -> Path:
    resources = root / "aiya" / "resources"
    resources.mkdir(parents=True)
    for name, text in files.items():
        (resources / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return root / "aiya"


def taken(root: Path, folder: Path) -> tuple[list[str], Settings]:
    said: list[str] = []
    assert run_import(folder, root, {}, said.append) == EX_OK
    return said, load({}, root)


async def kept(settings: Settings, layer: Layer, owner: int) -> Preferences:
    async with open_storage(settings, SystemClock()) as storage:
        return await PreferenceBook(storage.facts).of(layer, owner)


def test_the_settings_are_there_at_the_next_start(tmp_path: Path) -> None:
    _, settings = taken(tmp_path, folder_of(tmp_path, config__toml=CONFIG, models__csv=MODELS))

    assert [one.address.secret_url for one in settings.backends] == [
        "http://api:p%40ss%20word@127.0.0.1:7861"
    ]
    assert settings.queue.waiting_per_person == 4
    assert settings.buttons.restrict_to_owner
    assert (settings.limits.max_width, settings.limits.max_steps, settings.limits.max_batch) == (1024, 40, 6)
    assert settings.policy.blocked_words == ("naked", "big spider")
    assert settings.policy.removed_words == ("ugly",)
    assert settings.policy.forced_negative == "gore, text"
    defaults = settings.defaults
    assert (defaults.steps, defaults.width, defaults.height, defaults.batch) == (25, 512, 768, 2)
    assert (defaults.guidance_scale, defaults.sampler, defaults.strength) == (6.5, "DPM++ 2M Karras", 0.6)
    [model] = settings.model
    assert (model.name, model.shown, model.activator) == ("dreams_v2.safetensors", "Dreams", "dream style")


def test_what_was_not_taken_is_told_with_the_reason_and_no_secret(tmp_path: Path) -> None:
    said, _ = taken(tmp_path, folder_of(tmp_path, config__toml=CONFIG, messages__csv="one moment\n"))
    text = "\n".join(said)

    for what in ("user, pass", "facefix", "surprise", "display_ignored_words", "messages.csv"):
        assert any(what in line for line in said if line.startswith("Not taken")), what
    assert "p@ss" not in text
    assert "DISCORD_TOKEN" in text


async def test_a_channels_defaults_are_its_own(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, config__toml=CONFIG, **{"123456789__json": json.dumps(CHANNEL)})
    said: list[str] = []

    assert await asyncio.to_thread(run_import, folder, tmp_path, {}, said.append) == EX_OK
    settings = load({}, tmp_path)

    assert await kept(settings, Layer.CHANNEL, 123456789) == Preferences(
        choices=Choices(
            data_model="Dreams",
            steps=22,
            sampler="Euler",
            extra_net="fur:0.7",
            batch=2,
            spoiler=True,
            guidance_scale=9,
            preview=False,
        ),
        caps=Caps(max_steps=30, max_batch=4),
    )
    assert (await kept(settings, Layer.ROLE, 4711)).choices.spoiler


def test_settings_that_are_there_are_not_overwritten(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, config__toml=CONFIG)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.toml").write_text("[queue]\nwaiting_total = 7\n", encoding="utf-8")

    said, settings = taken(tmp_path, folder)

    assert settings.queue.waiting_total == 7
    assert settings.defaults.steps == 30
    assert any("config/aiyabot.toml" in line for line in said)
    assert "steps = 25" in (tmp_path / "config" / "aiyabot.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "files",
    [
        {"config__toml": "this is no TOML ["},
        {"config__toml": 'url = "ftp://x"\nsteps = "many"\nmax_size = 3\nwidth = -1\nbatch = "a,b"'},
        {"config__toml": "", "12__json": "[1, 2]", "13__json": "{", "14__json": '{"steps": {}, "batch": []}'},
        {"config__toml": "", "99999999999999999999999__json": "{}", "models__csv": "\x00|\n|||\n||"},
        {"models__csv": "a|b\n" + "x" * 500 + "|y|z\n"},
    ],
)
def test_unusual_values_are_told_and_break_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    said, settings = taken(tmp_path, folder_of(tmp_path, **files))

    assert settings.defaults.steps == 30
    assert any(line.startswith(("Not taken", "Taken")) for line in said)


def test_a_folder_without_aiyabot_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartFailure) as failed:
        run_import(tmp_path, tmp_path, {}, print)
    assert (failed.value.key, failed.value.exit_code) == ("import.no_folder", EX_USAGE)
