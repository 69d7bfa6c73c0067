"""Time and memory of `jc.decompose` with its defaults, and how every source is switched off.

    python benchmarks/decompositions.py [--plan] [FAMILY ...]

Each family is decomposed in a process of its own at its example truth, n = 100 and ten generations.
With `--plan` oracles and estimates are printed and nothing is run.
"""

import json
import resource
import subprocess
import sys
import time
import warnings

N, GENERATIONS = 100, 10


def main(arguments):
    names = [name for name in arguments if not name.startswith("-")]
    if names and names[0].startswith("@"):
        print(json.dumps(measured(names[0][1:], "--plan" in arguments)))
        return
    from jaxcollapse.families import list_families

    for name in names or sorted(list_families()):
        command = [sys.executable, __file__, "@" + name, *(["--plan"] * ("--plan" in arguments))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(row(name, json.loads(done.stdout)) if done.returncode == 0 else done.stderr[-600:])
        sys.stdout.flush()


def row(name, found):
    oracles = "; ".join(f"{source}: {how}" for source, how in found["oracles"].items())
    return f"| {name} | {oracles} | {found['estimate']} | {found['measured']} |"


def recursion_of(name):
    """An example recursion of a family, and an error that it knows."""
    import numpy as np

    import jaxcollapse as jc
    from jaxcollapse.data import digits
    from jaxcollapse.families import list_families
    from jaxcollapse.space.examples import example_truth

    kind = list_families()[name]
    if kind.__module__.startswith("jaxcollapse.nets"):
        from jaxcollapse import nets

        images = digits().values
        symbols = np.random.default_rng(0).integers(0, 8, (1000, 16)).cumsum(1) % 8
        made = {
            "linear-vae": (lambda: kind(64, latent=8), images),
            "vae": (lambda: kind(64), images),
            "gan": (lambda: kind(64), images),
            "conv-vae": (lambda: kind(8), images),
            "language-model": (lambda: kind(8, length=16), symbols),
        }
        family, values = made[name][0](), made[name][1]
        truth = family.data(values[:-200], held_out=values[-200:])
        metric = jc.metrics.samples.coverage if name == "gan" else nets.held_out_loss
        return jc.Recursion(family, jc.Replace(), truth=truth, n=1000), metric
    family = kind()
    metrics = "kl", "w2", "squared-distance", "excess-risk", "mean-error", "simpson", "accuracy"
    listed = jc.metrics.list_metrics()
    wanted = (*metrics, "equalized-odds-difference", "energy-distance")
    known = [listed[m] for m in wanted if m in listed and listed[m].applies_to(kind)]
    fresh = 100 if name == "debiased-mean" else 0
    workflow = jc.Refresh() if fresh else jc.Replace()
    truth = example_truth(family)
    return jc.Recursion(family, workflow, truth=truth, n=N, fresh=fresh), known[0]


def measured(name, plan_only):
    import jax

    import jaxcollapse as jc
    from jaxcollapse.analysis.decompose import planned
    from jaxcollapse.analysis.oracles import Absent, oracles_of

    warnings.simplefilter("ignore")
    recursion, metric = recursion_of(name)
    oracles = {
        source: each.why if isinstance(each, Absent) else each.how
        for source, each in oracles_of(recursion).items()
    }
    how = {"t": [1, 5, GENERATIONS], "key": jax.random.key(0)}
    start = time.perf_counter()
    try:
        plan = planned(jc.E(metric), recursion, **how)
        estimate = f"{plan.work.replicas} replicas, {plan.cost}"
    except ValueError as refusal:
        estimate = f"refused: {refusal}"
    estimate += f" ({time.perf_counter() - start:.1f} s to plan)"
    found = {"oracles": oracles, "estimate": estimate, "measured": "-"}
    if plan_only or estimate.startswith("refused"):
        return found
    start, processor = time.perf_counter(), time.process_time()
    try:
        parts = jc.decompose(jc.E(metric), recursion, **how)
        said = f"{parts.total.replicas} replicas, {metric.name}"
        said += "" if parts.converged else ", not converged"
    except ValueError as refusal:
        said = str(refusal)
    took, used = time.perf_counter() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    found["measured"] = f"{took:.0f} s ({used:.0f} s of processor), {peak:.2f} GB: {said}"
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
