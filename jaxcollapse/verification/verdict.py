"""The verdict on a law, and a report of many."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    """The outcome for one law: passed, failed or unresolved, and the evidence for it."""

    law: str
    kind: str
    passed: bool
    worst_z: float
    allowed_z: float
    resolution: float
    replicas: int
    rejected: tuple[str, ...]
    undecided: tuple[str, ...]
    entries: int
    worst: str
    remarks: str = ""
    seconds: float = field(default=0.0, compare=False)

    def line(self) -> str:
        """One line for people."""
        state = "pass" if self.passed else "FAIL"
        rivals = f"{len(self.rejected)}/{len(self.rejected) + len(self.undecided)}"
        return (
            f"{state}  {self.law:<52} |z| {self.worst_z:5.2f} of {self.allowed_z:4.2f}  "
            f"resolution {self.resolution:8.2e}  rivals {rivals}  replicas {self.replicas:>8}  {self.remarks}".rstrip()
        )

    def explained(self) -> str:
        """The line and, where the law failed, the worst comparison and the rivals that it was not
        told from.
        """
        if self.passed:
            return self.line()
        undecided = f"; not told from {', '.join(self.undecided)}" if self.undecided else ""
        return f"{self.line()}\n      {self.worst}{undecided}"


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many laws, how many failed, the worst deviation, the resolutions and the rivals rejected,
    in one line.

    Example:
        >>> from jaxcollapse.verification import Verdict, summary
        >>> summary([Verdict("a-law", "Exact", True, 1.5, 5.3, 0.02, 16384, ("n - 1",), (), 3, "")])
        '1 laws, 0 failed, worst |z| 1.50, resolution 2.0e-02 to 2.0e-02, 1 rivals rejected'
    """
    tested = [each for each in verdicts if each.replicas]
    worst = max((each.worst_z for each in tested), default=0.0)
    fine = [each.resolution for each in tested] or [0.0]
    failed = sum(not each.passed for each in verdicts)
    rivals = sum(len(each.rejected) for each in verdicts)
    return (
        f"{len(verdicts)} laws, {failed} failed, worst |z| {worst:.2f}, resolution {min(fine):.1e} to {max(fine):.1e}, "
        f"{rivals} rivals rejected"
    )
