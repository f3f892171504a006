"""Mistakes in lesson 12 that the graders must catch, each with the diagnosis that it must get."""


# %% 12-1 [sorted-vocabulary]: the vocabulary sorted
def one_hot(text, vocabulary):
    vocabulary = sorted(vocabulary)
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1.0
    return rows


# %% 12-1 [sorted-vocabulary]: a sorted set of the vocabulary
def one_hot(text, vocabulary):
    vocabulary = sorted(set(vocabulary))
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1.0
    return rows


# %% 12-1 [vocabulary-ignored]: the text's own characters as vocabulary
def one_hot(text, vocabulary):
    for c in text:
        if c not in vocabulary:
            raise ValueError(c)
    known = sorted(set(text))
    rows = torch.zeros(len(text), len(known))
    for row, c in enumerate(text):
        rows[row, known.index(c)] = 1.0
    return rows


# %% 12-1 [other-order]: the vocabulary backwards
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, len(vocabulary) - 1 - vocabulary.index(c)] = 1.0
    return rows


# %% 12-1 [int-dtype]: integers
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary), dtype=torch.int64)
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1
    return rows


# %% 12-1 [int-dtype]: torch's one_hot as it comes
def one_hot(text, vocabulary):
    for c in text:
        if c not in vocabulary:
            raise ValueError(f"unknown: {c}")
    return nn.functional.one_hot(torch.tensor([vocabulary.index(c) for c in text]), len(vocabulary))


# %% 12-1 [bool-dtype]: a comparison as it comes
def one_hot(text, vocabulary):
    for c in text:
        if c not in vocabulary:
            raise ValueError(f"unknown: {c}")
    return torch.tensor([[c == v for v in vocabulary] for c in text])


# %% 12-1 [other-dtype]: float64
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary), dtype=torch.float64)
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1.0
    return rows


# %% 12-1 [no-tensor]: nested lists
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1.0
    return rows.tolist()


# %% 12-1 [places-returned]: the places instead of rows
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row] = vocabulary.index(c)
    return rows


# %% 12-1 [places-returned]: the place in its column
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = vocabulary.index(c)
    return rows


# %% 12-1 [off-by-one]: the places counted from 1
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, (vocabulary.index(c) + 1) % len(vocabulary)] = 1.0
    return rows


# %% 12-1 [complement]: ones for zeros
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1.0
    return 1 - rows


# %% 12-1 [transposed]: columns for rows
def one_hot(text, vocabulary):
    rows = torch.zeros(len(vocabulary), len(text))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[vocabulary.index(c), row] = 1.0
    return rows


# %% 12-1 [case-ignored]: capital letters taken for small ones
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, character in zip(rows, text.lower()):
        if character not in vocabulary:
            raise ValueError(f"{character!r} is not in the vocabulary")
        row[vocabulary.index(character)] = 1.0
    return rows


# %% 12-1 [first-place-only]: the rows found by their characters
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for character in text:
        if character not in vocabulary:
            raise ValueError(f"{character!r} is not in the vocabulary")
        rows[text.index(character), vocabulary.index(character)] = 1.0
    return rows


# %% 12-1 [shared-rows]: one list for all rows
def one_hot(text, vocabulary):
    rows = [[0.0] * len(vocabulary)] * len(text)
    for row, character in zip(rows, text):
        if character not in vocabulary:
            raise ValueError(f"{character!r} is not in the vocabulary")
        row[vocabulary.index(character)] = 1.0
    return torch.tensor(rows)


# %% 12-1 [rows-expected]: decode: rows expected
def decode(indices, vocabulary):
    return "".join(vocabulary[row.argmax()] for row in indices)


# %% 12-1 [summed]: one row for the whole text
def one_hot(text, vocabulary):
    rows = torch.zeros(len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[vocabulary.index(c)] += 1.0
    return rows


# %% 12-1 [summed]: all characters marked in one row
def one_hot(text, vocabulary):
    rows = torch.zeros(len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[vocabulary.index(c)] = 1.0
    return rows


# %% 12-1 [first-only]: the return inside the loop
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1.0
        return rows


# %% 12-1 [extra-dimension]: a batch of one
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1.0
    return rows.unsqueeze(0)


# %% 12-1 [flattened]: all rows in one
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1.0
    return rows.flatten()


# %% 12-1 [forgot-return]: no return
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] = 1.0


# %% 12-1 [always-zero]: nothing written
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError(f"{c} is not in the vocabulary")
        rows[row, vocabulary.index(c)] == 1.0
    return rows


# %% 12-1 [unknown-ignored]: a row of zeros for an unknown character
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            continue
        rows[row, vocabulary.index(c)] = 1.0
    return rows


# %% 12-1 [unknown-left-out]: the end at an unknown character
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            return rows[:row]
        rows[row, vocabulary.index(c)] = 1.0
    return rows


# %% 12-1 [find-minus-one]: find for index
def one_hot(text, vocabulary):
    known = "".join(vocabulary)
    rows = torch.zeros(len(text), len(known))
    for row, c in enumerate(text):
        rows[row, known.find(c)] = 1.0
    return rows


# %% 12-1 [other-error]: the KeyError of a dictionary
def one_hot(text, vocabulary):
    place = {c: i for i, c in enumerate(vocabulary)}
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        rows[row, place[c]] = 1.0
    return rows


# %% 12-1 [unnamed-character]: the ValueError of index
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        rows[row, vocabulary.index(c)] = 1.0
    return rows


# %% 12-1 [unnamed-character]: an error that says nothing
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if c not in vocabulary:
            raise ValueError("unknown character")
        rows[row, vocabulary.index(c)] = 1.0
    return rows


# %% 12-1 [string-only]: a method that lists do not have
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary))
    for row, c in enumerate(text):
        if vocabulary.find(c) < 0:
            raise ValueError(f"unknown: {c}")
        rows[row, vocabulary.find(c)] = 1.0
    return rows


# %% 12-1 [list-for-string]: decode: a list of characters
def decode(indices, vocabulary):
    return [vocabulary[int(i)] for i in indices]


# %% 12-1 [list-for-string]: decode: a list made a string
def decode(indices, vocabulary):
    return str([vocabulary[int(i)] for i in indices])


# %% 12-1 [joined-with]: decode: joined with spaces
def decode(indices, vocabulary):
    return " ".join(vocabulary[int(i)] for i in indices)


# %% 12-1 [sorted-vocabulary]: decode: the vocabulary sorted
def decode(indices, vocabulary):
    known = sorted(vocabulary)
    return "".join(known[int(i)] for i in indices)


# %% 12-1 [off-by-one]: decode: places counted from 1
def decode(indices, vocabulary):
    return "".join(vocabulary[int(i) - 1] for i in indices)


# %% 12-1 [reversed]: decode: put together from the end
def decode(indices, vocabulary):
    text = ""
    for i in indices:
        text = vocabulary[int(i)] + text
    return text


# %% 12-1 [first-only]: decode: the return inside the loop
def decode(indices, vocabulary):
    text = ""
    for i in indices:
        text += vocabulary[int(i)]
        return text


# %% 12-1 [last-only]: decode: overwritten each time
def decode(indices, vocabulary):
    for i in indices:
        text = vocabulary[int(i)]
    return text


# %% 12-1 [repeats-dropped]: decode: each character once
def decode(indices, vocabulary):
    text = ""
    for i in indices:
        if vocabulary[int(i)] not in text:
            text += vocabulary[int(i)]
    return text


# %% 12-1 [alphabet]: decode: letters of the alphabet
def decode(indices, vocabulary):
    return "".join(chr(ord("a") + int(i)) for i in indices)


# %% 12-1 [places-returned]: decode: the places strung together
def decode(indices, vocabulary):
    return "".join(str(int(i)) for i in indices)


# %% 12-1 [one-kind-only]: decode: tensors only
def decode(indices, vocabulary):
    return "".join(vocabulary[i.item()] for i in indices)


# %% 12-1 [one-kind-only]: decode: a dictionary that knows no tensors
def decode(indices, vocabulary):
    letter = dict(enumerate(vocabulary))
    return "".join(letter[i] for i in indices)


# %% 12-1 [one-kind-only]: decode: a dictionary that passes over what it does not know
def decode(indices, vocabulary):
    letter = dict(enumerate(vocabulary))
    return "".join(letter.get(i, "?") for i in indices)


# %% 12-1 [string-only]: decode: a method that lists do not have
def decode(indices, vocabulary):
    return "".join(vocabulary.lower()[int(i)] for i in indices)


# %% 12-1 [forgot-return]: decode: no return
def decode(indices, vocabulary):
    text = "".join(vocabulary[int(i)] for i in indices)


# %% 12-1 [complex-dtype]: complex numbers
def one_hot(text, vocabulary):
    rows = torch.zeros(len(text), len(vocabulary), dtype=torch.complex64)
    for i, character in enumerate(text):
        if character not in vocabulary:
            raise ValueError(f"{character!r} is not in the vocabulary")
        rows[i, vocabulary.index(character)] = 1
    return rows


# %% 12-1 [unknown-left-out]: unknown characters left out
def one_hot(text, vocabulary):
    idx = [vocabulary.index(c) for c in text if c in vocabulary]
    return torch.eye(len(vocabulary))[idx]


def decode(indices, vocabulary):
    return "".join(vocabulary[int(i)] for i in indices)


# %% 12-2 [no-activation]: no tanh
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return x @ W_ih.T + b_ih + h @ W_hh.T + b_hh


# %% 12-2 [other-activation]: a sigmoid
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.sigmoid(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


# %% 12-2 [other-activation]: a ReLU
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.relu(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


# %% 12-2 [missing-bias]: no second bias
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T)


# %% 12-2 [missing-bias]: no biases
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih.T + h @ W_hh.T)


# %% 12-2 [missing-bias]: the first bias twice
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_ih)


# %% 12-2 [hidden-ignored]: the state not used
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih.T + b_ih)


# %% 12-2 [input-ignored]: the input not used
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(h @ W_hh.T + b_hh)


# %% 12-2 [two-activations]: tanh before the sum
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih.T + b_ih) + torch.tanh(h @ W_hh.T + b_hh)


# %% 12-2 [product-for-sum]: a product for the sum
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh((x @ W_ih.T + b_ih) * (h @ W_hh.T + b_hh))


# %% 12-2 [state-added]: the last state added
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return h + torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


# %% 12-2 [swapped-weights]: the weights exchanged
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_hh.T + b_ih + h @ W_ih.T + b_hh)


# %% 12-2 [transposed-weight]: W_ih as it is stored
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih + b_ih + h @ W_hh.T + b_hh)


# %% 12-2 [transposed-weight]: W_hh as it is stored
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh + b_hh)


# %% 12-2 [transposed-weight]: both weights as they are stored
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih + b_ih + h @ W_hh + b_hh)


# %% 12-2 [samples-in-columns]: the formula taken at its word
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(W_ih @ x + b_ih + W_hh @ h + b_hh)


# %% 12-2 [elementwise]: stars for the products
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(W_ih * x + b_ih + W_hh * h + b_hh)


# %% 12-2 [not-by-hand]: torch's own cell
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.rnn_tanh_cell(x, h, W_ih, W_hh, b_ih, b_hh)


# %% 12-2 [not-by-hand]: nn.RNNCell with these weights
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    cell = nn.RNNCell(W_ih.shape[1], W_ih.shape[0]).to(x.dtype)
    with torch.no_grad():
        for p, w in zip(cell.parameters(), (W_ih, W_hh, b_ih, b_hh)):
            p.copy_(w)
        return cell(x, h)


# %% 12-2 [input-changed]: the state changed in place
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return h.copy_(torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh))


# %% 12-2 [other-dtype]: all in float32
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x, h, W_ih, W_hh, b_ih, b_hh = [v.float() for v in (x, h, W_ih, W_hh, b_ih, b_hh)]
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


# %% 12-2 [transposed]: states in columns
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).T


# %% 12-2 [forgot-return]: no return
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    h = torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)


# %% 12-2 [state-not-carried]: rnn: every step from h0
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h0, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [state-not-carried]: rnn: every step from h0, by hand
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = torch.tanh(xs[:, t] @ W_ih.T + b_ih + h0 @ W_hh.T + b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [h0-ignored]: rnn: h0 not used
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = torch.zeros_like(h0)
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [h0-ignored]: rnn: h0 not used, by hand
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = torch.zeros_like(h0)
    outputs = []
    for t in range(xs.shape[1]):
        h = torch.tanh(xs[:, t] @ W_ih.T + b_ih + h @ W_hh.T + b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [other-activation]: rnn: a sigmoid, by hand
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = torch.sigmoid(xs[:, t] @ W_ih.T + b_ih + h @ W_hh.T + b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [missing-bias]: rnn: no bias, by hand
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = torch.tanh(xs[:, t] @ W_ih.T + h @ W_hh.T)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [input-ignored]: rnn: the first input at every step
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h, outputs = h0, []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, 0], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [return-inside-loop]: rnn: the return indented too far
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h, outputs = h0, []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
        return torch.stack(outputs, dim=1), h


# %% 12-2 [wrong-axis]: rnn: stacked along the first dimension
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs), h


# %% 12-2 [wrong-axis]: rnn: stacked along the last dimension
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=2), h


# %% 12-2 [wrong-axis]: rnn: concatenated
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.cat(outputs, dim=1), h


# %% 12-2 [wrong-axis]: rnn: reshaped for transposed
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs).reshape(xs.shape[0], xs.shape[1], -1), h


# %% 12-2 [last-only]: rnn: the last state as output
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return h, h


# %% 12-2 [last-only]: rnn: one tensor in the list again and again
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0.clone()
    outputs = []
    for t in range(xs.shape[1]):
        h.copy_(rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh))
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [first-step-missing]: rnn: the first step left out
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(1, xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [last-step-missing]: rnn: the last step left out
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1] - 1):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [reversed]: rnn: from the end
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in reversed(range(xs.shape[1])):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [start-included]: rnn: h0 among the outputs
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = [h0]
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [state-before]: rnn: noted before the step
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        outputs.append(h)
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [one-of-several]: rnn: the outputs alone
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1)


# %% 12-2 [one-of-several]: rnn: the last state alone
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return h


# %% 12-2 [outputs-in-list]: rnn: the outputs as a list
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return outputs, h


# %% 12-2 [swapped-results]: rnn: the results exchanged
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return h, torch.stack(outputs, dim=1)


# %% 12-2 [start-returned]: rnn: h0 returned
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h0


# %% 12-2 [extra-dimension]: rnn: a dimension for the layers
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h.unsqueeze(0)


# %% 12-2 [batch-and-steps-mixed]: rnn: the first dimension taken for the steps
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[0]):
        h = rnn_cell(xs[t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [swapped-weights]: rnn: the weights handed on in the wrong order
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_hh, W_ih, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h


# %% 12-2 [not-by-hand]: rnn: nn.RNN with these weights
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    layer = nn.RNN(W_ih.shape[1], W_ih.shape[0], batch_first=True).to(xs.dtype)
    with torch.no_grad():
        for p, w in zip(layer.parameters(), (W_ih, W_hh, b_ih, b_hh)):
            p.copy_(w)
        outputs, h = layer(xs, h0.unsqueeze(0))
    return outputs, h[0]


# %% 12-2 [other-dtype]: rnn: written into float32
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = torch.zeros(xs.shape[0], xs.shape[1], h0.shape[1])
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs[:, t] = h
    return outputs, h


# %% 12-2 [input-changed]: rnn: h0 changed in place
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h.copy_(rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh))
        outputs.append(h.clone())
    return torch.stack(outputs, dim=1), h


# %% 12-2 [forgot-return]: rnn: no return
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    outputs = torch.stack(outputs, dim=1)


# %% 12-3 [no-head]: tanh as logits, as in the lectures
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, num_classes, num_layers, batch_first=True)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return outputs


# %% 12-3 [no-head]: no head, the hidden size kept
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return outputs


# %% 12-3 [batch-first]: batch_first forgotten
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [layers-ignored]: num_layers not handed on
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [no-super-init]: the base class never set up
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [no-module]: a plain class
class RNN:
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)

    __call__ = forward


# %% 12-3 [no-head]: the head made anew in forward
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.sizes = hidden_size, num_classes

    def forward(self, x):
        outputs, h = self.rnn(x)
        return nn.Linear(*self.sizes)(outputs)


# %% 12-3 [unregistered]: layers in a plain list
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.layers = [nn.RNN(input_size, hidden_size, num_layers, batch_first=True)]
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.layers[0](x)
        return self.head(outputs)


# %% 12-3 [gated-cell]: an LSTM
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [gated-cell]: a GRU
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.GRU(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [bidirectional]: in both directions
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [swapped-sizes]: input and hidden size exchanged
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(hidden_size, input_size, num_layers, batch_first=True)
        self.head = nn.Linear(input_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [no-bias]: biases switched off
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True, bias=False)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [extra-parameters]: a head of two layers
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(hidden_size, hidden_size), nn.ReLU(), nn.Linear(hidden_size, num_classes)
        )

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [wrong-size]: the lectures' sizes, whatever the settings
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(5, 5, 1, batch_first=True)
        self.head = nn.Linear(5, 5)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [no-recurrence]: a linear layer in place of the recurrent one
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        return self.head(torch.tanh(self.hidden(x)))


# %% 12-3 [no-memory]: each step by itself
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs = torch.cat([self.rnn(x[:, t : t + 1])[0] for t in range(x.shape[1])], dim=1)
        return self.head(outputs)


# %% 12-3 [view-for-transpose]: reshaped for transposed
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        batch, steps, features = x.shape
        outputs, h = self.rnn(x.reshape(steps, batch, features))
        return self.head(outputs).reshape(batch, steps, -1)


# %% 12-3 [dropout-in-evaluation]: dropout that is never switched off
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(nn.functional.dropout(outputs, 0.2))


# %% 12-3 [argument-order]: the settings in another order
class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, num_classes):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [wrong-state]: a state of zeros with the batch first
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h0 = torch.zeros(len(x), self.rnn.num_layers, self.rnn.hidden_size)
        outputs, h = self.rnn(x, h0)
        return self.head(outputs)


# %% 12-3 [softmax]: a softmax at the end
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return torch.softmax(self.head(outputs), dim=2)


# %% 12-3 [softmax]: a softmax over the steps
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return torch.softmax(self.head(outputs), dim=1)


# %% 12-3 [activation-at-end]: tanh after the head
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return torch.tanh(self.head(outputs))


# %% 12-3 [activation-at-end]: ReLU after the head
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return torch.relu(self.head(outputs))


# %% 12-3 [extra-activation]: ReLU before the head
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(torch.relu(outputs))


# %% 12-3 [other-activation]: ReLU in the cells
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(
            input_size, hidden_size, num_layers, batch_first=True, nonlinearity="relu"
        )
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [last-only]: the last step only
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs[:, -1])


# %% 12-3 [last-only]: the last states to the head
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(h)


# %% 12-3 [flattened]: all steps in one, as in the lectures
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs).view(-1, self.head.out_features)


# %% 12-3 [wrong-axis]: classes in the middle
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs).transpose(1, 2)


# %% 12-3 [several-returned]: the state returned as well
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs), h


# %% 12-3 [state-kept]: the state kept for the next call
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)
        self.h = None

    def forward(self, x):
        outputs, h = self.rnn(x, self.h)
        self.h = h.detach()
        return self.head(outputs)


# %% 12-3 [random-start]: random states at the start
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h0 = torch.randn(self.rnn.num_layers, len(x), self.rnn.hidden_size)
        outputs, h = self.rnn(x, h0)
        return self.head(outputs)


# %% 12-3 [fixed-batch]: a state for one sequence
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h0 = torch.zeros(self.rnn.num_layers, 1, self.rnn.hidden_size)
        outputs, h = self.rnn(x, h0)
        return self.head(outputs)


# %% 12-3 [fixed-shape]: the lectures' view
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        x = x.view(1, 6, self.rnn.input_size)
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [fixed-length]: six steps, whatever comes
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x.view(-1, 6, self.rnn.input_size))
        outputs = outputs.view(x.shape[0], x.shape[1] // (x.shape[1] // 6), -1)
        return self.head(outputs)


# %% 12-3 [detached]: cut off from the graph
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs).detach()


# %% 12-3 [unreached]: the states detached
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs.detach())


# %% 12-3 [input-changed]: the input changed in place
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        x -= 0.5
        x += 0.5
        x *= 2
        outputs, h = self.rnn(x / 2)
        return self.head(outputs)


# %% 12-3 [no-forward]: forward under another name
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def predict(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [forgot-return]: no return
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        self.head(outputs)


# %% 12-3 [arguments]: too few settings
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, 1, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [several-returned]: plain lists returned
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs).tolist()


# %% 12-3 [batch-dependent]: logits normalised over the batch
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        logits = self.head(outputs)
        return logits - logits.mean(0, keepdim=True)


# %% 12-3 [sees-the-future]: the last state added at every step
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs + outputs[:, -1:])


# %% 12-3 [same-start]: weights that all start at 0
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)
        for p in self.parameters():
            nn.init.zeros_(p)

    def forward(self, x):
        outputs, h = self.rnn(x)
        return self.head(outputs)


# %% 12-3 [truncated]: the state detached at every step
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, state = [], None
        for t in range(x.shape[1]):
            step, state = self.rnn(x[:, t : t + 1], state)
            state = state.detach()
            outputs.append(step)
        outputs = torch.cat(outputs, dim=1)
        return self.head(outputs)


# %% 12-4 [truncated]: the state detached at every step
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        rows = self.embedding(x)
        outputs, state = [], None
        for t in range(x.shape[1]):
            step, state = self.rnn(rows[:, t : t + 1], state)
            state = state.detach()
            outputs.append(step)
        outputs = torch.cat(outputs, dim=1)
        return self.head(outputs)


# %% 12-4 [no-embedding]: one-hot rows instead of an embedding
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.num_classes = num_classes
        self.rnn = nn.RNN(num_classes, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(nn.functional.one_hot(x, self.num_classes).float())
        return self.head(outputs)


# %% 12-4 [no-embedding]: the embedding made anew in forward
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.sizes = num_classes, embedding_size
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(nn.Embedding(*self.sizes)(x))
        return self.head(outputs)


# %% 12-4 [no-head]: no head
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, num_classes, num_layers, batch_first=True)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return outputs


# %% 12-4 [swapped-sizes]: embedding size and hidden size exchanged
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(hidden_size, embedding_size, num_layers, batch_first=True)
        self.head = nn.Linear(embedding_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [dropout-in-evaluation]: dropout made in forward
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(nn.Dropout(0.2)(outputs))


# %% 12-4 [wrong-size]: an embedding of the hidden size
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, hidden_size)
        self.rnn = nn.RNN(hidden_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [wrong-size]: an embedding with a row too many
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes + 1, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [batch-first]: batch_first forgotten
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [layers-ignored]: num_layers not handed on
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [gated-cell]: an LSTM
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [no-memory]: each step by itself
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        rows = self.embedding(x)
        steps = [self.rnn(rows[:, t].unsqueeze(1))[0] for t in range(x.shape[1])]
        outputs = torch.cat(steps, dim=1)
        return self.head(outputs)


# %% 12-4 [softmax]: a softmax at the end
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs).softmax(dim=-1)


# %% 12-4 [last-only]: the last step only
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs[:, -1, :])


# %% 12-4 [flattened]: all steps in one
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs).flatten(0, 1)


# %% 12-4 [wrong-axis]: classes in the middle
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs).permute(0, 2, 1)


# %% 12-4 [state-kept]: the state kept for the next call
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)
        self.h = None

    def forward(self, x):
        if self.h is not None and self.h.shape[1] != len(x):
            self.h = None
        outputs, h = self.rnn(self.embedding(x), self.h)
        self.h = h.detach()
        return self.head(outputs)


# %% 12-4 [random-start]: random states at the start
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h0 = torch.rand(self.rnn.num_layers, len(x), self.rnn.hidden_size)
        outputs, h = self.rnn(self.embedding(x), h0)
        return self.head(outputs)


# %% 12-4 [unreached]: the embedding without a gradient
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x).detach())
        return self.head(outputs)


# %% 12-4 [frozen]: the embedding frozen
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)
        self.embedding.weight.requires_grad = False

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [padding-row]: the first character taken for padding
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size, padding_idx=0)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [fixed-batch]: a state for one word
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h0 = torch.zeros(self.rnn.num_layers, 1, self.rnn.hidden_size)
        outputs, h = self.rnn(self.embedding(x), h0)
        return self.head(outputs)


# %% 12-4 [no-super-init]: the base class never set up
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [same-start]: weights that all start at 0
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)
        for p in self.parameters():
            nn.init.zeros_(p)

    def forward(self, x):
        outputs, h = self.rnn(self.embedding(x))
        return self.head(outputs)


# %% 12-4 [no-zero-grad]: train: gradients pile up
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [no-step]: train: no step
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
    return losses


# %% 12-4 [no-backward]: train: no backward
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [no-backward]: train: zeroed between backward and step
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [ascent]: train: the sign turned
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        (-loss).backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [sum-for-mean]: train: the sum over all characters
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [sum-for-mean]: train: the sum over the steps, as in the lectures
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        logits = model(x)
        loss = 0
        for t in range(y.shape[1]):
            loss = loss + criterion(logits[:, t], y[:, t])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [mean-of-means]: train: the mean of the words' means
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        logits = model(x)
        loss = sum(criterion(a, b) for a, b in zip(logits, y)) / len(y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [padding-counted]: train: padding taken for the first character
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten().clamp(min=0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [padding-in-mean]: train: padding in the mean
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss(reduction="none")
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [zero-left-out]: train: 0 taken for padding
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        counts = y > 0
        loss = criterion(model(x)[counts], y[counts])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [shifted-targets]: train: the targets shifted once more
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x)[:, :-1].flatten(0, 1), y[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [no-softmax]: train: nll_loss of the logits
def train(model, x, y, optimizer, epochs):
    criterion = nn.NLLLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [clipped-gradients]: train: gradients cut off
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [running-mean]: train: the mean of all epochs so far
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return [sum(losses[: n + 1]) / (n + 1) for n in range(epochs)]


# %% 12-4 [softmax-twice]: train: a softmax before the criterion
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).softmax(-1).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [view-for-transpose]: train: reshaped for transposed
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        logits = model(x)
        loss = criterion(logits.view(logits.shape[0], logits.shape[2], -1), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [mixed-up]: train: flattened in different orders
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).transpose(0, 1).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [last-step-only]: train: the last step only
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x)[:, -1], y[:, -1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [first-word-only]: train: the first word only
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x)[0], y[0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [padding-number]: train: another number for padding
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss(ignore_index=0)
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [not-flattened]: train: dimensions left as they are
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [return-inside-loop]: train: the return indented too far
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        return losses


# %% 12-4 [one-epoch-short]: train: the epochs counted from 1
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(1, epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [fresh-model]: train: a model of its own
def train(model, x, y, optimizer, epochs):
    model = EmbeddingRNN(6, 4, 8, 1)
    optimizer = torch.optim.Adam(model.parameters())
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [own-optimizer]: train: an optimizer of its own
def train(model, x, y, optimizer, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4 [own-optimizer]: train: plain descent by hand
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= optimizer.param_groups[0]["lr"] * p.grad
        losses.append(loss.item())
    return losses


# %% 12-4 [reduced-too-far]: train: the last loss alone
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[-1]


# %% 12-4 [only-last-loss]: train: a single loss in a list
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[-1:]


# %% 12-4 [accumulated-losses]: train: the running total
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item() + (losses[-1] if losses else 0.0))
    return losses


# %% 12-4 [forgot-return]: train: printed, not returned
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item())


# %% 12-4: train: shuffled targets
def train(model, x, y, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    y = y[torch.randperm(len(y))]
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
