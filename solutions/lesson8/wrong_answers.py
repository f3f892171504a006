"""Wrong answers to lesson 8, each with the diagnosis that it must get."""

# %% 8-1 [header-as-data]: the header not skipped, refused by NumPy
class DiabetesDataset(Dataset):
    def __init__(self, path):
        xy = np.loadtxt(path, delimiter=",", dtype=np.float32)
        self.x_data = torch.from_numpy(xy[:, 0:-1])
        self.y_data = torch.from_numpy(xy[:, [-1]])
        self.len = xy.shape[0]

    def __getitem__(self, index):
        return self.x_data[index], self.y_data[index]

    def __len__(self):
        return self.len


# %% 8-1 [header-as-data]: the header read as nan
class DiabetesDataset(Dataset):
    def __init__(self, path):
        xy = np.genfromtxt(path, delimiter=",", dtype=np.float32)
        self.x_data = torch.from_numpy(xy[:, 0:-1])
        self.y_data = torch.from_numpy(xy[:, [-1]])

    def __getitem__(self, index):
        return self.x_data[index], self.y_data[index]

    def __len__(self):
        return len(self.x_data)


# %% 8-1 [header-as-data]: the header converted line by line
import gzip


class DiabetesDataset(Dataset):
    def __init__(self, path):
        with gzip.open(path, "rt") as file:
            rows = [[float(v) for v in line.split(",")] for line in file]
        self.table = torch.tensor(rows)

    def __getitem__(self, index):
        return self.table[index, :-1], self.table[index, -1:]

    def __len__(self):
        return len(self.table)


# %% 8-1 [first-missing]: a line too many skipped
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=2, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [first-missing]: counted from 1
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index + 1], self.labels[index + 1]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [last-missing]: the last line taken for an empty one
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)[:-1]
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [shifted]: the patient before
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index - 1], self.labels[index - 1]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [float64]: NumPy's own type
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [wrong-dtype]: whole numbers as labels
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]]).long()

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [no-tensor]: lists and numbers of Python
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1)
        self.features = table[:, :-1].tolist()
        self.labels = table[:, [-1]].tolist()

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [label-shape]: labels without a dimension
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, -1])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [feature-shape]: a table of one row for each patient
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        if index >= len(self):
            raise IndexError
        return self.features[index : index + 1], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [label-in-features]: the label among the features
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table)
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [wrong-columns]: eight features, as in the lectures' file
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :8])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [wrong-columns]: the label taken from the first column
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, 1:])
        self.labels = torch.from_numpy(table[:, [0]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [swapped-results]: label first
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.labels[index], self.features[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [wrong-parts]: the whole row
class DiabetesDataset(Dataset):
    def __init__(self, path):
        self.table = torch.from_numpy(np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32))

    def __getitem__(self, index):
        return self.table[index]

    def __len__(self):
        return len(self.table)


# %% 8-1 [wrong-parts]: a dictionary
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return {"features": self.features[index], "label": self.labels[index]}

    def __len__(self):
        return len(self.labels)


# %% 8-1 [endless]: an index that begins anew
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        index = index % len(self)
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [endless]: the last patient again and again
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        index = min(index, len(self) - 1)
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [one-too-many]: stopped one too late
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        if index > len(self):
            raise IndexError(index)
        index = index % len(self)
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [no-index-error]: a dictionary's error
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.samples = {
            i: (torch.from_numpy(row[:-1]), torch.from_numpy(row[-1:])) for i, row in enumerate(table)
        }

    def __getitem__(self, index):
        return self.samples[index]

    def __len__(self):
        return len(self.samples)


# %% 8-1 [no-index-error]: an error of another kind
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        if index >= len(self):
            raise ValueError("no such patient")
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [reads-per-item]: the file read for each item
class DiabetesDataset(Dataset):
    def __init__(self, path):
        self.path = path

    def __getitem__(self, index):
        table = np.loadtxt(self.path, delimiter=",", skiprows=1, dtype=np.float32)
        return torch.from_numpy(table[index, :-1]), torch.from_numpy(table[index, -1:])

    def __len__(self):
        return len(np.loadtxt(self.path, delimiter=",", skiprows=1))


# %% 8-1 [reads-per-item]: counted once, read each time
import gzip


class DiabetesDataset(Dataset):
    def __init__(self, path):
        self.path = path
        with gzip.open(path, "rt") as file:
            self.count = sum(1 for _ in file) - 1

    def __getitem__(self, index):
        if index >= self.count:
            raise IndexError
        with gzip.open(self.path, "rt") as file:
            for _ in range(index + 1):
                next(file)
            numbers = [float(v) for v in next(file).split(",")]
        return torch.tensor(numbers[:-1]), torch.tensor(numbers[-1:])

    def __len__(self):
        return self.count


# %% 8-1 [ignored-path]: the file of the lesson whatever is asked for
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt("diabetes.csv.gz", delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [ignored-path]: a path of one's own machine
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt("data/diabetes.csv.gz", delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [not-unzipped]: opened as plain text
from pathlib import Path


class DiabetesDataset(Dataset):
    def __init__(self, path):
        lines = Path(path).read_text().splitlines()
        rows = [[float(v) for v in line.split(",")] for line in lines[1:]]
        self.table = torch.tensor(rows)

    def __getitem__(self, index):
        return self.table[index, :-1], self.table[index, -1:]

    def __len__(self):
        return len(self.table)


# %% 8-1 [header-counted]: the header counted
import gzip


class DiabetesDataset(Dataset):
    def __init__(self, path):
        with gzip.open(path, "rt") as file:
            self.lines = file.read().splitlines()
        self.table = torch.tensor([[float(v) for v in line.split(",")] for line in self.lines[1:]])

    def __getitem__(self, index):
        return self.table[index, :-1], self.table[index, -1:]

    def __len__(self):
        return len(self.lines)


# %% 8-1 [one-too-few]: the header taken off twice
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels) - 1


# %% 8-1 [columns-counted]: the number of columns
class DiabetesDataset(Dataset):
    def __init__(self, path):
        self.table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)

    def __getitem__(self, index):
        return torch.from_numpy(self.table[index, :-1]), torch.from_numpy(self.table[index, -1:])

    def __len__(self):
        return self.table.shape[1]


# %% 8-1 [numbers-counted]: all numbers counted
class DiabetesDataset(Dataset):
    def __init__(self, path):
        self.table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)

    def __getitem__(self, index):
        return torch.from_numpy(self.table[index, :-1]), torch.from_numpy(self.table[index, -1:])

    def __len__(self):
        return self.table.size


# %% 8-1 [fixed-length]: the length of the lesson's file
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return 442


# %% 8-1 [no-len]: no length
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]


# %% 8-1 [no-dataset]: a class without Dataset
class DiabetesDataset:
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [wrong-slice]: a row taken apart that may be several
class DiabetesDataset(Dataset):
    def __init__(self, path):
        self.table = torch.from_numpy(np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32))

    def __getitem__(self, index):
        row = self.table[index]
        return row[:-1], row[-1:]

    def __len__(self):
        return len(self.table)


# %% 8-1 [wrong-negative]: negative numbers turned to 0
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        if isinstance(index, int):
            index = max(index, 0)
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [rescaled]: standardised once more
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        x = table[:, :-1]
        self.features = torch.from_numpy((x - x.mean(axis=0)) / x.std(axis=0))
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[index], self.labels[index]

    def __len__(self):
        return len(self.labels)


# %% 8-1 [always-the-same]: an index forgotten
class DiabetesDataset(Dataset):
    def __init__(self, path):
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])

    def __getitem__(self, index):
        return self.features[0], self.labels[0]

    def __len__(self):
        return len(self.labels)


# %% 8-2 [ignored-batch-size]: batches of 32
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset, batch_size=32, shuffle=shuffle, num_workers=num_workers)


# %% 8-2 [ignored-batch-size]: batches of 1
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset, shuffle=shuffle, num_workers=num_workers)


# %% 8-2 [ignored-batch-size]: a single batch
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset, batch_size=len(dataset), shuffle=shuffle, num_workers=num_workers)


# %% 8-2 [never-shuffled]: never shuffled
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset, batch_size=batch_size, num_workers=num_workers)


# %% 8-2 [always-shuffled]: always shuffled
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset, batch_size=batch_size, shuffle=True, num_workers=num_workers)


# %% 8-2 [always-shuffled]: shuffled the other way round
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset, batch_size=batch_size, shuffle=not shuffle, num_workers=num_workers)


# %% 8-2 [shuffled-once]: the dataset put into another order
def make_loader(dataset, batch_size, shuffle, num_workers):
    if shuffle:
        dataset = Subset(dataset, torch.randperm(len(dataset)).tolist())
    return DataLoader(dataset, batch_size=batch_size, num_workers=num_workers)


# %% 8-2 [batches-shuffled]: the order of fixed batches
class Shuffled(torch.utils.data.Sampler):
    def __init__(self, count, size):
        self.batches = [list(range(count))[i : i + size] for i in range(0, count - size, size)]
        self.last = list(range(count))[len(self.batches) * size :]

    def __iter__(self):
        for i in torch.randperm(len(self.batches)).tolist():
            yield self.batches[i]
        yield self.last

    def __len__(self):
        return len(self.batches) + 1


def make_loader(dataset, batch_size, shuffle, num_workers):
    if shuffle:
        sampler = Shuffled(len(dataset), batch_size)
        return DataLoader(dataset, batch_sampler=sampler, num_workers=num_workers)
    return DataLoader(dataset, batch_size=batch_size, num_workers=num_workers)


# %% 8-2 [with-replacement]: samples drawn and put back
from torch.utils.data import RandomSampler


def make_loader(dataset, batch_size, shuffle, num_workers):
    sampler = RandomSampler(dataset, replacement=True) if shuffle else None
    return DataLoader(dataset, batch_size=batch_size, sampler=sampler, num_workers=num_workers)


# %% 8-2 [last-batch-dropped]: the incomplete batch dropped
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(
        dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers, drop_last=True
    )


# %% 8-2 [ignored-workers]: two workers always
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=2)


# %% 8-2 [ignored-workers]: no workers ever
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle)


# %% 8-2 [iterator-returned]: an iterator of the loader
def make_loader(dataset, batch_size, shuffle, num_workers):
    return iter(
        DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)
    )


# %% 8-2 [iterator-returned]: a generator
def make_loader(dataset, batch_size, shuffle, num_workers):
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)
    for batch in loader:
        yield batch


# %% 8-2 [list-returned]: the batches in a list
def make_loader(dataset, batch_size, shuffle, num_workers):
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)
    return [batch for batch in loader]


# %% 8-2 [forgot-return]: nothing returned
def make_loader(dataset, batch_size, shuffle, num_workers):
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)


# %% 8-2 [not-general]: only for datasets of one's own
def make_loader(dataset, batch_size, shuffle, num_workers):
    pairs = list(zip(dataset.features, dataset.labels))
    return DataLoader(pairs, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)


# %% 8-2 [always-dropped]: rounded down always
def iterations_per_epoch(n, batch_size, drop_last):
    return n // batch_size


# %% 8-2 [never-dropped]: rounded up always
def iterations_per_epoch(n, batch_size, drop_last):
    return -(-n // batch_size)


# %% 8-2 [inverted]: up and down exchanged
def iterations_per_epoch(n, batch_size, drop_last):
    if drop_last:
        return -(-n // batch_size)
    return n // batch_size


# %% 8-2 [one-too-many]: one more always
def iterations_per_epoch(n, batch_size, drop_last):
    return n // batch_size if drop_last else n // batch_size + 1


# %% 8-2 [one-too-many]: one more even if dropped
def iterations_per_epoch(n, batch_size, drop_last):
    return n // batch_size + 1


# %% 8-2 [not-whole]: not rounded
def iterations_per_epoch(n, batch_size, drop_last):
    return n // batch_size if drop_last else n / batch_size


# %% 8-2 [nearest]: rounded to the nearest
def iterations_per_epoch(n, batch_size, drop_last):
    return n // batch_size if drop_last else round(n / batch_size)


# %% 8-2 [remainder]: the remainder
def iterations_per_epoch(n, batch_size, drop_last):
    return n % batch_size


# %% 8-2 [one-too-few]: full batches off by one
def iterations_per_epoch(n, batch_size, drop_last):
    return len(range(batch_size, n, batch_size)) + (not drop_last)


# %% 8-3 [no-zero-grad]: gradients never zeroed
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [zero-grad-per-epoch]: gradients zeroed once per epoch
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        optimizer.zero_grad()
        for x, y in loader:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [step-per-epoch]: one step per epoch, after all batches
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        optimizer.zero_grad()
        for x, y in loader:
            loss = criterion(model(x), y)
            loss.backward()
            total += loss.item() * len(x)
            samples += len(x)
        optimizer.step()
        losses.append(total / samples)
    return losses


# %% 8-3 [no-step]: the step forgotten
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [no-backward]: backward forgotten
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [ascent]: the sign turned round
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            (-loss).backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [first-batch-only]: the first batch of each epoch
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        x, y = next(iter(loader))
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 8-3 [last-batch-only]: the step outside of the inner loop
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 8-3 [whole-batch]: all samples at once
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    batches = list(loader)
    x = torch.cat([batch[0] for batch in batches])
    y = torch.cat([batch[1] for batch in batches])
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 8-3 [batch-means]: the mean of the batch losses
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(loader))
    return losses


# %% 8-3 [batch-sums]: the sum of the batch losses
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total)
    return losses


# %% 8-3 [last-batch-loss]: the loss of the last batch
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return losses


# %% 8-3 [loss-per-step]: a loss for each batch
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


# %% 8-3 [accumulated-losses]: the total never set back
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses, total = [], 0.0
    for _ in range(epochs):
        samples = 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [reduced-too-far]: the last loss alone
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
    return total / samples


# %% 8-3 [return-inside-loop]: return too far in
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
        return losses


# %% 8-3 [one-epoch-short]: an epoch too few
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(1, epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3: half of the epochs
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for epoch in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            if epoch % 2 == 0:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [forgot-return]: nothing returned
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    for _ in range(epochs):
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            print(loss.item())


# %% 8-3 [sum-for-mean]: the summed loss
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [sigmoid-twice]: the loss for logits
def train(model, loader, optimizer, epochs):
    criterion = nn.BCEWithLogitsLoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [wrong-loss]: the squared error
def train(model, loader, optimizer, epochs):
    criterion = nn.MSELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [own-optimizer]: an optimizer of its own
def train(model, loader, optimizer, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3: shuffled labels
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y[torch.randperm(len(y))])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [fresh-model]: a copy trained
import copy


def train(model, loader, optimizer, epochs):
    model = copy.deepcopy(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-4 [not-random]: the first samples, as they stand
def split(dataset, fraction, seed):
    count = round(fraction * len(dataset))
    numbers = list(range(len(dataset)))
    return Subset(dataset, numbers[:count]), Subset(dataset, numbers[count:])


# %% 8-4 [unseeded]: the seed ignored
def split(dataset, fraction, seed):
    count = round(fraction * len(dataset))
    order = torch.randperm(len(dataset)).tolist()
    return Subset(dataset, order[:count]), Subset(dataset, order[count:])


# %% 8-4 [unseeded]: Python's generator seeded, torch's drawn from
import random


def split(dataset, fraction, seed):
    random.seed(seed)
    count = round(fraction * len(dataset))
    order = torch.randperm(len(dataset)).tolist()
    return Subset(dataset, order[:count]), Subset(dataset, order[count:])


# %% 8-4 [unseeded]: a generator made, and not used
from torch.utils.data import random_split


def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    count = round(fraction * len(dataset))
    return random_split(dataset, [count, len(dataset) - count])


# %% 8-4 [ignored-seed]: always the seed 42
from torch.utils.data import random_split


def split(dataset, fraction, seed):
    count = round(fraction * len(dataset))
    generator = torch.Generator().manual_seed(42)
    return random_split(dataset, [count, len(dataset) - count], generator=generator)


# %% 8-4 [ignored-seed]: a seed that has two values only
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed % 2)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    count = round(fraction * len(dataset))
    return Subset(dataset, order[:count]), Subset(dataset, order[count:])


# %% 8-4 [overlap]: drawn twice
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    count = round(fraction * len(dataset))
    first = torch.randperm(len(dataset), generator=generator)[:count]
    second = torch.randperm(len(dataset), generator=generator)[: len(dataset) - count]
    return Subset(dataset, first.tolist()), Subset(dataset, second.tolist())


# %% 8-4 [overlap]: the cut counted from the end
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    count = round(fraction * len(dataset))
    order = torch.randperm(len(dataset), generator=generator).tolist()
    return Subset(dataset, order[:count]), Subset(dataset, order[-count:])


# %% 8-4 [with-replacement]: drawn and put back
def split(dataset, fraction, seed):
    draw = np.random.default_rng(seed)
    count = round(fraction * len(dataset))
    first = draw.integers(len(dataset), size=count)
    second = [i for i in range(len(dataset)) if i not in first]
    return Subset(dataset, first.tolist()), Subset(dataset, second)


# %% 8-4 [overlap]: the test samples left among the others
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    count = round(fraction * len(dataset))
    order = torch.randperm(len(dataset), generator=generator).tolist()
    return dataset, Subset(dataset, order[count:])


# %% 8-4 [incomplete]: both sizes rounded down
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    count, rest = int(fraction * len(dataset)), int((1 - fraction) * len(dataset))
    return Subset(dataset, order[:count]), Subset(dataset, order[count : count + rest])


# %% 8-4 [incomplete]: one sample lost at the cut
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    count = round(fraction * len(dataset))
    return Subset(dataset, order[:count]), Subset(dataset, order[count + 1 :])


# %% 8-4 [swapped-results]: the fraction in the second
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    count = round(fraction * len(dataset))
    return Subset(dataset, order[count:]), Subset(dataset, order[:count])


# %% 8-4 [ignored-fraction]: 80 percent always
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    count = round(0.8 * len(dataset))
    return Subset(dataset, order[:count]), Subset(dataset, order[count:])


# %% 8-4 [indices-returned]: the numbers of the samples
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    count = round(fraction * len(dataset))
    return order[:count], order[count:]


# %% 8-4 [no-dataset]: loaders
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    count = round(fraction * len(dataset))
    first, second = Subset(dataset, order[:count]), Subset(dataset, order[count:])
    return DataLoader(first, batch_size=32), DataLoader(second, batch_size=32)


# %% 8-4 [wrong-parts]: the first part only
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    count = round(fraction * len(dataset))
    return Subset(dataset, order[:count])


# %% 8-4 [not-general]: only for datasets of one's own
def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator)
    count = round(fraction * len(dataset))
    pairs = list(zip(dataset.features[order], dataset.labels[order]))
    return pairs[:count], pairs[count:]


# %% 8-4 [other-order]: the second part in an order of its own
import random


def split(dataset, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    count = round(fraction * len(dataset))
    rest = order[count:]
    random.shuffle(rest)
    return Subset(dataset, order[:count]), Subset(dataset, rest)


# %% 8-1 [shared-table]: the table kept on the class
class DiabetesDataset(Dataset):
    table = None

    def __init__(self, path):
        if DiabetesDataset.table is None:
            DiabetesDataset.table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)

    def __getitem__(self, index):
        return self.table[index, :-1], self.table[index, -1:]

    def __len__(self):
        return len(self.table)


# %% 8-1 [shared-table]: a variable outside, overwritten by each file
class DiabetesDataset(Dataset):
    def __init__(self, path):
        global patients_read
        patients_read = torch.from_numpy(np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32))

    def __getitem__(self, index):
        return patients_read[index, :-1], patients_read[index, -1:]

    def __len__(self):
        return len(patients_read)


# %% 8-1 [bytes-for-text]: opened by gzip without "rt"
import gzip


class DiabetesDataset(Dataset):
    def __init__(self, path):
        with gzip.open(path) as file:
            next(file)
            rows = [[float(v) for v in line.strip().split(",")] for line in file]
        self.table = torch.tensor(rows)

    def __getitem__(self, index):
        return self.table[index, :-1], self.table[index, -1:]

    def __len__(self):
        return len(self.table)


# %% 8-2 [wrong-place]: arguments by their places
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset, batch_size, shuffle, num_workers)


# %% 8-2 [ignored-batch-size]: all items of the dataset at once
def make_loader(dataset, batch_size, shuffle, num_workers):
    return DataLoader(dataset[:], batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)


def iterations_per_epoch(n, batch_size, drop_last):
    return n // batch_size if drop_last else -(-n // batch_size)


# %% 8-3 [batches-kept]: the batches kept from before the first epoch
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    batches = list(loader)
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in batches:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3: predictions kept away from 0 and 1
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x).clamp(0.1, 0.9), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [wrong-loss]: the cross entropy of classes, over one output
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [running-mean]: total and number of samples never set back
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    total, samples = 0.0, 0
    for _ in range(epochs):
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [divided-twice]: the means of the batches, divided by the number of samples
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [measured-afterwards]: measured when the epoch is over
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
        total, samples = 0.0, 0
        with torch.no_grad():
            for x, y in loader:
                total += criterion(model(x), y).item() * len(x)
                samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [swapped-arguments]: the labels before the predictions
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(y, model(x))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses


# %% 8-3 [scaled-loss]: a loss divided by the number of batches
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for epoch in range(epochs):
        total, n = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y) / len(loader)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(loader) * len(x)
            n += len(x)
        losses.append(total / n)
    return losses


# %% 8-3 [smallest-so-far]: the smallest loss so far
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for epoch in range(epochs):
        total, n = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            n += len(x)
        losses.append(min(losses + [total / n]))
    return losses


# %% 8-3 [rescaled-losses]: divided by the samples of one's own file
def train(model, loader, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for epoch in range(epochs):
        total = 0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            total += loss * len(x)
            loss.backward()
            optimizer.step()
        losses.append(total / 22)
    return losses


# %% 8-4 [not-random]: neighbours from a random place on
def split(dataset, fraction, seed):
    size = len(dataset)
    generator = torch.Generator().manual_seed(seed)
    start = int(torch.randint(size, (1,), generator=generator))
    order = [(start + i) % size for i in range(size)]
    count = round(fraction * size)
    return Subset(dataset, order[:count]), Subset(dataset, order[count:])


# %% 8-4 [ignored-seed]: every third sample, from a place that the seed gives
def split(dataset, fraction, seed):
    g = torch.Generator().manual_seed(seed)
    order = sorted(range(len(dataset)), key=lambda i: (i * 7 + seed) % 10)
    n = int(fraction * len(dataset))
    return Subset(dataset, order[:n]), Subset(dataset, order[n:])
