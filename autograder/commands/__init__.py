"""The TA's commands, one file each; they join `course` where this package is installed."""
