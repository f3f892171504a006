"""What students receive: generated from solutions/ by `course release`, never edited by hand."""
