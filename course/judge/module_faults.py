"""What can be wrong with a student's `nn.Module`, as a sentence each, and torch's own words for some of it."""

from __future__ import annotations

FAULTS = {
    "no-super-init": "{name}'s __init__ does not call super().__init__() before it assigns its layers: "
    "nothing can be registered without it.",
    "no-module": "{name} is no nn.Module: begin it with `class {name}(nn.Module):`.",
    "arguments": "{name}'s __init__ takes other arguments than the assignment gives it.",
    "takes-class": "{name} calls its activation without an argument, as if it were a class such as nn.ReLU: "
    "it is a function such as torch.relu.",
    "takes-module": "{name} wants a module such as nn.ReLU() as activation, as nn.Sequential does; it is given "
    "a function such as torch.relu: keep the layers in an nn.ModuleList and call the function in forward.",
    "unregistered": "{name} has no parameters: assign each layer itself to an attribute, self.… = nn.…, in __init__. "
    "A layer made in forward, or kept in a plain list, is not noticed.",
    "odd-sizes": "{name}'s parameters are none, empty or far too large: a few layers with some thousand numbers do.",
    "half-precision": "{name} calculates in half precision: leave out .half(), .bfloat16() and the like.",
    "other-dtype": "{name} does not keep to float32, which its input is: leave out .double() and the like, for "
    "parameters and inputs alike.",
    "float-indices": "{name} looks up the rows of an embedding by numbers that are no integers: leave out .float().",
    "no-forward": "{name} has no method called forward: that is the one that calling the module calls.",
    "several-returned": "{name}'s forward returns several things: a single tensor is asked for.",
    "no-tensor": "{name}'s forward does not return a tensor: leave out .numpy(), .tolist() and .item().",
    "input-changed": "{name}'s forward changes the input that it is given: make a new tensor instead of writing into "
    "it, with += and inplace=True among them.",
    "detached": "{name}'s forward cuts its result off from the parameters: leave out .detach(), .data, .item() and "
    "torch.no_grad().",
    "frozen": "Some of {name}'s parameters have requires_grad switched off, and never learn.",
    "unreached": "No gradient reaches {missing} of {name}'s {all} parameters: is every layer used in forward, each in "
    "its turn, and nothing detached on the way?",
    "fixed-batch": "{name} does not work for a batch of {size}, though it does for others: leave the number of "
    "samples free, as in x.flatten(1) or x.view(len(x), -1).",
    "squeezed": "{name} takes the dimension of the samples away from a batch of 1: name the dimension that "
    "squeeze() is to take, or leave it out.",
    "batch-averaged": "{name} gives nan for a batch of {size}, though not for others: does it take a mean or a spread "
    "over the batch? Each sample stands for itself.",
    "wrong-axis": "{name} ends in a {softmax} over the samples, dim=0: the classes of a sample are dimension 1, and "
    "the cross entropy needs neither softmax.",
    "dropout-in-evaluation": "In evaluation mode {name} gives other outputs for the same input the second time: is "
    "there a dropout that is never switched off, or a layer that is made anew in forward? An nn.Dropout made in "
    "__init__ knows the mode, functional.dropout needs training=self.training.",
    "batch-dependent": "{name}'s output for a sample depends on the other samples of its batch: in evaluation mode "
    "each stands for itself.",
    "wrong-device": "{name} mixes tensors of the CPU and the GPU: make new tensors where the input is, "
    "device=x.device, and register the module's own as parameters or buffers.",
    "needs-cuda": "{name} asks for a GPU of its own accord: leave out .cuda() and .to('cuda'); whoever uses the module "
    "moves it.",
    "module-for-result": "{name} gives a layer a module where numbers are due: nn.ReLU(x) makes a module and applies "
    "nothing. Write torch.relu(x), or nn.ReLU()(x).",
    "sizes-do-not-fit": "{name}'s layers do not fit each other: one is given another number of {columns} than it was "
    "made for.",
}
"""The sentence for each fault; `{{name}}` is the class."""

RAISED = {
    "wrong-device": "same device",
    "needs-cuda": "NVIDIA driver|CUDA enabled",
    "no-forward": 'missing the required "forward"',
    "float-indices": "scalar types: Long",
    "other-dtype": "must have the same dtype|expected scalar type|should be the same",
    "module-for-result": r"must be Tensor, not [A-Z]\w*",
    "sizes-do-not-fit": "shapes cannot be multiplied|to have|size of tensor",
}
"""The faults that torch stops at, and the words that it does so with, as a regular expression."""
