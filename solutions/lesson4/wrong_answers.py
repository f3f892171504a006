"""Mistakes in lesson 4 that the graders must catch, each with the diagnosis that it must get."""


# %% 4-1 [own-input]: each input's own value as its derivative
class Multiply:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, upstream):
        return upstream * self.a, upstream * self.b


# %% 4-1 [no-upstream]: the local derivatives alone
class Multiply:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, upstream):
        return self.b, self.a


# %% 4-1 [no-upstream]: an addition whose gradients are always 1
class Add:
    def forward(self, a, b):
        return a + b

    def backward(self, upstream):
        return 1.0, 1.0


# %% 4-1 [upstream-added]: the chain rule with a plus
class Multiply:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, upstream):
        return upstream + self.b, upstream + self.a


# %% 4-1 [shared-memory]: the inputs kept in the class
class Multiply:
    def forward(self, a, b):
        Multiply.a, Multiply.b = a, b
        return a * b

    def backward(self, upstream):
        return upstream * Multiply.b, upstream * Multiply.a


# %% 4-1 [shared-memory]: the input kept in a global name
def _remember(a):
    global _kept
    _kept = a


class Square:
    def forward(self, a):
        _remember(a)
        return a**2

    def backward(self, upstream):
        return 2 * _kept * upstream


# %% 4-1 [stale-memory]: the first input kept for ever
class Square:
    def forward(self, a):
        if not hasattr(self, "a"):
            self.a = a
        return a**2

    def backward(self, upstream):
        return 2 * self.a * upstream


# %% 4-1 [sum-as-product]: an addition differentiated like a product
class Add:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a + b

    def backward(self, upstream):
        return upstream * self.b, upstream * self.a


# %% 4-1 [gradient-shared-out]: the gradient split between the two inputs
class Add:
    def forward(self, a, b):
        return a + b

    def backward(self, upstream):
        return upstream / 2, upstream / 2


# %% 4-1 [one-of-several]: one gradient for both inputs
class Add:
    def forward(self, a, b):
        return a + b

    def backward(self, upstream):
        return upstream


# %% 4-1 [missing-factor]: the 2 of the square forgotten
class Square:
    def forward(self, a):
        self.a = a
        return a**2

    def backward(self, upstream):
        return upstream * self.a


# %% 4-1 [output-for-input]: the output remembered in place of the input
class Square:
    def forward(self, a):
        self.a = a**2
        return self.a

    def backward(self, upstream):
        return upstream * 2 * self.a


# %% 4-1 [double-for-square]: twice the input
class Square:
    def forward(self, a):
        self.a = a
        return a * 2

    def backward(self, upstream):
        return upstream * 2 * self.a


# %% 4-1 [forgot-return]: the output kept but not returned
class Multiply:
    def forward(self, a, b):
        self.a, self.b, self.out = a, b, a * b

    def backward(self, upstream):
        return upstream * self.b, upstream * self.a


# %% 4-1 [raised]: nothing remembered
class Square:
    def forward(self, a):
        return a**2

    def backward(self, upstream):
        return upstream * 2 * self.a


# %% 4-1 [unwritten]: backward still the stub
class Multiply:
    def forward(self, a, b):
        return a * b

    def backward(self, upstream):
        raise NotImplementedError


# %% 4-2 [wrong-sign]: truth minus prediction, and right from there on
def linear_graph(x, y, w):
    y_hat = x * w
    error = y - y_hat
    d_error = 2 * error
    d_y_hat = -d_error
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d_error,
        "d_y_hat": d_y_hat,
        "d_w": d_y_hat * x,
    }


# %% 4-2 [missing-factor]: the 2 of the square forgotten, and right from there on
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": error,
        "d_y_hat": error,
        "d_w": error * x,
    }


# %% 4-2 [no-upstream]: local derivatives only, the chain rule left out
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": 2 * error,
        "d_y_hat": 1.0,
        "d_w": x,
    }


# %% 4-2 [no-upstream]: the last gradient is the local derivative alone
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": 2 * error,
        "d_y_hat": 2 * error,
        "d_w": x,
    }


# %% 4-2 [own-input]: the gradient of w with w in it
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    d = 2 * error
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_w": d * w,
    }


# %% 4-2 [no-local]: the upstream gradient handed on as it is
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    d = 2 * error
    return {"y_hat": y_hat, "error": error, "loss": error**2, "d_error": d, "d_y_hat": d, "d_w": d}


# %% 4-2 [wrong-sign]: the gradient of y_hat turned round
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    d = 2 * error
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": -d,
        "d_w": -d * x,
    }


# %% 4-2 [value-for-derivative]: the loss taken for its derivative
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    loss = error**2
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": loss,
        "d_error": loss,
        "d_y_hat": loss,
        "d_w": loss * x,
    }


# %% 4-2 [missing-key]: keys of one's own
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    d = 2 * error
    return {"y_hat": y_hat, "error": error, "loss": error**2, "de": d, "dy_hat": d, "dw": d * x}


# %% 4-2 [sequence-for-dict]: a tuple in place of a dictionary
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    return y_hat, error, error**2, 2 * error, 2 * error, 2 * error * x


# %% 4-2 [missing-square]: the loss not squared
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    d = 2 * error
    return {"y_hat": y_hat, "error": error, "loss": error, "d_error": d, "d_y_hat": d, "d_w": d * x}


# %% 4-2 [swapped-results]: two gradients in each other's place
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    d = 2 * error
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d * x,
        "d_w": d,
    }


# %% 4-2: the answer to the example, whatever is asked
def linear_graph(x, y, w):
    return {"y_hat": 2.0, "error": -2.0, "loss": 4.0, "d_error": -4.0, "d_y_hat": -4.0, "d_w": -8.0}


# %% 4-2: nothing but zeros, which agree with each other
def linear_graph(x, y, w):
    return dict.fromkeys(("y_hat", "error", "loss", "d_error", "d_y_hat", "d_w"), 0.0)


# %% 4-3 [extra-factor]: the bias's gradient with x in it
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_product": d,
        "d_b": d * x,
        "d_w": d * x,
    }


# %% 4-3 [sum-as-product]: the bias's gradient with the bias in it
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_product": d,
        "d_b": d * b,
        "d_w": d * x,
    }


# %% 4-3 [no-upstream]: the bias's gradient always 1
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_product": d,
        "d_b": 1.0,
        "d_w": d * x,
    }


# %% 4-3 [missing-term]: the bias left out, and right from there on
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_product": d,
        "d_b": d,
        "d_w": d * x,
    }


# %% 4-3 [extra-factor]: x multiplied in a gate too early
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_product": d * x,
        "d_b": d,
        "d_w": d * x,
    }


# %% 4-3 [swapped-results]: the two weights' gradients in each other's place
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_product": d,
        "d_b": d * x,
        "d_w": d,
    }


# %% 4-3 [own-input]: w in place of x
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_product": d,
        "d_b": d,
        "d_w": d * w,
    }


# %% 4-3 [missing-key]: the product's gradient forgotten
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_b": d,
        "d_w": d * x,
    }


# %% 4-3 [none-inside]: a gradient left for later
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_product": d,
        "d_b": None,
        "d_w": d * x,
    }


# %% 4-3 [upstream-added]: the chain rule with a plus
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    d = 2 * error
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d + 1,
        "d_product": d + 1,
        "d_b": d + 1,
        "d_w": (d + 1) * x,
    }


# %% 4-3 [input-forgotten]: a square as steep everywhere
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": 2.0,
        "d_y_hat": 2.0,
        "d_product": 2.0,
        "d_b": 2.0,
        "d_w": 2.0 * x,
    }


# %% 4-3 [arguments]: the bias not taken
def affine_graph(x, y, w):
    error = x * w - y
    return {"error": error}


# %% 4-4 [missing-factor]: x where x squared belongs
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d,
        "d_linear": d,
        "d_b": d,
        "d_w2": d * x,
        "d_w1": d * x,
    }


# %% 4-4 [power-rule]: differentiated with respect to x
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d,
        "d_linear": d,
        "d_b": d,
        "d_w2": d * 2 * x,
        "d_w1": d * x,
    }


# %% 4-4 [extra-factor]: a published learner's slip, the bias's gradient with x in it
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d,
        "d_linear": d,
        "d_b": 2 * x * d,
        "d_w2": d * x_squared,
        "d_w1": d * x,
    }


# %% 4-4 [double-for-square]: twice x, and right from there on
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x * 2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d,
        "d_linear": d,
        "d_b": d,
        "d_w2": d * x_squared,
        "d_w1": d * x,
    }


# %% 4-4 [missing-term]: the bias left out
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d,
        "d_linear": d,
        "d_b": d,
        "d_w2": d * x_squared,
        "d_w1": d * x,
    }


# %% 4-4 [swapped-results]: the gradients of w1 and w2 exchanged
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d,
        "d_linear": d,
        "d_b": d,
        "d_w1": d * x_squared,
        "d_w2": d * x,
    }


# %% 4-4 [own-input]: each weight's gradient with the weight in it
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d,
        "d_linear": d,
        "d_b": d,
        "d_w2": d * w2,
        "d_w1": d * w1,
    }


# %% 4-4 [wrong-factor]: w1 and w2 in each other's place going forward
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w1, x * w2
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d,
        "d_linear": d,
        "d_b": d,
        "d_w2": d * x_squared,
        "d_w1": d * x,
    }


# %% 4-4 [square-of-product]: the weight squared along with x
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = (x * w2) ** 2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d,
        "d_linear": d,
        "d_b": d,
        "d_w2": d * x_squared,
        "d_w1": d * x,
    }


# %% 4-4 [no-upstream]: local derivatives at the sum
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": 1.0,
        "d_linear": 1.0,
        "d_b": d,
        "d_w2": d * x_squared,
        "d_w1": d * x,
    }


# %% 4-4: two mistakes at once, at the sum and at a weight
def quadratic_graph(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    d = 2 * error
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": error**2,
        "d_error": d,
        "d_y_hat": d,
        "d_quadratic": d * y,
        "d_linear": d,
        "d_b": d,
        "d_w2": d + x_squared,
        "d_w1": d * x,
    }


# %% 4-4 [raised]: a name that does not exist
def quadratic_graph(x, y, w1, w2, b):
    return {"x_squared": x_sqared**2}


# %% 4-5 [no-zero-grad]: gradients never set back
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [no-zero-grad]: gradients set back once per epoch
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for weight in weights:
            weight.grad = None
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [no-zero-grad]: the bias forgotten when setting back
def train_autograd(xs, ys, lr, epochs):
    w1 = torch.tensor(1.0, requires_grad=True)
    w2 = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * w2 + x * w1 + b - y) ** 2).backward()
            with torch.no_grad():
                w1 -= lr * w1.grad
                w2 -= lr * w2.grad
                b -= lr * b.grad
            w1.grad.zero_()
            w2.grad.zero_()
        with torch.no_grad():
            losses.append(
                sum(((x**2 * w2 + x * w1 + b - y) ** 2).item() for x, y in zip(xs, ys)) / len(xs)
            )
    return (w1.item(), w2.item(), b.item()), losses


# %% 4-5 [no-step]: gradients set back before the step
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight.grad.zero_()
                    weight -= lr * weight.grad
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [ascent]: the gradient added
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight += lr * weight.grad
                    weight.grad = None
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [kept-weights]: the weights made once, outside the function
_weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]


def train_autograd(xs, ys, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * _weights[1] + x * _weights[0] + _weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in _weights:
                    weight -= lr * weight.grad
                    weight.grad = None
        w1, w2, b = (weight.item() for weight in _weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [whole-batch]: one step per epoch
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
        with torch.no_grad():
            for weight in weights:
                weight -= lr * weight.grad
                weight.grad = None
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [loss-on-the-way]: the losses met during the epoch, averaged
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(xs, ys):
            loss = (x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2
            total += loss.item()
            loss.backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
                    weight.grad = None
        losses.append(total / len(xs))
    return tuple(weight.item() for weight in weights), losses


# %% 4-5 [last-sample-only]: the loss that the lectures print
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            loss = (x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2
            loss.backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
                    weight.grad = None
        losses.append(loss.item())
    return tuple(weight.item() for weight in weights), losses


# %% 4-5 [no-graph]: new tensors in place of the weights, which collect no gradients
def train_autograd(xs, ys, lr, epochs):
    w1 = torch.tensor(1.0, requires_grad=True)
    w2 = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * w2 + x * w1 + b - y) ** 2).backward()
            with torch.no_grad():
                w1 = w1 - lr * w1.grad
                w2 = w2 - lr * w2.grad
                b = b - lr * b.grad
        losses.append(0.0)
    return (w1.item(), w2.item(), b.item()), losses


# %% 4-5 [wrong-parts]: the weights not returned
def train_autograd(xs, ys, lr, epochs):
    return [0.5**epoch for epoch in range(epochs)]


# %% 4-5 [wrong-order]: w2 before w1
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * weights[0] + x * weights[1] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
                    weight.grad = None
        w2, w1, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w2, w1, b), losses


# %% 4-5: half of the epochs
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    for _ in range(epochs // 2):
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
                    weight.grad = None
    w1, w2, b = (weight.item() for weight in weights)
    loss = sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
    return (w1, w2, b), [loss] * epochs


# %% 4-5 [backward-of-error]: backward() called before squaring
def autograd_gradients(x, y, w1, w2, b):
    w1, w2, b = (torch.tensor(float(v), requires_grad=True) for v in (w1, w2, b))
    error = x**2 * w2 + x * w1 + b - y
    error.backward()
    return {
        "loss": error.item() ** 2,
        "d_w1": w1.grad.item(),
        "d_w2": w2.grad.item(),
        "d_b": b.grad.item(),
    }


# %% 4-5 [backward-twice]: backward() called for the loss and again to be sure
def autograd_gradients(x, y, w1, w2, b):
    w1, w2, b = (torch.tensor(float(v), requires_grad=True) for v in (w1, w2, b))
    loss = (x**2 * w2 + x * w1 + b - y) ** 2
    loss.backward(retain_graph=True)
    loss.backward()
    return {
        "loss": loss.item(),
        "d_w1": w1.grad.item(),
        "d_w2": w2.grad.item(),
        "d_b": b.grad.item(),
    }


# %% 4-5 [no-gradient]: backward() never called
def autograd_gradients(x, y, w1, w2, b):
    w1, w2, b = (torch.tensor(float(v), requires_grad=True) for v in (w1, w2, b))
    loss = (x**2 * w2 + x * w1 + b - y) ** 2
    return {"loss": loss.item(), "d_w1": w1.grad, "d_w2": w2.grad, "d_b": b.grad}


# %% 4-5 [no-graph]: requires_grad forgotten
def autograd_gradients(x, y, w1, w2, b):
    w1, w2, b = (torch.tensor(float(v)) for v in (w1, w2, b))
    loss = (x**2 * w2 + x * w1 + b - y) ** 2
    loss.backward()
    return {
        "loss": loss.item(),
        "d_w1": w1.grad.item(),
        "d_w2": w2.grad.item(),
        "d_b": b.grad.item(),
    }


# %% 4-5 [swapped-results]: w1 and w2 exchanged
def autograd_gradients(x, y, w1, w2, b):
    w1, w2, b = (torch.tensor(float(v), requires_grad=True) for v in (w1, w2, b))
    loss = (x**2 * w2 + x * w1 + b - y) ** 2
    loss.backward()
    return {
        "loss": loss.item(),
        "d_w1": w2.grad.item(),
        "d_w2": w1.grad.item(),
        "d_b": b.grad.item(),
    }


# %% 4-5 [step-in-graph]: the step outside of no_grad
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            for weight in weights:
                weight -= lr * weight.grad
                weight.grad.zero_()
        losses.append(0.0)
    return tuple(weight.item() for weight in weights), losses


# %% 4-5 [no-gradient]: weights replaced by results, which keep no .grad
def train_autograd(xs, ys, lr, epochs):
    w1 = torch.tensor(1.0, requires_grad=True)
    w2 = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * w2 + x * w1 + b - y) ** 2).backward()
            w1 = w1 - lr * w1.grad
            w2 = w2 - lr * w2.grad
            b = b - lr * b.grad
        losses.append(0.0)
    return (w1.item(), w2.item(), b.item()), losses


# %% 4-5 [no-gradient]: a loss cut off from the weights, and made a leaf of its own
def train_autograd(xs, ys, lr, epochs):
    w1 = torch.tensor(1.0, requires_grad=True)
    w2 = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            loss = torch.tensor((x**2 * w2 + x * w1 + b - y).item() ** 2, requires_grad=True)
            loss.backward()
            with torch.no_grad():
                for w in (w1, w2, b):
                    w -= lr * w.grad
                    w.grad.zero_()
        losses.append(0.0)
    return (w1.item(), w2.item(), b.item()), losses


# %% 4-5 [same-graph-twice]: the loss calculated once, before the loop
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    w1, w2, b = weights
    loss = sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
    losses = []
    for _ in range(epochs):
        loss.backward()
        with torch.no_grad():
            for weight in weights:
                weight -= lr * weight.grad
                weight.grad = None
        losses.append(loss.item())
    return (w1.item(), w2.item(), b.item()), losses


# %% 4-1 [piled-up]: gradients added up over the calls
class Multiply:
    def __init__(self):
        self.d_a = self.d_b = 0.0

    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, upstream):
        self.d_a += upstream * self.b
        self.d_b += upstream * self.a
        return self.d_a, self.d_b


# %% 4-1 [raised]: the other input as a quotient
class Multiply:
    def forward(self, a, b):
        self.a, self.b, self.output = a, b, a * b
        return self.output

    def backward(self, upstream):
        return upstream * self.output / self.a, upstream * self.output / self.b


# %% 4-2 [value-for-gradient]: the loss handed back as its own gradient
def linear_graph(x, y, w):
    y_hat = x * w
    error = y_hat - y
    loss = error**2
    d_error = loss * 2 * error
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": loss,
        "d_error": d_error,
        "d_y_hat": d_error,
        "d_w": d_error * x,
    }


# %% 4-3 [bias-in-product]: the bias added to the weight
def affine_graph(x, y, w, b):
    product = x * w
    y_hat = x * (w + b)
    error = y_hat - y
    d = 2 * error
    values = {"product": product, "y_hat": y_hat, "error": error, "loss": error**2}
    return {**values, "d_error": d, "d_y_hat": d, "d_product": d, "d_b": d, "d_w": d * x}


# %% 4-5 [some-stay]: the bias never moved
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights[:2]:
                    weight -= lr * weight.grad
                    weight.grad = None
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [one-after-another]: a loss and a step for each weight, the bias first
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            for weight in reversed(weights):
                ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
                with torch.no_grad():
                    weight -= lr * weight.grad
                for other in weights:
                    other.grad = None
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [fixed-rate]: a learning rate of its own
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= 0.01 * weight.grad
                    weight.grad = None
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [not-from-one]: weights that begin anywhere
def train_autograd(xs, ys, lr, epochs):
    torch.manual_seed(0)
    weights = [torch.randn((), requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
                    weight.grad = None
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [one-epoch]: the weights made anew for each epoch
def train_autograd(xs, ys, lr, epochs):
    losses = []
    for _ in range(epochs):
        weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
        for x, y in zip(xs, ys):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
                    weight.grad = None
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [other-order]: the last sample first
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    losses = []
    for _ in range(epochs):
        for x, y in zip(reversed(xs), reversed(ys)):
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
                    weight.grad = None
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [momentum]: an optimiser with momentum
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    optimizer = torch.optim.SGD(weights, lr=lr, momentum=0.9)
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            optimizer.zero_grad()
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            optimizer.step()
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses


# %% 4-5 [adam]: another optimiser
def train_autograd(xs, ys, lr, epochs):
    weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]
    optimizer = torch.optim.Adam(weights, lr=lr)
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            optimizer.zero_grad()
            ((x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2).backward()
            optimizer.step()
        w1, w2, b = (weight.item() for weight in weights)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return (w1, w2, b), losses
