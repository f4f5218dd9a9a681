#!/usr/bin/env python3
"""Python readers as peers: `python_peer.py fitsio|astropy`.

Reads a command a line, makes one call, answers `milliseconds bytes crc32`. A call starts from a path
and ends with native-endian, contiguous pixels in memory of their own.

  image fresh|crc EXT PATH     one image
  files fresh|crc COUNT        COUNT paths on the lines that follow
"""
import json
import sys
import time
import zlib

import numpy as np


def native(a):
    return np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("="))


def reader(name):
    if name == "fitsio":
        import fitsio

        versions = {"fitsio": fitsio.__version__, "cfitsio": str(fitsio.cfitsio_version())}
        return (lambda path, ext: fitsio.read(path, ext=ext)), versions
    import astropy
    from astropy.io import fits

    def read(path, ext):
        # Mapped where astropy allows it (its fastest way), which it does not for scaled images.
        try:
            with fits.open(path, memmap=True) as hdus:
                return native(hdus[ext].data)
        except ValueError:
            with fits.open(path, memmap=False) as hdus:
                return native(hdus[ext].data)

    return read, {"astropy": astropy.__version__}


def main():
    read, versions = reader(sys.argv[1])
    versions.update(python=sys.version.split()[0], numpy=np.__version__)
    print(json.dumps({"versions": versions}), flush=True)
    for line in sys.stdin:
        kind, how, rest = line.rstrip("\n").split(" ", 2)
        if kind == "image":
            ext, path = rest.split(" ", 1)
            jobs = [(path, int(ext))]
        else:
            jobs = [(sys.stdin.readline().rstrip("\n"), 0) for _ in range(int(rest))]
        total, crc = 0, 0
        start = time.perf_counter()
        for path, ext in jobs:
            pixels = read(path, ext)
            total += pixels.nbytes
            if how == "crc":
                crc = zlib.crc32(pixels, crc)
        print("%.6f %d %d" % ((time.perf_counter() - start) * 1e3, total, crc), flush=True)


main()
