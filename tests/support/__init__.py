"""What the tests share: the people who talk, the far ends of the network, and what is measured."""
