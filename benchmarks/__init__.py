"""Benchmarks: `./run bench NAME`."""

import knowledge  # noqa: F401 - it sets how many threads numpy takes, which has to come before numpy
