"""Ready-made answers: whose they are, what their fields stand for, what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from bot.known import Mind
from service import answer_templates
from service.default_answers import DEFAULT_ANSWERS
from service.errors import Forbidden, NotFound, Outdated, Refused
from service.models import AnswerTemplate, Reviewer, Role, Status
from service.status import DECISIONS
from tests.council import idea

NewReviewer = Callable[..., Reviewer]
FIELDS = "{code} {commune} {territoire} {solution} {projet} {destinataire}"


def write(
    session: Session, reviewer: Reviewer, number: int | None = None, version: int = 0, **changes: object
) -> AnswerTemplate:
    said = {"status": Status.RETAINED, "name": "Oui", "answer": "Bonjour, oui.", "answer_sms": "Oui."} | changes
    made = answer_templates.write_template(session, reviewer, number, version=version, **said)  # type: ignore[arg-type]
    session.commit()
    return made


def test_a_council_uses_its_own_templates_and_the_regions(session: Session, new_reviewer: NewReviewer) -> None:
    haut_rhin, marne, region = new_reviewer("68"), new_reviewer("51"), new_reviewer(None)
    own, other, everybodys = write(session, haut_rhin), write(session, marne), write(session, region, name="Pour tous")
    assert answer_templates.list_templates(session, haut_rhin) == [own, everybodys]
    assert answer_templates.list_templates(session, marne) == [other, everybodys]
    assert answer_templates.list_templates(session, region) == [own, other, everybodys]
    assert answer_templates.list_templates(session, region, "51") == [other, everybodys]
    with pytest.raises(NotFound):
        answer_templates.read_template(session, haut_rhin, other.id)
    assert [answer_templates.may_edit(haut_rhin, one) for one in (own, everybodys)] == [True, False]


def test_templates_come_in_the_order_of_decisions(session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    for status in reversed(DECISIONS):
        write(session, secretary, status=status)
    assert tuple(one.status for one in answer_templates.list_templates(session, secretary)) == DECISIONS


def test_a_template_is_rewritten_and_deleted_by_its_own(session: Session, new_reviewer: NewReviewer) -> None:
    secretary, region = new_reviewer("68"), new_reviewer(None)
    own, everybodys = write(session, secretary), write(session, region)
    write(session, secretary, own.id, own.version, name="Oui, merci", status=Status.FORWARDED)
    assert (own.name, own.status, own.departement) == ("Oui, merci", Status.FORWARDED, "68")
    write(session, region, own.id, own.version, name="Oui")
    assert (own.name, own.departement) == ("Oui", "68")
    for act in (
        lambda: write(session, secretary, everybodys.id, everybodys.version),
        lambda: answer_templates.delete_template(session, secretary, everybodys.id),
        lambda: write(session, new_reviewer("68", Role.MEMBER, "users")),
    ):
        with pytest.raises(Forbidden):
            act()
    answer_templates.delete_template(session, secretary, own.id)
    assert answer_templates.list_templates(session, secretary) == [everybodys]


def test_of_two_who_rewrite_a_template_the_second_is_told(session: Session, new_reviewer: NewReviewer) -> None:
    secretary = new_reviewer("68")
    own = write(session, secretary)
    read = own.version
    write(session, secretary, own.id, read, name="Le premier")
    with pytest.raises(Outdated):
        write(session, secretary, own.id, read, name="Le second")
    session.rollback()
    assert own.name == "Le premier"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        pytest.param(
            {"answer_sms": "Merci {prenom}"},
            "answer_sms",
            "Le champ {prenom} n'existe pas. Les champs possibles : "
            "{code}, {commune}, {territoire}, {solution}, {projet}, {destinataire}.",
            id="unknown field",
        ),
        pytest.param({"answer": " "}, "answer", "Écrivez la réponse pour le site.", id="no answer"),
        pytest.param({"answer_sms": ""}, "answer_sms", "Écrivez la réponse par SMS.", id="no SMS"),
        pytest.param(
            {"answer_sms": "x" * 601},
            "answer_sms",
            "La réponse par SMS dépasse 600 caractères : raccourcissez-la.",
            id="long SMS",
        ),
        pytest.param({"name": " "}, "name", "Donnez au modèle un nom de 80 caractères au plus.", id="no name"),
        pytest.param(
            {"status": Status.MERGED}, "status", "Choisissez la décision à laquelle répond ce modèle.", id="no decision"
        ),
    ],
)
def test_a_template_that_could_not_be_sent_is_refused(
    session: Session, new_reviewer: NewReviewer, changes: dict[str, object], field: str, sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        write(session, new_reviewer("68"), **changes)
    assert (str(refused.value), refused.value.field) == (sentence, field)


def test_fields_are_filled_in_for_the_case(session: Session, mind: Mind) -> None:
    project = mind.knowledge.projects[0]
    found = idea(session, "K7Q2MX")
    filled = answer_templates.fill_in(
        FIELDS, answer_templates.name_fields(mind, found, project.id, " la mairie de Mulhouse ")
    )
    solution = mind.knowledge.solution("A4.2").short
    assert filled == f"K7Q2MX Mulhouse du Haut-Rhin {solution} {project.name} la mairie de Mulhouse"


def test_what_is_not_known_stays_to_be_seen(session: Session, mind: Mind) -> None:
    bare = idea(session, "K7Q2MX", "51", solution=None)
    fields = answer_templates.name_fields(mind, bare, None, "")
    assert answer_templates.fill_in(FIELDS, fields) == (
        "K7Q2MX votre commune de la Marne {solution} {projet} {destinataire}"
    )
    with pytest.raises(Refused) as refused:
        answer_templates.complete_answer("À {destinataire}.", fields, "answer")
    assert str(refused.value) == (
        "Remplacez {destinataire} dans la réponse : il ne peut pas être rempli pour cette idée."
    )


def test_the_defaults_serve_every_decision_and_are_added_once(
    session: Session, new_reviewer: NewReviewer, mind: Mind
) -> None:
    assert tuple(one.status for one in DEFAULT_ANSWERS) == DECISIONS
    assert answer_templates.add_defaults(session) == len(DEFAULT_ANSWERS)
    assert answer_templates.add_defaults(session) == 0
    fields = answer_templates.name_fields(mind, idea(session, "K7Q2MX"), mind.knowledge.projects[0].id, "la mairie")
    for template in answer_templates.list_templates(session, new_reviewer("68")):
        assert template.departement is None
        for field in answer_templates.LONGEST:
            answer_templates.complete_answer(getattr(template, field), fields, field)
