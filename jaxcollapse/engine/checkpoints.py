"""A folder that keeps every finished generation of a run, and a fingerprint of the run."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .storage import provenance


class RunFolder:
    """A folder with one record per generation, and the state after the last one.

    Files are written beside their place and renamed, so that each is there whole or not at all.
    They are npz files with fsync: 2.5 ms and one file for 2.5 MB of state, against 19 to 28 ms and
    12 files for an orbax checkpoint.
    """

    def __init__(self, folder, key, recursion, generations, replicas, metrics):
        self.root = Path(folder)
        self.root.mkdir(parents=True, exist_ok=True)
        known = {"generations": generations, "replicas": [replicas.start, replicas.stop]}
        known |= {"metrics": [str(metric) for metric in metrics or ()]}
        fingerprint = _fingerprint(key, recursion, known)
        description = provenance(recursion, key) | {"fingerprint": fingerprint} | known
        path = self.root / "run.json"
        if not path.exists():
            text = json.dumps(description, indent=1)
            self._write(path, lambda stream: stream.write(text.encode()))
        elif json.loads(path.read_text(encoding="utf-8"))["fingerprint"] != fingerprint:
            raise ValueError(
                f"folder {str(folder)!r} holds another run (see its run.json): "
                "choose another folder"
            )

    def done(self) -> int:
        """The last generation whose state is kept; 0 if there is none."""
        return max((int(path.stem[6:]) for path in self.root.glob("state-*.npz")), default=0)

    def keep(self, t: int, shown, states) -> None:
        """Store the record and the state of generation t, then forget the state before."""
        record = jax.tree.map(lambda *parts: np.concatenate(parts), *shown)
        self._arrays(f"record-{t:06d}.npz", record)
        self._arrays(f"state-{t:06d}.npz", jax.tree.map(lambda *parts: np.stack(parts), *states))
        (self.root / f"state-{t - 1:06d}.npz").unlink(missing_ok=True)

    def states(self, t: int, like, tiles: int) -> list:
        """The state of every tile after generation t."""
        leaves = self._leaves(f"state-{t:06d}.npz")
        stacked = jax.tree.unflatten(jax.tree.structure(like), leaves)
        return [jax.tree.map(lambda leaf, i=i: jnp.asarray(leaf[i]), stacked) for i in range(tiles)]

    def record(self, t: int, like, replicas: int):
        """What was recorded of every replica at generation t."""
        leaves = self._leaves(f"record-{t:06d}.npz")
        return jax.tree.unflatten(jax.tree.structure(like), [leaf[:replicas] for leaf in leaves])

    def _leaves(self, name):
        with np.load(self.root / name) as stored:
            return [stored[f"leaf{i}"] for i in range(len(stored.files))]

    def _arrays(self, name, tree):
        arrays: dict[str, Any] = {
            f"leaf{i}": np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(tree))
        }
        self._write(self.root / name, lambda stream: np.savez(stream, **arrays))

    def _write(self, path, write):
        unfinished = path.with_suffix(path.suffix + ".part")
        with unfinished.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(unfinished, path)


def _fingerprint(key, recursion, known) -> str:
    """A digest of everything that the numbers of a run depend on."""
    leaves, structure = jax.tree.flatten(recursion)
    digest = hashlib.sha256(
        f"{jax.__version__} {jax.random.key_impl(key)} {structure} {known}".encode()
    )
    for leaf in [jax.random.key_data(key), *leaves]:
        array = np.asarray(leaf)
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()
