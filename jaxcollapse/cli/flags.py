"""The flags that say which recursion and which run: declared once, for every command and for TOML.

Each name is a flag and a key of a configuration file. Nothing here imports JAX.
"""

from dataclasses import dataclass, fields
from typing import Annotated, overload

from cyclopts import Parameter


def _whole(kind, tokens) -> int:
    """An integer as it was typed: 3.7 is none, although it could be rounded."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError(f"it must be an integer, got {tokens[0].value!r}") from None


Whole = Annotated[int, Parameter(converter=_whole)]


def check_seed(seed) -> None:
    """Raise a `ValueError` for a seed beyond 32 bits, which JAX would cut off."""
    from ..domains import Integer

    Integer(0, 2**32 - 1).check_one("seed", seed)


def key_of(seed):
    """The key of a seed. Raises `ValueError` where it is beyond 32 bits."""
    import jax

    check_seed(seed)
    return jax.random.key(seed)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RecursionFlags:
    """A recursion.

    Attributes:
        config: TOML file with the same names as the flags of simulate; flags win.
        family: such as gaussian, gaussian:ddof=0, or misspecified-gaussian:source=uniform.
        workflow: such as replace, discount:rate=0.5 or accumulate-subsample:replacement=true.
        selection: which generated data get through, such as
            verify:judge=(within:center=0;radius=2);right=0.9.
        decoding: how models are sampled, such as temperature:temperature=0.9, or several in order,
            composed:steps=(temperature:temperature=0.9),(top-k:k=2).
        truth: parameters such as "mean=0;variance=1", or data: words:en, text:PATH,
            table:PATH:COLUMN, with options such as ?decimal=comma&missing=-.
        n: observations drawn from each model.
        real: observations of fit 1.
        fresh: fresh real observations per generation.
    """

    config: str | None = None
    family: str | None = None
    workflow: str | None = None
    selection: str | None = None
    decoding: str | None = None
    truth: str | None = None
    n: Whole | None = None
    real: Whole | None = None
    fresh: Whole | None = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RunFlags(RecursionFlags):
    """A run of a recursion.

    Attributes:
        generations: number of fits.
        replicas: number of trajectories.
        seed: seed of the key.
        carrier: auto, statistics, samples, skeleton or population.
        metrics: names separated by commas, such as variance,w2>1.0,tail-mass-0.01; the parameters
            are stored without them.
        at: generations to record, separated by commas; all of them unless given.
    """

    generations: Whole | None = None
    replicas: Whole | None = None
    seed: Whole | None = None
    carrier: str | None = None
    metrics: str | None = None
    at: str | None = None


KEYS = tuple(each.name for each in fields(RunFlags) if each.name != "config")


@overload
def generations_of(text: str | list, what: str = "at") -> list[int]: ...
@overload
def generations_of(text: None, what: str = "at") -> None: ...
def generations_of(text, what="at") -> list[int] | None:
    """Generations from a list with commas or a TOML array."""
    parts = text.split(",") if isinstance(text, str) else text
    try:
        return None if parts is None else [int(part) for part in parts]
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be generations separated by commas, got {text!r}") from None
