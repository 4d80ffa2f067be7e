"""Engines that are there already, which do the tasks of a run on machines of theirs."""
