"""The figures of monitoring in Prometheus' text format."""

import os
from collections.abc import Iterator, Mapping

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from domain.kernel.vitals import VitalSigns

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def rendered(signs: VitalSigns | None) -> bytes:
    """What this machine's processes counted, and the figures of the database; None: it did not answer."""
    figures = CollectorRegistry()
    figures.register(_Figures(signs))
    return generate_latest(_counted()) + generate_latest(figures)


def _counted() -> CollectorRegistry:
    """Several processes answer requests; with this directory set their counts are added up."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


class _Figures(Collector):
    def __init__(self, signs: VitalSigns | None) -> None:
        self._signs = signs

    def collect(self) -> Iterator[GaugeMetricFamily]:
        signs = self._signs
        yield GaugeMetricFamily(
            "kabinet_database_up", "1 when the database answered this scrape", float(signs is not None)
        )
        if signs is None:
            return
        yield _by_state(
            "kabinet_payments", "Payments of the last 24 hours and older unsettled ones", signs.payments
        )
        yield GaugeMetricFamily(
            "kabinet_payments_oldest_unsettled_seconds",
            "Since the oldest payment whose money is not settled was made",
            signs.oldest_unsettled_seconds,
        )
        yield _by_state("kabinet_jobs", "Jobs; dead ones wait for a person", signs.jobs)
        yield GaugeMetricFamily(
            "kabinet_jobs_oldest_overdue_seconds",
            "Since the most overdue waiting job should have begun",
            signs.oldest_job_seconds,
        )
        yield GaugeMetricFamily(
            "kabinet_provider_events_unread",
            "Notices of providers kept and not yet acted on",
            signs.provider_events_unread,
        )
        yield _by_state("kabinet_imports", "Imported files", signs.imports)
        yield _by_state("kabinet_receipts", "Fiscal receipts that are not registered", signs.receipts)
        yield GaugeMetricFamily(
            "kabinet_receipts_oldest_seconds",
            "Since the oldest of them was wanted; the law gives until the next working day",
            signs.oldest_receipt_seconds,
        )
        yield GaugeMetricFamily(
            "kabinet_payments_without_receipt",
            "Paid over an hour and up to two days ago, without any receipt; kabinet receipts list names them",
            signs.payments_without_receipt,
        )
        yield _by_kind("kabinet_cases_open", "Open applications, claims and enquiries", signs.cases_open)
        yield _by_kind(
            "kabinet_cases_late", "Open ones whose day is over, the waiting ones left out", signs.cases_late
        )
        yield GaugeMetricFamily(
            "kabinet_cases_escalated", "Open ones that staff were reminded of", signs.cases_escalated
        )


def _by_state(name: str, meaning: str, counts: Mapping[str, int]) -> GaugeMetricFamily:
    return _labelled("state", name, meaning, counts)


def _by_kind(name: str, meaning: str, counts: Mapping[str, int]) -> GaugeMetricFamily:
    return _labelled("kind", name, meaning, counts)


def _labelled(label: str, name: str, meaning: str, counts: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family
