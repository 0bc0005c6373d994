"""What the host says of checkpoints, beside what web UIs say."""

import pytest

from bot.backends.models import ModelList
from bot.errors import UnknownName
from bot.webui.wire import Checkpoint
from config.sections import ModelTable

TINY = Checkpoint(title="tinyA.safetensors [58793b75f1]", model_name="tinyA", hash="58793b75f1")
SUB = Checkpoint(title="sub/tinyC.safetensors", model_name="sub_tinyC")
FLUX = Checkpoint(title="flux1-dev.safetensors", model_name="flux1-dev")
ALL = (TINY, SUB, FLUX)


@pytest.mark.parametrize("name", ["tinyA", "TINYA", "tinyA.safetensors", "58793b75f1"])
def test_a_table_is_found_by_any_name_of_its_file(name: str) -> None:
    assert ModelList([ModelTable(name=name, shown="Tiny")]).shown(TINY) == "Tiny"


def test_people_say_the_display_name_or_the_files() -> None:
    models = ModelList([ModelTable(name="tinyA", shown="Classic Paint")])

    assert models.match("classic paint", ALL) is TINY
    assert models.match("tinya", ALL) is TINY
    assert models.match("sub_tinyC", ALL) is SUB


def test_what_is_not_offered_is_not_there() -> None:
    models = ModelList(
        [
            ModelTable(name="tinyA", shown="Classic", offered=False),
            ModelTable(name="sub_tinyC", shown="Classics"),
        ]
    )

    assert models.offered(ALL) == (SUB, FLUX)
    with pytest.raises(UnknownName) as caught:
        models.match("Classic", ALL)
    assert caught.value.nearest == ("Classics",)


def test_models_for_adults_are_offered_where_they_belong() -> None:
    models = ModelList([ModelTable(name="tinyA", adult=True)])

    assert models.offered(ALL, adult=False) == (SUB, FLUX)
    assert models.offered(ALL, adult=True) == ALL


def test_the_host_knows_the_family_better_than_the_name() -> None:
    models = ModelList([ModelTable(name="flux1-dev", family="sdxl")])

    assert models.family(FLUX) == "sdxl"
    assert ModelList().family(FLUX) == "flux"
    assert ModelList().family(TINY) is None


def test_the_own_area_is_the_tables_or_the_familys() -> None:
    models = ModelList([ModelTable(name="tinyA", width=512, height=768)])

    assert models.side(TINY) == 627
    assert models.side(FLUX) == 1024
    assert models.side(SUB) is None
