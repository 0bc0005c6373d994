"""The paths of the API, and how much of an answer is read from each."""

from enum import StrEnum

__all__ = ["Endpoint"]

_MIB = 1024 * 1024


class Endpoint(StrEnum):
    """Every path that Easel knows; the value is the path below the web UI's address."""

    TXT2IMG = "/sdapi/v1/txt2img"
    IMG2IMG = "/sdapi/v1/img2img"
    EXTRA_SINGLE = "/sdapi/v1/extra-single-image"
    EXTRA_BATCH = "/sdapi/v1/extra-batch-images"
    PNG_INFO = "/sdapi/v1/png-info"
    INTERROGATE = "/sdapi/v1/interrogate"
    PROGRESS = "/sdapi/v1/progress"
    TASK_PROGRESS = "/internal/progress"
    INTERRUPT = "/sdapi/v1/interrupt"
    SKIP = "/sdapi/v1/skip"
    OPTIONS = "/sdapi/v1/options"
    CMD_FLAGS = "/sdapi/v1/cmd-flags"
    SAMPLERS = "/sdapi/v1/samplers"
    SCHEDULERS = "/sdapi/v1/schedulers"
    UPSCALERS = "/sdapi/v1/upscalers"
    LATENT_UPSCALE_MODES = "/sdapi/v1/latent-upscale-modes"
    CHECKPOINTS = "/sdapi/v1/sd-models"
    VAES = "/sdapi/v1/sd-vae"
    MODULES = "/sdapi/v1/sd-modules"
    HYPERNETWORKS = "/sdapi/v1/hypernetworks"
    FACE_RESTORERS = "/sdapi/v1/face-restorers"
    REALESRGAN_MODELS = "/sdapi/v1/realesrgan-models"
    STYLES = "/sdapi/v1/prompt-styles"
    EMBEDDINGS = "/sdapi/v1/embeddings"
    LORAS = "/sdapi/v1/loras"
    REFRESH_CHECKPOINTS = "/sdapi/v1/refresh-checkpoints"
    REFRESH_VAES = "/sdapi/v1/refresh-vae"
    REFRESH_LORAS = "/sdapi/v1/refresh-loras"
    REFRESH_EMBEDDINGS = "/sdapi/v1/refresh-embeddings"
    UNLOAD_CHECKPOINT = "/sdapi/v1/unload-checkpoint"
    RELOAD_CHECKPOINT = "/sdapi/v1/reload-checkpoint"
    SCRIPTS = "/sdapi/v1/scripts"
    SCRIPT_INFO = "/sdapi/v1/script-info"
    EXTENSIONS = "/sdapi/v1/extensions"
    MEMORY = "/sdapi/v1/memory"
    OPENAPI = "/openapi.json"
    SDCPP_CAPABILITIES = "/sdcpp/v1/capabilities"

    @property
    def short(self) -> str:
        """``png-info`` for ``/sdapi/v1/png-info``: what an error or a log line names."""
        return self.value.removeprefix("/sdapi/v1/").strip("/")

    @property
    def carries_pictures(self) -> bool:
        """Whether its answer may hold pictures, so that the limit for pictures applies."""
        return self in _PICTURES

    @property
    def takes_pictures(self) -> bool:
        """Whether a request to it may hold pictures, so that a thread should encode it."""
        return self in _TAKE_PICTURES

    @property
    def renders(self) -> bool:
        """Whether it waits for the GPU, or for the lock that everything on the GPU waits for (NOTES 2.7)."""
        return self in _SLOW

    @property
    def small_limit(self) -> int:
        """Bytes that an answer without pictures may have.

        /loras gives the whole training metadata of every file: 50 KB each are usual, and a host has hundreds.
        """
        return {Endpoint.LORAS: 64 * _MIB, Endpoint.OPENAPI: 16 * _MIB}.get(self, 8 * _MIB)


_PICTURES = frozenset(
    {
        Endpoint.TXT2IMG,
        Endpoint.IMG2IMG,
        Endpoint.EXTRA_SINGLE,
        Endpoint.EXTRA_BATCH,
        Endpoint.PROGRESS,
        Endpoint.TASK_PROGRESS,
    }
)
_TAKE_PICTURES = frozenset(
    {
        Endpoint.IMG2IMG,
        Endpoint.EXTRA_SINGLE,
        Endpoint.EXTRA_BATCH,
        Endpoint.PNG_INFO,
        Endpoint.INTERROGATE,
    }
)
_SLOW = frozenset(
    {
        Endpoint.TXT2IMG,
        Endpoint.IMG2IMG,
        Endpoint.EXTRA_SINGLE,
        Endpoint.EXTRA_BATCH,
        Endpoint.INTERROGATE,
        Endpoint.REFRESH_CHECKPOINTS,
        Endpoint.REFRESH_VAES,
        Endpoint.UNLOAD_CHECKPOINT,
        Endpoint.RELOAD_CHECKPOINT,
    }
)
