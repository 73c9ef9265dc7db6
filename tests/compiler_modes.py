"""The modes of Krait's compiler that whole test suites run in, and the options that ask for them."""

MODES = {
    "off": ["-X", "jit=off"],
    "on": ["-X", "jit=on"],
    "always": ["-X", "jit=always"],
    "stress": ["-X", "jit=always", "-X", "jit-stress"],
}
