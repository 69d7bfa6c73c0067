"""Laws of Gaussian models in one and many dimensions."""
