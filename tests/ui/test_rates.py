from __future__ import annotations

import pytest

from midigen.errors import UserError
from midigen.ui.rates import HOUR_S, MOST_VISITORS, NOBODY, Rate, address_of


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_was_had_comes_back_within_the_hour() -> None:
    clock = Clock()
    rate = Rate(4, clock)
    rate.take("anna", 3)
    rate.take("anna")
    with pytest.raises(UserError, match=r"Go on in 15 min\."):
        rate.take("anna")
    clock.now = HOUR_S / 4
    rate.take("anna")
    with pytest.raises(UserError):
        rate.take("anna")
    clock.now += 10 * HOUR_S
    rate.take("anna", 4)
    with pytest.raises(UserError):
        rate.take("anna")


def test_one_visitor_takes_nothing_from_another() -> None:
    rate = Rate(1, Clock())
    rate.take("anna")
    rate.take("johann")
    with pytest.raises(UserError):
        rate.take("anna")


def test_any_number_of_visitors_takes_bounded_memory() -> None:
    rate = Rate(1, Clock())
    for i in range(MOST_VISITORS + 100):
        rate.take(str(i))
    assert len(rate._left) == MOST_VISITORS


@pytest.mark.parametrize(
    ("forwarded", "n_proxies", "address"),
    [
        ([], 0, "10.0.0.1"),
        ([], 1, "10.0.0.1"),
        (["1.2.3.4"], 0, "10.0.0.1"),
        (["1.2.3.4"], 1, "1.2.3.4"),
        (["6.6.6.6, 1.2.3.4"], 1, "1.2.3.4"),  # the visitor wrote the first
        (["6.6.6.6", "1.2.3.4"], 1, "1.2.3.4"),
        (["6.6.6.6, 1.2.3.4, 10.0.0.7"], 2, "1.2.3.4"),
        (["1.2.3.4"], 2, "10.0.0.1"),
        ([""], 1, "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(
    forwarded: list[str], n_proxies: int, address: str
) -> None:
    assert address_of(forwarded, "10.0.0.1", n_proxies) == address


def test_who_has_no_address_is_nobody() -> None:
    assert address_of([], None, 0) == NOBODY
