"""Farthest-point selection and facility location in numpy, on rows of float32 of length 1 from a file; reading it is not timed.

usage: selection.py diversity|facility FILE COLUMNS COUNT
Facility location is the naive greedy rule with the full matrix of similarities; it makes a few picks, and the time of
all is told as if each took as long.
"""

import json
import sys
import time

import numpy as np

mode, path, columns, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
data = np.fromfile(path, dtype=np.float32).reshape(-1, columns)
MEASURED_PICKS = 4


def diversity():
    """One product of the matrix and a vector a pick; the first pick is the first row."""
    squares = 2 - 2 * (data @ data[0])
    distances = []
    for _ in range(1, count):
        pick = int(squares.argmax())
        distances.append(float(np.sqrt(max(0.0, squares[pick]))))
        np.minimum(squares, 2 - 2 * (data @ data[pick]), out=squares)
    return [distances[0], distances[count // 2 - 1], distances[-1]]


def facility():
    """The gain of every row, anew for each pick."""
    started = time.perf_counter()
    similarities = np.maximum(data @ data.T, 0)
    made = time.perf_counter() - started
    level = np.zeros(len(data), np.float32)
    gains = []
    started = time.perf_counter()
    for _ in range(MEASURED_PICKS):
        best, gain = 0, -1.0
        for start in range(0, len(data), 1000):
            block = np.maximum(similarities[start : start + 1000] - level, 0).sum(axis=1, dtype=np.float64)
            place = int(block.argmax())
            if block[place] > gain:
                best, gain = start + place, float(block[place])
        gains.append(gain)
        np.maximum(level, similarities[best], out=level)
    each = (time.perf_counter() - started) / MEASURED_PICKS
    return made + each * count, gains[:3]


started = time.perf_counter()
if mode == "diversity":
    answer = diversity()
    seconds = time.perf_counter() - started
else:
    seconds, answer = facility()
print(json.dumps({"seconds": seconds, "answer": answer, "who": f"numpy {np.__version__}"}))
