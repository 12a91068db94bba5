"""How fast notices leave, and who stands where in the queue."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.notices.pace import Pace
from domain.notices.words import Channel

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)
GAP = timedelta(seconds=1)


def test_one_leaves_each_gap_after_those_that_may_leave_together():
    pace, left = Pace(channel=Channel.EMAIL), []
    for tenth in range(50):
        at = NOON + timedelta(seconds=tenth / 10)
        while taken := pace.taken(at, GAP):
            pace = taken
            left.append(tenth / 10)
    assert left == [0, 0, 1, 2, 3, 4]


def test_a_slow_pace_still_lets_one_leave():
    gap = timedelta(seconds=30)
    taken = Pace(channel=Channel.EMAIL).taken(NOON, gap)
    assert taken is not None
    assert taken.taken(NOON + timedelta(seconds=29), gap) is None
    assert taken.taken(NOON + timedelta(seconds=30), gap) is not None


def test_places_in_the_queue_follow_each_other():
    pace, first = Pace(channel=Channel.EMAIL).queued(10, NOON, NOON, GAP)
    pace, then = pace.queued(1, NOON + GAP, NOON + GAP, GAP)
    assert (first, then) == (NOON, NOON + 10 * GAP)


def test_those_who_sleep_wait_in_a_line_of_their_own():
    morning = NOON + timedelta(hours=8)
    pace, first = Pace(channel=Channel.EMAIL).queued(100, morning, NOON, GAP)
    pace, awake = pace.queued(5, NOON, NOON, GAP)
    pace, later = pace.queued(1, morning, NOON + GAP, GAP)
    assert (first, awake, later) == (morning, NOON, morning + 100 * GAP)
    pace, then = pace.queued(1, morning, morning + GAP, GAP)
    assert then == morning + 101 * GAP  # in the morning there is one line


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5), st.integers(0, 20)), max_size=20))
def test_no_two_of_a_line_have_one_place(steps):
    pace, at, places = Pace(channel=Channel.EMAIL), NOON, []
    for wait, count, line in steps:
        at += wait * GAP
        opens = NOON + timedelta(hours=line)
        pace, first = pace.queued(count, opens, at, GAP)
        assert first >= max(at, opens)
        places += [(max(opens, at) if opens > at else "now", first + n * GAP) for n in range(count)]
    assert len(set(places)) == len(places)


def test_a_pace_is_kept_as_json():
    pace, _ = Pace(channel=Channel.EMAIL).queued(3, NOON + GAP, NOON, GAP)
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(pace)), Pace) == pace
