"""A good file, or set of files, of each accepted format: small, made by the usual libraries."""

import gzip
import io
import zipfile
from collections.abc import Callable, Mapping

import h5py
import numpy as np
import pandas as pd
import scipy.io
from PIL import Image

from resnet_app.data.generator import generate

Files = list[tuple[str, bytes]]
"""Names and contents."""

COUNT = 60
_SIDE = 12


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """(60, 12, 12) uint8 and (60,) uint8."""
    drawn, labels = generate(COUNT, 1)
    small = [np.asarray(Image.fromarray(image).resize((_SIDE, _SIDE))) for image in drawn]
    return np.stack(small), labels


IMAGES, LABELS = _digits()
_FLAT = IMAGES.reshape(COUNT, -1)


def _written(write: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def _picture(index: int, kind: str) -> bytes:
    return _written(lambda file: Image.fromarray(IMAGES[index]).save(file, kind))


def _zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    def write(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", method) as archive:
            for name, member in members.items():
                archive.writestr(name, member)

    return _written(write)


def _idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def _table() -> pd.DataFrame:
    table = pd.DataFrame(_FLAT, columns=[f"pixel{i}" for i in range(_FLAT.shape[1])])
    table.insert(0, "label", LABELS)
    return table


def _hugging_face() -> pd.DataFrame:
    pictures = [{"bytes": _picture(i, "PNG"), "path": f"{i}.png"} for i in range(COUNT)]
    return pd.DataFrame({"image": pictures, "label": LABELS})


def _hdf5(file: io.BytesIO) -> None:
    with h5py.File(file, "w") as root:
        root.create_dataset("x", data=IMAGES, compression="gzip", chunks=(10, _SIDE, _SIDE))
        root["y"] = LABELS


def _mat(compressed: bool) -> bytes:
    columns = IMAGES.swapaxes(1, 2).reshape(COUNT, -1)  # MATLAB goes down the columns
    values = {"X": columns.astype(float), "y": np.where(LABELS == 0, 10, LABELS)[:, None]}
    return _written(lambda file: scipy.io.savemat(file, values, do_compression=compressed))


def _folders(kind: str) -> dict[str, bytes]:
    return {f"digits/{LABELS[i]}/{i}.{kind.lower()}": _picture(i, kind) for i in range(COUNT)}


def _loose(kind: str) -> Files:
    return [(f"{LABELS[i]}_{i}.{kind.lower()}", _picture(i, kind)) for i in range(COUNT)]


def samples() -> dict[str, Files]:
    """Name of the sample → its files; the first file is the one to damage."""
    csv = _table().to_csv(index=False).encode()
    return {
        "npz": [("a.npz", _written(lambda f: np.savez_compressed(f, x=IMAGES, y=LABELS)))],
        "npz stored": [("a.npz", _written(lambda f: np.savez(f, x=IMAGES, y=LABELS)))],
        "npy": [
            ("x.npy", _written(lambda f: np.save(f, IMAGES))),
            ("y.npy", _written(lambda f: np.save(f, LABELS))),
        ],
        "csv": [("a.csv", csv)],
        "csv gzip": [("a.csv.gz", gzip.compress(csv))],
        "tsv": [("a.tsv", _table().to_csv(index=False, sep="\t", header=False).encode())],
        "csv in zip": [("a.zip", _zipped({"train.csv": csv, "readme.txt": b"Hello."}))],
        "idx": [("images", _idx(IMAGES)), ("labels", _idx(LABELS))],
        "idx labels": [("labels", _idx(LABELS)), ("images", _idx(IMAGES))],
        "parquet": [("a.parquet", _written(lambda f: _table().to_parquet(f, index=False)))],
        "parquet pictures": [
            ("a.parquet", _written(lambda f: _hugging_face().to_parquet(f, index=False)))
        ],
        "mat": [("a.mat", _mat(compressed=False))],
        "mat compressed": [("a.mat", _mat(compressed=True))],
        "hdf5": [("a.h5", _written(_hdf5))],
        "zip of png": [("a.zip", _zipped(_folders("PNG")))],
        "zip of jpeg, stored": [("a.zip", _zipped(_folders("JPEG"), zipfile.ZIP_STORED))],
        "png": _loose("PNG"),
        "jpeg": _loose("JPEG"),
        "bmp": _loose("BMP"),
        "gif": _loose("GIF"),
        "tiff": _loose("TIFF"),
        "webp": _loose("WEBP"),
    }
