"""Records as the command line writes them: their fields are words, numbers and records."""

import equinox as eqx
import pytest

import jaxcollapse as jc
from jaxcollapse.cli.configuration import merged, recursion_from
from jaxcollapse.cli.flags import RecursionFlags

MIXTURE = "misspecified-gaussian:ddof=0;source=(mixture:weights=0.6,0.4;means=0,3;variances=1,2)"


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("misspecified-gaussian:source=laplace", jc.MisspecifiedGaussian(jc.LaplaceSource())),
        ("misspecified-gaussian:source=uniform", jc.MisspecifiedGaussian(jc.UniformSource())),
        ("misspecified-gaussian:source=(uniform)", jc.MisspecifiedGaussian(jc.UniformSource())),
        ("misspecified-gaussian:source=mixture", jc.MisspecifiedGaussian(jc.MixtureSource())),
        (MIXTURE, jc.MisspecifiedGaussian(jc.MixtureSource([0.6, 0.4], [0, 3], [1, 2]), 0)),
        ("kernel-density:kernel=top-hat", jc.KernelDensity(jc.TopHat())),
        ("kernel-density:kernel=gaussian-kernel", jc.KernelDensity(jc.GaussianKernel())),
    ],
)
def test_records_within_records_are_words(text, family):
    truth = {"points": [0.0, 1.0], "width": 0.5} if text.startswith("kernel") else {}
    made = recursion_from(merged(RecursionFlags(family=text)) | {"truth": truth})
    assert eqx.tree_equal(made.family, family)


def decodings():
    temperature, top = jc.Temperature(0.9), jc.TopK(k=2)
    tilted = jc.Tilt(reward=jc.Slope(0.3))
    return {
        "composed:steps=(temperature:temperature=0.9),(top-k:k=2)": (temperature, top),
        "composed:steps=(top-k:k=2)": (top,),
        "composed:steps=(tilt:reward=(slope:slope=0.3)),(temperature:temperature=0.9)": (
            tilted,
            temperature,
        ),
    }


@pytest.mark.parametrize("text", decodings())
def test_several_records_stand_in_a_row(text):
    given = merged(RecursionFlags(family="categorical", decoding=text))
    made = recursion_from(given | {"truth": {"probabilities": [0.5, 0.3, 0.2]}})
    assert eqx.tree_equal(made.decoding, jc.Composed(decodings()[text]))


def test_several_records_in_toml(tmp_path):
    (tmp_path / "run.toml").write_text(
        'family = "categorical"\ntruth = {probabilities = [0.5, 0.3, 0.2]}\n'
        'decoding = {name = "composed", steps = [{name = "top-k", k = 2}, "greedy"]}\n'
    )
    with pytest.raises(ValueError, match="steps 'greedy' is unknown"):
        recursion_from(merged(RecursionFlags(config=str(tmp_path / "run.toml"))))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "misspecified-gaussian:source=cauchy",
            "source 'cauchy' is unknown; known are laplace-source, uniform-source, mixture-source",
        ),
        ("misspecified-gaussian:source=3", "source must be a name, got 3"),
        ("misspecified-gaussian:ddof=some", "must be numbers such as .*, got 'some'"),
        ("gaussian:ddof=nan", "ddof must lie in .*, got nan"),
    ],
)
def test_words_that_name_no_record_are_refused(text, said):
    with pytest.raises(ValueError, match=said):
        recursion_from(merged(RecursionFlags(family=text)))


SWITCHES = (
    ("family", "misspecified-gaussian:source=laplace;flexible", "flexible"),
    ("workflow", "accumulate-subsample:replacement", "replacement"),
    ("selection", "subsample:replacement", "replacement"),
    ("selection", "displace:lasting", "lasting"),
)


@pytest.mark.parametrize(("what", "text", "name"), SWITCHES, ids=[each[1] for each in SWITCHES])
def test_booleans_are_words(what, text, name):
    given = lambda value: merged(RecursionFlags(**{what: f"{text}={value}"}))
    truth = {"truth": {"mean": 0.0, "variance": 1.0}} if what != "family" else {}
    for value, word in ((True, "true"), (False, "false")):
        made = getattr(recursion_from(given(word) | truth), what)
        assert getattr(made, name) is value
    for wrong in ("1", "yes", "0.5,0.5"):
        with pytest.raises(ValueError, match=f"{name} of {what} .* must be true or false, got"):
            recursion_from(given(wrong) | truth)
