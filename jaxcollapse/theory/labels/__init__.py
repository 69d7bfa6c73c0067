"""Laws of labels: noise, verifiers, fairness, mislabeled data, boosting."""
