"""The machine behind `restricted_pickle`: follows a pickle's instructions without being able to run anything.

It has a stack and a memo like Python's own, but a name on the stack is only a name. Each known one has a reader here;
any other is refused before a value is built from it, and so are instructions that make objects, set their state or
reach outside the file. NumPy never sees the file's own idea of an array: types are numbers, booleans, text or lists of
objects, and an array is made only where the bytes for all of it lie in the file.

Source: the instructions as Python's `pickletools` describes them; the state of arrays as `numpy.ndarray.__reduce__`
documents it.
"""

from __future__ import annotations

import math
import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pickletools import OpcodeInfo, opcodes, read_stringnl
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

_DTYPE = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f[248]|c8|c16|[SU][1-9][0-9]{0,6}|O[48]?)")
_LAST_CHARACTER = 0x10FFFF
_AXES = 8
_LONGEST = 1 << 48  # of an axis
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_OPERATIONS = {operation.code.encode("latin-1"): operation for operation in opcodes}
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b"'": b"'", b'"': b'"'}


class Refused(Exception):
    """The file asks for something that data does not need; the text says what, as in "to run os.system"."""


class OldText(bytes):
    """A string of Python 2: text, or the bytes of an array."""


@dataclass
class PendingDtype:
    """An array's type whose state may still come."""

    code: str
    order: str = "="

    def set_state(self, state: object) -> None:
        """Take the byte order from NumPy's (version, order, subtype, names, fields, size, ...)."""
        if not isinstance(state, tuple) or len(state) < 6 or any(part is not None for part in state[2:5]):
            raise Refused("build an array of records")
        order, size = _text(state[1]), state[5]
        if order not in {"<", ">", "|", "="} or size not in {-1, np.dtype(self.code).itemsize}:
            raise ValueError("a type that contradicts itself")
        self.order = order

    def numpy(self) -> np.dtype[Any]:
        """The type with its byte order."""
        dtype = np.dtype(self.code)
        return dtype if self.order == "|" else dtype.newbyteorder(cast(Any, self.order))


@dataclass
class PendingArray:
    """An array whose state may still come; `value` once it has."""

    value: NDArray[Any] | None = None

    def set_state(self, state: object) -> None:
        """Take NumPy's ([version,] shape, type, Fortran order, bytes or a list of objects)."""
        if not isinstance(state, tuple) or len(state) not in {4, 5}:
            raise ValueError("an array without its state")
        shape, dtype, fortran, content = state[-4:]
        self.value = _array(content, dtype, shape, "F" if fortran else "C")


@dataclass(frozen=True)
class Name:
    """A name the file uses; `make` reads what would be called by it, where it can be called at all."""

    make: Callable[..., object] | None = None


def _array(content: object, dtype: object, shape: object, order: Any) -> NDArray[Any]:
    if not isinstance(dtype, PendingDtype) or not isinstance(shape, tuple) or len(shape) > _AXES:
        raise ValueError("an array without a type or shape")
    if not all(isinstance(n, int) and 0 <= n < _LONGEST for n in shape):
        raise ValueError("an array without a type or shape")
    kind, count = dtype.numpy(), math.prod(shape)
    if kind.hasobject:
        if not isinstance(content, list) or len(content) != count:
            raise ValueError("an array of objects without its objects")
        flat: NDArray[Any] = np.empty(count, dtype=object)
        for i, item in enumerate(content):
            flat[i] = item
    else:
        if not isinstance(content, bytes) or len(content) != count * kind.itemsize:
            raise ValueError("an array whose bytes do not fit its shape")
        flat = np.frombuffer(content, dtype=kind) if count else np.empty(0, dtype=kind)
        if kind.kind == "U" and count and flat.view(kind.byteorder + "u4").max() > _LAST_CHARACTER:
            raise ValueError("text with characters that there are not")
    return flat.reshape(shape, order=order)


def _text(value: object) -> str:
    if isinstance(value, OldText):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise TypeError("text was expected")
    return value


def _make_dtype(code: object, *_: object) -> PendingDtype:
    name = _text(code)
    if not _DTYPE.fullmatch(name):
        raise Refused(f"build an array of type {name[:20]!r}")
    return PendingDtype(name)


def _make_scalar(dtype: object, content: object) -> object:
    if not isinstance(dtype, PendingDtype) or dtype.numpy().hasobject:
        raise ValueError("a number without a type")
    return _array(content, dtype, (1,), "C")[0]


def _make_from_buffer(content: object, dtype: object, shape: object, order: object) -> PendingArray:
    return PendingArray(_array(content, dtype, shape, "F" if _text(order) == "F" else "C"))


def _make_encoded(text: object, encoding: object) -> bytes:
    """Python 3 writes bytes for old protocols as text in Latin-1."""
    if not isinstance(text, str) or _text(encoding).lower().replace("-", "") != "latin1":
        raise Refused("encode text")
    return text.encode("latin-1")


def _make_dict(pairs: object = ()) -> dict[object, object]:
    if not isinstance(pairs, (list, tuple)):
        raise TypeError("a dictionary without pairs")
    return _dictionary([key for key, _ in pairs], [value for _, value in pairs])


def _make_bytes() -> bytes:
    return b""


def _known() -> Iterator[tuple[str, Name]]:
    for core in ("numpy.core", "numpy._core"):
        yield f"{core}.multiarray _reconstruct", Name(lambda *_: PendingArray())
        yield f"{core}.multiarray scalar", Name(_make_scalar)
        yield f"{core}.numeric _frombuffer", Name(_make_from_buffer)
    yield "numpy ndarray", Name()
    yield "numpy dtype", Name(_make_dtype)
    yield "_codecs encode", Name(_make_encoded)
    yield "collections OrderedDict", Name(_make_dict)
    yield "collections defaultdict", Name(lambda *_: {})
    for builtins in ("builtins", "__builtin__"):
        yield f"{builtins} bytes", Name(_make_bytes)
        yield from ((f"{builtins} {factory}", Name()) for factory in ("list", "dict", "int", "float", "str"))


_KNOWN = dict(_known())


@dataclass
class Machine:
    """Follows one pickle's instructions. Anything that fails here is a fault of the file."""

    data: mmap.mmap
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, object] = field(default_factory=dict)

    def run(self) -> object:
        """The file's value, `OldText` and `PendingArray` still in it. Raises Refused, or anything where it is bad."""
        while True:
            operation = _OPERATIONS[self.data.read(1)]
            if operation.name == "STOP":
                return self.stack.pop()
            if (step := _STEPS.get(operation.name)) is None:
                raise Refused(f"use the instruction {operation.name}")
            step(self, _argument(operation, cast(IO[bytes], self.data)))

    def _since_mark(self) -> list[Any]:
        first = self.marks.pop()
        items = self.stack[first:]
        del self.stack[first:]
        return items

    def _replace(self, count: int) -> None:
        """Put the top `count` values into one tuple."""
        items = tuple(self.stack.pop() for _ in range(count))[::-1]
        self.stack.append(items)

    def _extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise TypeError("appends to what is not a list")
        target.extend(items)

    def _update(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise TypeError("sets items of what is not a dictionary")
        target.update(_dictionary(items[::2], items[1::2]))

    def _name(self, wanted: str) -> None:
        if wanted not in _KNOWN:
            raise Refused(f"run {wanted.replace(' ', '.')[:80]}")
        self.stack.append(_KNOWN[wanted])

    def _stack_name(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self._name(f"{_text(module)} {_text(name)}")

    def _call(self) -> None:
        arguments, name = self.stack.pop(), self.stack.pop()
        if not isinstance(name, Name) or name.make is None or not isinstance(arguments, tuple):
            raise Refused("call what is not a function")
        self.stack.append(name.make(*arguments))

    def _build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if not isinstance(target, PendingArray | PendingDtype):
            raise Refused("set the state of an object")
        target.set_state(state)

    def _pop(self) -> None:
        if self.marks and self.marks[-1] == len(self.stack):
            self.marks.pop()
        else:
            self.stack.pop()


def _argument(operation: OpcodeInfo, reader: IO[bytes]) -> Any:
    """What follows the instruction. Text is read as bytes: `pickletools` warns of escapes that Python does not know."""
    if operation.name == "STRING":
        return _unescaped(cast(bytes, read_stringnl(reader, decode=False)))
    if operation.name == "GLOBAL":
        names = [cast(bytes, read_stringnl(reader, decode=False, stripquotes=False)) for _ in range(2)]
        return b" ".join(names).decode("ascii")
    return operation.arg.reader(reader) if operation.arg else None


def _unescaped(line: bytes) -> bytes:
    """A string of Python 2 as `repr` wrote it, the quotes taken off."""
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]) if m[1] else _ESCAPED[m[2]], line)


def _old(argument: str | bytes) -> OldText:
    return OldText(argument if isinstance(argument, bytes) else argument.encode("latin-1"))


def _dictionary(keys: list[Any], values: list[Any]) -> dict[object, object]:
    """Keys are plain values: hashing a tuple of tuples of tuples can overrun the interpreter's stack."""
    if not all(key is None or isinstance(key, str | bytes | int | float | np.generic) for key in keys):
        raise TypeError("a key that is no plain value")
    return dict(zip(keys, values, strict=True))


def _pairs(items: list[Any]) -> dict[object, object]:
    return _dictionary(items[::2], items[1::2])


_Step = Callable[[Machine, Any], object]
_VALUES = "INT LONG LONG1 LONG4 BININT BININT1 BININT2 FLOAT BINFLOAT UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8"
_STEPS: dict[str, _Step] = {
    **dict.fromkeys((*_VALUES.split(), "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"), lambda m, a: m.stack.append(a)),
    **dict.fromkeys(("STRING", "BINSTRING", "SHORT_BINSTRING"), lambda m, a: m.stack.append(_old(a))),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), lambda m, a: m.memo.__setitem__(a, m.stack[-1])),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), lambda m, a: m.stack.append(m.memo[a])),
    **dict.fromkeys(("PROTO", "FRAME"), lambda _, __: None),
    "BYTEARRAY8": lambda m, a: m.stack.append(bytes(a)),
    "NONE": lambda m, _: m.stack.append(None),
    "NEWTRUE": lambda m, _: m.stack.append(True),
    "NEWFALSE": lambda m, _: m.stack.append(False),
    "MEMOIZE": lambda m, _: m.memo.__setitem__(len(m.memo), m.stack[-1]),
    "MARK": lambda m, _: m.marks.append(len(m.stack)),
    "POP": lambda m, _: m._pop(),
    "POP_MARK": lambda m, _: m._since_mark(),
    "DUP": lambda m, _: m.stack.append(m.stack[-1]),
    "EMPTY_LIST": lambda m, _: m.stack.append([]),
    "EMPTY_DICT": lambda m, _: m.stack.append({}),
    "EMPTY_TUPLE": lambda m, _: m.stack.append(()),
    "LIST": lambda m, _: m.stack.append(m._since_mark()),
    "DICT": lambda m, _: m.stack.append(_pairs(m._since_mark())),
    "TUPLE": lambda m, _: m.stack.append(tuple(m._since_mark())),
    "TUPLE1": lambda m, _: m._replace(1),
    "TUPLE2": lambda m, _: m._replace(2),
    "TUPLE3": lambda m, _: m._replace(3),
    "APPEND": lambda m, _: m._extend([m.stack.pop()]),
    "APPENDS": lambda m, _: m._extend(m._since_mark()),
    "SETITEM": lambda m, _: m._update([m.stack.pop(), m.stack.pop()][::-1]),
    "SETITEMS": lambda m, _: m._update(m._since_mark()),
    "GLOBAL": lambda m, a: m._name(a),
    "STACK_GLOBAL": lambda m, _: m._stack_name(),
    "REDUCE": lambda m, _: m._call(),
    "BUILD": lambda m, _: m._build(),
}
