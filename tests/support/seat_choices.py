"""Maps, chosen seats that are not all free any more, and what to offer instead: for the rule and for its copy in the
browser.
"""

from __future__ import annotations

SEAT_CHOICES: list[tuple[list[str], list[str], list[str]]] = [
    (["aaraaa"], ["A-3"], ["A-2"]),  # the nearest seat; of two, the one to the left
    (["aahaaa"], ["A-3", "A-4"], ["A-4", "A-5"]),  # side by side again
    (["arhara", "rrrrrr", "aaaaaa"], ["A-3", "A-4"], ["C-3", "C-4"]),  # rather together in a row further back
    (["aahara"], ["A-3", "A-6"], ["A-2", "A-6"]),  # what was not lost stays, alone as it was
    (["hararara"], ["A-1", "A-2"], ["A-2", "A-4"]),  # nobody can sit together: one by one
    (["rh", "ar"], ["A-1", "A-2"], []),  # not enough are free
    (["aaraaaaa"], ["A-3", "A-4", "A-6"], ["A-4", "A-5", "A-6"]),  # nothing is offered twice
]
