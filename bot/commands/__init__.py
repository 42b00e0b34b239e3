"""The `signpost` command: one file for each group of subcommands."""
