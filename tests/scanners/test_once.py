"""R-A12, the reader's part: one label before a reader is one scan."""

from scanners.once import Once


def test_given_camera_when_label_is_seen_15_times_a_second_then_one_scan_until_away_for_more_than_1_5_s():
    """R-A12"""
    once = Once.for_camera()
    counted = [once.is_new("cam", "A", seconds=frame / 15) for frame in range(150)]
    last_seen = 149 / 15
    assert counted == [True] + [False] * 149
    assert not once.is_new("cam", "A", seconds=last_seen + 1.5)
    assert once.is_new("cam", "A", seconds=last_seen + 1.5 + 1.6)


def test_given_wedge_when_trigger_slips_within_half_a_second_then_one_scan_and_later_another():
    """R-A12"""
    once = Once.for_wedge()
    assert once.is_new("gun", "A", seconds=10.0)
    assert not once.is_new("gun", "A", seconds=10.5)
    assert once.is_new("gun", "A", seconds=10.6)


def test_given_other_text_or_other_source_when_seen_at_once_then_scans_of_their_own():
    """R-A12"""
    once = Once.for_camera()
    assert once.is_new("cam", "A", seconds=0)
    assert once.is_new("cam", "B", seconds=0)
    assert once.is_new("door", "A", seconds=0)
    assert not once.is_new("cam", "A", seconds=0)


def test_given_two_labels_in_turn_when_both_stay_in_view_then_one_scan_each():
    """R-A12"""
    once = Once.for_camera()
    counted = [once.is_new("cam", text, seconds=frame / 15) for frame in range(60) for text in "AB"]
    assert sum(counted) == 2


def test_given_a_day_of_scans_when_remembering_then_only_the_last_seconds_are_kept():
    """R-A12"""
    once = Once.for_wedge()
    for number in range(10_000):
        assert once.is_new("gun", str(number), seconds=float(number))
    assert len(vars(once)["_since"]) == 1
