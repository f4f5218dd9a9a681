#!/usr/bin/env python3
"""Epochs of a Python data loader, in a fresh process: `python_loader.py READER MODE < job`.

READER is one of readers.py. MODE is
  torch        a PyTorch DataLoader over one read a sample
  make_loader  torchfits' own data sets and loader
  read_batch   a PyTorch DataLoader over torchfits.read_batch, one call a batch
  numpy        without workers a loop that reads each file into its place of one preallocated batch (nothing that
               Python can do is faster), with workers a process pool over whole batches
The job is JSON, as src/loader-run.ts describes it. Shuffled anew every epoch, seeded; workers live through
all epochs. Imports and one read come before the clock, which runs from the making of the loader to the last
batch and the end of the workers. Prints one JSON line.
"""
import json
import os
import random
import sys
import time

import numpy as np
from readers import READERS, native

READER, MODE = sys.argv[1:3]
JOB = json.load(sys.stdin)
PATHS, HDU, BATCH = JOB["paths"], JOB["hdu"], JOB["batch"]
CUTOUTS = JOB.get("cutouts")
LIBRARY = READERS[READER]()
OPEN = {}


def cut(place):
    """One cutout, from a file that stays open. A handle must not be shared across fork."""
    file, x, y = place
    side, key = CUTOUTS["size"], (os.getpid(), file)
    if READER == "torchfits":
        if key not in OPEN:
            OPEN[key] = LIBRARY.library.open_subset_reader(PATHS[file], HDU)
        return OPEN[key](x, y, x + side, y + side)
    if key not in OPEN:
        opener = LIBRARY.library.open if READER == "astropy" else LIBRARY.library.FITS
        OPEN[key] = opener(PATHS[file])
    hdu = OPEN[key][HDU]
    return native((hdu.section if READER == "astropy" else hdu)[y : y + side, x : x + side])


def sample(i):
    return cut(CUTOUTS["places"][i]) if CUTOUTS else LIBRARY.image(PATHS[i], HDU)


COUNT = len(CUTOUTS["places"]) if CUTOUTS else len(PATHS)


def read_batch(numbers):
    return np.stack([sample(i) for i in numbers])


def numpy_epochs(workers, epochs):
    pool = None
    if workers > 0:
        from concurrent.futures import ProcessPoolExecutor

        pool = ProcessPoolExecutor(workers)
    first = sample(0)
    out = np.empty((BATCH, *first.shape), first.dtype)

    def in_place(groups):
        for group in groups:
            for place, i in enumerate(group):
                out[place] = sample(i)
            yield out[: len(group)]

    for epoch in range(epochs):
        order = list(range(COUNT))
        random.Random(epoch).shuffle(order)
        groups = [order[i : i + BATCH] for i in range(0, COUNT, BATCH)]
        yield in_place(groups) if pool is None else pool.map(read_batch, groups)
    if pool is not None:
        pool.shutdown()


def torch_loader(workers):
    import torch
    from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler

    class Samples(Dataset):
        def __len__(self):
            return COUNT

        def __getitem__(self, i):
            pixels = sample(i)
            return pixels if isinstance(pixels, torch.Tensor) else torch.from_numpy(pixels)

    class Batches(Samples):
        def __getitem__(self, numbers):
            paths = [PATHS[i] for i in numbers]
            return torch.stack(LIBRARY.library.read_batch(paths, hdu=HDU))

    torch.manual_seed(0)
    common = dict(num_workers=workers, persistent_workers=workers > 0)
    if MODE == "make_loader":
        from torchfits.data import FitsCutoutDataset, FitsImageDataset, make_loader

        if CUTOUTS:
            places = [(PATHS[f], HDU, x, y, CUTOUTS["size"]) for f, x, y in CUTOUTS["places"]]
            samples = FitsCutoutDataset(places, add_channel_dim=False)
        else:
            samples = FitsImageDataset(PATHS, hdu=HDU, add_channel_dim=False)
        return make_loader(samples, batch_size=BATCH, shuffle=True, **common)
    if MODE == "read_batch":
        batches = Batches()
        order = BatchSampler(RandomSampler(batches), BATCH, False)
        return DataLoader(batches, batch_size=None, sampler=order, **common)
    return DataLoader(Samples(), batch_size=BATCH, shuffle=True, **common)


def torch_epochs(workers, epochs):
    loader = torch_loader(workers)
    for _ in range(epochs):
        yield loader


def main():
    workers, epochs = JOB["workers"], JOB["epochs"]
    make = numpy_epochs if MODE == "numpy" else torch_epochs
    if MODE != "numpy":
        import torch  # noqa: F401
    sample(0)
    OPEN.clear()
    samples, total, first, seconds = 0, 0.0, None, []
    start = time.perf_counter()
    for epoch in make(workers, epochs):
        for pixels in epoch:
            if isinstance(pixels, (tuple, list)):  # of torchfits' data sets: pixels and labels
                pixels = pixels[0]
            if first is None:
                first = time.perf_counter() - start
            samples += len(pixels)
            total += float(pixels.reshape(len(pixels), -1)[:, 0].sum())
        seconds.append(time.perf_counter() - start)
    result = {"samples": samples, "seconds": seconds[-1], "firstBatchMs": first * 1e3, "sum": total}
    print(json.dumps(result))


main()
