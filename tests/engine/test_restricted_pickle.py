import collections
import os
import pickle
import pickletools
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.formats.restricted_pickle import load
from extraction.errors import DataError

ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
TYPES = st.sampled_from(["<f4", ">f8", "i8", "u1", "?", "<U3", "S4", "f2", "c8"])
ARRAYS = arrays(TYPES, st.sampled_from([(), (0,), (2, 3)]))
VALUES = st.recursive(
    ATOMS | ARRAYS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner)
)


@pytest.fixture
def write(tmp_path):
    def put(content):
        path = tmp_path / "data.pkl"
        path.write_bytes(content)
        return path

    return put


def same(left, right):
    if isinstance(right, np.ndarray | np.generic):
        np.testing.assert_array_equal(left, right)
        assert left.dtype == right.dtype
    elif isinstance(right, list | tuple):
        assert type(left) is type(right)
        assert len(left) == len(right)
        for a, b in zip(left, right, strict=True):
            same(a, b)
    elif isinstance(right, dict):
        same(list(left.items()), list(right.items()))
    else:
        assert left == right


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES, st.integers(0, 5))
def test_what_python_pickles_is_read_back(write, value, protocol):
    same(load(write(pickle.dumps(value, protocol=protocol))), value)


@pytest.mark.parametrize("protocol", range(6))
def test_the_fields_own_kinds_are_read(write, protocol):
    shared = np.arange(6, dtype=np.float32).reshape(2, 3)
    value = {
        "fortran": np.asfortranarray(shared),
        "objects": np.array([["a", b"b", None]], dtype=object),
        "scalar": np.int64(25),
        "ordered": collections.OrderedDict(a=1),
        "default": collections.defaultdict(list, b=[2]),
        "text": np.array(["one", "two"]),
        "twice": (shared, shared),
    }
    for content in (pickle.dumps(value, protocol), pickletools.optimize(pickle.dumps(value, protocol))):
        same(load(write(content)), {**value, "ordered": {"a": 1}, "default": {"b": [2]}})


@pytest.mark.parametrize("core", [b"numpy.core", b"numpy._core"])
def test_old_and_new_numpy_names(write, core):
    content = pickle.dumps(np.arange(3.0), protocol=2)
    content = content.replace(b"numpy._core", b"numpy.core").replace(b"numpy.core", core)
    assert load(write(content)).tolist() == [0, 1, 2]


def test_python_2_pickles_are_read(write):
    raw = np.array([1.5, -np.inf], dtype="<f4").tobytes()
    escaped = "".join(f"\\x{byte:02x}" for byte in raw).encode()
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
    array += b"(I1\n(I2\ntcnumpy\ndtype\n(S'f4'\nI0\nI1\ntR"
    array += b"(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'" + escaped + b"'\ntb"
    zero = load(write(b"(dS'audio'\n" + array + b"sS'id'\nS'caf\\xc3\\xa9'\nsS'old'\nS'caf\\xe9'\ns."))
    assert zero["audio"].tolist() == [1.5, -np.inf]
    assert (zero["id"], zero["old"]) == ("café", "café")
    two = b"\x80\x02}q\x00(U\x02idq\x01U\x05caf\xc3\xa9U\x01lK\x07\x8a\x01\x05\x86u."
    assert load(write(two)) == {"id": "café", "l": (7, 5)}


def attacks(marker):
    """Pickles that would make `marker` if anything of them ran, and tricks with what is allowed."""
    call = f"touch {marker}".encode()
    open_it = f"open({str(marker)!r}, 'w').close()".encode()

    class Reduce:
        def __reduce__(self):
            return os.system, (call.decode(),)

    class Nested:
        def __reduce__(self):
            return getattr, ("text", "format")

    def text(value):
        return b"\x8c" + bytes([len(value)]) + value

    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01bt"
    dtype = b"cnumpy\ndtype\n(%s\x89\x88tR"
    return {
        "os.system by REDUCE": pickle.dumps(Reduce()),
        "in protocol 0": pickle.dumps([1, {"a": Reduce()}], protocol=0),
        "getattr": pickle.dumps(Nested()),
        "builtins.eval": b"\x80\x02cbuiltins\neval\n(X" + len(open_it).to_bytes(4, "little") + open_it + b"tR.",
        "__builtin__.eval of Python 2": b"c__builtin__\neval\n(S" + repr(open_it.decode()).encode() + b"\ntR.",
        "STACK_GLOBAL": b"\x80\x04" + text(b"posix") + text(b"system") + b"\x93" + text(call) + b"\x85R.",
        "STACK_GLOBAL dotted": b"\x80\x04" + text(b"numpy") + text(b"dtype.__init__") + b"\x93.",
        "STACK_GLOBAL from memo": b"\x80\x04" + text(b"system") + b"\x94" + text(b"os") + b"h\x00\x93.",
        "nt.system": b"cnt\nsystem\n(S'" + call + b"'\ntR.",
        "subprocess": b"csubprocess\ncheck_output\n(S'" + call + b"'\ntR.",
        "numpy.load": b"cnumpy\nload\n(S'x'\ntR.",
        "numpy.fromfile": b"cnumpy\nfromfile\n(S'/etc/hostname'\ntR.",
        "numpy's runstring": b"cnumpy.testing._private.utils\nrunstring\n(S'" + open_it + b"'\n}tR.",
        "ctypes": b"cctypes\nCDLL\n(NtR.",
        "torch": b"ctorch._utils\n_rebuild_tensor_v2\n(tR.",
        "INST": b"(S'" + call + b"'\nios\nsystem\n.",
        "OBJ": b"(cos\nsystem\nS'" + call + b"'\no.",
        "OBJ with a known name": b"(ccollections\nOrderedDict\no.",
        "NEWOBJ": b"\x80\x02cnumpy\nndarray\n(K\x01\x85t\x81.",
        "NEWOBJ_EX": b"\x80\x04cnumpy\ndtype\n)}\x92.",
        "BUILD on a class": b"\x80\x02cnumpy\ndtype\nN}X\x0c\x00\x00\x00__setstate__cbuiltins\nlist\ns\x86b.",
        "BUILD on a dictionary": b"\x80\x02}}X\x01\x00\x00\x00aK\x01sb.",
        "extension registry": b"\x80\x02\x82\x01.",
        "extension registry, 4 bytes": b"\x80\x02\x84\x01\x00\x00\x00.",
        "persistent id": b"Pmodule\n.",
        "persistent id, binary": b"N\x51.",
        "buffer from outside": b"\x80\x05\x97.",
        "codec": b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00rottR.",
        "codecs.lookup": b"ccodecs\nlookup\n(S'rot13'\ntR.",
        "a record type": dtype % b"X\x05\x00\x00\x00f4,O8" + b".",
        "pointers for objects": array + b"R(K\x01K\x01\x85" + dtype % b"X\x02\x00\x00\x00O8"
        + b"(K\x03X\x01\x00\x00\x00|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89C\x08AAAAAAAAtb.",
        "fields in a type's state": dtype % b"X\x02\x00\x00\x00f4"
        + b"(K\x03X\x01\x00\x00\x00<NX\x01\x00\x00\x00a}K\x04K\x01K\x10tb.",
        "a function handed over": b"c_codecs\nencode\n.",
    }  # fmt: skip


@pytest.mark.parametrize("attack", sorted(attacks("x")))
def test_nothing_a_file_asks_for_runs(write, tmp_path, attack):
    marker = tmp_path / "ran"
    with pytest.raises(DataError) as refused:
        load(write(attacks(marker)[attack]))
    assert not marker.exists()
    assert str(refused.value).startswith("data.pkl ")
    assert str(refused.value).endswith(".")


def test_the_marker_would_be_made_by_pickle(tmp_path):
    """The attacks are real ones: Python's own unpickler falls for them."""
    for attack in ("os.system by REDUCE", "builtins.eval", "STACK_GLOBAL", "INST"):
        marker = tmp_path / attack.split()[0]
        pickle.loads(attacks(marker)[attack])  # noqa: S301
        assert marker.exists()


def test_what_is_refused_is_named(write):
    with pytest.raises(DataError, match=r"data.pkl asks to run os.system, which no data file needs: do not open it"):
        load(write(b"cos\nsystem\n(S'x'\ntR."))
    with pytest.raises(DataError, match="asks to use the instruction EXT1"):
        load(write(b"\x80\x02\x82\x01."))


def bombs():
    """Tiny files that would fill memory."""
    array = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01"
    shape = b"\x8a\x06\x00\x00\x00\x00\x00\x01\x85"  # 2**40
    state = b"\x89U\x00tb."
    yield "bytes that are not there", array + shape + b"cnumpy\ndtype\n(U\x02f8K\x00K\x01tR" + state
    yield "text of no length", array + shape + b"cnumpy\ndtype\n(U\x02U0K\x00K\x01tR" + state
    yield "objects that are not there", array + shape + b"cnumpy\ndtype\n(U\x02O8K\x00K\x01tR\x89]tb."
    yield "a long shape in _reconstruct", array.split(b"(K\x00t")[0] + shape + b"U\x01btR."
    yield "scalar of huge text", b"cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(S'S999999999'\nI0\nI1\ntRS'x'\ntR."
    yield "a far memo", b"\x80\x02Nr\xff\xff\xff\x7f0N"
    yield "a long string", b"\x80\x04\x8e\x00\x00\x00\x00\xff\x00\x00\x00x"
    yield "a long bytearray", b"\x80\x05\x96\x00\x00\x00\x00\xff\x00\x00\x00x"
    yield "a long frame", b"\x80\x04\x95\x00\x00\x00\x00\xff\x00\x00\x00N"
    yield "bytes(n)", b"c__builtin__\nbytes\n(I9999999999\ntR."
    yield "bytearray(n)", b"c__builtin__\nbytearray\n(I9999999999\ntR."
    yield "range", b"c__builtin__\nlist\n(c__builtin__\nxrange\n(I9999999999\ntRtR."
    levels = (b"](" + b"h%c" % i * 10 + b"eq%c" % (i + 1) for i in range(9))
    yield "ten lists of ten lists of ten ...", b"\x80\x02]q\x00" + b"".join(levels) + b"."


@pytest.mark.parametrize(("content"), [pytest.param(content, id=name) for name, content in bombs()])
def test_a_small_file_does_not_fill_memory(write, content):
    path = write(content)
    tracemalloc.start()
    with pytest.raises(DataError):
        load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_an_array_may_not_be_used_a_thousand_times(write):
    array = np.zeros(10_000)
    assert len(load(write(pickle.dumps([array] * 5)))) == 5
    with pytest.raises(DataError, match="would fill far more memory than it is long"):
        load(write(pickle.dumps([array] * 1000)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"video_id,clip_id\n", "is not a pickle, or is damaged"),
        (b"PK\x03\x04 a zip", "is a zip archive: unpack it"),
        (pickle.dumps({"a": np.zeros(100)})[:-50], "is cut short"),
        (b"\x80\x04", "is cut short"),
        (b".", "is not a pickle"),
        (b"]" * 3000 + b"a" * 2999 + b".", "nested too deeply"),
        (b"\x80\x02}" + b")" + b"\x85" * 200_000 + b"Ns.", "is not a pickle, or is damaged"),
        (b"cnumpy\\u\nfloat64\n.", r"asks to run numpy"),
        (b"P\\u\n.", "asks to use the instruction PERSID"),
        (b"]q\x00h\x00a.", "is not a pickle, or is damaged|cut short"),
    ],
)
def test_bad_files_are_refused(write, content, sentence):
    with pytest.raises(DataError, match=sentence):
        load(write(content))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none.pkl cannot be read \(No such file or directory\): check the path"):
        load(tmp_path / "none.pkl")


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_never_escapes_as_anything_else(write, data):
    value = {"a": np.arange(4.0), "id": ["x", b"y", 3, 2.5, None], "u": np.array(["ab"]), "s": np.float32(1)}
    content = bytearray(pickle.dumps(value, protocol=data.draw(st.integers(0, 5))))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DataError):
        load(write(bytes(content)))
