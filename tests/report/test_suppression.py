"""Small counts hidden: what is shown, what is hidden with it, and what an attacker makes of the page."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.report.attack import Range, attack, leaks, unavoidable
from outreach.report.figures import ALL, Figures, Key, Published, Sum, table
from outreach.report.suppression import _loss, suppress

THRESHOLD = 10


def only_small_hidden(figures: Figures, threshold: int = THRESHOLD) -> Published:
    """The planted fault: small counts left out and nothing else."""
    hidden = figures.small(threshold) - figures.unpublished
    shown = {k: n for k, n in figures.counts.items() if k not in hidden and k not in figures.unpublished}
    return Published(shown, hidden, figures.sums, figures.unpublished)


def row(*counts: int) -> Figures:
    return table({(f"a{i}", "w0"): count for i, count in enumerate(counts)})


def test_a_table_without_small_counts_is_shown_whole():
    figures = table({("a", "w1"): 20, ("a", "w2"): 0, ("b", "w1"): 11, ("b", "w2"): 300})
    assert suppress(figures).hidden == frozenset()
    assert suppress(figures).shown == figures.counts


@pytest.mark.parametrize(("count", "hidden"), [(0, False), (1, True), (10, True), (11, False)])
def test_counts_from_one_to_ten_are_hidden_and_zero_shows(count: int, hidden: bool):
    figures = table({("a", "w1"): count, ("a", "w2"): 50, ("b", "w1"): 60, ("b", "w2"): 70})
    assert (("a", "w1") in suppress(figures).hidden) is hidden


def test_no_total_stands_beside_a_single_hidden_cell():
    figures = table({("a", "w1"): 4, ("a", "w2"): 50, ("b", "w1"): 60, ("b", "w2"): 70})
    page = suppress(figures)
    for each in figures.sums:
        hidden = [key for key in (each.total, *each.parts) if key in page.hidden]
        assert len(hidden) != 1
    assert page.figure((ALL, ALL)) == 184


def test_leaving_out_the_small_count_alone_is_caught():
    figures = table({("a", "w1"): 4, ("a", "w2"): 50, ("b", "w1"): 60, ("b", "w2"): 70})
    naive = only_small_hidden(figures)
    assert leaks(naive, figures, THRESHOLD) == {("a", "w1"): Range(4, 4)}
    assert leaks(suppress(figures), figures, THRESHOLD) == {}


def test_a_printed_small_count_is_caught():
    figures = row(4, 50, 60)
    page = Published(dict(figures.counts), frozenset(), figures.sums)
    assert leaks(page, figures, THRESHOLD)[("a0", "w0")] == Range(4, 4)


def test_two_small_counts_that_add_up_to_less_than_eleven_need_a_third():
    figures = row(2, 3, 40, 50)
    naive = only_small_hidden(figures)
    assert attack(naive, [("a0", "w0")]) == {("a0", "w0"): Range(1, 4)}
    assert leaks(naive, figures, THRESHOLD)
    page = suppress(figures)
    assert leaks(page, figures, THRESHOLD) == {}
    assert ("a2", "w0") in page.hidden


def test_the_square_trick_of_totals_is_caught():
    """Two hidden cells in every row and column can still be solved for when rows share columns."""
    figures = table({("a", "x"): 3, ("a", "y"): 30, ("b", "x"): 40, ("b", "y"): 5})
    naive = only_small_hidden(figures)
    assert leaks(naive, figures, THRESHOLD).keys() == {("a", "x"), ("b", "y")}
    assert leaks(suppress(figures), figures, THRESHOLD) == {}


def test_a_row_of_one_small_count_hides_its_total_too():
    figures = table({("a", "w1"): 3, ("a", "w2"): 0, ("b", "w1"): 30, ("b", "w2"): 40})
    page = suppress(figures)
    assert {("a", "w1"), ("a", ALL)} <= page.hidden
    assert page.figure(("a", "w2")) == 0
    assert leaks(page, figures, THRESHOLD) == {}


def test_everything_small_hides_everything_but_zeros():
    figures = table({("a", "w1"): 1, ("a", "w2"): 0, ("b", "w1"): 2, ("b", "w2"): 1})
    page = suppress(figures)
    assert page.hidden == {key for key, count in figures.counts.items() if count}
    assert leaks(page, figures, THRESHOLD) == {}


def test_a_total_of_several_small_counts_may_be_known_to_be_as_many():
    figures = row(1, 2, 1)
    assert unavoidable(figures, THRESHOLD)[(ALL, ALL)] == Range(3, 12)


def test_a_cell_nobody_prints_is_protected_when_the_margins_give_it_away():
    """Vans came to area a in week 1 only: its total and what is known of the week are the same people."""
    cells = {("a", "w1"): 4, ("b", "w1"): 30, ("b", "w2"): 20, ("c", "w2"): 25}
    nobody = [("a", "w2"), ("c", "w1")]
    figures = table(cells, known_zero=nobody, only_margins=True)
    assert ("b", "w1") not in only_small_hidden(figures).shown
    page = suppress(figures)
    assert leaks(only_small_hidden(figures), figures, THRESHOLD)
    assert leaks(page, figures, THRESHOLD) == {}
    assert page.figure(("a", ALL)) is None


def test_two_reports_of_overlapping_weeks_are_protected_together():
    """Six weeks and the first five of them: their difference is the sixth."""
    weeks = {("a", str(week)): count for week, count in enumerate([30, 20, 40, 25, 18, 7])}
    parts = tuple(weeks)
    counts: dict[Key, int] = {**weeks, ("six",): 140, ("five",): 133}
    sums = (Sum(("six",), parts), Sum(("five",), parts[:5]))
    figures = Figures(counts, sums, frozenset(parts))
    assert leaks(only_small_hidden(figures), figures, THRESHOLD) == {("a", "5"): Range(7, 7)}
    page = suppress(figures)
    assert leaks(page, figures, THRESHOLD) == {}
    assert page.figure(("six",)) is not None or page.figure(("five",)) is not None


def test_the_same_figures_give_the_same_page():
    figures = table({(f"a{i}", f"w{j}"): (i * 7 + j * 5) % 23 for i in range(5) for j in range(4)})
    backwards = table(dict(reversed(list({k: n for k, n in figures.counts.items() if ALL not in k}.items()))))
    assert suppress(figures) == suppress(backwards)


def test_the_threshold_is_a_setting():
    figures = row(5, 30, 40)
    assert suppress(figures, threshold=4).hidden == frozenset()
    assert {key[0] for key in suppress(figures, threshold=5).hidden} == {"a0", "a1"}


@pytest.mark.parametrize(
    "counts",
    [(4, 50, 60, 70, 12, 30), (2, 3, 40, 9, 1, 0), (0, 3, 25, 14, 90, 11), (10, 11, 12, 13, 14, 15)],
)
def test_no_cheaper_page_is_safe(counts: tuple[int, ...]):
    """Every cheaper set of hidden figures of a 2 × 3 table leaks: the choice is the best there is."""
    cells = dict(zip(product("ab", "xyz"), counts, strict=True))
    figures = table({(a, x): n for (a, x), n in cells.items()})
    chosen = suppress(figures)
    spent = sum(_loss(figures, key) for key in chosen.hidden)
    must = figures.small(THRESHOLD)
    others = [key for key, count in sorted(figures.counts.items()) if count and key not in must]
    for size in range(len(others) + 1):
        for more in combinations(others, size):
            hidden = must | set(more)
            if sum(_loss(figures, key) for key in hidden) < spent - 1e-6:
                shown = {key: n for key, n in figures.counts.items() if key not in hidden}
                assert leaks(Published(shown, frozenset(hidden), figures.sums), figures, THRESHOLD)


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(
        st.lists(st.one_of(st.just(0), st.integers(1, 12), st.integers(1, 90)), min_size=3, max_size=3),
        min_size=2,
        max_size=5,
    ),
    only_margins=st.booleans(),
)
def test_nothing_small_can_be_worked_out_of_any_table(counts: list[list[int]], only_margins: bool):
    cells = {(f"a{i}", f"w{j}"): n for i, line in enumerate(counts) for j, n in enumerate(line)}
    figures = table(cells, only_margins=only_margins)
    page = suppress(figures)
    assert leaks(page, figures, THRESHOLD) == {}
    for key, count in figures.counts.items():
        if key not in figures.unpublished:
            assert page.figure(key) in (None, count)
            assert not (count == 0 and key in page.hidden)


def test_a_sum_that_does_not_add_up_is_refused():
    with pytest.raises(ValueError, match="add up to 3"):
        Figures({("a",): 1, ("b",): 2, ("all",): 4}, (Sum(("all",), (("a",), ("b",))),))
    with pytest.raises(ValueError, match="never negative"):
        Figures({("a",): -1})
    with pytest.raises(ValueError, match="has people in it"):
        table({("a", "w"): 3}, known_zero=[("a", "w")])


def test_a_page_that_contradicts_itself_is_refused_by_the_attacker():
    page = Published({("all",): 0}, frozenset([("a",), ("b",)]), (Sum(("all",), (("a",), ("b",))),))
    with pytest.raises(ValueError, match="contradict"):
        attack(page)


@pytest.mark.parametrize("counts", [(3, 5, 4, 12), (1, 1, 13, 2), (2, 9, 9, 2)])
def test_the_attacker_finds_exactly_what_trying_every_number_finds(counts: tuple[int, int, int, int]):
    """Two rows of two whose row and column totals are known: every other four numbers are tried."""
    figures = table(dict(zip(product("ab", "xy"), counts, strict=True)))
    cells = [key for key in sorted(figures.counts) if ALL not in key]
    page = Published({k: n for k, n in figures.counts.items() if ALL in k}, frozenset(cells), figures.sums)
    tries = product(range(1, sum(counts)), repeat=4)
    fits = [dict(zip(cells, tried, strict=True)) for tried in tries if _adds_up(tried, counts)]
    for key, found in attack(page).items():
        assert found == Range(min(fit[key] for fit in fits), max(fit[key] for fit in fits))


def _adds_up(tried: tuple[int, ...], counts: tuple[int, ...]) -> bool:
    return all(tried[i] + tried[j] == counts[i] + counts[j] for i, j in ((0, 1), (2, 3), (0, 2), (1, 3)))
