"""Saves and loads a table of embeddings as Lightly does: Python's csv and numpy.

usage: lightly_csv.py ROWS COLUMNS FILE
"""

import csv
import json
import sys
import time

import numpy as np

rows, columns, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
embeddings = np.random.RandomState(0).standard_normal((rows, columns)).astype(np.float32)
names = [f"clip-{i:06d}-mp4.png" for i in range(rows)]

started = time.perf_counter()
with open(path, "w", newline="") as file:
    writer = csv.writer(file, delimiter=",")
    writer.writerow(["filenames"] + [f"embedding_{i}" for i in range(columns)] + ["labels"])
    for name, row in zip(names, embeddings):
        writer.writerow([name] + list(row) + ["0"])
saved = time.perf_counter() - started

started = time.perf_counter()
with open(path, newline="") as file:
    reader = csv.reader(file, delimiter=",")
    header = next(reader)
    for row in reader:
        assert len(row) > 0
loaded_names, loaded_labels, loaded = [], [], []
with open(path, newline="") as file:
    for i, row in enumerate(csv.reader(file, delimiter=",")):
        if i == 0:
            continue
        loaded_names.append(row[0])
        loaded_labels.append(int(row[-1]))
        loaded.append(row[1:-1])
array = np.array(loaded).astype(np.float64)
read = time.perf_counter() - started
assert array.shape == (rows, columns)
print(json.dumps({"savedSeconds": saved, "loadedSeconds": read}))
