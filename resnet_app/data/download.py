"""MNIST from the network, for those who have one; nothing else in this project needs it."""

import hashlib
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from resnet_app.data.source import Progress, SourceFile, shown
from resnet_app.errors import DataError
from resnet_app.files import replacing

ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
"""Address and SHA-256 as Keras has them, in ``keras/src/datasets/mnist.py``."""

_TIMEOUT_SECONDS = 20.0
"""Longest silence of the other side."""

_MAX_BYTES = 32 * 2**20
"""The file has 11 MiB."""

_READ_AT_ONCE = 2**16


def download_mnist(folder: Path, progress: Progress, address: str = ADDRESS) -> SourceFile:
    """MNIST's 70,000 digits as Keras's ``mnist.npz``, put into ``folder`` and checked.

    The digits are Yann LeCun's and Corinna Cortes's, under CC BY-SA 3.0. Raises ``DataError`` if
    there is no network or something else comes back; then nothing is left in ``folder``.
    """
    target = folder / "mnist.npz"
    sha = hashlib.sha256()
    with replacing(target) as temporary:
        with temporary.open("wb") as file:
            for piece in _pieces(address, progress):
                sha.update(piece)
                file.write(piece)
        if sha.hexdigest() != SHA256:
            raise _refusal(
                "something else came back than MNIST; a network sign-in page may stand between",
                f"{temporary.stat().st_size:,} bytes with another SHA-256",
            )
    return SourceFile("MNIST", target)


def _pieces(address: str, progress: Progress) -> Iterator[bytes]:
    """The bytes at ``address`` as they come."""
    done = 0
    try:
        with urlopen(address, timeout=_TIMEOUT_SECONDS) as answer:
            total = int(answer.headers.get("Content-Length", 0))
            while piece := answer.read(_READ_AT_ONCE):
                done += len(piece)
                if max(done, total) > _MAX_BYTES:
                    raise _refusal("something far larger than MNIST came back", f"{done:,} bytes")
                progress(done / max(total, done), f"Downloading MNIST, {done / 2**20:.1f} MiB")
                yield piece
    except (OSError, HTTPException, ValueError) as error:
        raise _refusal(_reason(error), shown(error) or type(error).__name__) from error
    if done < total:
        raise _refusal("the connection broke off", f"{done:,} of {total:,} bytes")


def _reason(error: Exception) -> str:
    """In words, why a download failed."""
    if isinstance(error, HTTPError):
        return f"the server answered with status {error.code}"
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, socket.gaierror):
        return "its server was not found, so there is probably no network here"
    if isinstance(cause, TimeoutError):
        return f"the server was silent for {_TIMEOUT_SECONDS:.0f} seconds"
    if isinstance(cause, ssl.SSLError):
        return "the connection is not trusted, perhaps because a proxy stands between"
    if isinstance(cause, ConnectionRefusedError):
        return "the connection was refused"
    return "the connection failed"


def _refusal(reason: str, received: str) -> DataError:
    return DataError(
        f"MNIST could not be downloaded: {reason}. Nothing else here needs a network: use the "
        "built-in digits, or bring the file mnist.npz, which another computer can download from "
        f"{ADDRESS}. Received: {received}"
    )
