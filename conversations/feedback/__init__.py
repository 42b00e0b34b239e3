"""The talk that leads to words which are kept with a yes, and what is told of them later."""
