#!/usr/bin/env python3
"""A Python library as a peer: `python_peer.py fitsio|astropy|torchfits|rustfits|polars`.

Speaks the protocol of peer.h. Commands as those of cfitsio_peer.c, into fresh memory:

  image fresh|kept TYPE EXT PATH     kept: the file stays open from call to call
  files fresh COUNT
  headers KEYWORD COUNT
  table fresh|kept EXT PATH
  ragged fresh COLUMN EXT PATH
  cutouts kept SIZE EXT COUNT PATH
  catalogue where|mask|sort|group EXT PATH
                                     rows with x < 0.01 of the file; of columns in memory the same
                                     rows by a mask, rows by x, and the mean of x for each k
"""
import sys
import time
import zlib

import numpy as np
from readers import READERS, native, say_hello


def lines(count):
    return [sys.stdin.readline().rstrip("\n") for _ in range(int(count))]


def as_type(name, pixels):
    return pixels if name == "native" else pixels.astype(name, copy=False)


def crc_of_column(values, crc):
    """Numbers as they lie in memory, strings with a line feed behind each: as cfitsio_tables.c."""
    if values.dtype.kind == "U":
        values = np.char.encode(values, "latin-1")
    is_text = values.dtype.kind == "S"
    if values.dtype == np.uint8 and values.ndim == 2:  # torchfits: strings as bytes
        values, is_text = native(values).view("S%d" % values.shape[1]).ravel(), True
    if not is_text:
        return zlib.crc32(np.ascontiguousarray(values), crc)
    texts = [text.split(b"\0")[0].rstrip(b" ") for text in values.tolist()]
    return zlib.crc32(b"".join(text + b"\n" for text in texts), crc)


def wants_crc(how):
    return how.endswith("+crc")


class Calls:
    """Each returns bytes and CRC-32 after it timed itself."""

    def __init__(self, reader):
        self.reader = reader
        self.ms = 0.0

    def timed(self, call):
        start = time.perf_counter()
        out = call()
        self.ms = (time.perf_counter() - start) * 1e3
        return out

    def image(self, how, dtype, ext, path):
        read = self.reader.image_kept if how.startswith("kept") else self.reader.image
        pixels = self.timed(lambda: as_type(dtype, read(path, int(ext))))
        return pixels.nbytes, zlib.crc32(native(pixels)) if wants_crc(how) else 0

    def files(self, how, count):
        paths = lines(count)
        if wants_crc(how):
            total = crc = 0
            for path in paths:
                pixels = self.reader.image(path, 0)
                total, crc = total + pixels.nbytes, zlib.crc32(native(pixels), crc)
            return total, crc
        return self.timed(lambda: sum(self.reader.image(path, 0).nbytes for path in paths)), 0

    def headers(self, keyword, count):
        paths = lines(count)
        values = self.timed(lambda: [self.reader.keyword(path, keyword) for path in paths])
        numbers = np.array(values, "f8")
        return numbers.nbytes, zlib.crc32(numbers)

    def table(self, how, ext, path):
        read = self.reader.table_kept if how.startswith("kept") else self.reader.table
        columns = self.timed(lambda: read(path, int(ext)))
        crc = 0
        for values in columns.values() if wants_crc(how) else ():
            crc = crc_of_column(values, crc)
        return sum(values.nbytes for values in columns.values()), crc

    def ragged(self, how, column, ext, path):
        values, _ = self.timed(lambda: self.reader.ragged(path, int(ext), column))
        return values.nbytes, zlib.crc32(values) if wants_crc(how) else 0

    def cutouts(self, how, side, ext, count, path):
        places = [tuple(map(int, line.split())) for line in lines(count)]
        squares = lambda: self.reader.cutouts(path, int(ext), int(side), places)
        if wants_crc(how):
            total = crc = 0
            for pixels in squares():
                total, crc = total + pixels.nbytes, zlib.crc32(native(pixels), crc)
            return total, crc
        return self.timed(lambda: sum(pixels.nbytes for pixels in squares())), 0

    def catalogue(self, how, ext, path):
        verb = how.split("+")[0]
        self.reader.prepare(path, int(ext), verb)
        columns = self.timed(lambda: getattr(self.reader, "catalogue_" + verb)(path, int(ext)))
        crc = 0
        for values in columns.values() if wants_crc(how) else ():
            crc = crc_of_column(values, crc)
        return sum(values.nbytes for values in columns.values()), crc


# Words of each command; the last one, a path, may hold spaces.
WORDS = {"image": 4, "files": 2, "headers": 2, "table": 3, "ragged": 4, "cutouts": 5, "catalogue": 3}


def main():
    reader = READERS[sys.argv[1]]()
    calls = Calls(reader)
    say_hello(reader)
    for line in sys.stdin:
        kind, rest = line.rstrip("\n").split(" ", 1)
        try:
            if kind not in WORDS:
                raise ValueError("no such command")
            size, crc = getattr(calls, kind)(*rest.split(" ", WORDS[kind] - 1))
            print("%.6f %d %d" % (calls.ms, size, crc), flush=True)
        except Exception as error:  # what a library cannot do is a result too
            text = "%s: %s" % (type(error).__name__, error)
            print("unsupported " + " ".join(text.split())[:200], flush=True)


main()
