"""One array of doubles and one of 16-bit ints: only whole items that were stored are ever seen."""
from array import array
from _harness import check, hammer, THREADS

WORDS = (0x0101, 0x0202, 0x7f7f, -1)
NUMBERS = (1.5, -2.25e300, 3.125e-300, 0.1)
doubles, words = array("d"), array("h")
queue = array("q")
pushed = [0] * THREADS
popped = [[] for _ in range(THREADS)]


def change(index):
    for step in range(50):
        doubles.append(NUMBERS[step % 4])
        words.extend(WORDS)
        doubles.insert(step, NUMBERS[index % 4])
        words.frombytes(array("h", WORDS).tobytes())
        if len(words) > 500:
            del words[:400]
            del doubles[::3]
        try:
            check(doubles.pop() in NUMBERS and words.pop(0) in WORDS)
            doubles[len(doubles) // 2] = NUMBERS[step % 4]
            check(doubles[len(doubles) // 3] in NUMBERS)
            words.remove(-1)
        except (IndexError, ValueError):
            pass
        doubles.reverse()


def look(index):
    for seen in (doubles.tolist(), list(doubles), doubles[:], doubles[3:40:2], doubles + doubles, doubles * 2):
        check(all(number in NUMBERS for number in seen), list(seen))
    check(all(word in WORDS for word in words))
    words.count(-1), -1 in words, words == words, repr(words), words.tobytes()
    check(all(word in WORDS for word in array("h", words)))


def conserve(index):
    for _ in range(30):
        queue.append(pushed[index] * THREADS + index)
        pushed[index] += 1
        try:
            popped[index].append(queue.pop(-1 if index % 2 else 0))
        except IndexError:
            pass


hammer(change, look, conserve, change, look, conserve)
everything = sorted(queue.tolist() + [number for own in popped for number in own])
check(everything == sorted(number * THREADS + index for index in range(THREADS) for number in range(pushed[index])))
