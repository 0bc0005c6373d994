"""What a web UI can do, told from the recordings of its endpoints."""

import pytest

from bot.webui.dialects import UNKNOWN, Capabilities, Dialect, Probe, capabilities
from bot.webui.endpoints import Endpoint
from tests.unit.webui.recordings import recording, recordings


def probe(server: str, *, task_progress: bool = False) -> Probe:
    """What the recordings of ``server`` say: GETs as they were, a path that only took POST as 405."""
    statuses: dict[Endpoint, int] = {}
    for case in recordings():
        if not case.name.startswith(f"{server}/") or case.path not in set(Endpoint) or case.status == 401:
            continue
        endpoint = Endpoint(case.path)
        if case.method == "GET":
            statuses[endpoint] = case.status
        elif case.method == "POST":
            statuses.setdefault(endpoint, 404 if case.status == 404 and not case.answered else 405)
    options = frozenset(recording(f"{server}/get_options").answered)
    return Probe(statuses=statuses, options=options, task_progress=task_progress)


@pytest.mark.parametrize("server", ["a1111", "forge", "sdcpp"])
def test_each_server_is_known_by_what_it_answers(server: str) -> None:
    assert capabilities(probe(server)).dialect == server


def test_a1111_has_everything_but_forges_modules() -> None:
    found = capabilities(probe("a1111"))
    missing = set(Endpoint) - found.endpoints
    assert missing == {
        Endpoint.MODULES,
        Endpoint.TASK_PROGRESS,
        Endpoint.OPENAPI,
        Endpoint.SDCPP_CAPABILITIES,
    }
    assert found.overrides
    assert found.lora_hashes
    assert not found.additional_modules


def test_forge_has_modules_instead_of_vaes() -> None:
    found = capabilities(probe("forge"))
    assert found.has(Endpoint.MODULES)
    assert not found.has(Endpoint.VAES)
    assert found.additional_modules
    assert found.distilled_cfg


def test_stable_diffusion_cpp_has_neither_progress_nor_interrupt_nor_overrides() -> None:
    found = capabilities(probe("sdcpp"))
    assert found.has(Endpoint.TXT2IMG)
    assert not found.progress
    assert not found.interrupt
    assert not found.png_info
    assert not found.overrides
    assert not found.knows("sd_model_checkpoint")


def test_the_progress_of_a_task_is_believed_only_when_it_answered() -> None:
    assert not capabilities(probe("a1111")).task_progress
    assert capabilities(probe("a1111", task_progress=True)).task_progress


def test_a_list_of_paths_is_enough() -> None:
    paths = {endpoint.value: frozenset({"get"}) for endpoint in (Endpoint.TXT2IMG, Endpoint.VAES)}
    options = frozenset({"CLIP_stop_at_last_layers"})
    found = capabilities(Probe(paths=paths, options=options))
    assert found.endpoints == {Endpoint.TXT2IMG, Endpoint.VAES}
    assert found.dialect is Dialect.A1111
    assert not found.schedulers


@pytest.mark.parametrize("status", [404, 501, 307])
def test_an_endpoint_that_is_not_there_is_a_feature_that_is_off(status: int) -> None:
    found = capabilities(Probe(statuses={Endpoint.PNG_INFO: status}))
    assert not found.png_info
    assert found.dialect is Dialect.UNKNOWN


def test_before_the_first_probe_nothing_is_assumed() -> None:
    assert Capabilities() == UNKNOWN
    assert not UNKNOWN.endpoints
    assert not UNKNOWN.overrides
