"""The modes of Krait's compiler that whole test suites run in, and the options that ask for them.

Short programs have little or nothing compiled in the mode "on", for lack of a budget; "eager" is that without it."""

MODES = {
    "off": ["-X", "jit=off"],
    "on": ["-X", "jit=on"],
    "eager": ["-X", "jit=eager"],
    "always": ["-X", "jit=always"],
    "stress": ["-X", "jit=always", "-X", "jit-stress"],
}
