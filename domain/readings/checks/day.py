"""Whether readings of that day are taken now, and for which period."""

from collections.abc import Mapping
from datetime import timedelta

from domain.readings.checks.facts import Facts, Rule, figure
from domain.readings.readings import Severity


def in_future(facts: Facts) -> Mapping[str, str] | None:
    latest = facts.received_on + timedelta(days=facts.limits.ahead_days)
    return {"latest": str(latest)} if facts.taken_on > latest else None


def long_ago(facts: Facts) -> Mapping[str, str] | None:
    earliest = facts.received_on - timedelta(days=facts.limits.oldest_days)
    return {"earliest": str(earliest)} if facts.taken_on < earliest else None


def before_last(facts: Facts) -> Mapping[str, str] | None:
    """A later reading stands already, or billing counts from a later day."""
    if facts.corrects is not None:
        return None
    if facts.later is not None:
        return {"last_on": str(facts.later.taken_on), "last": figure(facts.later.value.value)}
    last = facts.past.last
    if last is None or facts.taken_on >= last.on:
        return None
    return {"last_on": str(last.on), "last": figure(last.value)}


def overtaken(facts: Facts) -> Mapping[str, str] | None:
    """What lay in quarantine or waited its turn says nothing against what was sent since."""
    newer = facts.overtaken_by
    return {"newer": figure(newer.value.value), "newer_on": str(newer.taken_on)} if newer else None


def period_closed(facts: Facts) -> Mapping[str, str] | None:
    if facts.corrects is None:
        return None
    return {"period": facts.corrects.value.period, "kept": figure(facts.corrects.value.value)}


def _outside(facts: Facts) -> Mapping[str, str] | None:
    if facts.corrects is not None or facts.window.is_open_on(facts.received_on):
        return None
    return {
        "period": facts.period,
        "opens_on": str(facts.window.opens_on(facts.period)),
        "closes_on": str(facts.window.closes_on(facts.period)),
    }


def outside_window(facts: Facts) -> Mapping[str, str] | None:
    return _outside(facts) if facts.window.outside == "warn" else None


def window_closed(facts: Facts) -> Mapping[str, str] | None:
    return _outside(facts) if facts.window.outside == "refuse" else None


RULES = (
    Rule(
        code="reading-in-future",
        severity=Severity.REFUSE,
        text="The day of the reading has not come yet",
        expected="A day not later than {latest}",
        remedy="Check the day of the reading",
        broken=in_future,
    ),
    Rule(
        code="reading-before-last",
        severity=Severity.REFUSE,
        text="A later reading stands already: {last} on {last_on}",
        expected="A day not earlier than {last_on}",
        remedy="Send the figure of today, or ask to correct that reading by naming it in “corrects”",
        broken=before_last,
    ),
    Rule(
        code="reading-overtaken",
        severity=Severity.REFUSE,
        text="A figure that was sent later stands already: {newer} on {newer_on}",
        expected="What is sent last counts",
        remedy="If this figure is the right one, send it once more",
        broken=overtaken,
    ),
    Rule(
        code="reading-window-closed",
        severity=Severity.REFUSE,
        text="Readings are not taken today",
        expected="From {opens_on} to {closes_on}",
        remedy="Send the reading within these days",
        broken=window_closed,
    ),
)
SOFT = (
    Rule(
        code="reading-long-ago",
        severity=Severity.CONFIRM,
        text="The reading was taken long ago",
        expected="A day not earlier than {earliest}",
        remedy="Send the figure of today, or insist and add a photo",
        may_insist=True,
        broken=long_ago,
    ),
    Rule(
        code="reading-period-closed",
        severity=Severity.CONFIRM,
        text="The period {period} is closed with the figure {kept}: an operator decides on the correction",
        remedy="Wait for the decision; a photo of the meter helps",
        may_insist=True,
        broken=period_closed,
    ),
    Rule(
        code="reading-outside-window",
        severity=Severity.WARN,
        text="Sent outside the days for readings: it counts for {period}",
        expected="From {opens_on} to {closes_on}",
        remedy="Nothing is to be done",
        broken=outside_window,
    ),
)
