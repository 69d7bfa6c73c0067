"""Arguments of functions: what each must be is declared once, and checked before any work."""

import inspect
import reprlib
from collections.abc import Callable, Collection
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from .domains import AbstractDomain, as_array, is_abstract

Function = TypeVar("Function", bound=Callable)


def checked(**wanted: Any) -> Callable[[Function], Function]:
    """Decorator: refuse wrong arguments by name before the function runs.

    Arguments that are left out, or that are their own default, are not looked at.

    Args:
        wanted: what each argument must be: a domain, for one number of it; a type, or a tuple of
            types; or a function `(name, value)` that raises `ValueError`.

    Raises:
        ValueError: when the decorated function is called with a wrong argument.

    Example:
        >>> from jaxcollapse.domains import Integer
        >>> @checked(size=Integer(1, 8))
        ... def zeros(size):
        ...     return [0] * size
        >>> zeros(9)
        Traceback (most recent call last):
        ...
        ValueError: size must be an integer in [1, 8], got 9
    """

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)
        checks = {name: _check_of(each) for name, each in wanted.items()}

        @wraps(function)
        def call(*args, **kwargs):
            given = signature.bind(*args, **kwargs).arguments
            for name, check in checks.items():
                if name in given and given[name] is not signature.parameters[name].default:
                    check(name, given[name])
            return function(*args, **kwargs)

        call.__arguments__ = checks  # pyright: ignore[reportAttributeAccessIssue]
        return cast(Function, call)

    return decorate


def _check_of(wanted) -> Callable[[str, Any], object]:
    if isinstance(wanted, AbstractDomain):
        return wanted.check_one
    if isinstance(wanted, type | tuple):
        kinds = wanted if isinstance(wanted, tuple) else (wanted,)
        return lambda name, value: check_is(name, value, *kinds)
    return wanted


def check_is(name: str, value, *kinds: type) -> None:
    """Raise a `ValueError` that names the argument, the value and the types it may have."""
    # A truth value is an integer to Python, and never meant as one.
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join("None" if each is type(None) else each.__name__ for each in kinds)
        raise ValueError(f"{name} must be of type {wanted}, got {_shown(value)}")


def check_all(name: str, values, *kinds: type) -> None:
    """Raise a `ValueError` unless the values are a list, or another collection, of these types."""
    wanted = " or ".join(each.__name__ for each in kinds)
    if isinstance(values, str) or not isinstance(values, Collection):
        raise ValueError(f"{name} must be a list of type {wanted}, got {_shown(values)}")
    for each in values:
        check_is(f"an entry of {name}", each, *kinds)


def check_callable(name: str, value) -> None:
    """Raise a `ValueError` unless the value is a function, or can be called like one."""
    if not callable(value):
        raise ValueError(f"{name} must be a function, got {_shown(value)}")


def check_is_path(name: str, value) -> Path:
    """Return a value as a path. Raises `ValueError` unless it is one."""
    check_is(name, value, str, Path)
    return Path(value)


def some(*kinds: type) -> Callable[[str, Any], None]:
    """A check that the value is a list of these types with at least one entry."""

    def check(name: str, values) -> None:
        check_all(name, values, *kinds)
        if not len(values):
            raise ValueError(f"{name} must have at least one entry, got {_shown(values)}")

    return check


def arrays(domain: AbstractDomain, axes: int | None = None) -> Callable[[str, Any], None]:
    """A check that the value is an array of a domain, with so many axes where that is said."""

    def check(name: str, value) -> None:
        domain.check(name, value)
        if axes is not None and np.ndim(value) != axes:
            wanted = f"be an array with {axes} axes" if axes > 1 else "be an array with one axis"
            raise ValueError(f"{name} must {wanted}, got shape {np.shape(value)}")

    return check


def check_array(name: str, value) -> None:
    """Raise a `ValueError` unless the value is an array of numbers."""
    array = None if is_abstract(value) else as_array(value)
    known = array is not None and array.dtype.kind in "biuf" and array.size and array.ndim
    if not known and not is_abstract(value):
        raise ValueError(f"{name} must be an array of numbers, got {_shown(value)}")


def check_numbers(name: str, value) -> None:
    """Raise a `ValueError` unless the value is an array of numbers, which may be infinite."""
    check_array(name, value)
    if not is_abstract(value) and np.isnan(np.asarray(value)).any():
        raise ValueError(f"{name} must be an array of numbers without nan, got {_shown(value)}")


def one_of(*choices: str) -> Callable[[str, Any], None]:
    """A check that the value is one of some words."""

    def check(name: str, value) -> None:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, got {_shown(value)}")

    return check


def _shown(value) -> str:
    return " ".join(reprlib.repr(value).split())
