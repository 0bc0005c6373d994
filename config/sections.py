"""The sections of the settings as frozen, typed values. Values and reasons of the defaults: ``default.toml``.

No field here has a default of its own, so that ``default.toml`` is the one place that decides.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from config.values import (
    Address,
    Names,
    WebUIAddress,
    check_by_role,
    check_hours,
    check_zone,
    read_by_role,
    read_json,
    read_path,
    split_commas,
)

Count = Annotated[int, Field(ge=1, le=1_000_000)]
"""How many of something."""
Attempts = Annotated[int, Field(ge=1, le=1000)]
"""How often something is tried."""
Seconds = Annotated[float, Field(ge=0.05, le=86_400)]
"""A length of time in seconds."""
SecondsOrNone = Annotated[float, Field(ge=0, le=86_400)]
"""A length of time in seconds, or 0 for none."""
Pixels = Annotated[int, Field(ge=64, le=16_384)]
"""One side of a picture in pixels."""
Side = Annotated[int, Field(ge=64, le=16_384, multiple_of=8)]
"""One side of a picture in pixels, as web UIs can draw it: a multiple of 8."""
Strength = Annotated[float, Field(ge=0, le=1)]
"""How much is drawn anew: 0 = nothing, 1 = all."""
Snowflake = Annotated[int, Field(ge=1, lt=2**64)]
"""An id of Discord's."""


class Section(BaseModel):
    """A group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


class Queue(Section):
    """Who waits, how long, and how often a job is tried."""

    waiting_per_person: Count
    """Pictures that one person may have waiting."""
    waiting_total: Count
    """Pictures that may wait in all."""
    waiting_per_channel: Annotated[int, Field(ge=0, le=1_000_000)]
    """Pictures that may wait for one channel. 0 = no limit."""
    cooldown_seconds: SecondsOrNone
    """Least seconds between two requests of one person. 0 = none."""
    waiting_seconds_per_person: SecondsOrNone
    """Estimated seconds of drawing that one person may have waiting. 0 = no limit."""
    max_seconds_per_request: SecondsOrNone
    """Seconds after which a large batch lets others go first. 0 = never."""
    keep_hours: Annotated[float, Field(gt=0, le=720)]
    """Hours after which a job that still waits expires."""
    max_attempts: Attempts
    """Attempts to render one job, the first included."""
    answers_in_memory: Annotated[int, Field(ge=1, le=64)]
    """Answers of web UIs, not yet on disk, that may be in memory at a time."""


class Quota(Section):
    """How much one person may have drawn in a day."""

    seconds_per_day: SecondsOrNone
    """Seconds of drawing, from midnight to midnight in the time zone of [hours]. 0 = no quota for anybody."""
    by_role: Annotated[str, BeforeValidator(read_by_role), AfterValidator(check_by_role)]
    """Role id=seconds of those that have more or less; the most generous role wins. 0 = no limit."""


class Preview(Section):
    """The message that shows a job's progress."""

    enabled: bool
    """Whether progress is shown while a job runs."""
    pictures: bool
    """Whether it comes with the unfinished picture."""
    partial: bool
    """Whether unfinished pictures of a job that was cancelled while it ran are posted."""
    interval_seconds: Seconds
    """Least seconds between two edits of one message."""
    board_seconds: Seconds
    """Least seconds between two edits of a channel's board."""
    presence: bool
    """Whether the bot's presence shows the line."""
    presence_seconds: Seconds
    """Least seconds between two changes of the presence."""


class Limits(Section):
    """The most that one request may ask for; more is lowered and told."""

    max_steps: Annotated[int, Field(ge=1, le=1000)]
    """Sampling steps."""
    max_width: Pixels
    """Pixels of the final picture, second pass included."""
    max_height: Pixels
    """Pixels of the final picture, second pass included."""
    max_pixels: Annotated[int, Field(ge=64 * 64, le=16_384 * 16_384)]
    """Width times height of the final picture."""
    max_batch: Annotated[int, Field(ge=1, le=100)]
    """Pictures of one request."""
    max_upscaled_pixels: Annotated[int, Field(ge=64 * 64, le=8192 * 8192)]
    """Width times height of an enlarged picture."""
    max_cells: Annotated[int, Field(ge=2, le=100)]
    """Pictures of one table of /compare."""


class Attachments(Section):
    """Pictures that people give."""

    max_bytes: Annotated[int, Field(ge=1024, le=256 * 1024 * 1024)]
    """Of one file."""
    max_pixels: Annotated[int, Field(ge=64 * 64, le=16_384 * 16_384)]
    """Width times height, looked at before anything is decoded."""
    connect_seconds: Seconds
    """Until a connection to Discord's files stands."""
    idle_seconds: Seconds
    """Between two pieces of a file."""
    total_seconds: Seconds
    """For one file."""


class Defaults(Section):
    """What ``/draw`` takes where the person says nothing."""

    negative_prompt: Annotated[str, Field(max_length=6000)]
    """What should not be in the picture."""
    steps: Annotated[int, Field(ge=1, le=1000)]
    """Sampling steps."""
    width: Side
    """Pixels."""
    height: Side
    """Pixels."""
    guidance_scale: Annotated[float, Field(ge=1, le=30)]
    """How closely the picture follows the prompt (CFG scale)."""
    sampler: Annotated[str, Field(min_length=1)]
    """Name as the web UI's /samplers gives it."""
    scheduler: Annotated[str, Field(min_length=1)]
    """Label as the web UI's /schedulers gives it."""
    clip_skip: Annotated[int, Field(ge=1, le=12)]
    """Which of the last layers of the text encoder is read; 1 = the last."""
    extra_net_weight: Annotated[float, Field(ge=-10, le=10)]
    """Multiplier of a LoRA or hypernetwork that is named without one."""
    highres_scale: Annotated[float, Field(gt=1, le=8)]
    """How many times larger the second pass makes the picture."""
    highres_strength: Strength
    """Of the second pass."""
    highres_latent_strength: Strength
    """Of the second pass after a latent upscaler."""
    upscaler: Annotated[str, Field(min_length=1)]
    """Of the button and the command that enlarge a picture, as the web UI names it."""
    upscale: Annotated[float, Field(gt=1, le=8)]
    """How many times larger it makes a picture."""
    enhance_upscaler: Annotated[str, Field(min_length=1)]
    """Of the second pass that the button Enhance adds."""
    strength: Strength
    """How much of a picture that is begun with is changed."""
    outpaint_strength: Strength
    """The same of what is painted around a picture."""
    batch: Annotated[int, Field(ge=1, le=100)]
    """Pictures of one request."""
    spoiler: bool
    """Whether results are hidden behind a spoiler."""


class Prompts(Section):
    """Wildcards and alternatives in prompts."""

    wildcards: Annotated[Path, BeforeValidator(read_path)]
    """The folder of the lists, NAME.txt with a line for each thing that __NAME__ may stand for."""
    max_permutations: Annotated[int, Field(ge=1, le=100)]
    """Requests that ``permute`` makes of one prompt at most."""


class WebUI(Section):
    """How long web UIs are waited for, and how much they may answer."""

    connect_seconds: Seconds
    """Until the connection stands."""
    first_byte_seconds: Seconds
    """From the request to the answer's first byte: the rendering itself."""
    idle_seconds: Seconds
    """Between two pieces of an answer."""
    total_seconds: Seconds
    """A render request in all."""
    out_of_memory_hours: Annotated[float, Field(ge=0, le=8760)]
    """Hours for which a size that was too much for a card is not tried there again. 0 = it always is."""
    read_seconds: Seconds
    """A request that renders nothing (lists, options) in all."""
    poll_seconds: Seconds
    """Between two questions about progress while a job runs."""
    max_answer_bytes: Annotated[int, Field(ge=2**20, le=2**33)]
    """Bytes of one answer with pictures."""
    max_list_bytes: Annotated[int, Field(ge=2**16, le=2**30)]
    """Bytes of any other answer."""
    max_picture_pixels: Annotated[int, Field(ge=64 * 64, le=2**30)]
    """Width times height of a picture that is decoded."""


class Processes(Section):
    """Several processes that share a PostgreSQL database."""

    silent_seconds: Annotated[float, Field(ge=0.5, le=3600)]
    """After so long without a sign of life a process is taken for dead, and others go on with what it had."""


class Delivery(Section):
    """Posting results to Discord."""

    concurrent: Annotated[int, Field(ge=1, le=50)]
    """Posts under way at a time."""
    retry_first_seconds: Seconds
    """Wait after the first failed attempt; it doubles each time."""
    retry_max_seconds: Seconds
    """The longest wait between two attempts."""
    message_byte_limit: Annotated[int, Field(ge=2**20, le=25 * 2**20)]
    """Bytes of all files of one message."""


class Outputs(Section):
    """How long pictures stay in OUTPUT_DIR."""

    keep_days: Annotated[float, Field(ge=0, le=36_500)]
    """Days since it was drawn. 0 = for ever."""
    max_gib: Annotated[float, Field(ge=0, le=1_000_000)]
    """GiB of all of them. 0 = any number."""
    keep_data_days: Annotated[float, Field(ge=0, le=36_500)]
    """Days until a request that is over is forgotten: prompt, seeds, everything. 0 = never."""


class Override(Section):
    """The ``override`` option of ``/draw``."""

    extra_allowed: Names
    """Names of options of the web UI that people may override, besides those that only change the picture."""


class Owners(Section):
    """Who may use the owner's commands besides the owners of the Discord application."""

    ids: Annotated[tuple[Snowflake, ...], BeforeValidator(split_commas)]
    """User ids."""


class Servers(Section):
    """Where the bot is."""

    allowed: Annotated[tuple[Snowflake, ...], BeforeValidator(split_commas)]
    """Ids of the servers that it stays in. Empty = all."""
    direct_messages: bool
    """Whether commands are there in direct messages with the bot."""
    user_installs: bool
    """Whether people may install the application for themselves, and use it where the bot is not."""


class Hours(Section):
    """When pictures are drawn. Requests are taken at any time."""

    open: Annotated[str, AfterValidator(check_hours)]
    """Hours of the day, "18:00-23:00, 23:30-01:00". Empty = always."""
    time_zone: Annotated[str, AfterValidator(check_zone)]
    """Whose hours they are, "Europe/Berlin". Empty = the machine's own."""


class Buttons(Section):
    """The buttons under a result."""

    restrict_to_owner: bool
    """Whether only the person who asked for a picture may make something new from it."""


class ModelTable(Section):
    """One ``[[model]]`` table: what the host knows of a checkpoint. What it does not say is left as it is."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """As a web UI knows it: model name, file or short hash."""
    shown: Annotated[str, Field(max_length=80)] = ""
    """What people see and type. Empty = its name."""
    offered: bool = True
    """False = nobody may draw with it."""
    adult: bool = False
    """Only for channels with an age restriction."""
    family: Literal["sd1", "sd2", "sdxl", "sd3", "flux"] | None = None
    """None = guessed."""
    activator: Annotated[str, Field(max_length=500)] = ""
    """Words that it wants in the prompt."""
    negative_prefix: Annotated[str, Field(max_length=2000)] = ""
    """What is always put before the negative prompt."""
    width: Side | None = None
    """Pixels. With ``height``, the size that it was made for."""
    height: Side | None = None
    """Pixels."""
    steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    guidance_scale: Annotated[float, Field(ge=1, le=30)] | None = None
    sampler: str | None = None
    scheduler: str | None = None
    clip_skip: Annotated[int, Field(ge=1, le=12)] | None = None
    vae: str | None = None


class RecipeTable(Section):
    """One ``[[recipe]]`` table: always-on scripts of the web UI under a name that people can say."""

    name: Annotated[str, Field(pattern=r"^[^,=:+\s][^,=:+]{0,60}$")]
    """What people see and type."""
    scripts: Annotated[dict[str, JsonValue], BeforeValidator(read_json), Field(min_length=1)]
    """``alwayson_scripts`` of the request, as JSON."""
    facefix: bool = False
    """True = offered in ``facefix``, otherwise in ``more``."""


class Policy(Section):
    """What nobody may have drawn, whatever a server allows."""

    blocked_words: Names
    """Words and phrases that a prompt must not hold: whole words, in any case and language."""
    blocked_negative_words: Names
    """The same for negative prompts."""
    removed_words: Names
    """Words and phrases that are taken out of prompts."""
    forced_negative: Annotated[str, Field(max_length=1000)]
    """Put before every negative prompt."""
    adult_words: Names
    """Words and phrases that make a picture one for adults, besides ``[[model]] adult``."""
    adult: Literal["refuse", "hold", "spoiler"]
    """What becomes of a picture for adults outside of channels with an age restriction."""
    member_days: Annotated[float, Field(ge=0, le=3650)]
    """Days that somebody must have been in the server to draw at all."""
    img2img_member_days: Annotated[float, Field(ge=0, le=3650)]
    """The same for pictures that begin with a picture."""
    banned: Annotated[tuple[Snowflake, ...], BeforeValidator(split_commas)]
    """Ids of people for whom nothing is drawn."""


class Gallery(Section):
    """Where pictures go that people like."""

    channels: Annotated[tuple[Snowflake, ...], BeforeValidator(split_commas)]
    """Channel ids, one of each server that has a gallery."""


class BackendTable(Section):
    """One ``[[backend]]`` table: adds a web UI, or refines one of WEBUI_URLS with the same address."""

    url: Address
    dedicated: bool = False
    """Whether the web UI is Easel's alone. False = people use it too, so its options are put back."""
    weight: Annotated[float, Field(gt=0, le=100)] = 1
    """Of several that are free and could take a job as well, the one with the largest gets it."""


class Backend(Section):
    """One web UI as it comes out of WEBUI_URLS and ``[[backend]]``."""

    name: str
    """webui-1, webui-2, … in the order of the settings: what logs, metrics and people see."""
    address: WebUIAddress
    dedicated: bool
    weight: float
