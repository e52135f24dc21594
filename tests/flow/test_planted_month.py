"""A small month with faults planted in it, counted and reconciled by the product alone (R-R1..R-R6, R-C1..R-C3)."""

from bench import planted_month


def test_given_a_month_with_planted_faults_when_counted_and_reconciled_then_all_are_found_and_nothing_else(
    database_url: str,
) -> None:
    """R-R1..R-R6: each fault is a difference, no clean row is; the long form is `python -m bench.planted_month`"""
    played = planted_month.run(database_url, seed=7, movements=400, faults=10)
    verdict = played.verdict
    assert len(played.month.faults) == 10
    assert (verdict.planted, len(verdict.found), verdict.false) == (10, 10, []), "\n".join(verdict.lines)
