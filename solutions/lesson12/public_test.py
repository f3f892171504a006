"""Self-checks for lesson 12: what a student can see of the graders."""

import math

import pytest
import torch

from course.judge.closeness import same
from course.judge.expect import expect, expect_below, expect_close, expect_parts
from course.judge.modules import expect_module, expect_output, forward, trained

HI = [[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]]


@pytest.mark.exercise("12-1")
def test_one_hot_of_hi(submission):
    for vocabulary in ("hielo", list("hielo")):
        rows = submission.call("one_hot", "hi", vocabulary)
        expect_close(
            rows,
            torch.tensor(HI),
            claim=f"one_hot('hi', {vocabulary!r}) is [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0]]",
            subject="one_hot",
            hint="one row for each character of the text, one column for each of the vocabulary",
        )
        expect(
            isinstance(rows, torch.Tensor) and rows.dtype == torch.float32,
            "one_hot returns a float32 tensor",
            came_back=rows,
        )


def refusal(student, text, vocabulary):
    """Return the names of the error that one_hot raises and of those it is derived from, and its message."""
    one_hot = student.one_hot
    try:
        one_hot(text, vocabulary)
    except Exception as error:
        return [kind.__name__ for kind in type(error).__mro__], str(error)
    return [], ""


@pytest.mark.exercise("12-1", after="test_one_hot_of_hi")
def test_one_hot_of_characters_that_come_again(submission):
    expect_close(
        submission.call("one_hot", "ohoh", "hOo"),
        torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]] * 2),
        claim="one_hot('ohoh', 'hOo') is [[0, 0, 1], [1, 0, 0], [0, 0, 1], [1, 0, 0]]",
        subject="one_hot",
    )


@pytest.mark.exercise("12-1", after="test_one_hot_of_hi")
def test_unknown_character_is_refused(submission):
    for text, unknown in (("hi?", "?"), ("?hi", "?"), ("Hi", "H")):
        result = submission.probe(refusal, of="one_hot")(text, "hielo")
        kinds, said = expect_parts(result, ["error", "message"], subject="one_hot")
        named = isinstance(kinds, list) and "ValueError" in kinds and isinstance(said, str)
        expect(
            named and unknown in said,
            f"one_hot({text!r}, 'hielo') raises a ValueError whose message holds the {unknown!r}",
            came_back=said if kinds else "no error",
        )


def about_text(text, indices):
    """Return what to try where decode gives this for `indices`: the list comes first, the tensor after it."""
    if isinstance(text, (list, tuple)):
        return '"".join(…) makes one string of them'
    plain = isinstance(indices, torch.Tensor)
    return "int(…) makes a plain place of a tensor's element" if plain else ""


@pytest.mark.exercise("12-1")
def test_decode_spells_hihell(submission):
    places = [0, 1, 0, 2, 3, 3]
    for indices in (places, torch.tensor(places)):
        text = submission.call("decode", indices, "hielo")
        kind = type(indices).__name__.lower()
        expect(
            isinstance(text, str) and text == "hihell",
            f"decode of the {kind} [0, 1, 0, 2, 3, 3] with 'hielo' is 'hihell'",
            came_back=text,
            hint=about_text(text, indices),
        )


EXAMPLE = {"W_ih": [[0.5]], "W_hh": [[2.0]], "b_ih": [0.0], "b_hh": [0.0]}


def example(*before):
    return [torch.tensor(part) for part in (*before, *EXAMPLE.values())]


@pytest.mark.exercise("12-2")
def test_cell_of_the_example(submission):
    expect_close(
        submission.call("rnn_cell", *example([[1.0]], [[0.0]])),
        torch.tensor([[math.tanh(0.5)]]),
        claim="for x = 1, h = 0, W_ih = 0.5 and W_hh = 2 rnn_cell is tanh(0.5), about 0.462, of shape (1, 1)",
        subject="rnn_cell",
    )


WIDE = {
    "x": [[1.0, 2.0, 3.0]],
    "h": [[0.2, 0.4]],
    "W_ih": [[0.1, 0.2, 0.0], [0.0, 0.0, 0.1]],
    "W_hh": [[0.0, 1.0], [0.0, 0.0]],
    "b_ih": [0.0, 0.0],
    "b_hh": [0.0, 0.0],
}


@pytest.mark.exercise("12-2")
def test_cell_with_three_features_and_two_numbers_of_state(submission):
    expect_close(
        submission.call("rnn_cell", *map(torch.tensor, WIDE.values())),
        torch.tensor([[math.tanh(0.5 + 0.4), math.tanh(0.3)]]),
        claim="for the docstring's x of shape (1, 3) and h of shape (1, 2) rnn_cell is [[0.7163, 0.2913]]",
        subject="rnn_cell",
        hint="samples stand in rows, and the weights are (outputs, inputs): x @ W_ih.T and h @ W_hh.T",
    )


@pytest.mark.exercise("12-2")
def test_rnn_of_the_example(submission):
    result = submission.call("rnn", *example([[[1.0], [0.0], [0.0]]], [[0.0]]))
    outputs, h = expect_parts(result, ["outputs", "h"], subject="rnn")
    first = math.tanh(0.5)
    second = math.tanh(2 * first)
    third = math.tanh(2 * second)
    expect_close(
        outputs,
        torch.tensor([[[first], [second], [third]]]),
        claim="for the inputs 1, 0, 0 the outputs are 0.462, 0.728, 0.897, of shape (1, 3, 1)",
        subject="rnn (outputs)",
    )
    expect_close(
        h,
        torch.tensor([[third]]),
        claim="the last state is 0.897, of shape (1, 1)",
        subject="rnn (h)",
    )


@pytest.mark.exercise("12-2")
def test_rnn_agrees_with_torchs(submission):
    torch.manual_seed(0)
    layer = torch.nn.RNN(3, 4, batch_first=True)
    xs, h0 = torch.randn(2, 5, 3), torch.randn(2, 4)
    weights = [parameter.detach() for parameter in layer.parameters()]
    with torch.no_grad():
        outputs, _ = layer(xs, h0[None])
    result = submission.call("rnn", xs, h0, *weights)
    expect_close(
        expect_parts(result, ["outputs", "h"], subject="rnn")[0],
        outputs,
        claim="for two sequences of five steps the outputs are those of nn.RNN, of shape (2, 5, 4)",
        subject="rnn (outputs)",
        rtol=1e-4,
        atol=1e-5,
    )


def expect_logits(submission, name, settings, x, shape):
    output = forward(submission, name, *settings, x=x).output
    return expect_output(output, shape, name)


def expect_memory(submission, name, settings, x, other):
    """Expect that the first step counts to the end, and that the last one does not count before it."""
    steps = x.shape[1]
    shape = (1, steps, settings[0])
    one, changed = (
        expect_logits(submission, name, settings, given, shape)
        for given in (x, torch.cat([other, x[:, 1:]], 1))
    )
    expect(
        not same(one[:, -1], changed[:, -1]),
        f"{name}: another first step makes another output at the last one",
        hint="is the whole sequence handed to nn.RNN, with batch_first=True?",
    )
    last = torch.cat([x[:, :-1], other], 1)
    changed = expect_logits(submission, name, settings, last, shape)
    expect(
        same(one[:, :-1], changed[:, :-1], rtol=1e-4, atol=1e-5),
        f"{name}: another last step changes nothing before it",
    )
    two = expect_logits(submission, name, settings, torch.cat([x, last]), (2, steps, settings[0]))
    expect(
        same(two, torch.cat([one, changed]), rtol=1e-4, atol=1e-5),
        f"{name}: two sequences in one batch have the outputs that each of them has alone",
        hint="does a view or a reshape stand where transpose is to exchange dimensions, or does something go over the "
        "whole batch?",
    )


def outputs_of_three_calls(student, name, settings, x):
    """Return what one network says of the same input three times, the last time with other random numbers."""
    torch.manual_seed(0)
    model = getattr(student, name)(*settings).eval()
    found = []
    with torch.no_grad():
        for seed in (1, 1, 2):
            torch.manual_seed(seed)
            found.append(model(x))
    return found


def expect_the_same_each_time(submission, name, settings, x):
    found = submission.probe(outputs_of_three_calls, of=name)(name, settings, x)
    first, second, third = expect_parts(found, ["first", "second", "third"], subject=name)
    expect(
        same(first, second),
        f"{name} gives the same for the same input when it is called again",
        hint="each call starts from a hidden state of 0: nn.RNN does so where it is given none",
    )
    expect(
        same(first, third),
        f"in evaluation mode {name} gives the same whatever the random numbers are",
        hint="the hidden state starts from 0, and a function for dropout needs training=self.training",
    )


@pytest.mark.exercise("12-3")
def test_rnn_gives_logits_for_every_step(submission):
    anatomy = expect_module(submission, "RNN", 5, 4, 8, 2)
    expect(
        # one bias for each layer comes to the same as nn.RNN's two
        anatomy.parameters in (301, 301 - 2 * 8),
        "RNN(5, 4, 8, 2) has 301 numbers to learn: 256 in nn.RNN(4, 8, 2), 45 in the head",
        came_back=anatomy.parameters,
    )
    for batch, steps in ((3, 6), (1, 2)):
        x = torch.linspace(-1, 1, batch * steps * 4).reshape(batch, steps, 4)
        expect_logits(submission, "RNN", (5, 4, 8, 2), x, (batch, steps, 5))


@pytest.mark.exercise("12-3")
def test_rnn_gives_the_same_each_time(submission):
    x = torch.linspace(-1, 1, 12).reshape(1, 3, 4)
    expect_the_same_each_time(submission, "RNN", (5, 4, 8, 2), x)


@pytest.mark.exercise("12-3", after="test_rnn_gives_the_same_each_time")
def test_rnn_has_a_memory(submission):
    x = torch.linspace(-1, 1, 12).reshape(1, 3, 4)
    expect_memory(submission, "RNN", (5, 4, 8, 1), x, 1 - x[:, :1])


def word(text):
    return torch.tensor([["hielo".index(letter) for letter in text]])


def expect_ihello(submission, rng, name, settings, x):
    y = word("ihello")
    (output,) = trained(
        submission, name, *settings, rng=rng, x=x, y=y, unseen=x, epochs=100, batch_size=1, lr=0.05
    )
    logits = expect_output(output, (1, 6, 5), name)
    spelled = "".join("hielo"[place] for place in logits[0].argmax(-1).tolist())
    expect(
        spelled == "ihello",
        f"{name} spells 'ihello' after 100 epochs on 'hihell'",
        came_back=spelled,
    )
    expect_below(
        torch.nn.functional.cross_entropy(logits[0], y[0]).item(),
        0.1,
        claim=f"the cross entropy of {name} is below 0.1 after 100 epochs",
        hint="tanh alone cannot get below 0.4327: is there a head, and nothing after it?",
    )


@pytest.mark.exercise("12-3")
def test_rnn_learns_to_spell_ihello(submission, rng):
    rows = torch.nn.functional.one_hot(word("hihell"), 5).float()
    expect_ihello(submission, rng, "RNN", (5, 5, 10, 1), rows)


@pytest.mark.exercise("12-4")
def test_embedding_rnn_gives_logits_for_every_step(submission):
    anatomy = expect_module(submission, "EmbeddingRNN", 5, 3, 8, 1)
    expect(
        anatomy.parameters in (164, 164 - 8),
        "EmbeddingRNN(5, 3, 8, 1) has 164 numbers to learn: 15 in the embedding, 104 in nn.RNN(3, 8), 45 in the head",
        came_back=anatomy.parameters,
    )
    x = torch.tensor([[0, 1, 0, 2], [4, 0, 1, 0]])
    expect_logits(submission, "EmbeddingRNN", (5, 3, 8, 1), x, (2, 4, 5))


def rows_with_a_gradient(student):
    """Return which rows of the embedding, five rows of three, get a gradient from a word that holds all places."""
    model = student.EmbeddingRNN(5, 3, 8, 1)
    model(torch.tensor([[0, 1, 2, 3, 4]])).square().sum().backward()
    table = next((p for p in model.parameters() if sorted(p.shape) == [3, 5]), None)
    if table is None or table.grad is None:
        return []
    return (table.grad if len(table) == 5 else table.grad.T).any(1).nonzero().flatten().tolist()


@pytest.mark.exercise("12-4", after="test_embedding_rnn_gives_logits_for_every_step")
def test_every_row_of_the_embedding_is_learnt(submission):
    rows = submission.probe(rows_with_a_gradient, of="EmbeddingRNN")()
    expect(
        rows == [0, 1, 2, 3, 4],
        "each of the five rows of EmbeddingRNN's embedding gets a gradient from a word that holds all places",
        came_back=rows,
        hint="padding_idx keeps its row from being learnt, and place 0 is a character"
        if rows
        else "",
    )


@pytest.mark.exercise("12-4")
def test_embedding_rnn_gives_the_same_each_time(submission):
    expect_the_same_each_time(submission, "EmbeddingRNN", (5, 3, 8, 2), word("hihell"))


@pytest.mark.exercise("12-4", after="test_embedding_rnn_gives_the_same_each_time")
def test_embedding_rnn_has_a_memory(submission):
    expect_memory(submission, "EmbeddingRNN", (5, 3, 8, 1), word("hihell"), word("o"))


@pytest.mark.exercise("12-4")
def test_embedding_rnn_learns_to_spell_ihello(submission, rng):
    expect_ihello(submission, rng, "EmbeddingRNN", (5, 4, 10, 1), word("hihell"))


def train_a_table(student, x, y, epochs):
    """Return the losses of train for a model that gives equal logits at first, and its logits in the end."""
    model = torch.nn.Embedding(5, 6)
    torch.nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    losses = student.train(model, x, y, optimizer, epochs)
    return losses, model.weight.detach()


def table_after(x, y, steps, piled=False):
    """Return the logits after so many steps of gradient descent at a rate of 1, each by its own gradient alone.

    Or, `piled`, by the sum of all gradients so far.
    """
    table, before = torch.zeros(5, 6), torch.zeros(5, 6)
    for _ in range(steps):
        table.requires_grad_()
        loss = torch.nn.functional.cross_entropy(table[x].flatten(0, 1), y.flatten())
        (gradient,) = torch.autograd.grad(loss, table)
        before = gradient + before if piled else gradient
        table = (table - before).detach()
    return table


# the place of a target may be 0, as that of any character
X, Y = torch.tensor([[0, 1, 2], [3, 0, 0]]), torch.tensor([[1, 2, 0], [4, -100, -100]])


@pytest.mark.exercise("12-4")
def test_train_takes_the_mean_of_what_counts(submission):
    result = submission.probe(train_a_table, of="train")(X, Y, 1)
    losses, table = expect_parts(result, ["losses", "parameters"], subject="train")
    expect_close(
        table,
        table_after(X, Y, 1),
        claim="one step at a rate of 1 moves the logits of each of four characters by a fourth of its gradient",
        subject="train",
        hint="the mean over the four targets that are not -100; zero_grad(), backward(), step()",
        atol=1e-5,
    )
    expect_close(
        losses,
        [0.0],
        claim="train returns a list with one loss for each epoch",
        subject="train",
        atol=math.inf,
    )


@pytest.mark.exercise("12-4", after="test_train_takes_the_mean_of_what_counts")
def test_each_step_goes_by_its_own_gradient(submission):
    result = submission.probe(train_a_table, of="train")(X, Y, 2)
    losses, table = expect_parts(result, ["losses", "parameters"], subject="train")
    expect(
        not same(losses, [0.0], rtol=0.0, atol=math.inf),
        "train returns two losses for two epochs",
        came_back=losses,
        hint="is the return inside the loop over the epochs? It comes after it",
    )
    piled = same(table, table_after(X, Y, 2, piled=True), atol=1e-5)
    expect_close(
        table,
        table_after(X, Y, 2),
        claim="two steps at a rate of 1 move the logits by the first gradient, and then by the second alone",
        subject="train",
        hint="backward() adds to the gradients that are there: call zero_grad() in each epoch, with its parentheses"
        if piled
        else "",
        atol=1e-5,
    )


@pytest.mark.exercise("12-4", after="test_train_takes_the_mean_of_what_counts")
def test_losses_fall(submission):
    result = submission.probe(train_a_table, of="train")(X, Y, 200)
    losses, _ = expect_parts(result, ["losses", "parameters"], subject="train")
    falling = [float(loss) for loss in losses] if numbers(losses, 200) else None
    expect(
        falling is not None,
        "train returns 200 numbers for 200 epochs",
        came_back=losses,
        hint="append one loss in each epoch, and return after the last one",
    )
    expect(
        falling == sorted(falling, reverse=True) and falling[-1] < 0.1,
        "the losses fall from epoch to epoch, to less than 0.1",
        came_back=falling[-1],
    )


def numbers(losses, count):
    """Return whether `losses` are so many numbers, in a list or in a tensor."""
    plain = losses.tolist() if isinstance(losses, torch.Tensor) else losses
    return (
        isinstance(plain, (list, tuple))
        and len(plain) == count
        and all(same(loss, 0.0, atol=1e9) for loss in plain)
    )
