"""Flags with which programs compile quickly; `python tests/quick.py` prints them.

Nearly all the time of a test is spent in the compiler. Without optimization it takes less than half
as long; what is asserted about numbers and laws is the same. Tests of the machine code itself, of
bits or of caches ask for the fixture `optimized`.
"""

QUICK = {
    "xla_cpu_use_fusion_emitters": False,
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
}
# One more, which compiler options can only take back: emitters that set up MLIR for each kernel.
EXTRA = "xla_cpu_disable_new_fusion_emitters"
OPTIMIZED = {
    "xla_backend_extra_options": "",
    "xla_cpu_use_fusion_emitters": True,
    "xla_backend_optimization_level": 3,
    "xla_llvm_disable_expensive_passes": False,
}
FLAGS = " ".join(
    f"--{name}={value}".lower()
    for name, value in (QUICK | {"xla_backend_extra_options": EXTRA}).items()
)

if __name__ == "__main__":
    print(FLAGS)
