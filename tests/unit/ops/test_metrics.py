"""What is counted, read back as Prometheus would."""

from functools import partial

from prometheus_client.parser import text_string_to_metric_families

from bot.ops.metrics import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_jobs_are_counted_by_how_they_ended() -> None:
    metrics = Metrics()
    for state in ("delivered", "failed", "delivered"):
        metrics.job_finished(state)

    found = samples(metrics)

    assert found["easel_jobs_total", ("delivered",)] == 2
    assert found["easel_jobs_total", ("failed",)] == 1


def test_pictures_and_their_seconds_are_added_up() -> None:
    metrics = Metrics()
    metrics.rendered(4, 10.0)
    metrics.rendered(1, 2.5)

    found = samples(metrics)

    assert found["easel_pictures_total", ()] == 5
    assert found["easel_render_seconds_sum", ()] == 12.5
    assert found["easel_render_seconds_bucket", ("4.0",)] == 1


def test_answers_and_deliveries_are_timed() -> None:
    metrics = Metrics()
    metrics.acknowledged(0.03)
    metrics.acknowledged(2.9)
    metrics.delivered(1.5)

    found = samples(metrics)

    assert found["easel_acknowledge_seconds_bucket", ("0.05",)] == 1
    assert found["easel_acknowledge_seconds_bucket", ("3.0",)] == 2
    assert found["easel_delivery_seconds_sum", ()] == 1.5


def test_the_line_is_as_last_told_and_web_uis_as_they_are_when_asked() -> None:
    metrics, up = Metrics(), {"webui-1": True, "webui-2": True}
    metrics.queue_pictures(7)
    metrics.queue_pictures(3)
    for name in up:
        metrics.watch_webui(name, partial(up.__getitem__, name))
    up["webui-2"] = False

    found = samples(metrics)

    assert found["easel_queue_pictures", ()] == 3
    assert found["easel_webui_up", ("webui-1",)] == 1
    assert found["easel_webui_up", ("webui-2",)] == 0


def test_two_sets_of_metrics_know_nothing_of_each_other() -> None:
    first, second = Metrics(), Metrics()

    first.rendered(1, 1.0)

    assert samples(second)["easel_pictures_total", ()] == 0
