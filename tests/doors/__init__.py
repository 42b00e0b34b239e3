"""Tests of the doors in `bot`, from outside."""
