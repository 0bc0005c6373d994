"""The family of a model, by what its file is called."""

import pytest

from bot.model.families import Family, guess_family


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("v1-5-pruned-emaonly", "sd1"),
        ("sd_xl_base_1.0", "sdxl"),
        ("juggernautXL_v9", "sdxl"),
        ("ponyDiffusionV6XL", "sdxl"),
        ("sd3_medium_incl_clips", "sd3"),
        ("flux1-dev-bnb-nf4-v2", "flux"),
        ("v2-1_768-ema-pruned", "sd2"),
        ("dreamshaper_8", None),
        ("pixlr", None),
    ],
)
def test_a_name_tells(name: str, family: Family | None) -> None:
    assert guess_family(name) == family


def test_a_hash_tells_more_than_a_name() -> None:
    assert guess_family("my_sdxl_mix", short_hash="6ce0161689") == "sd1"
