"""What is true, and finding it."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""The matrices of one question are small: two threads on a busy machine wait on each other far longer than they help."""
