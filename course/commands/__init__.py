"""The student's commands, one file each."""
