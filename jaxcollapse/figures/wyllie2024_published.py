"""Averages over the 25 runs of Wyllie et al. on ColoredMNIST, computed from the result files that
the source released (cleverhans-lab/FairFeedbackLoops, commit 2a0d421).
"""

GENERATIONS = (0, 5, 10, 15, 20, 39)
CURVES = {
    "accuracy": "accuracy",
    "parity": "demographic parity difference",
    "odds": "equalized odds difference",
    "share": "share of label 1, generated",
}
# The curves at GENERATIONS.
PUBLISHED = {
    "SeqClass": (
        (0.9225, 0.905, 0.894, 0.879, 0.873, 0.832),
        (0.368, 0.379, 0.388, 0.395, 0.391, 0.373),
        (0.053, 0.101, 0.133, 0.168, 0.166, 0.195),
        (0.514, 0.518, 0.514, 0.523, 0.514, 0.560),
    ),
    "SeqClass, STAR": (
        (0.9255, 0.918, 0.912, 0.906, 0.900, 0.878),
        (0.360, 0.343, 0.331, 0.319, 0.308, 0.275),
        (0.034, 0.020, 0.018, 0.022, 0.027, 0.047),
        (0.517, 0.515, 0.512, 0.505, 0.515, 0.501),
    ),
    "SeqGenSeqClass": (
        (0.9238, 0.858, 0.732, 0.638, 0.643, 0.609),
        (0.369, 0.401, 0.370, 0.568, 0.736, 0.579),
        (0.051, 0.178, 0.259, 0.598, 0.746, 0.588),
        (0.516, 0.625, 0.764, 0.862, 0.880, 0.909),
    ),
    "STAR, classifier": (
        (0.9258, 0.875, 0.744, 0.609, 0.618, 0.618),
        (0.359, 0.337, 0.265, 0.400, 0.608, 0.615),
        (0.032, 0.065, 0.103, 0.392, 0.621, 0.625),
        (0.515, 0.619, 0.766, 0.844, 0.852, 0.877),
    ),
    "STAR, generator": (
        (0.9229, 0.860, 0.743, 0.620, 0.498, 0.491),
        (0.369, 0.376, 0.310, 0.169, 0.154, 0.101),
        (0.054, 0.143, 0.165, 0.123, 0.175, 0.110),
        (0.517, 0.560, 0.606, 0.715, 0.765, 0.769),
    ),
    "SeqGenNonSeqClass": (
        (0.9131, 0.769, 0.580, 0.534, 0.517, 0.503),
        (0.380, 0.397, 0.332, 0.192, 0.123, 0.066),
        (0.079, 0.266, 0.340, 0.203, 0.131, 0.070),
        (0.498, 0.742, 0.901, 0.919, 0.921, 0.955),
    ),
}
# Runs of the source in each labeling at its generation 39, of 25.
CENSUS = {
    "SeqClass": (0, 0, 0, 0, 25),
    "SeqGenSeqClass": (0, 0, 11, 9, 5),
    "STAR, classifier": (3, 0, 12, 5, 5),
    "STAR, generator": (18, 1, 0, 2, 4),
    "SeqGenNonSeqClass": (1, 0, 1, 21, 2),
}
SLOPES = {"SeqClass": -0.001, "SeqGenSeqClass": 0.1246, "STAR, classifier": 0.1178}
SLOPES |= {"STAR, generator": 0.0498, "SeqGenNonSeqClass": 0.184}
# kappa, by which TPR - FPR of a group decays in a generation.
RETENTION = {
    "SeqClass": {"red": 0.9941, "green": 0.9919},
    "SeqClass, STAR": {"red": 0.9979, "green": 0.9975},
}
