"""The verdict on a law, and the summary of many verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome for one law and the evidence for it.

    Args:
        law: name of the law.
        kind: name of its kind.
        passed: whether every comparison holds and every rival is rejected.
        worst_z: the largest deviation, in standard errors (or their equivalent).
        allowed_z: the deviation allowed at the false-alarm rate.
        resolution: the smallest relative error that the test would have seen.
        replicas: how many were simulated, 0 where nothing is random.
        rejected: names of the rivals that the data rejected.
        undecided: names of the other rivals.
        entries: number of comparisons.
        worst: the comparison with the largest deviation, in words.
        remarks: what else the kind of law reports.
        seconds: wall time of the test.
    """

    law: str
    kind: str
    passed: bool
    worst_z: float = 0.0
    allowed_z: float = 0.0
    resolution: float = 0.0
    replicas: int = 0
    rejected: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    entries: int = 0
    worst: str = ""
    remarks: str = ""
    seconds: float = field(default=0.0, compare=False)

    @classmethod
    def on(cls, law, *, holds: bool, told: Mapping[str, bool], **evidence) -> "Verdict":
        """Return the verdict on a law: it passes if it holds and every rival is told from it."""
        rejected = tuple(name for name, seen in told.items() if seen)
        undecided = tuple(name for name, seen in told.items() if not seen)
        return cls(
            law=law.name,
            kind=type(law.kind).__name__,
            passed=bool(holds and not undecided),
            rejected=rejected,
            undecided=undecided,
            **evidence,
        )

    def line(self) -> str:
        """Return the verdict as one line."""
        state = "pass" if self.passed else "FAIL"
        rivals = f"{len(self.rejected)}/{len(self.rejected) + len(self.undecided)}"
        return (
            f"{state}  {self.law:<52} |z| {self.worst_z:5.2f} of {self.allowed_z:4.2f}  "
            f"resolution {self.resolution:8.2e}  rivals {rivals}  "
            f"replicas {self.replicas:>8}  {self.remarks}".rstrip()
        )

    def explained(self) -> str:
        """Return the line; for a failure also the worst comparison and the undecided rivals."""
        if self.passed:
            return self.line()
        undecided = f"; not told from {', '.join(self.undecided)}" if self.undecided else ""
        return f"{self.line()}\n      {self.worst}{undecided}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """Summarize verdicts in one line.

    The line gives the number of laws and of failures, the worst deviation, the range of the
    resolutions and the number of rejected rivals.

    Example:
        >>> from jaxcollapse.verification import Verdict, summary
        >>> about = {"worst_z": 1.5, "resolution": 0.02, "replicas": 16384}
        >>> summary([Verdict(law="x", kind="Exact", passed=True, rejected=("n - 1",), **about)])
        '1 laws, 0 failed, worst |z| 1.50, resolution 2.0e-02 to 2.0e-02, 1 rivals rejected'
    """
    tested = [each for each in verdicts if each.replicas]
    worst = max((each.worst_z for each in tested), default=0.0)
    fine = [each.resolution for each in tested] or [0.0]
    failed = sum(not each.passed for each in verdicts)
    rivals = sum(len(each.rejected) for each in verdicts)
    return (
        f"{len(verdicts)} laws, {failed} failed, worst |z| {worst:.2f}, "
        f"resolution {min(fine):.1e} to {max(fine):.1e}, {rivals} rivals rejected"
    )
