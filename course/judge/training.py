"""Which mistake made a training run wrong: the run is repeated with one fault at a time, and the losses compared."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from course.judge.diagnosis import Diagnosis

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

    Batches = Iterable[tuple[Tensor, Tensor]]
    Loss = Callable[[Tensor, Tensor], Tensor]
