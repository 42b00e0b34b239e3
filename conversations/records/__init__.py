"""Everything that is kept, and the only code that speaks to the database."""
