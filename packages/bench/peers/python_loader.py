#!/usr/bin/env python3
"""One epoch of a Python data loader over image files, in a fresh process.

  python_loader.py READER MODE BATCH WORKERS < paths      one path a line

READER is fitsio, astropy or torchfits. MODE is `torch` (a PyTorch DataLoader) or `numpy`: without
workers a loop that reads each file into its place of one preallocated batch (nothing that Python can
do is faster), with workers a process pool over whole batches. Shuffled, seeded. Imports and one read
come before the clock, which runs from the making of the iterator to the last batch and the end of the
workers. Prints one JSON line.
"""
import json
import random
import sys
import time

import numpy as np


def native(a):
    return np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("="))


def reader(name):
    if name == "torchfits":
        import torchfits

        return lambda path: torchfits.read_tensor(path, hdu=0)
    if name == "fitsio":
        import fitsio

        return lambda path: fitsio.read(path, ext=0)
    from astropy.io import fits

    def read(path):
        with fits.open(path, memmap=False) as hdus:
            return native(hdus[0].data)

    return read


READ = reader(sys.argv[1])


def read_batch(paths):
    return np.stack([READ(path) for path in paths])


def numpy_batches(paths, batch, workers):
    order = list(paths)
    random.Random(0).shuffle(order)
    groups = [order[i : i + batch] for i in range(0, len(order), batch)]
    if workers == 0:
        first = READ(order[0])
        out = np.empty((batch, *first.shape), first.dtype)
        for group in groups:
            for i, path in enumerate(group):
                out[i] = READ(path)
            yield out[: len(group)]
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(read_batch, groups)


def torch_batches(paths, batch, workers):
    import torch
    from torch.utils.data import DataLoader, Dataset

    class Files(Dataset):
        def __len__(self):
            return len(paths)

        def __getitem__(self, i):
            pixels = READ(paths[i])
            return pixels if isinstance(pixels, torch.Tensor) else torch.from_numpy(native(pixels))

    torch.manual_seed(0)
    return DataLoader(Files(), batch_size=batch, shuffle=True, num_workers=workers)


def main():
    mode, batch, workers = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    paths = [line.rstrip("\n") for line in sys.stdin]
    make = torch_batches if mode == "torch" else numpy_batches
    if mode == "torch":
        import torch  # noqa: F401
    READ(paths[0])
    samples, total, first = 0, 0.0, None
    start = time.perf_counter()
    for pixels in make(paths, batch, workers):
        if first is None:
            first = time.perf_counter() - start
        samples += len(pixels)
        total += float(pixels.reshape(len(pixels), -1)[:, 0].sum())
    seconds = time.perf_counter() - start
    print(json.dumps({"samples": samples, "seconds": seconds, "firstBatchMs": first * 1e3, "sum": total}))


main()
