"""The capped child: every way in which it can end is a value for its parent, and the next call works."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from govkit.core import capped
from govkit.core.errors import InputError, Problem, UsageError, Where
from govkit.core.files import regular_file

PROBLEM = Problem(Where("甲.xlsx", "表", "B2"), "错", "改")


def _echo(value: object) -> object:
    return value


def _refuse() -> None:
    raise InputError(PROBLEM)


def _misuse() -> None:
    raise UsageError((PROBLEM, PROBLEM))


def _hog() -> int:
    return len(b"x" * 2**31)


def _hog_slowly() -> int:
    return len([bytearray(2**20) for _ in range(2_000)])


def _spin() -> None:
    while True:
        pass


def _sleep() -> None:
    time.sleep(60)


def _fault() -> None:
    raise KeyError("x")


def _deep(depth: int = 0) -> int:
    return _deep(depth + 1)


def _chatter() -> int:
    print("x" * 100_000)  # noqa: T201 - what a library might do
    sys.stderr.write("y" * 100_000)
    os.write(1, b"garbage on standard output")
    return 7


def _limits() -> tuple[bool, bool]:
    import resource

    infinite = resource.RLIM_INFINITY
    return resource.getrlimit(resource.RLIMIT_AS)[0] != infinite, resource.getrlimit(resource.RLIMIT_CPU)[0] != infinite


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits on Windows")
def test_memory_and_processor_time_are_capped() -> None:
    assert capped.call(_limits) == (True, True)


@pytest.mark.parametrize("value", [None, 1, "字", b"x" * 3_000_000, {"a": [1.5, None]}, Path("甲")])
def test_arguments_and_results_go_both_ways(value: object) -> None:
    assert capped.call(_echo, value) == value


def test_what_is_refused_in_the_child_is_refused_here() -> None:
    with pytest.raises(InputError) as refused:
        capped.call(_refuse)
    assert refused.value.problems == (PROBLEM,)
    with pytest.raises(UsageError) as misused:
        capped.call(_misuse)
    assert misused.value.problems == (PROBLEM, PROBLEM)


@pytest.mark.parametrize(
    ("function", "arguments", "reason"),
    [
        (_hog, (), "memory"),
        (_hog_slowly, (), "memory"),
        (_spin, (), "time"),
        (_fault, (), "crash"),
        (_deep, (), "crash"),
        (os.abort, (), "crash"),
        (os._exit, (0,), "crash"),
        (os._exit, (3,), "crash"),
        (sys.exit, (0,), "crash"),
        (signal.raise_signal, (signal.SIGKILL,), "crash"),
        (signal.raise_signal, (signal.SIGSEGV,), "crash"),
        (signal.raise_signal, (signal.SIGTERM,), "crash"),
        (os.close, (0,), None),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(value),
)
def test_every_death_is_a_value_and_the_next_call_works(
    function: object, arguments: tuple[object, ...], reason: str | None
) -> None:
    if reason:
        with pytest.raises(capped.Died) as died:
            capped.call(function, *arguments, memory=2**28, seconds=1)  # type: ignore[arg-type]
        assert died.value.reason == reason
    else:
        capped.call(function, *arguments)  # type: ignore[arg-type]
    assert capped.call(_echo, 1) == 1


@pytest.mark.slow
def test_a_child_that_waits_for_ever_is_ended_by_the_clock() -> None:
    started = time.monotonic()
    with pytest.raises(capped.Died) as died:
        capped.call(_sleep, seconds=1)
    assert (died.value.reason, time.monotonic() - started < 30) == ("time", True)


def test_what_a_library_prints_does_not_mix_with_answers(capfd: pytest.CaptureFixture[str]) -> None:
    assert capped.call(_chatter) == 7
    assert capped.call(_echo, 2) == 2
    assert capfd.readouterr() == ("", "")


def test_one_child_serves_many_calls_until_it_holds_too_much() -> None:
    first = capped.call(os.getpid)
    assert capped.call(os.getpid) == first != os.getpid()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (os.mkfifo, "管道或设备"),
        (lambda path: path.symlink_to("/dev/zero"), "管道或设备"),
        (lambda path: path.symlink_to("/dev/null"), "管道或设备"),
        (lambda path: path.symlink_to(path.name), "找不到"),
        (Path.mkdir, "文件夹"),
        (lambda _path: None, "找不到"),
        (lambda path: path.write_bytes(b"123456789"), "超过"),
    ],
    ids=["pipe", "endless", "null", "loop", "folder", "nothing", "large"],
)
@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices as files")
def test_what_is_no_file_is_refused_unopened(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "甲"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError, match=words):
        regular_file(path, 8)


def test_a_file_up_to_the_limit_passes(tmp_path: Path) -> None:
    path = tmp_path / "甲"
    path.write_bytes(b"12345678")
    assert regular_file(path, 8).st_size == 8
