"""Starts the template: bound into the sandbox as `/jail/__main__.py`, beside the packages `inside`
and `course`."""

import importlib

importlib.import_module("inside.template").main()
