"""The pages of the forum desk."""
