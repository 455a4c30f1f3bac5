"""The replay engine, on tiny flows of its own. The state goes through JSON at every turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import cast

import pytest

from bot.channel import Channel
from bot.conversation import (
    LONGEST_OPTION_CHAIN,
    YES_NO,
    Ask,
    AskIf,
    ConversationError,
    End,
    Flow,
    FlowMaker,
    Go,
    Option,
    Said,
    State,
    Turn,
    advance,
    start,
    step_back,
)
from bot.effects import RememberPlace
from bot.known import PARIS, Known, Mind

KNOWN = Known(cast(Mind, None), dt.datetime(2026, 11, 20, 10, tzinfo=PARIS), Channel.SMS, "K7Q2MX")
FRUIT = (
    Option("apple", "Une pomme", ("pomme", "golden")),
    Option("pear", "Une poire", ("poire",)),
    Option("fig", "Une figue"),
)


def order(known: Known) -> Flow:
    """Un nom, un fruit, un accord."""
    name = yield Ask("name", "Votre nom ?")
    fruit = yield Ask("fruit", f"Quel fruit, {name} ?", FRUIT)
    consent = yield Ask("consent", "Je le commande ?", YES_NO)
    if consent == "no":
        return End("Rien n'est commandé.")
    return End(f"{fruit} pour {name}.", (RememberPlace("51454"),))


FLOWS: Mapping[str, FlowMaker] = {"order": order}


def begin(flows: Mapping[str, FlowMaker] = FLOWS, flow: str = "order", **answers: str) -> Turn:
    return through_json(start(flow, tuple(answers.items()), KNOWN, flows))


def say(turn: Turn, words: str, flows: Mapping[str, FlowMaker] = FLOWS) -> Turn:
    return through_json(advance(State.from_json(turn.state.to_json()), Said(words), KNOWN, flows))


def go_back(turn: Turn, flows: Mapping[str, FlowMaker] = FLOWS) -> Turn | None:
    return step_back(State.from_json(turn.state.to_json()), KNOWN, flows)


def through_json(turn: Turn) -> Turn:
    assert State.from_json(turn.state.to_json()) == turn.state
    return turn


def test_a_flow_asks_each_question_in_turn_and_ends_with_its_effects() -> None:
    turn = begin()
    assert (turn.text, turn.options, turn.effects) == ("Votre nom ?", (), ())
    turn = say(turn, "Léa")
    assert (turn.text, turn.options, turn.effects) == ("Quel fruit, Léa ?", FRUIT, ())
    turn = say(turn, "2")
    assert (turn.text, turn.options, turn.effects) == ("Je le commande ?", YES_NO, ())
    assert say(turn, "oui") == Turn("pear pour Léa.", State(), (), (RememberPlace("51454"),))


def test_only_answers_and_the_question_on_the_table_are_kept() -> None:
    turn = say(say(begin(), "Léa"), "poire")
    assert turn.state == State("order", (("name", "Léa"), ("fruit", "pear")), "consent", ("yes", "no"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param("1", "apple", id="number"),
        pytest.param(" 3. ", "fig", id="number with a full stop and spaces"),
        pytest.param("2)", "pear", id="number with a bracket"),
        pytest.param("Une poire", "pear", id="label"),
        pytest.param("UNE  FIGUE !", "fig", id="label in capitals"),
        pytest.param("golden", "apple", id="word"),
        pytest.param("Poire.", "pear", id="word with a capital and a full stop"),
        pytest.param("fig", "fig", id="code, as the web's button sends it"),
        pytest.param("02", "pear", id="number with a zero before"),
    ],
)
def test_an_option_is_chosen_by_number_label_word_or_code(words: str, code: str) -> None:
    assert dict(say(begin(name="Léa"), words).state.answers) == {"name": "Léa", "fruit": code}


@pytest.mark.parametrize(
    "words",
    ["0", "4", "99", "12 pommes", "une", "je prends la poire ou la pomme", "", "😀", "٢", "1 2", "1000"],
)
def test_what_chooses_nothing_asks_the_question_again(words: str) -> None:
    asked = begin(name="Léa")
    again = say(asked, words)
    assert again.text == "Je n'ai pas compris.\nQuel fruit, Léa ?"
    assert (again.options, again.effects) == (FRUIT, ())
    assert again.state == State("order", (("name", "Léa"),), "fruit", ("apple", "pear", "fig"), misses=1)


def test_a_number_that_is_a_word_of_an_option_chooses_it() -> None:
    def which(known: Known) -> Flow:
        place = yield Ask(
            "place",
            "Laquelle ?",
            (Option("51111", "Neuville (51)", ("51",)), Option("08222", "Neuville (08)", ("08",))),
        )
        return End(place)

    asked = begin({"which": which}, "which")
    assert [say(asked, words, {"which": which}).text for words in ("1", "51", "08")] == ["51111", "51111", "08222"]


def test_words_for_an_open_question_are_kept_as_they_were_said() -> None:
    assert dict(say(begin(), "  Léa, 2e étage ÇŒ😀\n ").state.answers) == {"name": "Léa, 2e étage ÇŒ😀"}


def test_a_number_answers_an_open_question_as_words() -> None:
    assert dict(say(begin(), "2").state.answers) == {"name": "2"}


@pytest.mark.parametrize("words", ["", "   ", "\n"])
def test_nothing_said_does_not_answer_an_open_question(words: str) -> None:
    assert say(begin(), words).text == "Je n'ai pas compris.\nVotre nom ?"


def test_the_reader_of_a_question_has_the_last_word_after_its_options() -> None:
    def age(known: Known) -> Flow:
        code = yield Ask(
            "age", "Quel âge ?", (Option("none", "Je ne sais pas"),), read=lambda said: said.text[:2] if said.text[:2].isdigit() else None,
            hint="Un nombre, s'il vous plaît.",
        )  # fmt: skip
        return End(f"age {code}")

    flows = {"age": age}
    asked = begin(flows, "age")
    assert [say(asked, words, flows).text for words in ("je ne sais pas", "1", "42 ans", "vieux")] == [
        "age none",
        "age none",
        "age 42",
        "Un nombre, s'il vous plaît.\nQuel âge ?",
    ]


# What a deploy may change between two messages


def with_flow(flow: FlowMaker) -> Mapping[str, FlowMaker]:
    return {"order": flow}


def test_a_number_keeps_its_meaning_when_a_deploy_changes_the_order_of_the_options() -> None:
    def turned(known: Known) -> Flow:
        fruit = yield Ask("fruit", "Quel fruit ?", tuple(reversed(FRUIT)))
        return End(fruit)

    def before(known: Known) -> Flow:
        fruit = yield Ask("fruit", "Quel fruit ?", FRUIT)
        return End(fruit)

    shown = begin(with_flow(before))
    assert say(shown, "1", with_flow(turned)).text == "apple"


def test_options_asked_again_after_a_deploy_keep_the_numbers_that_were_shown() -> None:
    def turned(known: Known) -> Flow:
        fruit = yield Ask("fruit", "Quel fruit, Léa ?", tuple(reversed(FRUIT)))
        return End(fruit)

    again = say(begin(name="Léa"), "euh", with_flow(turned))
    assert [option.code for option in again.options] == ["apple", "pear", "fig"]
    assert say(again, "1", with_flow(turned)).text == "apple"


def test_an_option_that_a_deploy_added_cannot_be_chosen_before_it_is_shown() -> None:
    def grown(known: Known) -> Flow:
        yield Ask("name", "Votre nom ?")
        fruit = yield Ask("fruit", "Quel fruit ?", (Option("kiwi", "Un kiwi"), *FRUIT))
        return End(fruit)

    shown = begin(name="Léa")
    assert say(shown, "1", with_flow(grown)).text == "apple"
    assert say(shown, "un kiwi", with_flow(grown)).state.misses == 1


@pytest.mark.parametrize("words", ["2", "une poire"])
def test_an_option_that_a_deploy_withdrew_cannot_be_chosen(words: str) -> None:
    def shrunk(known: Known) -> Flow:
        yield Ask("name", "Votre nom ?")
        fruit = yield Ask("fruit", "Quel fruit ?", (FRUIT[0], FRUIT[2]))
        return End(fruit)

    again = say(begin(name="Léa"), words, with_flow(shrunk))
    assert again.text == "Je n'ai pas compris.\nQuel fruit ?"
    assert [option.code for option in again.options] == ["apple", "fig"]
    assert say(again, "2", with_flow(shrunk)).text == "fig"


def order_with_size(known: Known) -> Flow:
    """The same, after a deploy put a question between the name and the fruit."""
    name = yield Ask("name", "Votre nom ?")
    size = yield Ask("size", "Petit ou grand ?", (Option("s", "Petit"), Option("l", "Grand")))
    fruit = yield Ask("fruit", f"Quel fruit, {name} ?", FRUIT)
    consent = yield Ask("consent", "Je le commande ?", YES_NO)
    return End(f"{consent} {size} {fruit} pour {name}.")


def test_a_question_put_by_a_deploy_after_the_one_on_the_table_is_asked_in_its_turn() -> None:
    turn = say(begin(), "Léa", with_flow(order_with_size))
    assert turn.text == "Petit ou grand ?"


def test_a_question_put_by_a_deploy_before_the_one_on_the_table_is_asked_next_and_later_answers_again() -> None:
    """What was just said answers the question that was shown, so it is not an answer to the new one."""
    flows = with_flow(order_with_size)
    asked_for_consent = say(begin(name="Léa"), "poire")
    turn = say(asked_for_consent, "oui", flows)
    assert turn.text == "Petit ou grand ?"
    assert turn.state.answers == (("name", "Léa"),)
    turn = say(turn, "grand", flows)
    assert turn.text == "Quel fruit, Léa ?"
    turn = say(turn, "1", flows)
    assert turn.text == "Je le commande ?"
    assert say(turn, "oui", flows).text == "yes l apple pour Léa."


def test_a_question_whose_meaning_a_deploy_changed_is_asked_anew() -> None:
    def order_by_post(known: Known) -> Flow:
        yield Ask("name", "Votre nom ?")
        yield Ask("fruit", "Quel fruit ?", FRUIT)
        consent = yield Ask("consent_by_post", "Je l'envoie par la poste ?", YES_NO)
        return End(consent)

    turn = say(say(begin(name="Léa"), "poire"), "oui", with_flow(order_by_post))
    assert (turn.text, turn.effects) == ("Je l'envoie par la poste ?", ())


def test_words_never_answer_a_question_that_was_not_shown() -> None:
    """ "oui" was said to the fruit; the agreement is still asked."""
    turn = say(begin(name="Léa"), "oui")
    assert turn.state.asked == "fruit"
    assert say(turn, "1").text == "Je le commande ?"


def test_an_answer_given_in_advance_is_not_asked_for() -> None:
    turn = begin(name="Léa", fruit="fig")
    assert (turn.text, turn.state.answers) == ("Je le commande ?", (("name", "Léa"), ("fruit", "fig")))


def test_an_answer_in_advance_to_a_question_that_is_not_next_waits_for_none() -> None:
    """Answers are a prefix: with no name, the fruit said in advance is not kept."""
    turn = begin(fruit="fig")
    assert (turn.text, turn.state.answers) == ("Votre nom ?", ())


# RETOUR


def test_back_forgets_the_last_answer_and_asks_its_question_again() -> None:
    consent = say(begin(name="Léa"), "poire")
    fruit = go_back(consent)
    assert fruit is not None
    assert (fruit.text, fruit.options, fruit.state.answers) == ("Quel fruit, Léa ?", FRUIT, (("name", "Léa"),))
    name = go_back(fruit)
    assert name is not None
    assert (name.text, name.state.answers) == ("Votre nom ?", ())
    assert go_back(name) is None


def test_back_from_nowhere_is_none() -> None:
    assert step_back(State(), KNOWN, FLOWS) is None
    assert step_back(State("gone", (("name", "Léa"),), "fruit"), KNOWN, FLOWS) is None


def test_back_forgives_the_misunderstandings() -> None:
    missed = say(say(begin(name="Léa"), "euh"), "euh")
    back = go_back(missed)
    assert back is not None
    assert (missed.state.misses, back.state.misses) == (2, 0)


def test_another_choice_after_back_takes_the_place_of_the_first() -> None:
    fruit = go_back(say(begin(name="Léa"), "poire"))
    assert fruit is not None
    assert say(say(fruit, "une figue"), "oui").text == "fig pour Léa."


# Misunderstandings


def test_three_misunderstandings_in_a_row_offer_a_way_out() -> None:
    turn = begin(name="Léa")
    texts = []
    for _ in range(4):
        turn = say(turn, "euh")
        texts.append(turn.text)
    way_out = "Je n'ai pas compris. Envoyez RETOUR, MENU, ou CONTACT pour joindre quelqu'un.\nQuel fruit, Léa ?"
    assert texts == ["Je n'ai pas compris.\nQuel fruit, Léa ?"] * 2 + [way_out] * 2


def test_an_answer_understood_starts_the_count_again() -> None:
    turn = say(say(say(begin(name="Léa"), "euh"), "euh"), "pomme")
    assert turn.state.misses == 0
    assert say(turn, "euh").text == "Je n'ai pas compris.\nJe le commande ?"


# Flows that hand over


def test_a_flow_hands_over_to_another_with_what_is_known() -> None:
    def hello(known: Known) -> Flow:
        name = yield Ask("who", "Qui êtes-vous ?")
        return Go("order", (("name", name),))

    flows = {"hello": hello, "order": order}
    turn = say(begin(flows, "hello"), "Léa", flows)
    assert (turn.text, turn.state.flow, turn.state.answers) == ("Quel fruit, Léa ?", "order", (("name", "Léa"),))


def test_flows_that_hand_over_to_one_another_without_end_are_a_defect_told_as_such() -> None:
    def ping(known: Known) -> Flow:
        return Go("pong")
        yield  # what makes it a flow

    def pong(known: Known) -> Flow:
        return Go("ping")
        yield

    with pytest.raises(ConversationError, match=r"^flows hand over to one another without end, at p[io]ng$"):
        begin({"ping": ping, "pong": pong}, "ping")


def test_a_chain_of_flows_may_be_as_long_as_allowed() -> None:
    def link(number: int) -> FlowMaker:
        def flow(known: Known) -> Flow:
            if number == LONGEST_OPTION_CHAIN:
                return End("bout")
            return Go(str(number + 1))
            yield

        return flow

    flows = {str(number): link(number) for number in range(1, LONGEST_OPTION_CHAIN + 1)}
    assert begin(flows, "1").text == "bout"


# The state


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(State(), id="nothing"),
        pytest.param(
            State("order", (("name", "Léa"),), "fruit", ("apple", "pear"), 2, ("suite", "fin")), id="everything"
        ),
        pytest.param(State("order", (("name", '"Œ" é\n\\ 😀 \u202e'),), "fruit"), id="any character"),
    ],
)
def test_the_state_is_the_same_after_json(state: State) -> None:
    assert State.from_json(state.to_json()) == state


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="not JSON"),
        pytest.param("null", id="null"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="no field"),
        pytest.param(State("order").to_json().replace('"asked"', '"demandé"'), id="a field of another name"),
        pytest.param(State("order").to_json().replace('"answers": []', '"answers": [["a"]]'), id="half an answer"),
        pytest.param(State("order").to_json().replace('"misses": 0', '"misses": "deux"'), id="a count in letters"),
        pytest.param(State("order").to_json().replace('"shown": []', '"shown": null'), id="nothing where a list is"),
    ],
)
def test_a_state_that_cannot_be_read_raises(text: str) -> None:
    with pytest.raises(ConversationError, match=r"^unreadable conversation state: "):
        State.from_json(text)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(State(), id="no conversation"),
        pytest.param(State("gone", (), "name"), id="a flow that is no more"),
        pytest.param(State("order", (("name", "Léa"),)), id="nothing was asked"),
    ],
)
def test_an_answer_to_no_question_is_a_defect_told_as_such(state: State) -> None:
    with pytest.raises(ConversationError, match=r"^there is no question on the table$"):
        advance(state, Said("oui"), KNOWN, FLOWS)


def offer(reasons: list[str]) -> Mapping[str, FlowMaker]:
    """A flow that offers what ``reasons`` holds when it looks there: the last of them, which is taken away; "" is none."""

    def find() -> Ask | None:
        found = reasons.pop()
        return Ask("jam", f"Avec {found} ?", YES_NO) if found else None

    def flow(known: Known) -> Flow:
        yield Ask("name", "Votre nom ?")
        jam = yield AskIf("jam", find)
        yield Ask("fruit", "Quel fruit ?", FRUIT)
        yield Ask("consent", "Je le commande ?", YES_NO)
        return End(f"Confiture : {jam or 'sans'}.")

    return {"order": flow}


def test_a_question_with_a_reason_is_asked_and_its_reason_not_looked_for_again_once_answered() -> None:
    reasons = ["du miel", "du miel"]  # when it is put, and when it is answered
    flows = offer(reasons)
    turn = say(begin(flows), "Léa", flows)
    assert (turn.text, turn.state.asked) == ("Avec du miel ?", "jam")
    turn = say(turn, "oui", flows)
    assert (turn.text, reasons) == ("Quel fruit ?", [])
    assert say(say(turn, "1", flows), "oui", flows).text == "Confiture : yes."


def test_a_question_without_a_reason_is_passed_by_for_good_unless_one_goes_back() -> None:
    reasons = ["du miel", ""]
    flows = offer(reasons)
    turn = say(begin(flows), "Léa", flows)
    assert (turn.text, reasons) == ("Quel fruit ?", ["du miel"])
    turn = say(turn, "1", flows)
    assert (turn.text, reasons) == ("Je le commande ?", ["du miel"])
    assert say(turn, "oui", flows).text == "Confiture : sans."
    back = go_back(turn, flows)
    assert back is not None
    assert (back.text, reasons) == ("Avec du miel ?", [])


def test_a_question_whose_reason_went_away_is_not_answered_by_what_was_said_to_it() -> None:
    flows = offer(["", "", "du miel"])  # the question is looked for once to be answered, and again for what follows
    turn = say(say(begin(flows), "Léa", flows), "oui", flows)
    assert (turn.text, turn.state.answers) == ("Quel fruit ?", (("name", "Léa"),))
