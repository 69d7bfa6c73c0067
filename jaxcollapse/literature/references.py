"""The bibliography: what the cite keys of the laws stand for, and how sure each entry is.

`sure` says where an entry comes from: "found" in a catalogue page or an index of papers while this
was written, or "recalled" from memory, in which case authors and title are believed but not
checked.
"""

from dataclasses import dataclass

from .._names import entry

SPECIAL = {
    "derived": "no prior statement is known; which does not mean that there is none",
    "classical": "textbook fact",
    "conjecture": "stated by a user, not by the package",
}


@dataclass(frozen=True)
class Reference:
    """A publication, as far as it is known."""

    authors: str
    year: int
    title: str
    where: str = ""
    arxiv: str = ""
    sure: str = "found"

    def __str__(self):
        place = ", ".join(
            part for part in (self.where, f"arXiv {self.arxiv}" if self.arxiv else "") if part
        )
        mark = " (recalled)" if self.sure == "recalled" else ""
        return f"{self.authors} ({self.year}). {self.title}. {place}{mark}".strip()


def _recalled(authors: str, year: int, title: str, where: str = "", arxiv: str = "") -> Reference:
    return Reference(authors, year, title, where, arxiv, "recalled")


REFERENCES = {
    "alemohammad2023": Reference(
        "Alemohammad, Casco-Rodriguez, Luzi, Humayun, Babaei, LeJeune, Siahkoohi, Baraniuk", 2023,
        "Self-Consuming Generative Models Go MAD", arxiv="2307.01850"),
    "amin2025": Reference(
        "Amin, Babakniya, Bie, Kong, Syed, Vassilvitskii", 2025,
        "Escaping Collapse: The Strength of Weak Data for Large Language Model Training", arxiv="2502.08924"),
    "banach1922": _recalled("Banach", 1922, "Sur les opérations dans les ensembles abstraits", "Fund. Math. 3:133"),
    "bartlett1933": _recalled("Bartlett", 1933, "On the theory of statistical regression", "Proc. R. Soc. Edinburgh 53:260"),
    "barzilai2025": Reference(
        "Barzilai, Shamir", 2025, "When Models Don't Collapse: On the Consistency of Iterative MLE", arxiv="2505.19046"),
    "bertrand2023": Reference(
        "Bertrand, Bose, Duplessis, Jiralerspong, Gidel", 2023,
        "On the Stability of Iterative Retraining of Generative Models on their own Data", "ICLR 2024", "2310.00429"),
    "csiszar1975": _recalled(
        "Csiszár", 1975, "I-divergence geometry of probability distributions and minimization problems", "Ann. Probab. 3:146"),
    "dey2024": Reference("Dey, Donoho", 2024, "Universality of the π²/6 Pathway in Avoiding Model Collapse", arxiv="2410.22812"),
    "diaconis1979": _recalled("Diaconis, Ylvisaker", 1979, "Conjugate priors for exponential families", "Ann. Statist. 7:269"),
    "dohmatob2024": Reference(
        "Dohmatob, Feng, Kempe", 2024, "Model Collapse Demystified: The Case of Regression", "NeurIPS 2024"),
    "dohmatob2024strong": _recalled("Dohmatob, Feng, Subramonian, Kempe", 2024, "Strong Model Collapse", arxiv="2410.04840"),
    "dohmatob2024tails": _recalled(
        "Dohmatob, Feng, Yang, Charton, Kempe", 2024, "A Tale of Tails: Model Collapse as a Change of Scaling Laws",
        arxiv="2402.07043"),
    "drayson2025": Reference(
        "Drayson, Yilmaz, Lampos", 2025, "Machine-generated text detection prevents language model collapse", arxiv="2502.15654"),
    "dufresne1990": _recalled(
        "Dufresne", 1990, "The distribution of a perpetuity, with applications to risk theory and pension funding",
        "Scand. Actuar. J. 1990:39"),
    "ewens1972": _recalled("Ewens", 1972, "The sampling theory of selectively neutral alleles", "Theor. Popul. Biol. 3:87"),
    "feller1951": _recalled("Feller", 1951, "Diffusion processes in genetics", "Proc. Second Berkeley Symposium, 227"),
    "feng2024": _recalled(
        "Feng, Dohmatob, Yang, Charton, Kempe", 2024,
        "Beyond Model Collapse: Scaling Up with Synthesized Data Requires Verification", arxiv="2406.07515"),
    "ferbach2024": _recalled(
        "Ferbach, Bertrand, Bose, Gidel", 2024,
        "Self-Consuming Generative Models with Curated Data Provably Optimize Human Preferences", arxiv="2407.09499"),
    "fisher1930": _recalled("Fisher", 1930, "The Genetical Theory of Natural Selection", "Clarendon Press"),
    "fu2024": _recalled(
        "Fu, Zhang, Wang, Tian, Tao", 2024, "Towards Theoretical Understandings of Self-Consuming Generative Models",
        arxiv="2402.11778"),
    "garg2025": Reference(
        "Garg, Bhattacharya, Sur", 2025,
        "Preventing Model Collapse Under Overparametrization: Optimal Mixing Ratios for Interpolation Learning and "
        "Ridge Regression",
        arxiv="2509.22341"),
    "gerstgrasser2024": Reference(
        "Gerstgrasser, Schaeffer, Dey, Rafailov, Sleight, Hughes, Korbak, Agrawal, Pai, Gromov, Roberts, Yang, Donoho, Koyejo",
        2024, "Is Model Collapse Inevitable? Breaking the Curse of Recursion by Accumulating Real and Synthetic Data",
        arxiv="2404.01413"),
    "gillman2024": _recalled(
        "Gillman, Freeman, Aggarwal, Hsu, Luo, Tian, Sun", 2024,
        "Self-Correcting Self-Consuming Loops for Generative Model Training", arxiv="2402.07087"),
    "goldie1991": _recalled(
        "Goldie", 1991, "Implicit renewal theory and tails of solutions of random equations", "Ann. Appl. Probab. 1:126"),
    "he2025": Reference(
        "He, Xu, Cheng", 2025,
        "Golden Ratio Weighting Prevents Model Collapse (later: Recursive Learning Without Collapse)", arxiv="2502.18049"),
    "heaps1978": _recalled("Heaps", 1978, "Information Retrieval: Computational and Theoretical Aspects", "Academic Press"),
    "hutter2021": _recalled("Hutter", 2021, "Learning Curve Theory", arxiv="2102.04074"),
    "james1964": _recalled(
        "James", 1964, "Distributions of matrix variates and latent roots derived from normal samples",
        "Ann. Math. Statist. 35:475"),
    "jangjoo2026": Reference(
        "Jangjoo, Marsili, Roudi", 2026,
        "Lost in Retraining: Closed-Loop Learning and Model Collapse in Exponential Families", "Phys. Rev. Lett. 136:197301",
        "2506.20623"),
    "kaj2001": _recalled("Kaj, Krone, Lascoux", 2001, "Coalescent theory for seed bank models", "J. Appl. Probab. 38:285"),
    "kalman1960": _recalled(
        "Kalman", 1960, "A new approach to linear filtering and prediction problems", "J. Basic Eng. 82:35"),
    "kanabar2026": Reference(
        "Kanabar, Gastpar", 2026, "(effective sample size of contaminated training data; title not checked)"),
    "kazdan2024": Reference(
        "Kazdan, Schaeffer, Dey, Gerstgrasser, Rafailov, Donoho, Koyejo", 2024,
        "Collapse or Thrive? Perils and Promises of Synthetic Data in a Self-Generating World", arxiv="2410.16713"),
    "kesten1973": _recalled(
        "Kesten", 1973, "Random difference equations and renewal theory for products of random matrices", "Acta Math. 131:207"),
    "kimura1962": _recalled("Kimura", 1962, "On the probability of fixation of mutant genes in a population", "Genetics 47:713"),
    "kimura1964": _recalled("Kimura", 1964, "Diffusion models in population genetics", "J. Appl. Probab. 1:177"),
    "kimura1969": _recalled(
        "Kimura, Ohta", 1969, "The average number of generations until fixation of a mutant gene in a finite population",
        "Genetics 61:763"),
    "kingman1978": _recalled(
        "Kingman", 1978, "A simple model for the balance between selection and mutation", "J. Appl. Probab. 15:1"),
    "kingman1982": _recalled("Kingman", 1982, "The coalescent", "Stochastic Process. Appl. 13:235"),
    "kish1965": _recalled("Kish", 1965, "Survey Sampling", "Wiley"),
    "lloyd1982": _recalled("Lloyd", 1982, "Least squares quantization in PCM", "IEEE Trans. Inform. Theory 28:129"),
    "lorden1971": _recalled("Lorden", 1971, "Procedures for reacting to a change in distribution", "Ann. Math. Statist. 42:1897"),
    "malecot1948": _recalled("Malécot", 1948, "Les mathématiques de l'hérédité", "Masson"),
    "marchi2024": Reference(
        "Marchi, Soatto, Chaudhari, Tabuada", 2024, "Heat Death of Generative Models in Closed-Loop Learning", arxiv="2404.02325"),
    "morris1982": _recalled(
        "Morris", 1982, "Natural exponential families with quadratic variance functions", "Ann. Statist. 10:65"),
    "newman1986": _recalled(
        "Newman", 1986, "The distribution of Lyapunov exponents: exact results for random matrices", "Comm. Math. Phys. 103:121"),
    "page1954": _recalled("Page", 1954, "Continuous inspection schemes", "Biometrika 41:100"),
    "seddik2024": Reference(
        "Seddik, Chen, Hayou, Youssef, Debbah", 2024,
        "How Bad is Training on Synthetic Data? A Statistical Analysis of Language Model Collapse", arxiv="2404.05090"),
    "shin2022": _recalled(
        "Shin, Ramdas, Rinaldo", 2022, "E-detectors: a nonparametric framework for sequential change detection",
        arxiv="2203.03532"),
    "shumailov2023": Reference(
        "Shumailov, Shumaylov, Zhao, Gal, Papernot, Anderson", 2023,
        "The Curse of Recursion: Training on Generated Data Makes Models Forget", arxiv="2305.17493"),
    "shumailov2024": Reference(
        "Shumailov, Shumaylov, Zhao, Papernot, Anderson, Gal", 2024,
        "AI models collapse when trained on recursively generated data", "Nature 631:755"),
    "siegmund1985": _recalled("Siegmund", 1985, "Sequential Analysis: Tests and Confidence Intervals", "Springer"),
    "silverman1986": _recalled("Silverman", 1986, "Density Estimation for Statistics and Data Analysis", "Chapman and Hall"),
    "suresh2024": Reference(
        "Suresh, Thangaraj, Khandavally", 2024, "Rate of Model Collapse in Recursive Training", "AISTATS 2025, PMLR 258:1396",
        "2412.17646"),
    "taori2022": _recalled(
        "Taori, Hashimoto", 2022, "Data Feedback Loops: Model-driven Amplification of Dataset Biases", arxiv="2209.03942"),
    "tipping1999": _recalled("Tipping, Bishop", 1999, "Probabilistic principal component analysis", "J. R. Stat. Soc. B 61:611"),
    "ville1939": _recalled("Ville", 1939, "Étude critique de la notion de collectif", "Gauthier-Villars"),
    "wald1944": _recalled("Wald", 1944, "On cumulative sums of random variables", "Ann. Math. Statist. 15:283"),
    "wald1945": _recalled("Wald", 1945, "Sequential tests of statistical hypotheses", "Ann. Math. Statist. 16:117"),
    "wei2026": Reference("Wei and others", 2026, "(curation of synthetic data, fixed point of the tilted loop; title not checked)"),
    "wright1931": _recalled("Wright", 1931, "Evolution in Mendelian populations", "Genetics 16:97"),
    "wyllie2024": Reference(
        "Wyllie, Shumailov, Papernot", 2024, "Fairness Feedback Loops: Training on Synthetic Data Amplifies Bias",
        arxiv="2403.07857"),
    "xu2025": Reference("Xu, He, Cheng", 2025, "A Probabilistic Perspective on Model Collapse", arxiv="2505.13947"),
    "yaglom1947": _recalled(
        "Yaglom", 1947, "Certain limit theorems of the theory of branching random processes", "Dokl. Akad. Nauk SSSR 56:795"),
    "yi2025": Reference(
        "Yi, Liu, Cheng, Xu", 2025,
        "Escaping Model Collapse via Synthetic Data Verification: Near-term Improvements and Long-term Convergence", "ICLR 2026",
        "2510.16657"),
    "zhu2025": Reference(
        "Zhu, Cheng, Li, Zhang, Hua, Lv, Ding, Lin, Zheng, Zhou", 2025,
        "How to Synthesize Text Data without Model Collapse?", "ICML 2025, PMLR 267:79746", "2412.14689"),
}  # fmt: skip


def reference(key: str) -> Reference:
    """The publication that a cite key stands for.

    Raises:
        ValueError: no such key; the nearest are offered. The special keys stand for no publication.

    Example:
        >>> from jaxcollapse.literature.references import reference
        >>> reference("dey2024").arxiv
        '2410.22812'
    """
    if key in SPECIAL:
        raise ValueError(f"cite key {key!r} stands for no publication: {SPECIAL[key]}")
    return entry(key, REFERENCES, "cite key")


def unknown_keys() -> dict[str, list[str]]:
    """Cite keys that laws use and the bibliography does not know, with the laws that use them."""
    from ..theory import laws

    missing: dict[str, list[str]] = {}
    for law in laws():
        for key in law.cite:
            if key not in REFERENCES and key not in SPECIAL:
                missing.setdefault(key, []).append(law.name)
    return missing


def bibliography() -> str:
    """Every reference that a law cites, as Markdown, with the laws that cite it."""
    from ..theory import laws

    users: dict[str, list[str]] = {}
    for law in laws():
        for key in law.cite:
            users.setdefault(key, []).append(law.name)
    lines = [
        "# Bibliography",
        "",
        "Generated. An entry marked recalled was written from memory and not checked.",
        "",
    ]
    for key in (key for key in SPECIAL if key in users):
        lines += [f"(source-{key})=", f"**{key}**: {SPECIAL[key]} ({len(users[key])} laws)", ""]
    for key in sorted(
        users.keys() & REFERENCES.keys(),
        key=lambda each: (REFERENCES[each].authors, REFERENCES[each].year),
    ):
        cited = ", ".join(f"[`{name}`](#law-{name})" for name in users[key])
        lines += [f"(source-{key})=", f"**{key}**: {REFERENCES[key]} — {cited}", ""]
    return "\n".join(lines)
