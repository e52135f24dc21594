"""Readers of codes: pictures, GS1 texts, and the ports they come in by. Knows nothing of the warehouse.

`decode` reads pictures, `gs1` takes texts apart, `once` keeps one scan from counting twice.
"""

import os

# cv2 reads this once, when it is imported; without it a small file that unpacks to gigabytes is unpacked.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", "25000000")
