"""Axes, figures and paragraphs are those of the seed documents (*Un an de CNR*, ARS Grand Est) to the letter.

Quoted here from the documents, faults of spelling included; only spaces and line breaks are folded.
"""

from __future__ import annotations

import datetime as dt

import pytest

from knowledge.loader import Knowledge, load_knowledge


def fold(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


AXES = {
    "A1": "L'accès à un médecin traitant ou à une équipe traitante",
    "A2": "La continuité des soins et la réponse aux besoins de soins non programmés",
    "A3": "La mobilisation des leviers locaux pour l’attractivité des métiers de la santé",
    "A4": "La prévention pour une meilleure intégration dans le quotidien des Français",
}

SOLUTIONS = {
    "A1.1": "Développer la téléconsultation assistée et augmentée par les infirmiers",
    "A1.2": """
        Gagner du temps médical en facilitant l’interface entre médecins traitants et autres
        spécialités et mettre en place des « circuits courts »
        """,
    "A2.1": """
        Articuler les services d’accès aux soins (SAS) et les dispositifs d’appui à la coordination
        (DAC) pour limiter les recours aux urgences évitables
        """,
    "A2.2": """
        Inscrire les Maisons Médicales de Garde dans un nouveau modèle de permanence des soins
        ambulatoires (PDSA) plus adapté à la démographie médicale, en lien étroit avec les centres
        de réception et de régulation des appels (CRRA), les services d’urgences et les services
        d’accès aux soins (SAS)
        """,
    "A3.1": "Rendre attractives les formations en santé pour augmenter le nombre d’étudiants formés",
    "A3.2": "Améliorer les formations",
    "A3.3": "Concilier vie privée et vie professionnelle",
    "A3.4": "Leviers attractifs dans le secteur du soin (sanitaire, médico-social)",
    "A3.5": "Développer la gouvernance, les formations et le management participatif",
    "A3.6": "Santé des professionnels de santé",
    "A4.1": """
        Réfléchir à l’installation d’une coordination prévention départementale (ou infra)
        intersectorielle, en laissant une plus grande place au citoyen
        """,
    "A4.2": "Développer les équipes mobiles de prévention à destination des jeunes",
    "A4.3": """
        Développer la formation initiale et continue à la prévention / promotion de la santé des
        professionnels de santé, du médico-social et du social
        """,
    "A4.4": "Structurer le déploiement d’ambassadeurs santé / médiateurs / pairs sur les territoires",
    "A4.5": """
        S’appuyer sur des influenceurs pour contribuer aux campagnes de prévention et de promotion
        de la santé, à diffuser sur les réseaux sociaux et les plateformes de films
        """,
    "A4.6": """
        Réfléchir à un forfait activité physique (chéquier) pour les personnes les plus éloignées du
        système de santé
        """,
}

MISSIONS = [
    """
    Il contribue à l’élaboration, à la mise en œuvre, au suivi, et à l’évaluation du Projet régional
    de santé (PRS), en particulier concernant l’organisation des parcours de santé,
    """,
    """
    Il participe à l’élaboration du diagnostic territorial partagé en identifiant les besoins
    sanitaires, sociaux et médicosociaux de la population tout en s’appuyant sur des données
    d’observation,
    """,
    """
    Il donne un avis sur le diagnostic territorial partagé et le projet territorial de santé
    mentale,
    """,
    """
    Il est informé de la création des plates-formes territoriales d’appui à la coordination des
    parcours de santé, et de la signature des contrats locaux de santé,
    """,
    """
    Il veille à conserver la spécificité des dispositifs et des démarches locales de santé fondées
    sur la participation des habitants.
    """,
    """
    Il peut adresser au directeur général de l’Agence Régionale de Santé des propositions pour
    améliorer la réponse aux besoins de la population sur le territoire, notamment sur
    l’organisation des parcours de santé.
    """,
]

TEXTS = {
    "title": "Un an de CNR",
    "subtitle": "Retour sur un dialogue citoyen pour refonder un système de santé",
    "commitment_heading": "Un engagement collectif pour améliorer la santé de tous",
    "dialogues": """
    Entre novembre et décembre 2022, l'ARS Grand Est, en collaboration avec les préfectures de
    département et l’Assurance Maladie, a orchestré 44 dialogues territoriaux et 3 rencontres
    régionales thématiques. Réunissant élus, soignants, et citoyens, ces dialogues avaient pour
    mission de partir de l'expérience concrète des Français et des initiatives locales, en proposant
    des solutions pragmatiques aux problèmes rencontrés par le système de santé.
    """,
    "participation": """
    Plus de 1 100 participants ont ainsi partagé plus de 1 700 contributions, générant des idées
    novatrices et des propositions pour améliorer notre système de santé. Ces dialogues se sont
    focalisés sur quatre axes majeurs : garantir l'accès aux soins pour tous, assurer la continuité
    des soins et la réponse aux besoins de soins non programmés, renforcer l'attrait des métiers de
    la santé au niveau local, et intégrer la prévention dans la vie quotidienne des Français.
    """,
    "restitution": """
    Le 7 février 2023, lors de la réunion de restitution régionale, les constats et solutions ont
    été débattus, jetant les bases pour présenter 16 solutions explorées au niveau régional. Ces
    résultats, remontés au Ministère de la Santé, ont contribué de manière significative à la
    révision du Projet Régional de Santé (PRS) effectué en octobre 2023.
    """,
    "solutions_heading": "16 solutions explorées au niveau régional",
    "projects_heading": "Des solutions concrètes lancées dans chaque département",
    "initiatives": """
    20 initiatives en santé identifiées et accompagnées à ce jour pour améliorer la santé de la
    population du Grand Est
    """,
    "transformation": """
    Les acteurs de santé, partenaires institutionnels, professionnels de santé et usagers ont
    collectivement transformé ou complété ces 16 solutions en actions tangibles pour l'amélioration
    de nos territoires.
    """,
    "criteria": "Ces projets présentent un caractère innovant, soutenable, évaluable et reproductible.",
    "funding": """
    L’ARS Grand Est soutient financièrement ces projets via son Fonds d’Intervention Régional (FIR)
    à hauteur de 1 M€ en 2023 et apporte un accompagnement en matière d’ingénierie aux porteurs de
    projets qui le demandent.
    """,
    "debates": """
    Les débats-échanges, à l’heure où nous fêtons l’anniversaire de cette démarche participative,
    ont pour objectifs de valoriser ce qui est déjà fait, ce qui est en cours et ce qui avance au
    niveau du CNR santé; de soutenir la dynamique du CNR, et de favoriser la logique ascendante dans
    la construction des projets.
    """,
    "accompanied_heading": "Les projets accompagnés",
    "discussed_heading": "Les autres projets discutés avec les partenaires",
    "lead_label": "Porteur",
    "partners_label": "Partenaires",
    "aims_label": "Objectifs du projet",
    "territories_heading": """
    10 territoires de démocratie sanitaire pour renforcer la coordination des politiques de santé
    """,
    "territories_defined": """
    En septembre 2022, les nouveaux territoires de démocratie sanitaire (TDS) ont été définis à
    l’échelle géographique départementale afin de renforcer la concertation de l’ensemble des
    partenaires (usagers, élus, professionnels de santé, institutionnels) pour le déploiement de
    projets de santé dans les territoires et dans les suites des Conseils nationaux de refondation
    (CNR).
    """,
    "territories_purpose": """
    Ces territoires de démocratie sanitaire ont été délimités afin de favoriser une coordination des
    politiques de santé à un niveau infrarégional plus propice à l’expression des différentes
    composantes du système de santé. Ils doivent permettre, dans chaque territoire, la mise en
    cohérence des projets de santé, leur articulation avec les autres politiques publiques de l’Etat
    et des collectivités territoriales, ainsi que la prise en compte de l’expression des acteurs du
    système de santé et notamment celle des usagers.
    """,
    "cts_heading": "Pour rappel",
    "cts_installed": """
    Un Conseil territorial de santé a été installé en mars 2023, dans chacun des 10 territoires de
    démocratie sanitaire, dont les missions sont les suivantes :
    """,
    "cts_members": """
    Les CTS sont composés de 50 membres, ayant un mandat de 5 ans renouvelable, répartis en 6
    collèges.
    """,
    "more_label": "Pour plus d’information :",
}

QUOTES = {
    "51": (
        "Mot du Dr Sandrine Ségovia-Kueny, Déléguée territoriale de la Marne à l’ARS Grand Est",
        """
        « Le premier anniversaire du CNR santé dans la Marne autour du Conseil territorial de santé
        comprenant des élus, des professionnels de santé, des établissements de santé, des
        associations et de la Délégation territoriale de la Marne de l’ARS Grand Est a mis en
        évidence des acteurs impliqués qui se sont investis dans des projets sur des champs comme la
        santé mentale, des personnes en situation de handicap qui seront soutenues pendant trois
        ans. Chacun a pu apprécier les projets soutenus et saluer l’organisation de ce premier
        anniversaire ». Il a également permis de mobiliser fortement l’ensemble des acteurs et à
        motiver encore davantage les acteurs à proposer de nouveaux projets dans la Marne pour 2024
        """,
    ),
    "68": (
        "Mot de madame Karine PAGLIARULO présidente du Conseil Territorial de Santé du Haut-Rhin",
        """
        « Le CTS du Haut-Rhin s’est approprié la démarche participative des CNR. Il met en valeur
        les actions de terrain et continuera à les favoriser. Je suis convaincue qu’avec les acteurs
        du territoire (élus, associations, professionnels de la santé, …) le système de santé
        accompagnera efficacement les besoins des habitants. »
        """,
    ),
}

CONTINUED = {
    "51": """
    La dynamique du CNR doit se poursuivre en 2024 et 2025, via l’accompagnement et le suivi des
    projets par le Conseil territorial de santé (CTS), et l’Agence Régionale de Santé, à travers la
    Délégation Territoriale de la Marne, avec des possibilités de financement pour des projets ayant
    atteint la maturité nécessaire.
    """,
    "68": """
    La dynamique du CNR doit se poursuivre en 2024 et 2025, via l’accompagnement et le suivi des
    projets par le conseil territorial de santé (CTS), et l’Agence Régionale de Santé, à travers la
    Délégation Territoriale du Haut-Rhin, avec des possibilités de financement pour des projets
    ayant atteint la maturité nécessaire.
    """,
}


def test_the_four_axes_are_those_of_the_documents(knowledge: Knowledge) -> None:
    assert {axis.id: axis.title for axis in knowledge.axes} == AXES


def test_the_sixteen_solutions_are_those_of_the_documents(knowledge: Knowledge) -> None:
    assert {solution.id: solution.title for solution in knowledge.solutions} == {
        solution_id: fold(title) for solution_id, title in SOLUTIONS.items()
    }


def test_axis_3_has_the_sub_headings_of_the_documents(knowledge: Knowledge) -> None:
    assert [solution.group for solution in knowledge.axis("A3").solutions] == [
        *["Former", "Former"],
        *["Attirer", "Attirer"],
        *["Fidéliser", "Fidéliser"],
    ]


def test_the_figures_are_those_of_the_documents(knowledge: Knowledge) -> None:
    story = knowledge.story
    assert story.launched == dt.date(2022, 9, 8)
    assert (story.dialogues_from, story.dialogues_to) == ("2022-11", "2022-12")
    assert (story.dialogues, story.regional_meetings) == (44, 3)
    assert (story.participants_over, story.contributions_over) == (1100, 1700)
    assert story.restitution == dt.date(2023, 2, 7)
    assert story.prs_revised == "2023-10"
    assert (story.solutions, story.initiatives) == (16, 20)
    assert (story.fir_euros, story.fir_year) == (1_000_000, 2023)
    assert story.criteria == ("innovant", "soutenable", "évaluable", "reproductible")
    assert story.continued_in == (2024, 2025)
    assert (story.territories_defined, story.territories) == ("2022-09", 10)
    assert story.cts_installed == "2023-03"
    assert (story.cts_members, story.cts_mandate_years, story.cts_colleges) == (50, 5, 6)
    assert str(story.more) == ("https://www.grand-est.ars.sante.fr/conseils-territoriaux-de-sante-cts-2?parent=4580")


def test_what_the_cnr_is_is_told_in_the_words_of_the_documents(knowledge: Knowledge) -> None:
    assert knowledge.story.about == fold("""
        Le Conseil National de la Refondation (CNR), lancé le 8 septembre 2022 par le Président de
        la République, porte une nouvelle méthode pour construire, avec l’ensemble des acteurs au
        niveau national et local, des solutions concrètes répondant aux grands défis d’aujourd’hui
        et de demain, notamment dans le domaine de la santé.
    """)


def test_the_missions_of_a_cts_are_those_of_the_documents(knowledge: Knowledge) -> None:
    assert list(knowledge.story.cts_missions) == [fold(mission) for mission in MISSIONS]


def test_every_other_paragraph_is_that_of_the_documents(knowledge: Knowledge) -> None:
    assert knowledge.story.texts == {topic: fold(text) for topic, text in TEXTS.items()}


def test_there_is_a_territory_for_each_departement(knowledge: Knowledge) -> None:
    assert [territory.departement for territory in knowledge.territories] == ("08 10 51 52 54 55 57 67 68 88".split())


def test_the_quotations_are_those_of_the_documents(knowledge: Knowledge) -> None:
    found = {
        territory.departement: (quote.heading, fold(quote.text))
        for territory in knowledge.territories
        for quote in territory.quotes
    }
    assert found == {departement: (heading, fold(text)) for departement, (heading, text) in QUOTES.items()}


def test_how_the_cnr_goes_on_is_told_in_the_words_of_each_document(knowledge: Knowledge) -> None:
    found = {
        territory.departement: territory.continued.text for territory in knowledge.territories if territory.continued
    }
    assert found == {departement: fold(text) for departement, text in CONTINUED.items()}
