"""A record is the content of a recursion: it makes the recursion again, and its fingerprint tells
recursions apart.
"""

import dataclasses
import json
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import jaxcollapse as jc
import jaxcollapse.testing as jct
from jaxcollapse import _hypothesis, content
from jaxcollapse.space import Simplest, record_of, truth_of

_hypothesis.register()

TRUTH = jc.Gaussian.params(0.1, 1.7)
GAUSSIAN = jc.Recursion(jc.Gaussian(), jc.Refresh(0.3), truth=TRUTH, n=100, fresh=7)
IMAGES = np.random.default_rng(0).integers(0, 255, (300, 4)).astype(np.uint8)


def again(recursion) -> jc.Recursion:
    """The recursion that the JSON of a record makes."""
    return jc.Recursion.from_record(json.dumps(recursion.record(), allow_nan=False))


def same(one, other) -> bool:
    """Whether two records have the same types, static fields and numbers, dtypes included."""
    (ours, kind), (theirs, other_kind) = (jax.tree.flatten(each) for each in (one, other))
    return kind == other_kind and all(
        np.asarray(a).dtype == np.asarray(b).dtype and np.array_equal(a, b, equal_nan=True)
        for a, b in zip(ours, theirs, strict=True)
    )


@settings(max_examples=100)
@given(st.one_of(st.from_type(jc.Recursion), jct.recursions(schedules=True)))
def test_a_record_makes_the_same_recursion_again(recursion):
    # Other tests define families and workflows inside functions, where no name finds them.
    assume("<locals>" not in str(recursion.record()))
    assert same(again(recursion), recursion)
    assert again(recursion).fingerprint == recursion.fingerprint


def instances(base) -> list:
    """One record of every concrete type below a base that its declared domains can make."""
    found = []
    for kind in jc.space.recursions.concrete_subclasses(base):
        if kind.__module__.startswith("jaxcollapse"):
            try:
                found.append(record_of(kind, Simplest(), 4))
            except (ValueError, TypeError):
                continue
    return found


def nets() -> list:
    jc.list_families()
    balanced = jc.nets.Balanced(10)
    return [
        jc.nets.VAE(features=4, condition=jc.nets.ByClass(10)),
        jc.nets.GAN(features=4, game=jc.nets.Wasserstein(), condition=balanced),
        jc.nets.ConvVAE(side=4),
        jc.nets.LinearVAE(features=4),
        jc.nets.LanguageModel(vocabulary=9, decoding=jc.nets.Truncated(top_k=3)),
        jc.nets.Classifier(features=4),
    ]


@pytest.mark.parametrize("base", jc.recursion.PARTS.values(), ids=list(jc.recursion.PARTS))
def test_every_part_of_a_recursion_is_made_again(base):
    parts = [*instances(base), *(nets() if base is jc.AbstractFamily else [])]
    assert len(parts) > 2
    for part in parts:
        record = json.loads(json.dumps(content.recorded(part)))
        assert same(content.rebuilt(record), part), record
        assert content.fingerprint(content.rebuilt(record)) == content.fingerprint(part)
    assert len({content.fingerprint(part) for part in parts}) == len(parts)


def test_every_truth_is_made_again():
    families = jc.space.families_below()
    for family in (record_of(kind, Simplest(), 4) for kind in families):
        truth = truth_of(family, Simplest())[0]
        assert same(content.rebuilt(json.loads(json.dumps(content.recorded(truth)))), truth)


@pytest.mark.parametrize("replacement", [False, True])
def test_a_data_set_is_part_of_the_record_of_a_net(replacement):
    net = jc.nets.VAE(features=4, training=jc.nets.Training(steps=2, batch=4))
    truth = net.data(IMAGES / 255, np.arange(300) % 10, IMAGES[:5] / 255, replacement)
    recursion = jc.Recursion(net, jc.Accumulate(), truth=truth, n=8)
    assert same(again(recursion), recursion)


def test_nested_parts_are_made_again():
    steps = (jc.Temperature(0.7), jc.TopP(0.9))
    verify = jc.Verify(jc.selection.OneOf([1, 1, 0]), right=0.9)
    recursion = jc.Recursion(
        jc.Categorical(), jc.Discount(0.25), truth=jc.Categorical.params([0.2, 0.3, 0.5]),
        n=np.arange(2, 8), real=30, selection=verify, decoding=jc.decoding.Composed(steps),
    )  # fmt: skip
    assert same(again(recursion), recursion)


@pytest.mark.parametrize("array", [
    np.float32(0.1), np.array([np.nan, np.inf, -0.0]), np.zeros((0, 3)), IMAGES, jnp.arange(3),
    np.array(True), jnp.bfloat16(0.1), np.arange(600.0).reshape(2, 300), np.uint64(2**64 - 1),
    jax.random.key(3), jax.random.split(jax.random.key(0, impl="rbg"), 2), 5e-324, 1e308, 2**70,
    float("nan"), (1, [2.5, None], {"a": "b"}),
], ids=str)  # fmt: skip
def test_every_number_is_exact(array):
    back = content.rebuilt(json.loads(content.canonical(content.recorded(array))))
    plain = lambda value: np.asarray(
        jax.random.key_data(value) if "key<" in str(getattr(value, "dtype", "")) else value
    )
    if isinstance(array, tuple):
        assert back == array
    else:
        np.testing.assert_array_equal(plain(back), plain(array))


def test_a_fingerprint_counts_numbers_and_not_how_they_are_held():
    held = jc.Recursion(
        jc.Gaussian(ddof=jnp.asarray(1.0)), jc.Refresh(np.float64(0.3)), fresh=jnp.int32(7),
        truth=jax.tree.map(lambda a: a, TRUTH), n=np.int32(100),
    )  # fmt: skip
    assert held.fingerprint == GAUSSIAN.fingerprint
    one, other = {"a": 1, "b": GAUSSIAN}, {"b": held, "a": 1}
    assert content.fingerprint(one) == content.fingerprint(other)


@pytest.mark.parametrize("change", [
    {"n": 101}, {"fresh": 8}, {"real": 100}, {"workflow": jc.Refresh(0.30000000000000004)},
    {"family": jc.Gaussian(ddof=0)}, {"truth": jc.Gaussian.params(0.1, 1.7000000000000002)},
    {"decoding": jc.Temperature(1.0)}, {"n": [100, 100]}, {"selection": jc.Top(jc.Slope(), 0.5)},
], ids=str)  # fmt: skip
def test_every_change_of_a_number_changes_the_fingerprint(change):
    assert dataclasses.replace(GAUSSIAN, **change).fingerprint != GAUSSIAN.fingerprint


def test_a_fingerprint_is_the_same_in_another_process():
    code = (
        "import jaxcollapse as jc\n"
        "truth = jc.Gaussian.params(0.1, 1.7)\n"
        "r = jc.Recursion(jc.Gaussian(), jc.Refresh(0.3), truth=truth, n=100, fresh=7)\n"
        "print(r.fingerprint)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == GAUSSIAN.fingerprint


@pytest.mark.parametrize(("record", "message"), [
    ("{", "record must be JSON"),
    ("3", "record must be that of a Recursion, got int"),
    ({"type": "Gausian"}, "record.type 'Gausian' is unknown; did you mean Gaussian"),
    ({"type": "os:system"}, "record.type 'os:system' is unknown; import its module first"),
    ({"type": "nets.nowhere.VAE"}, "record.type 'nets.nowhere.VAE' is unknown"),
    ({"type": "Recursion"}, "record is no Recursion: .* missing"),
    ({"type": "Gaussian", "dof": 1}, "record.dof is no field of Gaussian; did you mean ddof"),
    ({"type": "Gaussian", "ddof": "x"}, "record.ddof must hold numbers, got 'x'"),
    ({"type": "Gaussian", "ddof": [1, [2]]}, "record.ddof must hold numbers"),
    ({"type": "Gaussian", "ddof": 2}, r"Gaussian.ddof must lie in \[0, 1\], got 2"),
    ({"type": "Gaussian", "ddof": {"packed": "!", "dtype": "f8", "shape": []}},
     "record.ddof is a damaged array"),
    ({"ddof": 1}, "record must name its type, got keys 'ddof'"),
    ({"type": "Gaussian"}, "record must be that of a Recursion, got Gaussian"),
], ids=str)  # fmt: skip
def test_what_is_no_record_is_named(record, message):
    with pytest.raises(ValueError, match=message):
        jc.Recursion.from_record(record)


class Local(jc.Gaussian):
    """A family of a user."""


def test_a_family_of_ones_own_is_found_by_its_module():
    record = content.recorded(Local(ddof=0))
    assert record == {"type": f"{__name__}:Local", "ddof": 0}
    assert same(content.rebuilt(record), Local(ddof=0))


class Holder(jc.AbstractWorkflow):
    """A workflow with a field of any type."""

    truth: object

    def init(self, real):
        return real

    def update(self, pool, synthetic, fresh):
        return pool, pool


def test_what_has_no_content_is_named():
    with pytest.raises(ValueError, match=r"value\.truth cannot be recorded: it is a function"):
        content.recorded(Holder(again))


def test_a_recursion_prints_its_numbers():
    text = repr(GAUSSIAN)
    for part in ("mean=0.1", "n=100", "fresh=7", "weight=0.3", "ddof=1"):
        assert part in text
