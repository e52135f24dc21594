"""What the tests of papers share: issue one, read it back, and goods picked and gone."""

import numpy as np
import pypdfium2
import zxingcpp
from PIL import Image

from tests.factories import Store
from tests.labels.reading import pyzbar


def issue(store: Store, kind: str, *, who: str = "keeper", **members) -> list[str]:
    """Issue papers and give their numbers."""
    numbers: list[str] = store.done("/labels", who=who, kind=kind, **members)["label_nos"]
    return numbers


def pages_of(data: bytes) -> list[tuple[str, set[str]]]:
    """Give each page's text, and its codes as both readers see them."""
    with pypdfium2.PdfDocument(data) as document:
        return [(lines_of(page), codes_on(page.render(scale=3).to_pil())) for page in document]


def lines_of(page: pypdfium2.PdfPage) -> str:
    """Give a page's text as an eye reads it: from the top, each line from the left."""
    text = page.get_textpage()
    boxes = sorted((text.get_rect(number) for number in range(text.count_rects())), key=lambda box: -box[1] - box[3])
    lines: list[list[tuple[float, ...]]] = []
    for box in boxes:
        if lines and lines[-1][0][1] + lines[-1][0][3] - box[1] - box[3] < 10:  # middles less than 5 points apart
            lines[-1].append(box)
        else:
            lines.append([box])
    return " ".join(text.get_text_bounded(*box).strip() for line in lines for box in sorted(line))


def codes_on(picture: Image.Image) -> set[str]:
    """Read a picture by zxing-cpp and by pyzbar, which must agree."""
    grey = np.asarray(picture.convert("L"))
    found = {code.bytes.decode() for code in zxingcpp.read_barcodes(grey)}
    reader = pyzbar()
    wanted = [reader.ZBarSymbol.QRCODE, reader.ZBarSymbol.CODE128]
    assert {code.data.decode() for code in reader.decode(grey, symbols=wanted)} == found
    return found


def paper(store: Store, label_no: str, *, who: str = "keeper") -> list[tuple[str, set[str]]]:
    """Draw a paper as PDF and read it."""
    drawn = store.get(f"/labels/{label_no}.pdf", who=who)
    assert (drawn.status_code, drawn.mimetype) == (200, "application/pdf"), drawn.json
    return pages_of(drawn.data)


def picked(store: Store, **taken: str) -> str:
    """Make a delivery of the quantities, each batch scanned out."""
    delivery_no = store.order(str(sum(map(int, taken.values()))))
    for batch_no, quantity in taken.items():
        store.done(f"/deliveries/{delivery_no}/scans", code=batch_no, quantity=quantity)
    return delivery_no


def leave(store: Store, delivery_no: str) -> None:
    """Check the package and dispatch."""
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=[{"code": "1", "outer_ok": True}])
    store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
