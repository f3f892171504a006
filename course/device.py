"""The device that checks run on."""

from __future__ import annotations


class DeviceError(Exception):
    """The device cannot be had here; the message says why."""


def require(device: str) -> None:
    """Raise `DeviceError` unless torch is here and can use `device`."""
    try:
        import torch
    except ImportError:
        raise DeviceError(
            "torch is not installed here; `course doctor` says how to get it"
        ) from None
    if device == "cuda" and not torch.cuda.is_available():
        raise DeviceError(
            "torch finds no CUDA device here; leave --device out to check on the CPU "
            "(`course doctor` says more)"
        )
