"""Tokens, PINs, CSRF tokens and the limit of attempts."""

from pathlib import Path

import pytest

from govkit.room.domain.sessions import AttemptLimit, Secret, csrf_of, network, new_pin, new_token, token_hash


def test_tokens_are_long_random_and_kept_as_a_hash_only() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) >= 43 for token in tokens)  # 256 bits in base 64
    token = tokens.pop()
    assert token not in token_hash(token)
    assert csrf_of(token) not in (token, token_hash(token))


def test_pins_are_eight_digits() -> None:
    pins = {new_pin() for _ in range(200)}
    assert len(pins) > 190
    assert all(len(pin) == 8 and pin.isdigit() for pin in pins)


def test_a_pin_counts_for_one_candidate_of_one_room(tmp_path: Path) -> None:
    secret = Secret(tmp_path / "s")
    kept = secret.pin_hash("r", "1", "12345678")
    assert "12345678" not in kept
    assert secret.pin_matches("r", "1", "12345678", kept)
    assert not secret.pin_matches("r", "1", "12345679", kept)
    assert not secret.pin_matches("r", "2", "12345678", kept)
    assert not secret.pin_matches("q", "1", "12345678", kept)
    assert not secret.pin_matches("r", "1", "12345678", "")
    assert Secret(tmp_path / "s").pin_matches("r", "1", "12345678", kept)
    assert not Secret(tmp_path / "other").pin_matches("r", "1", "12345678", kept)
    assert (tmp_path / "s").stat().st_mode & 0o077 == 0


def test_a_form_token_is_ours_and_of_this_browser(tmp_path: Path) -> None:
    secret = Secret(tmp_path / "s")
    one, other = secret.form_token(), secret.form_token()
    assert secret.form_token_valid(one, one)
    for cookie, field in [(one, other), (one, ""), ("", ""), ("x.y", "x.y"), (".", "."), ("密.密", "密.密")]:
        assert not secret.form_token_valid(cookie, field)


def test_ten_attempts_a_minute_for_account_and_address() -> None:
    attempts = AttemptLimit()
    for at in range(10):
        assert not attempts.exceeded("r", "1", "10.0.0.1", float(at))
        attempts.count("r", "1", "10.0.0.1", float(at))
    assert attempts.exceeded("r", "1", "10.0.0.1", 59.9)
    assert not attempts.exceeded("r", "1", "10.0.0.2", 59.9)  # the account's owner, elsewhere
    assert not attempts.exceeded("r", "2", "10.0.0.1", 59.9)  # a neighbour behind the same address
    assert not attempts.exceeded("r", "1", "10.0.0.1", 60.0)
    attempts.count("r", "1", "10.0.0.1", 60.0)
    assert attempts.exceeded("r", "1", "10.0.0.1", 60.5)  # never more than ten in any minute


def test_counting_attempts_takes_bounded_memory() -> None:
    attempts = AttemptLimit()
    for at in range(101_000):
        attempts.count("r", str(at), "10.0.0.1", 0.0)
    assert len(attempts._attempts) <= 100_000


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(address: str, counted: str) -> None:
    assert network(address) == counted
