"""`python -m benchmarks.start`: what the first call of a fresh process costs, cold and warm, and
the memory of a large run.

Cold means an empty compilation cache; warm, the cache that the cold process left.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

CALLS = {
    "Gaussian, 2^17 x 200": "jc.Gaussian(), truth=jc.Gaussian.params(), n=100 | jc.E(jc.variance) | generations=200, replicas=1 << 17",
    "multivariate d=5, 2^13 x 100":
        "jc.MultivariateGaussian(), truth=jc.MultivariateGaussian.params(np.zeros(5), np.eye(5)), n=100 | jc.E(jc.trace_ratio) "
        "| generations=100, replicas=1 << 13",
    "two types n=1e4, 2^14 x 50": "jc.Bernoulli(), truth=jc.Bernoulli().params(0.5), n=10**4 | jc.E(jc.mean) | generations=50, replicas=1 << 14",
    "categories K=50 n=1000, 2^12 x 20":
        "jc.Categorical(), truth=jc.Categorical.params(np.full(50, 0.02)), n=1000 | jc.E(jc.support) | generations=20, replicas=1 << 12",
    "categories K=50 n=1e5, 2^10 x 20":
        "jc.Categorical(), truth=jc.Categorical.params(np.full(50, 0.02)), n=10**5 | jc.E(jc.support) | generations=20, replicas=1 << 10",
    "2^20 Gaussian chains x 1,000, moments and histogram":
        "jc.Gaussian(), truth=jc.Gaussian.params(), n=100 "
        "| [jc.E(jc.log_variance), jc.Var(jc.log_variance), jc.Histogram(jc.log_variance, -20.0, 5.0)] "
        "| generations=1000, replicas=1 << 20, at=range(100, 1001, 100)",
}  # fmt: skip

PROGRAM = """
import json, resource, time
start = time.perf_counter()
import jax, numpy as np
import jaxcollapse as jc
recursion = jc.Recursion({family}, workflow=jc.Replace())
jc.estimate
imported, resident = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
def call():
    wall, spent = time.perf_counter(), time.process_time()
    jc.estimate(jax.random.key(0), recursion, {quantities}, {more})
    return time.perf_counter() - wall, time.process_time() - spent
first, again = call(), min(call() for _ in range(3))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(dict(imported=imported, first=first[0], again=again[0], again_spent=again[1], resident=resident, peak=peak)))
"""


def program(call: str) -> str:
    """The text of a process that makes one call four times."""
    family, quantities, more = call.split(" | ")
    return PROGRAM.format(family=family, quantities=quantities, more=more)


def measured(call: str, cache: str) -> dict:
    """Seconds and mebibytes of a process with that compilation cache."""
    setting = {
        "JAX_COMPILATION_CACHE_DIR": cache,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", program(call)],
        env=os.environ | setting,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def rows(only: str = ""):
    """Every call with an empty cache, then with a full one."""
    for name, call in CALLS.items():
        if only in name:
            with tempfile.TemporaryDirectory() as cache:
                cold, warm = measured(call, cache), measured(call, cache)
            yield {"work": name, "cold_s": cold["first"], "warm_s": warm["first"], "again_s": warm["again"],
                   "again_processor_s": warm["again_spent"], "import_s": warm["imported"], "resident_mib": warm["resident"],
                   "peak_mib": warm["peak"]}  # fmt: skip


HEAD = (
    "work",
    "import, s",
    "first call cold, s",
    "warm, s",
    "again, s",
    "processor, s",
    "MiB after import",
    "MiB at the peak",
)
KEYS = (
    "work",
    "import_s",
    "cold_s",
    "warm_s",
    "again_s",
    "again_processor_s",
    "resident_mib",
    "peak_mib",
)


def main():
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for row in rows(parser.parse_args().only):
        print(
            "| "
            + " | ".join(f"{row[key]:.3g}" if key != "work" else row[key] for key in KEYS)
            + " |",
            flush=True,
        )


if __name__ == "__main__":
    main()
