"""How far exact computations go: what takes too many steps or too much memory is refused."""

MOST_TERMS = 2 * 10**7
MOST_WORK = 2 * 10**9
# A product of small arrays costs as much as one with this many entries.
LEAST_WORK = 1000


class Unreachable(ValueError):
    """An exact computation would take too long or too much memory."""


def within(name: str, value: float, most: float, why: str) -> None:
    """Raise `Unreachable` where a number exceeds the most that a computation can reach.

    Example:
        >>> within("n", 9000, 5000, "the transition matrix is n × n")
        Traceback (most recent call last):
        ...
        jaxcollapse.numerics.reach.Unreachable: n must be at most 5000, got 9000: the transition \
matrix is n × n
    """
    if value > most:
        raise Unreachable(f"{name} must be at most {most:.15g}, got {value:.15g}: {why}")


def within_steps(steps: int, entries: int) -> None:
    """Refuse a chain of too many steps, each through a matrix of so many entries."""
    most = MOST_WORK // max(entries, LEAST_WORK)
    within("t", steps, most, f"every fit is a product with {entries:,} entries")
