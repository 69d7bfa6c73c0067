"""The content of records: as plain data that JSON can hold, and as a fingerprint.

A record becomes a dictionary with the public name of its type and the content of its fields. Every
number is written exactly: JSON keeps all digits of a float64. A fingerprint is the SHA-256 of the
numbers that the content stands for.
"""

import base64
import dataclasses
import hashlib
import json
import math
import reprlib
import zlib
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ._names import nearest
from .domains import is_concrete
from .numerics.precision import is_double
from .records import axes_of, name_of, type_named

LISTED = 256  # numbers of an array that are written as a list; longer arrays are packed
CHUNK = 1 << 20  # numbers that are widened at a time
USUAL = ("bool", "int64", "float64")  # types of the arrays that NumPy makes of plain numbers
WIDEST = {"b": "|b1", "i": "<i8", "u": "<u8", "f": "<f8", "c": "<c16"}
ARRAYS = (np.ndarray, np.generic, jax.Array)


def recorded(value: Any, place: str = "value") -> Any:
    """The content of a value as plain data: a record, an array, a key, a number or a text.

    Args:
        value: records may hold records, arrays, tuples, lists and dictionaries of them.
        place: what messages call it.

    Raises:
        ValueError: a part that has no content of its own, such as a function.

    Example:
        >>> import jaxcollapse as jc
        >>> recorded(jc.Gaussian(ddof=0.5))
        {'type': 'Gaussian', 'ddof': 0.5}
    """
    if isinstance(value, ARRAYS):
        return _array_record(value, place)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, eqx.Module):
        return {"type": name_of(type(value))} | {
            name: _field_record(inner, annotation, f"{place}.{name}")
            for name, inner, annotation in _fields(value)
        }
    if isinstance(value, tuple):
        return [recorded(each, f"{place}[{i}]") for i, each in enumerate(value)]
    if isinstance(value, list):
        return {"list": recorded(tuple(value), place)}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"dict": {key: recorded(value[key], f"{place}[{key!r}]") for key in value}}
    raise ValueError(f"{place} cannot be recorded: it is a {type(value).__name__}")


def rebuilt(record: Any, place: str = "record") -> Any:
    """The value that a content stands for: the inverse of `recorded`.

    Arrays come back as NumPy arrays. A type of your own is found by its module, which has to be
    imported before; nothing is imported or executed that a content names.

    Raises:
        ValueError: a content that stands for nothing, by the name of its part.
    """
    if record is None or isinstance(record, (bool, int, float, str)):
        return record
    if isinstance(record, list):
        return tuple(rebuilt(each, f"{place}[{i}]") for i, each in enumerate(record))
    if not isinstance(record, Mapping):
        raise ValueError(f"{place} must be plain data, got {type(record).__name__}")
    if "type" in record:
        return _module(record, place)
    for kind, read in READERS.items():
        if kind in record:
            return read(record, place)
    raise ValueError(f"{place} must name its type, got keys {', '.join(map(repr, record))}")


def fingerprint(value: Any) -> str:
    """SHA-256 of the content of a value, in hexadecimal.

    It does not depend on the order of dictionaries, on whether arrays are NumPy's or JAX's, or on
    the width of their numbers. An integer counts as a real number where its field holds real ones.
    Under `jax_enable_x64` a run depends on widths, and they count.

    Raises:
        ValueError: a part that has no content of its own, such as a function.

    Example:
        >>> import jax.numpy as jnp, jaxcollapse as jc
        >>> fingerprint(jc.Gaussian(ddof=1)) == fingerprint(jc.Gaussian(ddof=jnp.float32(1.0)))
        True
        >>> fingerprint(jc.Gaussian(ddof=1)) == fingerprint(jc.Gaussian(ddof=0))
        False
    """
    return hashlib.sha256(canonical(_essence(value, None, "value")).encode()).hexdigest()


def canonical(record: Any) -> str:
    """The JSON of plain data, the same for equal contents."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)


def checksum(arrays: Mapping[str, Any]) -> str:
    """SHA-256 of named arrays: of their types, shapes and bytes.

    Example:
        >>> import numpy as np
        >>> checksum({"a": np.zeros(2)}) == checksum({"a": np.zeros(3)})
        False
    """
    digest = hashlib.sha256()
    for name, value in sorted(arrays.items()):
        array = np.asarray(value)
        array = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _fields(value: eqx.Module):
    """Name, value and annotation of every field."""
    for each in dataclasses.fields(value):  # pyright: ignore[reportArgumentType]
        yield each.name, getattr(value, each.name), each.type


def _field_record(value, annotation, place):
    """The content of a field: a plain number or list where an array of the usual type stands."""
    record = recorded(value, place)
    if axes_of(annotation) is None or not isinstance(value, ARRAYS) or "array" not in record:
        return record
    return record["array"] if record["dtype"] in USUAL else record


def _on_host(value, place) -> Any:
    """A concrete array as one of NumPy; a typed key stays."""
    if not is_concrete(value):
        raise ValueError(f"{place} cannot be recorded inside a program that is being compiled")
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        return value
    array = np.asarray(value)
    # Narrow floats of machine learning, such as bfloat16, are exact in float32.
    array = array.astype(np.float32) if array.dtype.kind == "V" else array
    if array.dtype.kind not in WIDEST:
        raise ValueError(f"{place} cannot be recorded: its numbers are {array.dtype}")
    return array


def _array_record(value, place) -> dict:
    array = _on_host(value, place)
    if not isinstance(array, np.ndarray):
        data = np.asarray(jax.random.key_data(array))
        return {"key": str(jax.random.key_impl(array)), "data": data.tolist()}
    about = {"dtype": array.dtype.name}
    listed = 0 < array.size <= LISTED and array.dtype.kind != "c"
    if listed and np.all(np.isfinite(array)):
        return {"array": array.tolist()} | about
    packed = zlib.compress(array.astype(array.dtype.newbyteorder("<")).tobytes(), 1)
    return {"packed": base64.b64encode(packed).decode(), "shape": list(array.shape)} | about


def _essence(value, annotation, place) -> Any:
    """Plain data that are equal where runs are equal."""
    if isinstance(value, ARRAYS):
        array = _on_host(value, place)
        if not isinstance(array, np.ndarray):
            return recorded(array)
        kind = _kind(array.dtype.kind, annotation)
        digest = _digest(array, WIDEST[kind])
        widths = [array.dtype.name] if is_double() else []
        return ["array", kind, list(array.shape), digest, *widths]
    if isinstance(value, (bool, int, float)) and axes_of(annotation) is not None:
        return _essence(np.asarray(value), annotation, place)
    if isinstance(value, eqx.Module):
        content = {name: _essence(each, kind, place) for name, each, kind in _fields(value)}
        return ["record", name_of(type(value)), content]
    if isinstance(value, tuple | list):
        return ["items", *(_essence(each, None, place) for each in value)]
    if isinstance(value, Mapping):
        return ["dict", {key: _essence(each, None, place) for key, each in value.items()}]
    return recorded(value, place)


def _digest(array: np.ndarray, dtype: str) -> str:
    """SHA-256 of the numbers of an array in a wide type, some of them at a time."""
    digest, numbers = hashlib.sha256(), array.reshape(-1)
    for start in range(0, array.size, CHUNK):
        digest.update(numbers[start : start + CHUNK].astype(dtype).tobytes())
    return digest.hexdigest()


def _kind(found: str, annotation) -> str:
    """What kind of numbers an array holds: real ones where its field is declared so."""
    declared = str(annotation)
    if "Float[" in declared and found in "biuf":
        return "f"
    return "i" if found == "u" or ("Int[" in declared and found in "bf") else found


def _module(record: Mapping, place: str):
    """A record of a named type from the contents of its fields."""
    kind = type_named(record["type"], place)
    fields = dataclasses.fields(kind)  # pyright: ignore[reportArgumentType]
    annotations = {each.name: each.type for each in fields}
    given = {name: each for name, each in record.items() if name != "type"}
    for name in given.keys() - annotations.keys():
        raise ValueError(
            f"{place}.{name} is no field of {kind.__name__}; {nearest(name, annotations)}"
        )
    values = {
        name: _field_value(each, annotations[name], f"{place}.{name}")
        for name, each in given.items()
    }
    try:
        return kind(**values)
    except TypeError as problem:
        raise ValueError(f"{place} is no {kind.__name__}: {problem}") from None


def _field_value(record, annotation, place):
    plain = isinstance(record, (bool, int, float, list, str))
    if plain and axes_of(annotation) is not None:
        return _listed(record, None, place)
    return rebuilt(record, place)


def _listed(numbers, dtype, place) -> np.ndarray:
    try:
        array = np.asarray(numbers, dtype)
    except (ValueError, TypeError, OverflowError):
        array = np.asarray("")
    if array.dtype.kind not in WIDEST:
        raise ValueError(f"{place} must hold numbers, got {reprlib.repr(numbers)}")
    return array


def _unpacked(record, place) -> np.ndarray:
    try:
        dtype = np.dtype(record["dtype"]).newbyteorder("<")
        data = zlib.decompress(base64.b64decode(record["packed"], validate=True))
        return np.frombuffer(data, dtype).reshape(record["shape"]).astype(dtype.newbyteorder("="))
    except (ValueError, TypeError, KeyError, zlib.error) as problem:
        raise ValueError(f"{place} is a damaged array: {problem}") from None


def _key(record, place):
    try:
        data = np.asarray(record["data"], np.uint32)
        return jax.random.wrap_key_data(jnp.asarray(data), impl=record["key"])
    except (ValueError, TypeError, KeyError, OverflowError) as problem:
        raise ValueError(f"{place} is a damaged key: {problem}") from None


READERS = {
    "float": lambda record, place: float(record["float"]),
    "array": lambda record, place: _listed(record["array"], record.get("dtype"), place),
    "packed": _unpacked,
    "key": _key,
    "list": lambda record, place: list(rebuilt(record["list"], place)),
    "dict": lambda record, place: {
        key: rebuilt(each, f"{place}[{key!r}]") for key, each in record["dict"].items()
    },
}
