"""Many labels, as a store's differ, and the process that draws them to be measured: nothing else is loaded into it."""

import resource
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from labels.content import BatchLabel
from labels.numbers import make_label_no
from labels.rendering import render_all
from labels.samples import sample

_WORDS = ("電風扇馬達", "绝缘漆包线", "Ø12 shaft", "杭州堃宇", "bearing 6201-2RS", "端蓋、右", "cover <left> & seal")


def batch_labels(count: int, *, seed: int) -> list[BatchLabel]:
    """Labels that differ as a store's do: some hundred items, own batch, date and label numbers."""
    random = Random(seed)
    base = sample("batch", languages=("zh_Hant", "en"))
    assert isinstance(base, BatchLabel)
    first = date(2026, 1, 1)
    return [
        replace(
            base, label_no=make_label_no(), item_no=f"EF-{random.randrange(120):04d}-S{random.randrange(3):02d}",
            name=f"{random.choice(_WORDS)} {random.randrange(120)}", batch_no=f"{random.randrange(10**10):010d}",
            quantity=str(random.randrange(1, 1000)), copy=f"1/{random.randrange(1, 9)}",
            first_received_on=first + timedelta(days=random.randrange(300)),
            expiry_date=first + timedelta(days=random.randrange(900)),
        )
        for _ in range(count)
    ]  # fmt: skip


def draw_many(count: int) -> None:
    """Draw labels and tell the memory this process took, in MB, and the size of one, in KB."""
    size = len(render_all(batch_labels(count, seed=2), form="pdf")) / count / 1000
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, size)
