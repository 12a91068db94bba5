from infra.clock import new_id, now


def test_ids_are_uuid7_that_only_grow():
    ids = [new_id() for _ in range(20_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert {made.version for made in ids} == {7}
    milliseconds = ids[-1].int >> 80
    assert abs(milliseconds / 1000 - now().timestamp()) < 60
