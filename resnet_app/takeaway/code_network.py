"""The part of the code that builds the network, with at most one fault made on purpose in it."""

from dataclasses import dataclass

from resnet_app.config import TrainingConfig
from resnet_app.faults.inject import mistakes_in
from resnet_app.model.resnet import FEWEST_STEPPED
from resnet_app.takeaway.piece import GAP, Cell, inside, part


@dataclass(frozen=True)
class _Plan:
    """What is particular about a network: a ``fault`` with its ``severity``, and its settings."""

    config: TrainingConfig
    fault: str
    severity: int
    mixed: bool

    def at(self, *values: str) -> str:
        """The value for the fault's severity."""
        return values[self.severity - 1]


def cells(config: TrainingConfig, policy: str) -> list[Cell]:
    """Functions that build the network of ``config``, and the network, under a dtype policy."""
    fault = next((m for m in mistakes_in(config) if m.fault.place == "network"), None)
    plan = _Plan(
        config,
        fault.fault.name if fault else "",
        fault.severity if fault else 1,
        policy != "float32",
    )
    words = _WORDS
    if fault is not None:
        words += f" A fault made on purpose. {fault.words}."
    build = part(_layers(plan), GAP, _block(plan), GAP, _network(plan))
    make = part(_policy(policy), "model = build_network()", _spoiled(plan), _COUNT)
    return [Cell(words, build), Cell(_made_words(plan), make)]


_WORDS = (
    "The network: a residual block adds what it was given to what its convolutions make of it, so "
    "that the way back is short for the gradient. The first block of a stage changes the number of "
    "filters, so what it was given passes a convolution as well."
)

_COUNT = 'print(f"{model.count_params():,} parameters")'


def _made_words(plan: _Plan) -> str:
    if not plan.mixed:
        return "The network with its initial weights."
    return (
        "The network with its initial weights. Convolutions compute in bfloat16, which is faster "
        "where the processor knows it; weights stay float32."
    )


def _policy(policy: str) -> str:
    return "" if policy == "float32" else f'keras.config.set_dtype_policy("{policy}")'


def _layers(plan: _Plan) -> str:
    """``convolution`` and ``normalize``, and ``activate``."""
    decay = ""
    if plan.fault == "too_much_decay":
        decay = f"kernel_regularizer=keras.regularizers.L2({plan.at('0.03', '0.1', '1.0')}),"
    code = [
        'def convolution(x, filters, kernel, name, stride=1, padding="valid"):',
        inside(
            "return layers.Conv2D(",
            inside(
                """
                filters,
                kernel,
                strides=stride,
                padding=padding,
                kernel_initializer=keras.initializers.GlorotUniform(seed=0),
                """,
                decay,
                "name=name,",
            ),
            ")(x)",
        ),
        GAP,
        "def activate(x, name):",
        inside('return layers.Activation("sigmoid", name=name)(x)')
        if plan.fault == "vanishing"
        else inside("return layers.ReLU(name=name)(x)"),
    ]
    if plan.config.batch_norm:
        momentum = plan.config.bn_momentum
        code += [
            GAP,
            "def normalize(x, name):",
            inside(f"return layers.BatchNormalization(momentum={momentum!r}, name=name)(x)"),
        ]
    return part(*code)


def _block(plan: _Plan) -> str:
    """``block``."""

    def normalize(name: str, variable: str = "x") -> str:
        if not plan.config.batch_norm:
            return ""
        return f'{variable} = normalize({variable}, f"bn{{name}}_{name}")'

    dropout = ""
    if plan.fault == "too_much_dropout":
        rate = plan.at("0.5", "0.75", "0.9")
        dropout = f'x = layers.Dropout({rate}, seed=0, name=f"res{{name}}_dropout")(x)'
    return part(
        "def block(x, filters, name, stride=None):",
        inside(
            '"""Three convolutions and a shortcut; a stride is that of a stage\'s first block."""',
            _step(plan.config),
            "shortcut = x",
            'x = convolution(x, filters, 1, f"res{name}_branch2a", stride or 1)',
            normalize("branch2a"),
            'x = activate(x, f"bn{name}_branch2a_relu")',
            'x = convolution(x, filters, 3, f"res{name}_branch2b", padding="same")',
            normalize("branch2b"),
            'x = activate(x, f"bn{name}_branch2b_relu")',
            'x = convolution(x, filters, 1, f"res{name}_branch2c")',
            normalize("branch2c"),
            "if stride:",
            inside(
                'shortcut = convolution(shortcut, filters, 1, f"res{name}_branch1", stride)',
                normalize("branch1", "shortcut"),
            ),
            'x = activate(layers.Add(name=f"res{name}_add")([x, shortcut]), f"res{name}_relu")',
            dropout,
            "return x",
        ),
    )


def _step(config: TrainingConfig) -> str:
    """The step before a block's convolutions, where the network takes it there."""
    channels = (32, *config.widths[:2])
    if not any(
        stride > 1 and before < FEWEST_STEPPED
        for stride, before in zip(config.strides, channels, strict=True)
    ):
        return ""
    return part(
        f"""
        if stride and stride > 1 and x.shape[-1] < {FEWEST_STEPPED}:
            # The same result; TensorFlow 2.21 may crash with a step and so few channels.
            x, stride = layers.MaxPooling2D(1, stride, name=f"res{{name}}_step")(x), 1
        """
    )


def _network(plan: _Plan) -> str:
    """``build_network``."""
    config = plan.config
    (f2, f3, f4), (s2, s3, s4) = config.widths, config.strides
    stride = f", {config.stem_stride}" if config.stem_stride > 1 else ""
    return part(
        "def build_network():",
        inside(
            f"""
            image = keras.Input((50, 50, 1), name="image")
            x = layers.ZeroPadding2D(3, name="pad0")(image)
            x = convolution(x, 32, 5, "conv1"{stride})
            """,
            'x = normalize(x, "bn1")' if config.batch_norm else "",
            f"""
            x = activate(x, "bn1_relu")
            x = layers.MaxPooling2D(2, name="pool1")(x)
            for stage, filters, stride in ((2, {f2}, {s2}), (3, {f3}, {s3}), (4, {f4}, {s4})):
                x = block(x, filters, f"{{stage}}a", stride)
                x = block(x, filters, f"{{stage}}b")
                x = block(x, filters, f"{{stage}}c")
            """,
            _pooling(plan),
            _head(plan),
            'return keras.Model(image, x, name="resnet")',
        ),
    )


def _pooling(plan: _Plan) -> str:
    if plan.fault == "huge_head":
        pool = f'x = layers.UpSampling2D({plan.at("1", "2", "4")}, name="Pool0")(x)'
        return part(pool, 'x = layers.Flatten(name="D0")(x)')
    if plan.config.head == "flatten":
        return part(
            """
            x = layers.AveragePooling2D(2, padding="same", name="Pool0")(x)
            x = layers.Flatten(name="D0")(x)
            """
        )
    return 'x = layers.GlobalAveragePooling2D(name="Pool0")(x)'


def _head(plan: _Plan) -> str:
    activation, after = _outputs(plan)
    initializer = "kernel_initializer=keras.initializers.GlorotUniform(seed=0),"
    bias = decay = ""
    if plan.fault == "relu_head" and plan.severity == 3:
        bias = "bias_initializer=keras.initializers.Constant(-0.5),"
    if plan.fault == "too_much_decay":
        decay = f"kernel_regularizer=keras.regularizers.L2({plan.at('0.03', '0.1', '1.0')}),"
    dtype = 'dtype="float32",  # probabilities need more digits' if plan.mixed else ""
    return part(
        "x = layers.Dense(",
        inside("10,", f"activation={activation},", initializer, bias, decay, 'name="D2",', dtype),
        ")(x)",
        *after,
    )


def _outputs(plan: _Plan) -> tuple[str, list[str]]:
    """The last layer's activation, and what comes after that layer."""
    softmax = 'x = layers.Softmax(dtype="float32")(x)'
    match plan.fault:
        case "softmax_missing" if plan.severity == 2:
            return "None", ['x = layers.UnitNormalization(dtype="float32")(x)']
        case "softmax_missing":
            return ("None" if plan.severity == 1 else '"log_softmax"'), []
        case "double_softmax":
            return '"softmax"', [softmax] * plan.severity
        case "relu_head":
            return '"relu"', [softmax] if plan.severity == 1 else []
        case "sigmoid_head":
            return plan.at('"sigmoid"', '"hard_sigmoid"', '"tanh"'), []
        case _:
            return '"softmax"', []


def _spoiled(plan: _Plan) -> str:
    """What a fault does to the network's initial weights."""
    match plan.fault:
        case "vanishing" if plan.severity > 1:
            factor = plan.at("1.0", "0.3", "0.1")
            return _each_convolution(f"layer.kernel.assign(layer.kernel * {factor})")
        case "zero_start":
            return _filled(plan, "0.0", "res4")
        case "constant_start":
            return _filled(plan, "0.01", "conv1", "res4")
        case "dead_units":
            return _silenced(plan)
        case "frozen_layers":
            thawed = plan.at('("conv1", "bn1", "D2")', '("D2",)', "()")
            return part(
                f"""
                for layer in model.layers:
                    layer.trainable = layer.name in {thawed}
                """
            )
        case _:
            return ""


def _each_convolution(body: str) -> str:
    return part(
        "for layer in model.layers:",
        inside("if isinstance(layer, layers.Conv2D):", inside(body)),
    )


def _filled(plan: _Plan, value: str, *stems: str) -> str:
    fill = f"layer.kernel.assign(np.full(layer.kernel.shape, {value}))"
    if plan.severity == 1:
        fill = part(f"if layer.name.startswith({stems}):", inside(fill))
    head = 'head = model.get_layer("D2")\nhead.kernel.assign(np.full(head.kernel.shape, {}))'
    return part(_each_convolution(fill), head.format(value) if plan.severity == 3 else "")


def _silenced(plan: _Plan) -> str:
    kind, bias = ("BatchNormalization", "beta") if plan.config.batch_norm else ("Conv2D", "bias")
    return part(
        "silence = np.random.default_rng(0)",
        "for layer in model.layers:",
        inside(
            f"if isinstance(layer, layers.{kind}):",
            inside(
                f"""
                bias = keras.ops.convert_to_numpy(layer.{bias}).copy()
                bias[silence.random(bias.shape) < {plan.at("0.8", "0.95", "1.0")}] = -20.0
                layer.{bias}.assign(bias)
                """
            ),
        ),
    )
