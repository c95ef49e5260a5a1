"""From lectures/ to notebooks/: read the source, execute it, keep the outputs that may be kept, find what is stale.

`follow` does all that follows from a change of a lecture: expected values, notebook and solutions, the syllabus.
"""

CELL_TIMEOUT = 120.0  # seconds that a cell may take
