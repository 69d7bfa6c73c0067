"""The ledger of a store: finished chunks, each in a file of its own, and failures.

A chunk is written beside its place, forced to the disk and renamed, so that it is there whole or
not at all. Its zip archive has a checksum for every array. Nothing is ever changed in place: any
number of processes may write, and the same chunk written twice is the same file.
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ..engine.storage import Damaged, written

FOLDER = "parts"
# What readers of a file raise that is cut off or changed.
UNREADABLE = zipfile.BadZipFile, ValueError, KeyError, EOFError, OSError, NotImplementedError


@dataclasses.dataclass(frozen=True)
class Place:
    """Where the results of some replicas of a cell lie: the chunk and the row in it."""

    first: int
    stop: int
    chunk: str
    row: int


class Ledger:
    """The files of finished chunks and of failures in a folder."""

    def __init__(self, store):
        self.folder = Path(store) / FOLDER

    def name(self, protocol: str, identities: list[bytes], replicas: range) -> str:
        """The name of a chunk: a digest of what it holds."""
        digest = hashlib.sha256(f"{protocol} {replicas.start} {replicas.stop}".encode())
        for identity in identities:
            digest.update(identity)
        return digest.hexdigest()[:40]

    def write(self, protocol, identities, replicas: range, arrays: Mapping) -> str:
        """Store a finished chunk and return its name."""
        name = self.name(protocol, identities, replicas)
        about = {"first": replicas.start, "stop": replicas.stop, "protocol": protocol}
        content = io.BytesIO()
        np.savez(
            content,
            cells=np.frombuffer(b"".join(identities), np.uint8).reshape(-1, 32),
            about=np.array(json.dumps(about)),
            **arrays,
        )
        written(self.folder / f"{name}.npz", content.getvalue(), shared=True)
        for each in identities:
            self.failure_file(each).unlink(missing_ok=True)
        return name

    def finished(self, protocol, identities, replicas: range) -> str | None:
        """The name of a chunk that is there and undamaged, else None."""
        name = self.name(protocol, identities, replicas)
        if not (self.folder / f"{name}.npz").exists():
            return None
        try:
            self.check(name)
        except Damaged:
            return None
        return name

    def read(self, name: str) -> dict[str, np.ndarray]:
        """The arrays of a chunk.

        Raises:
            Damaged: the file is not what was written.
        """
        with _reading(name), np.load(self.folder / f"{name}.npz") as stored:
            return {each: stored[each] for each in stored.files}

    def chunks(self) -> set[str]:
        """Names of all chunks."""
        return {path.stem for path in self.folder.glob("*.npz")}

    def index(self, protocol: str) -> tuple[dict[bytes, list[Place]], list[str]]:
        """Read every chunk; find where cells lie, and which chunks are damaged."""
        found: dict[bytes, list[Place]] = {}
        damaged = []
        for name in sorted(self.chunks()):
            try:
                self.check(name)
                added = self.places(name, protocol)
            except Damaged:
                damaged.append(name)
                continue
            for identity, place in added:
                found.setdefault(identity, []).append(place)
        return found, damaged

    def check(self, name: str) -> None:
        """Raise `Damaged` unless every array of a chunk has its checksum."""
        with _reading(name), zipfile.ZipFile(self.folder / f"{name}.npz") as archive:
            bad = archive.testzip()
        if bad is not None:
            raise Damaged(f"chunk {name} is damaged: {bad}")

    def places(self, name: str, protocol: str) -> Iterator[tuple[bytes, Place]]:
        """The cells of a chunk and their places."""
        with _reading(name), np.load(self.folder / f"{name}.npz") as stored:
            about, cells = json.loads(str(stored["about"])), stored["cells"]
        if about["protocol"] == protocol:
            for row, identity in enumerate(cells):
                yield identity.tobytes(), Place(about["first"], about["stop"], name, row)

    def remove(self, name: str) -> None:
        """Forget a damaged chunk."""
        (self.folder / f"{name}.npz").unlink(missing_ok=True)

    def failure_file(self, identity: bytes) -> Path:
        """Where the failure of a cell is described."""
        return self.folder / f"{identity.hex()}.failed.json"

    def fail(self, identity: bytes, about: Mapping) -> None:
        """Describe the failure of a cell."""
        written(self.failure_file(identity), json.dumps(about, indent=1).encode(), shared=True)

    def failures(self) -> dict[bytes, dict]:
        """Every failure, by cell."""
        found = {}
        for path in sorted(self.folder.glob("*.failed.json")):
            # A cell that another run has finished meanwhile has no failure any more.
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                found[bytes.fromhex(path.name.partition(".")[0])] = json.loads(path.read_text())
        return found

    @contextlib.contextmanager
    def lock(self):
        """Hold off other processes that write the arrays of the store."""
        with (self.folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@contextlib.contextmanager
def _reading(name: str):
    """Raise `Damaged` where the file of a chunk cannot be read."""
    try:
        yield
    except UNREADABLE as error:
        raise Damaged(f"chunk {name} is damaged: {error}") from error
