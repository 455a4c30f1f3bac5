"""The queue: who sees what, by which filter, in which order, page after page; and the address that says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from extensions import db
from service import claims, database, queue, saved_views, search
from service.errors import NotFound, Refused
from service.filters import NONE, STATES, Filter, Order, Step, read_filter, write_query
from service.models import Contribution, Meeting, Phase, Reviewer, Role, Source, Status
from tests.council import NOW, idea
from tests.postgres import ON_POSTGRESQL

NewReviewer = Callable[..., Reviewer]
DAY = dt.timedelta(days=1)


@pytest.fixture
def secretary(new_reviewer: NewReviewer) -> Reviewer:
    return new_reviewer("68", name="Camille")


def take_in(session: Session, code: str, **given: object) -> Contribution:
    """An idea received, with what the test is about."""
    departement = str(given.pop("departement", "68"))
    made = idea(session, code, departement, Status.RECEIVED)
    for name, value in given.items():
        setattr(made, name, value)
    session.commit()
    return made


def read(session: Session, reviewer: Reviewer, asked: Filter, after: queue.Place | None = None) -> str:
    """The first letters of the codes of a page."""
    found = queue.list_page(session, reviewer, asked, NOW, after)
    return "".join(one.code[0] for one in found.contributions)


# Who sees what


@pytest.mark.parametrize(
    ("departement", "role", "territory", "codes"),
    [
        pytest.param("68", Role.SECRETARY, None, "AD", id="Haut-Rhin"),
        pytest.param("68", Role.MEMBER, None, "AD", id="a member"),
        pytest.param("51", Role.SECRETARY, None, "C", id="Marne"),
        pytest.param("88", Role.SECRETARY, None, "", id="Vosges"),
        pytest.param(None, Role.REGION, None, "ACDE", id="region"),
        pytest.param(None, Role.REGION, "67", "E", id="region, one territory"),
        pytest.param("51", Role.SECRETARY, "68", "", id="another territory is not opened by its number"),
    ],
)
def test_a_reviewer_sees_their_territory_and_the_region_sees_all(
    session: Session, new_reviewer: NewReviewer, departement: str | None, role: Role, territory: str | None, codes: str
) -> None:
    for code, where in (("AAAAA2", "68"), ("CCCCC2", "51"), ("DDDDD2", "68"), ("EEEEE2", "67")):
        take_in(session, code, departement=where)
    reviewer = new_reviewer(departement, role)
    asked = Filter(territory=territory)
    assert read(session, reviewer, asked) == codes
    assert queue.count(session, reviewer, asked, NOW) == len(codes)
    found = session.scalars(queue.select_matching(session, reviewer, asked, NOW)).all()
    assert sorted(one.code[0] for one in found) == list(codes)


# Filters


# What each filter lets through, by the first letters of codes, in order.
FILTERS = {
    "to be dealt with": (Filter(), "ACDEFGHJKMN"),
    "instructed": (Filter("instruites"), "P"),
    "decided": (Filter("decidees"), "RT"),
    "one decision": (Filter("non-retenues"), "T"),
    "all": (Filter("toutes"), "ACDEFGHJKMNPRT"),
    "axis, with or without solution": (Filter(axis="A2"), "AC"),
    "no axis": (Filter(axis=NONE), "D"),
    "solution": (Filter(solution="A2.1"), "A"),
    "bare axis": (Filter(axis="A2", solution=NONE), "C"),
    "commune": (Filter(commune="68066"), "E"),
    "channel": (Filter(channel=Source.PAPER), "F"),
    "older": (Filter(older_than=30), "G"),
    "younger": (Filter(younger_than=10), "H"),
    "between": (Filter(older_than=10, younger_than=30), "ACDEFJKMN"),
    "waiting": (Filter(waiting=True), "J"),
    "alike": (Filter(alike=True), "K"),
    "flagged": (Filter(flagged=True), "M"),
    "drafted": (Filter("toutes", drafted=True), "P"),
    "drafted, but to be dealt with": (Filter(drafted=True), ""),
    "meeting": (Filter("toutes", meeting=1), "R"),
    "mine": (Filter(mine=True), "A"),
    "nobody's": (Filter(unassigned=True), "DEFGHJKMN"),
    "words": (Filter(words="kiosque"), "N"),
    "words, in a state": (Filter("decidees", words="kiosque"), ""),
    "words and channel": (Filter(words="kiosque", channel=Source.PAPER), ""),
    "newest first": (Filter("toutes", order=Order.NEWEST), "TRPNMKJHGFEDCA"),
    "least reviewed first": (Filter("toutes", order=Order.LEAST_REVIEWED), "DEFGHJKMNPRTCA"),
    "of an age, oldest by date": (Filter(older_than=1), "GACDEFJKMNH"),
    "of an age, newest by date": (Filter(older_than=1, order=Order.NEWEST), "HNMKJFEDCAG"),
    "instructed, by the date of it": (Filter("toutes", step=Step.INSTRUCTED), "TRP"),
    "instructed, in a state": (Filter("decidees", step=Step.INSTRUCTED, order=Order.NEWEST), "RT"),
}


def test_a_filter_lets_through_what_it_says(session: Session, new_reviewer: NewReviewer, secretary: Reviewer) -> None:
    session.add(Meeting(id=1, departement="68", title="Plénière", held_on=NOW.date(), phase=Phase.OPINIONS))
    session.commit()
    usual: dict[str, object] = {"received_at": NOW - 20 * DAY}
    take_in(session, "AAAAA2", axis="A2", solution="A2.1", opinion_count=5, **usual)
    take_in(session, "CCCCC2", axis="A2", solution=None, opinion_count=2, **usual)
    take_in(session, "DDDDD2", axis=None, solution=None, status=Status.TO_CLASSIFY, **usual)
    take_in(session, "EEEEE2", insee="68066", **usual)
    take_in(session, "FFFFF2", channel=Source.PAPER, **usual)
    take_in(session, "GGGGG2", received_at=NOW - 40 * DAY)
    take_in(session, "HHHHH2", received_at=NOW - 2 * DAY)
    take_in(session, "JJJJJ2", waiting=True, **usual)
    take_in(session, "KKKKK2", alike=True, **usual)
    take_in(session, "MMMMM2", flagged=True, **usual)
    search.index(session, [take_in(session, "NNNNN2", words="un kiosque", **usual)])
    take_in(session, "PPPPP2", status=Status.INSTRUCTED, drafted_status=Status.RETAINED, instructed_at=NOW, **usual)
    take_in(session, "RRRRR2", status=Status.RETAINED, meeting_id=1, instructed_at=NOW - DAY, **usual)
    take_in(session, "TTTTT2", status=Status.NOT_RETAINED, instructed_at=NOW - 2 * DAY, **usual)
    colleague = new_reviewer("68", name="Dominique")
    claims.claim(session, secretary, "AAAAA2", NOW)
    claims.claim(session, colleague, "CCCCC2", NOW)
    claims.claim(session, colleague, "DDDDD2", NOW - DAY)  # over
    region = new_reviewer(None)
    for reviewer in (secretary, region):
        expected = {name: codes for name, (asked, codes) in FILTERS.items() if reviewer is secretary or not asked.mine}
        asked_for = {name: FILTERS[name][0] for name in expected}
        assert {name: read(session, reviewer, asked) for name, asked in asked_for.items()} == expected
        counts = {name: queue.count(session, reviewer, asked, NOW) for name, asked in asked_for.items()}
        assert counts == {name: len(codes) for name, codes in expected.items()}
        everything = {
            name: "".join(
                sorted(one.code[0] for one in session.scalars(queue.select_matching(session, reviewer, asked, NOW)))
            )
            for name, asked in asked_for.items()
        }
        assert everything == {name: "".join(sorted(codes)) for name, codes in expected.items()}


# Pages


@pytest.fixture
def crowd(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[Contribution]:
    """Ideas of two states and three territories with opinions and dates in no order, and pages of three."""
    monkeypatch.setattr(queue, "PAGE", 3)
    letters = "ACDEFGHJKMNP"
    return [
        take_in(
            session,
            f"{letter}2222{letter}",
            departement=("68", "68", "51", "67")[number % 4],
            status=(Status.RECEIVED, Status.TO_CLASSIFY, Status.INSTRUCTED)[number % 3],
            opinion_count=(3, 0, 2)[number % 3],
            received_at=NOW - (number * 7 % 5) * DAY,
            instructed_at=NOW - (number * 5 % 7) * DAY,
        )
        for number, letter in enumerate(letters)
    ]


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("departement", ["68", None], ids=["territory", "region"])
@pytest.mark.parametrize(
    "narrowed", [{}, {"younger_than": 30}, {"step": Step.INSTRUCTED}], ids=["by arrival", "by date", "by a step's date"]
)
@pytest.mark.usefixtures("crowd")
def test_pages_follow_each_other_without_gap_or_repeat(
    session: Session, new_reviewer: NewReviewer, order: Order, departement: str | None, narrowed: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    reviewer = new_reviewer(departement)
    asked = Filter("toutes", order=order, **narrowed)
    pages, after = "", None
    while True:
        page = queue.list_page(session, reviewer, asked, NOW, after)
        pages += "".join(one.code[0] for one in page.contributions)
        if page.end is None:
            break
        assert len(page.contributions) == 3
        after = queue.read_place(str(page.end))
    monkeypatch.setattr(queue, "PAGE", 50)
    assert pages == read(session, reviewer, asked)
    assert len(pages) == (6 if departement else 12)


def test_more_than_can_be_counted_is_said_to_be_more(
    session: Session, secretary: Reviewer, crowd: list[Contribution], monkeypatch: pytest.MonkeyPatch
) -> None:
    for counted, expected in ((5, 6), (6, 6), (7, 6), (3, 4)):
        monkeypatch.setattr(queue, "COUNTED", counted)
        assert queue.count(session, secretary, Filter("toutes"), NOW) == expected


@pytest.mark.parametrize(
    "written", ["", "1", "1.2.3", "a.b.c", "1.1763630000.000000.1.1", "1.-3.000000.4", "99999.1.000000.1", "1.1.5.9\0"]
)
def test_what_is_no_place_is_passed_over(written: str) -> None:
    assert queue.read_place(written) is None


def test_a_page_asks_the_same_few_questions_however_long_it_is(session: Session, secretary: Reviewer) -> None:
    def count_queries() -> int:
        asked: list[str] = []

        def note(*given: object) -> None:
            asked.append(str(given[2]))

        event.listen(db.engine, "before_cursor_execute", note)
        found = queue.list_page(session, secretary, Filter(), NOW)
        assert [held.reviewer.name for held in found.claims.values()] == ["Camille"] * len(found.contributions)
        event.remove(db.engine, "before_cursor_execute", note)
        session.commit()
        return len(asked)

    assert secretary.departement == "68"
    take_in(session, "AAAAA2")
    claims.claim(session, secretary, "AAAAA2", NOW)
    session.commit()
    assert secretary.role
    few = count_queries()
    for letter in "CDEFGH":
        take_in(session, f"{letter}AAAA2")
        claims.claim(session, secretary, f"{letter}AAAA2", NOW)
    session.commit()
    assert secretary.role
    assert count_queries() == few


# Around one, and the next


@pytest.mark.parametrize("order", Order)
@pytest.mark.usefixtures("crowd")
def test_neighbours_are_those_of_the_list(
    session: Session, new_reviewer: NewReviewer, order: Order,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(queue, "PAGE", 50)
    region, asked = new_reviewer(None), Filter("toutes", order=order)
    page = queue.list_page(session, region, asked, NOW).contributions
    codes = [None, *(one.code for one in page), None]
    for place, one in enumerate(page, 1):
        assert queue.find_neighbours(session, region, asked, one, NOW) == (codes[place - 1], codes[place + 1])


@pytest.mark.parametrize(
    ("here", "following"),
    [
        pytest.param("AAAAA2", "EEEEE2", id="after it, that nobody else works on"),
        pytest.param("EEEEE2", "FFFFF2", id="after it"),
        pytest.param("FFFFF2", "AAAAA2", id="at the end from the start"),
        pytest.param("CCCCC2", "DDDDD2", id="one's own claim does not count"),
    ],
)
def test_the_next_one_is_free_and_within_the_filter(
    session: Session, new_reviewer: NewReviewer, secretary: Reviewer, here: str, following: str
) -> None:
    made = {code: take_in(session, code) for code in ("AAAAA2", "CCCCC2", "DDDDD2", "EEEEE2", "FFFFF2")}
    take_in(session, "GGGGG2", departement="51")
    take_in(session, "HHHHH2", status=Status.RETAINED)
    colleague = new_reviewer("68")
    claims.claim(session, colleague, "CCCCC2", NOW)
    if here == "CCCCC2":
        claims.claim(session, secretary, "DDDDD2", NOW)
    else:
        claims.claim(session, colleague, "DDDDD2", NOW)
    claims.claim(session, secretary, here, NOW, instead_of=colleague.id)
    assert queue.pass_on(session, secretary, Filter(), made[here], NOW) == following
    held = claims.read_claims(session, list(made.values()), NOW)
    assert made[here].id not in held
    assert held[made[following].id].reviewer_id == secretary.id


def test_when_all_is_done_there_is_no_next_one(session: Session, secretary: Reviewer) -> None:
    take_in(session, "CCCCC2", departement="51")
    last = take_in(session, "AAAAA2")
    assert queue.pass_on(session, secretary, Filter(), last, NOW) is None


# The address

FULL = Filter(
    "non-retenues", axis="A2", solution="A2.1", commune="68066", channel=Source.PAPER, older_than=30, younger_than=90,
    meeting=7, territory="68", words="garde d'enfants & cie", mine=True, unassigned=True, waiting=True, alike=True,
    flagged=True, drafted=True, order=Order.NEWEST,
)  # fmt: skip


@pytest.mark.parametrize(
    "asked", [Filter(), FULL, *(Filter(state) for state in STATES), *(Filter(order=o) for o in Order)]
)
def test_an_address_says_a_filter_and_is_read_back(asked: Filter) -> None:
    assert read_filter(write_query(asked)) == asked


def test_the_address_is_in_french_and_short() -> None:
    assert write_query(Filter()) == ""
    assert write_query(Filter("toutes", axis="A2", words="à Thann", mine=True)) == (
        "etat=toutes&q=%C3%A0+Thann&axe=A2&montrer=miennes"
    )
    assert len(write_query(FULL)) < 500  # what a saved view may hold


NONSENSE = ["", "x", "-1", "0", "99999999999999999999", "\0", "é", "A9.99", "<script>", "%", "a" * 3000, "68\n", "１２"]


@pytest.mark.parametrize(
    "name",
    ["etat", "axe", "solution", "commune", "canal", "plus-de", "moins-de", "seance", "territoire", "montrer", "tri"],
)
def test_rubbish_in_an_address_is_passed_over(name: str) -> None:
    assert [value for value in NONSENSE if read_filter(f"{name}={value}") != Filter()] == []


@pytest.mark.parametrize("query", ["&".join("a=b" for _ in range(1000)), "%ff%fe", "=", "&&&", "etat", "a[]=1&a[]=2"])
def test_no_address_is_an_error(query: str) -> None:
    assert read_filter(query) == Filter()


@pytest.mark.parametrize("words", ["\0", "a\0b", "é" * 5000, "\ud800", "' OR 1=1 --"])
def test_any_words_searched_for_are_survived(session: Session, secretary: Reviewer, words: str) -> None:
    asked = Filter(words=read_filter(f"q={words.encode('utf-8', 'ignore').decode()}").words)
    assert queue.list_page(session, secretary, asked, NOW).contributions == []


# Views kept


def test_a_view_is_kept_under_its_name_listed_and_deleted(
    session: Session, new_reviewer: NewReviewer, secretary: Reviewer
) -> None:
    saved_views.save_view(session, new_reviewer("68"), "À moi", Filter("toutes"))
    saved_views.save_view(session, secretary, "  Papier  ", Filter(channel=Source.PAPER))
    saved_views.save_view(session, secretary, "Anciennes", Filter(older_than=90))
    saved_views.save_view(session, secretary, "Papier", Filter("toutes", channel=Source.PAPER))
    session.commit()
    views = saved_views.list_views(session, secretary)
    assert [(one.name, one.query) for one in views] == [
        ("Anciennes", "plus-de=90"),
        ("Papier", "etat=toutes&canal=paper"),
    ]
    saved_views.delete_view(session, secretary, views[0].id)
    session.commit()
    assert [one.name for one in saved_views.list_views(session, secretary)] == ["Papier"]


def test_nobody_deletes_anothers_view(session: Session, new_reviewer: NewReviewer, secretary: Reviewer) -> None:
    saved_views.save_view(session, secretary, "Papier", Filter())
    (view,) = saved_views.list_views(session, secretary)
    for number in (view.id, 999):
        with pytest.raises(NotFound):
            saved_views.delete_view(session, new_reviewer("68"), number)
    assert len(saved_views.list_views(session, secretary)) == 1


def test_views_have_names_and_a_number(session: Session, secretary: Reviewer) -> None:
    for name, sentence in (
        (" ", "Donnez un nom à cette vue."),
        ("é" * 61, "Le nom dépasse 60 caractères : raccourcissez-le."),
    ):
        with pytest.raises(Refused) as refused:
            saved_views.save_view(session, secretary, name, Filter())
        assert str(refused.value) == sentence
    for number in range(saved_views.MOST_VIEWS):
        saved_views.save_view(session, secretary, f"Vue {number}", Filter())
    saved_views.save_view(session, secretary, "Vue 3", Filter("toutes"))
    with pytest.raises(Refused) as refused:
        saved_views.save_view(session, secretary, "Une de plus", Filter())
    assert str(refused.value) == "Vous avez déjà 20 vues : supprimez-en une d'abord."


# Plans


def explain(session: Session, reviewer: Reviewer, asked: Filter) -> list[str]:
    """How SQLite finds the first page of ``asked``."""
    seen: list[tuple[str, object]] = []

    def keep(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", keep)
    queue.list_page(session, reviewer, asked, NOW)
    event.remove(db.engine, "before_cursor_execute", keep)
    [(statement, parameters)] = [one for one in seen if "UNION" in one[0] or "anon" in one[0]]
    driver = session.connection().connection.cursor()
    driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row[3] for row in driver.fetchall()]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_once_its_rows_are_counted_sqlite_looks_up_the_few_that_are_asked_for(
    session: Session, secretary: Reviewer
) -> None:
    for number in range(50):
        idea(session, f"A{number:05}")
    session.commit()
    by_number = "SEARCH contribution USING INTEGER PRIMARY KEY (rowid=?)"
    assert by_number not in explain(session, secretary, Filter("toutes", mine=True))  # the twin: all of the territory
    session.rollback()
    database.scrub(db.engine)
    assert by_number in explain(session, secretary, Filter("toutes", mine=True))


@pytest.mark.parametrize(
    ("defended", "generic"), [pytest.param(True, False, id="as it is"), pytest.param(False, True, id="the twin")]
)
@ON_POSTGRESQL
def test_postgresql_plans_each_search_for_its_words(
    session: Session, secretary: Reviewer, monkeypatch: pytest.MonkeyPatch, defended: bool, generic: bool
) -> None:
    if not defended:
        monkeypatch.setattr(database, "plan_by_values", lambda session: None)
    for _ in range(20):  # prepared from the sixth on; planned for anything from the eleventh on
        queue.list_page(session, secretary, Filter("toutes", words="xylophone"), NOW)
    planned = "SELECT sum(generic_plans) FROM pg_prepared_statements WHERE statement LIKE '%TSQUERY%'"
    assert (session.scalar(text(planned)) > 0) is generic
