"""A text as words: one form, spelling, sentences, ages, places, the glossary."""
