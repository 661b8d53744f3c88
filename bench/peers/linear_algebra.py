"""PCA and nearest neighbours in numpy, on rows of float32 from a file; reading it is not timed.

usage: linear_algebra.py pca FILE COLUMNS COMPONENTS float32|float64 | linear_algebra.py neighbours FILE COLUMNS QUERIES K
Of the rows, the first QUERIES are looked up among the others.
"""

import json
import os
import re
import sys
import time

import numpy as np

mode, path, columns, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
data = np.fromfile(path, dtype=np.float32).reshape(-1, columns)


def pca(dtype):
    rows = data.astype(dtype, copy=False)
    centred = rows - rows.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / (len(rows) - 1))
    centred @ vectors[:, : -count - 1 : -1]
    return values[: -count - 1 : -1]


def neighbours(k, queries_at_once=512):
    queries, bank = data[:count], data[count:]
    similarities = np.empty((count, k), np.float32)
    indices = np.empty((count, k), np.int64)
    for start in range(0, count, queries_at_once):
        products = queries[start : start + queries_at_once] @ bank.T
        places = np.argpartition(products, len(bank) - k, axis=1)[:, len(bank) - k :]
        found = np.take_along_axis(products, places, axis=1)
        order = np.argsort(-found, axis=1)
        similarities[start : start + queries_at_once] = np.take_along_axis(found, order, axis=1)
        indices[start : start + queries_at_once] = np.take_along_axis(places, order, axis=1)
    return similarities[:, [0, -1]].mean(axis=0, dtype=np.float64)


def blas():
    """What does the products: as numpy was built, or else by the names of the libraries that are loaded."""
    try:
        built = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{built['name']} {built['version']}"
    except TypeError:
        with open("/proc/self/maps") as maps:
            found = set(re.findall(r"/([^/\s]*blas[^/\s]*\.so[^/\s]*)", maps.read()))
        return " ".join(sorted(found)) or "an unknown BLAS"


started = time.perf_counter()
answer = pca(sys.argv[5]) if mode == "pca" else neighbours(int(sys.argv[5]))
seconds = time.perf_counter() - started
who = f"numpy {np.__version__} with {blas()}"
print(json.dumps({"seconds": seconds, "answer": answer.tolist(), "who": who}))
