"""Python libraries that read FITS, each behind the same methods.

What a method returns is ready to use: native byte order, contiguous, in memory of its own. Each library is
used in its fastest documented way on one thread; a method that a library lacks is absent.
"""
import json
import mmap
import sys

import numpy as np


def native(values):
    """In native byte order and in memory of its own, not in a mapping of the file."""
    values = np.asarray(values)
    out = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))
    return out.copy() if is_mapped(out) else out


def is_mapped(array):
    while array is not None:
        if isinstance(array, (np.memmap, mmap.mmap)):
            return True
        array = getattr(array, "base", None)
    return False


def columns_of(rows):
    """Rows of a record array as columns."""
    return {name: native(rows[name]) for name in rows.dtype.names}


def ragged(cells):
    """Cells of different length as values and offsets."""
    offsets = np.zeros(len(cells) + 1, np.int64)
    np.cumsum([len(cell) for cell in cells], out=offsets[1:])
    return native(np.concatenate(cells)), offsets


class Reader:
    def prepare(self, path, ext, verb):
        """What a timed call may find in memory: nothing, of a reader of files."""


class Fitsio(Reader):
    def __init__(self):
        import fitsio

        self.library = fitsio
        self.open = {}
        self.versions = {"fitsio": fitsio.__version__, "cfitsio": str(fitsio.cfitsio_version())}

    def kept(self, path):
        if path not in self.open:
            self.open[path] = self.library.FITS(path)
        return self.open[path]

    def image(self, path, ext):
        return self.library.read(path, ext=ext)

    def image_kept(self, path, ext):
        return self.kept(path)[ext].read()

    def keyword(self, path, keyword):
        return self.library.read_header(path)[keyword]

    def table(self, path, ext):
        return columns_of(self.library.read(path, ext=ext))

    def table_kept(self, path, ext):
        return columns_of(self.kept(path)[ext].read())

    def catalogue_where(self, path, ext):
        with self.library.FITS(path) as hdus:
            return columns_of(hdus[ext].read(rows=hdus[ext].where("x < 0.01")))

    def ragged(self, path, ext, column):
        # Otherwise every cell is padded to the longest.
        with self.library.FITS(path, vstorage="object") as hdus:
            return ragged(hdus[ext].read_column(column))

    def cutouts(self, path, ext, side, places):
        with self.library.FITS(path) as hdus:
            hdu = hdus[ext]
            for x, y in places:
                yield hdu[y : y + side, x : x + side]


class Astropy(Reader):
    def __init__(self):
        import astropy
        from astropy.io import fits

        self.library = fits
        self.open = {}
        self.kept = {}
        self.masks = {}
        self.versions = {"astropy": astropy.__version__}

    def data(self, path, ext, then):
        # Mapped where astropy allows it, its fastest way; scaled images it refuses to map.
        for memmap in (True, False):
            try:
                with self.library.open(path, memmap=memmap) as hdus:
                    return then(hdus[ext].data)
            except ValueError:
                if not memmap:
                    raise

    def image(self, path, ext):
        return self.data(path, ext, native)

    def image_kept(self, path, ext):
        if path not in self.open:
            self.open[path] = self.library.open(path, memmap=True)
        pixels = self.open[path][ext].data
        if not is_mapped(pixels):
            # It would be handed out as it is from now on, without reading.
            raise ValueError("not mapped")
        return native(pixels)

    def keyword(self, path, keyword):
        return self.library.getheader(path)[keyword]

    def table(self, path, ext):
        return self.data(path, ext, lambda rows: {name: native(rows[name]) for name in rows.names})

    def prepare(self, path, ext, verb):
        if verb == "mask" and path not in self.kept:
            self.kept[path] = self.table(path, ext)
            self.masks[path] = self.kept[path]["x"] < 0.01

    def catalogue_mask(self, path, ext):
        return {name: values[self.masks[path]] for name, values in self.kept[path].items()}

    def catalogue_where(self, path, ext):
        def select(rows):
            keep = rows["x"] < 0.01
            return {name: native(rows[name][keep]) for name in rows.names}

        return self.data(path, ext, select)

    def ragged(self, path, ext, column):
        return self.data(path, ext, lambda rows: ragged(rows[column]))

    def cutouts(self, path, ext, side, places):
        with self.library.open(path) as hdus:
            section = hdus[ext].section
            for x, y in places:
                yield native(section[y : y + side, x : x + side])


class Torchfits(Reader):
    def __init__(self):
        import torch
        import torchfits

        torch.set_num_threads(1)
        self.library = torchfits
        self.open = {}
        self.versions = {"torchfits": torchfits.__version__, "torch": torch.__version__}

    def image(self, path, ext):
        return self.library.read_tensor(path, hdu=ext).numpy()

    def image_kept(self, path, ext):
        if path not in self.open:
            self.open[path] = self.library.open(path)
        return self.open[path][ext].to_tensor().numpy()

    def keyword(self, path, keyword):
        return self.library.read_keys(path, [keyword])[keyword]

    def table(self, path, ext):
        columns = self.library.table.read_torch(path, hdu=ext, cache_capacity=0)
        return {name: values.numpy() for name, values in columns.items()}

    def catalogue_where(self, path, ext):
        columns = self.library.table.read_torch(path, hdu=ext, cache_capacity=0, where="x < 0.01")
        return {name: values.numpy() for name, values in columns.items()}

    def ragged(self, path, ext, column):
        table = self.library.table.read(path, hdu=ext, columns=[column])
        cells = table[column].combine_chunks()
        return native(cells.flatten().to_numpy()), cells.offsets.to_numpy()

    def cutouts(self, path, ext, side, places):
        with self.library.open_subset_reader(path, ext) as cutout:
            for x, y in places:
                yield cutout(x, y, x + side, y + side).numpy()


class Rustfits(Reader):
    def __init__(self):
        import rustfits
        from importlib.metadata import version

        self.library = rustfits
        self.open = {}
        self.versions = {"rustfits": version("rustfits")}

    def kept(self, path):
        if path not in self.open:
            self.open[path] = self.library.FITS(path)
        return self.open[path]

    def image(self, path, ext):
        with self.library.FITS(path) as hdus:
            return native(hdus[ext].read())

    def image_kept(self, path, ext):
        return native(self.kept(path)[ext].read())

    def keyword(self, path, keyword):
        with self.library.FITS(path) as hdus:
            return hdus[0].header[keyword]

    def table(self, path, ext):
        with self.library.FITS(path) as hdus:
            return columns_of(hdus[ext].read())

    def table_kept(self, path, ext):
        return columns_of(self.kept(path)[ext].read())

    def ragged(self, path, ext, column):
        with self.library.FITS(path) as hdus:
            return ragged(hdus[ext][column][:])

    def cutouts(self, path, ext, side, places):
        with self.library.FITS(path) as hdus:
            hdu = hdus[ext]
            for x, y in places:
                yield native(hdu[y : y + side, x : x + side])


class Polars(Reader):
    """Frames in memory, with all cores, as it works by default."""

    def __init__(self):
        import polars
        from astropy.io import fits

        self.library = polars
        self.fits = fits
        self.frames = {}
        self.versions = {"polars": polars.__version__}

    def prepare(self, path, ext, verb):
        if path in self.frames:
            return
        with self.fits.open(path) as hdus:
            rows = hdus[ext].data
            columns = {name: native(rows[name]) for name in rows.names}
        self.frames[path] = self.library.DataFrame(columns)

    def catalogue_sort(self, path, ext):
        return self.columns(self.frames[path].sort("x"))

    def catalogue_group(self, path, ext):
        # The keys of both are compared; the order of sums differs.
        mean = self.library.col("x").mean()
        groups = self.frames[path].group_by("k", maintain_order=True).agg(mean)
        return {"k": groups["k"].to_numpy()}

    def columns(self, frame):
        return {name: frame[name].to_numpy() for name in frame.columns}


READERS = {
    "fitsio": Fitsio,
    "astropy": Astropy,
    "torchfits": Torchfits,
    "rustfits": Rustfits,
    "polars": Polars,
}


def say_hello(reader):
    versions = dict(reader.versions, python=sys.version.split()[0], numpy=np.__version__)
    print(json.dumps({"versions": versions}), flush=True)
