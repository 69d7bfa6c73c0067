"""Laws of linear regression on recycled labels."""
