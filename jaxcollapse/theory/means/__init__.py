"""Laws of means: quadratic variance functions, mixing weights, schedules, shares of real data."""
