"""The space of configurations: answers that choose a recursion, and an example of every family."""
