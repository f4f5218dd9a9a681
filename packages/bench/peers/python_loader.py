#!/usr/bin/env python3
"""Epochs of a Python data loader over image files, in a fresh process.

  python_loader.py READER MODE BATCH WORKERS EPOCHS < paths      one path a line

READER is fitsio, astropy or torchfits. MODE is `torch` (a PyTorch DataLoader) or `numpy`: without
workers a loop that reads each file into its place of one preallocated batch (nothing that Python can
do is faster), with workers a process pool over whole batches. Shuffled anew every epoch, seeded; workers
live through all epochs. Imports and one read come before the clock, which runs from the making of the
loader to the last batch and the end of the workers. Prints one JSON line.
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


def numpy_epochs(paths, batch, workers, epochs):
    pool = None
    if workers > 0:
        from concurrent.futures import ProcessPoolExecutor

        pool = ProcessPoolExecutor(workers)
    first = READ(paths[0])
    out = np.empty((batch, *first.shape), first.dtype)

    def in_place(groups):
        for group in groups:
            for i, path in enumerate(group):
                out[i] = READ(path)
            yield out[: len(group)]

    for epoch in range(epochs):
        order = list(paths)
        random.Random(epoch).shuffle(order)
        groups = [order[i : i + batch] for i in range(0, len(order), batch)]
        yield in_place(groups) if pool is None else pool.map(read_batch, groups)
    if pool is not None:
        pool.shutdown()


def torch_epochs(paths, batch, workers, epochs):
    import torch
    from torch.utils.data import DataLoader, Dataset

    class Files(Dataset):
        def __len__(self):
            return len(paths)

        def __getitem__(self, i):
            pixels = READ(paths[i])
            return pixels if isinstance(pixels, torch.Tensor) else torch.from_numpy(native(pixels))

    torch.manual_seed(0)
    loader = DataLoader(
        Files(), batch_size=batch, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )
    for _ in range(epochs):
        yield loader


def main():
    mode, batch, workers, epochs = sys.argv[2], *map(int, sys.argv[3:6])
    paths = [line.rstrip("\n") for line in sys.stdin]
    make = torch_epochs if mode == "torch" else numpy_epochs
    if mode == "torch":
        import torch  # noqa: F401
    READ(paths[0])
    samples, total, first, seconds = 0, 0.0, None, []
    start = time.perf_counter()
    for epoch in make(paths, batch, workers, epochs):
        for pixels in epoch:
            if first is None:
                first = time.perf_counter() - start
            samples += len(pixels)
            total += float(pixels.reshape(len(pixels), -1)[:, 0].sum())
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"samples": samples, "firstEpochSeconds": seconds[0], "seconds": seconds[-1],
                      "firstBatchMs": first * 1e3, "sum": total}))


main()
