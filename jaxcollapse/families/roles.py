"""Which numbers of an observation are its label and its group."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from ..domains import Integer, Whole
from ..records import Record


class Roles(Record):
    """Which columns of an observation are its label and its group; the others are its features.

    Args:
        label: index of the label, from the end where it is negative.
        group: index of the group, likewise.

    Example:
        >>> import numpy as np, jaxcollapse as jc
        >>> jc.Roles().label_of(np.array([[0.3, 2.0, 1.0]]))
        array([1])
    """

    label: int = eqx.field(default=-1, static=True)
    group: int = eqx.field(default=-2, static=True)

    def __check_init__(self):
        for name in ("label", "group"):
            Integer(-(2**15), 2**15).check(f"Roles.{name}", getattr(self, name))
        if self.label == self.group:
            raise ValueError(f"Roles.group must differ from Roles.label, got {self.group} for both")

    def check(self, rows, groups: int) -> None:
        """Raise a `ValueError` unless rows have both columns, binary labels and known groups."""
        rows = np.asarray(rows)
        width = rows.shape[-1] if rows.ndim == 2 else 0
        for name in ("label", "group"):
            column = getattr(self, name)
            if not -width <= column < width:
                raise ValueError(
                    f"Roles.{name} must be a column of rows with {width} numbers, got {column}"
                )
        Whole(0, 1).check("labels", rows[:, self.label])
        Whole(0, groups - 1).check("groups", rows[:, self.group])

    def label_of(self, rows):
        """Return the label of every row as an integer."""
        return rows[:, self.label].astype(int)

    def group_of(self, rows):
        """Return the group of every row as an integer."""
        return rows[:, self.group].astype(int)

    def features_of(self, rows):
        """Return the other columns of the rows."""
        width = rows.shape[1]
        kept = [c for c in range(width) if c not in (self.label % width, self.group % width)]
        return rows[:, np.array(kept, int)]

    def relabeled(self, rows, labels):
        """Return the rows with other labels."""
        return jnp.asarray(rows).at[:, self.label].set(labels)
