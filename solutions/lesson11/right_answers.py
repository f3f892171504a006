"""Other right answers to lesson 11: the graders must accept each of them in full."""


# %% 11-1: the lectures' own
class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super(InceptionA, self).__init__()
        self.branch1x1 = nn.Conv2d(in_channels, 16, kernel_size=1)
        self.branch5x5_1 = nn.Conv2d(in_channels, 16, kernel_size=1)
        self.branch5x5_2 = nn.Conv2d(16, 24, kernel_size=5, padding=2)
        self.branch3x3dbl_1 = nn.Conv2d(in_channels, 16, kernel_size=1)
        self.branch3x3dbl_2 = nn.Conv2d(16, 24, kernel_size=3, padding=1)
        self.branch3x3dbl_3 = nn.Conv2d(24, 24, kernel_size=3, padding=1)
        self.branch_pool = nn.Conv2d(in_channels, 24, kernel_size=1)

    def forward(self, x):
        branch1x1 = self.branch1x1(x)
        branch5x5 = self.branch5x5_1(x)
        branch5x5 = self.branch5x5_2(branch5x5)
        branch3x3dbl = self.branch3x3dbl_1(x)
        branch3x3dbl = self.branch3x3dbl_2(branch3x3dbl)
        branch3x3dbl = self.branch3x3dbl_3(branch3x3dbl)
        branch_pool = F.avg_pool2d(x, kernel_size=3, stride=1, padding=1)
        branch_pool = self.branch_pool(branch_pool)
        outputs = [branch1x1, branch5x5, branch3x3dbl, branch_pool]
        return torch.cat(outputs, 1)


# %% 11-1: a list of sequences
class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        c = in_channels
        self.branches = nn.ModuleList(
            [
                nn.Conv2d(c, 16, 1),
                nn.Sequential(nn.Conv2d(c, 16, 1), nn.Conv2d(16, 24, 5, padding="same")),
                nn.Sequential(
                    nn.Conv2d(c, 16, 1),
                    nn.Conv2d(16, 24, 3, padding=1),
                    nn.Conv2d(24, 24, 3, padding=1),
                ),
                nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), nn.Conv2d(c, 24, 1)),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


# %% 11-1: a ReLU behind every convolution, by a class of its own
class ConvReLU(nn.Module):
    def __init__(self, c_in, c_out, k):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, k, padding=k // 2)

    def forward(self, x):
        return self.conv(x).relu()


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.a = ConvReLU(in_channels, 16, 1)
        self.b = nn.Sequential(ConvReLU(in_channels, 16, 1), ConvReLU(16, 24, 5))
        self.c = nn.Sequential(
            ConvReLU(in_channels, 16, 1), ConvReLU(16, 24, 3), ConvReLU(24, 24, 3)
        )
        self.d = ConvReLU(in_channels, 24, 1)
        self.pool = nn.AvgPool2d(kernel_size=3, stride=1, padding=1)

    def forward(self, x):
        return torch.cat((self.a(x), self.b(x), self.c(x), self.d(self.pool(x))), dim=1)


# %% 11-1: one convolution for the three 1x1 ones, split behind it
class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.heads = nn.Conv2d(in_channels, 48, 1)
        self.five = nn.Conv2d(16, 24, 5, padding=2)
        self.three = nn.Conv2d(16, 24, 3, padding=1)
        self.again = nn.Conv2d(24, 24, 3, padding=1)
        self.pool = nn.Conv2d(in_channels, 24, 1)

    def forward(self, x):
        one, five, three = torch.chunk(self.heads(x), 3, dim=1)
        return torch.cat(
            [
                one,
                self.five(five),
                self.again(self.three(three)),
                self.pool(F.avg_pool2d(x, 3, 1, 1)),
            ],
            dim=-3,
        )


# %% 11-1: last branch first, written into a tensor made before, ReLU at the end
class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.p = nn.Conv2d(in_channels, 24, 1)
        self.t3 = nn.Conv2d(24, 24, (3, 3), padding=(1, 1))
        self.t2 = nn.Conv2d(16, 24, (3, 3), padding=(1, 1))
        self.t1 = nn.Conv2d(in_channels, 16, 1)
        self.f2 = nn.Conv2d(16, 24, (5, 5), padding=(2, 2))
        self.f1 = nn.Conv2d(in_channels, 16, 1)
        self.o = nn.Conv2d(in_channels, 16, 1)

    def forward(self, x):
        n, _, h, w = x.shape
        out = x.new_zeros(n, 88, h, w)
        out[:, 64:] = self.p(F.avg_pool2d(x, 3, stride=1, padding=1))
        out[:, 40:64] = self.t3(self.t2(self.t1(x)))
        out[:, 16:40] = self.f2(self.f1(x))
        out[:, :16] = self.o(x)
        return F.relu(out)


# %% 11-1: parameters of its own, 1x1 convolutions as linear layers, pooling by a convolution
class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.one, self.five, self.three = (nn.Linear(in_channels, 16) for _ in range(3))
        self.pool = nn.Linear(in_channels, 24)
        self.w5 = nn.Parameter(0.05 * torch.randn(24, 16, 5, 5))
        self.w3 = nn.Parameter(0.05 * torch.randn(24, 16, 3, 3))
        self.w3b = nn.Parameter(0.05 * torch.randn(24, 24, 3, 3))
        self.b5, self.b3, self.b3b = (nn.Parameter(torch.zeros(24)) for _ in range(3))

    def per_pixel(self, layer, x):
        return layer(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    def forward(self, x):
        channels = x.shape[1]
        mean = torch.full((channels, 1, 3, 3), 1 / 9, device=x.device)
        averaged = F.conv2d(x, mean, padding=1, groups=channels)
        a = self.per_pixel(self.one, x)
        b = F.conv2d(self.per_pixel(self.five, x), self.w5, self.b5, padding=2)
        c = F.conv2d(self.per_pixel(self.three, x), self.w3, self.b3, padding=1)
        c = F.conv2d(c, self.w3b, self.b3b, padding=1)
        return torch.cat([a, b, c, self.per_pixel(self.pool, averaged)], 1)


# %% 11-1: an initialisation of its own, ReLU between the layers of a branch, not behind it
class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        layers = {
            "one": (in_channels, 16, 1),
            "five_1": (in_channels, 16, 1),
            "five_2": (16, 24, 5),
            "three_1": (in_channels, 16, 1),
            "three_2": (16, 24, 3),
            "three_3": (24, 24, 3),
            "pool": (in_channels, 24, 1),
        }
        self.layers = nn.ModuleDict(
            {name: nn.Conv2d(i, o, k, padding=(k - 1) // 2) for name, (i, o, k) in layers.items()}
        )
        for layer in self.layers.values():
            nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        use = self.layers
        five = use["five_2"](torch.relu(use["five_1"](x)))
        three = x
        for step in (1, 2, 3):
            three = use[f"three_{step}"](three if step == 1 else torch.relu(three))
        pool = use["pool"](F.avg_pool2d(x, 3, 1, 1))
        return torch.cat([use["one"](x), five, three, pool], dim=1)


# %% 11-2: one sequence
class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(x + self.f(x))


# %% 11-2: in place where it does no harm
class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super(ResidualBlock, self).__init__()
        self.second = nn.Conv2d(channels, channels, kernel_size=3, padding="same")
        self.first = nn.Conv2d(channels, channels, kernel_size=3, padding="same")
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        shortcut = x
        x = self.act(self.first(x))
        x = self.second(x)
        x += shortcut
        return self.act(x)


# %% 11-2: parameters of its own
class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        scale = (9 * channels) ** -0.5
        self.w = nn.ParameterList(
            [nn.Parameter(scale * torch.randn(channels, channels, 3, 3)) for _ in range(2)]
        )
        self.b = nn.ParameterList([nn.Parameter(torch.zeros(channels)) for _ in range(2)])

    def forward(self, x):
        y = x
        for i, (w, b) in enumerate(zip(self.w, self.b)):
            y = F.conv2d(y if i == 0 else y.clamp(min=0), w, b, padding=1)
        return torch.maximum(x + y, torch.zeros_like(x))


# %% 11-2: zero padding by hand, the last convolution starts at 0
class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv_a = nn.Conv2d(channels, channels, 3)
        self.conv_b = nn.Conv2d(channels, channels, 3)
        nn.init.zeros_(self.conv_b.weight)
        nn.init.zeros_(self.conv_b.bias)

    def forward(self, x):
        def padded(t):
            return F.pad(t, (1, 1, 1, 1))

        return torch.add(x, self.conv_b(padded(self.conv_a(padded(x)).relu()))).relu()


# %% 11-2: a list of layers, summed in another order
class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.steps = nn.ModuleList(
            nn.Conv2d(channels, channels, (3, 3), stride=1, padding=(1, 1)) for _ in range(2)
        )

    def forward(self, x):
        h = x.clone()
        for number, step in enumerate(self.steps):
            if number > 0:
                h = torch.where(h > 0, h, 0.0)
            h = step(h)
        total = torch.stack([h, x]).sum(dim=0)
        return total * (total > 0)


# %% 11-2: a shortcut that is a module
class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.conv2 = (
            nn.Conv2d(channels, channels, 3, 1, 1),
            nn.Conv2d(channels, channels, 3, 1, 1),
        )
        self.shortcut = nn.Identity()

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))


# %% 11-3: the lectures' own, log-probabilities
class InceptionNet(nn.Module):
    def __init__(self):
        super(InceptionNet, self).__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(88, 20, kernel_size=5)
        self.incept1 = InceptionA(in_channels=10)
        self.incept2 = InceptionA(in_channels=20)
        self.mp = nn.MaxPool2d(2)
        self.fc = nn.Linear(1408, 10)

    def forward(self, x):
        in_size = x.size(0)
        x = F.relu(self.mp(self.conv1(x)))
        x = self.incept1(x)
        x = F.relu(self.mp(self.conv2(x)))
        x = self.incept2(x)
        x = x.view(in_size, -1)
        x = self.fc(x)
        return F.log_softmax(x, dim=1)


# %% 11-3: one sequence
class InceptionNet(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 10, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            InceptionA(10),
            nn.Conv2d(88, 20, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            InceptionA(20),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(88 * 4 * 4, 10),
        )


# %% 11-3: batches normalised
class InceptionNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(1, 8, 5), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2))
        self.block = InceptionA(8)
        self.second = nn.Sequential(
            nn.Conv2d(88, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.other = InceptionA(16)
        self.head = nn.Linear(88 * 16, 10)

    def forward(self, x):
        x = self.block(self.first(x))
        x = self.other(self.second(x))
        return self.head(torch.flatten(x, start_dim=1))


# %% 11-3: a smaller one, its images averaged before the linear layer
class InceptionNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 10, 5, padding=2)
        self.blocks = nn.ModuleList([InceptionA(10), InceptionA(24)])
        self.narrow = nn.Conv2d(88, 24, 3, padding=1)
        self.out = nn.Linear(88 * 9, 10)

    def forward(self, x):
        x = F.max_pool2d(self.stem(x).relu(), 4)
        x = self.blocks[0](x).relu()
        x = F.max_pool2d(self.narrow(x).relu(), 2)
        x = self.blocks[1](x).relu()
        return self.out(F.adaptive_avg_pool2d(x, 3).flatten(1))


# %% 11-3: dropout, blocks in a dictionary, the linear layer starts at 0
class InceptionNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict(
            {
                "conv1": nn.Conv2d(1, 10, 5),
                "inception1": InceptionA(10),
                "conv2": nn.Conv2d(88, 20, 5),
                "inception2": InceptionA(20),
                "drop": nn.Dropout(0.2),
                "fc": nn.Linear(1408, 10),
            }
        )
        nn.init.zeros_(self.parts["fc"].weight)

    def forward(self, x):
        p = self.parts
        x = torch.relu(F.max_pool2d(p["conv1"](x), 2))
        x = p["inception1"](x)
        x = torch.relu(F.max_pool2d(p["conv2"](x), 2))
        x = p["inception2"](x)
        return p["fc"](p["drop"](x.reshape(x.shape[0], -1)))


# %% 11-3: steps in place of pooling, an average of the pixels, a shortcut
class InceptionNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 12, 4, stride=2)
        self.i = InceptionA(12)
        self.b = nn.Conv2d(88, 20, 3, stride=2)
        self.same = nn.Conv2d(20, 20, 3, padding=1)
        self.j = InceptionA(20)
        self.c = nn.Linear(88 * 9, 10)

    def forward(self, x):
        x = F.leaky_relu(self.a(x))
        x = F.leaky_relu(self.b(self.i(x)))
        x = F.relu(x + self.same(x))
        return self.c(F.avg_pool2d(self.j(x), 2).flatten(1))


# %% 11-1: layers of its own, their biases shaped to be added
class Kernel(nn.Module):
    def __init__(self, inputs, outputs, size):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, size, size))
        self.shift = nn.Parameter(torch.zeros(1, outputs, 1, 1))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x):
        return F.conv2d(x, self.weight, padding="same") + self.shift


class InceptionA(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.one = Kernel(in_channels, 16, 1)
        self.five = nn.Sequential(Kernel(in_channels, 16, 1), Kernel(16, 24, 5))
        self.three = nn.Sequential(
            Kernel(in_channels, 16, 1), Kernel(16, 24, 3), Kernel(24, 24, 3)
        )
        self.pooled = nn.Sequential(nn.AvgPool2d(3, 1, 1), Kernel(in_channels, 24, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.five(x), self.three(x), self.pooled(x)], dim=1)


# %% 11-2: layers of its own, their biases shaped to be added
class Kernel(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(0.1 * torch.randn(channels, channels, 3, 3))
        self.shift = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        return F.conv2d(x, self.weight, padding=1) + self.shift


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first, self.second = Kernel(channels), Kernel(channels)

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))
