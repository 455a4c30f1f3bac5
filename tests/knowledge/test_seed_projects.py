"""Each project is told in the words of its seed document (*Un an de CNR*, ARS Grand Est), to the letter.

Quoted here from the documents, faults of spelling included; only spaces and line breaks are folded.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from knowledge.loader import Knowledge, load_knowledge
from knowledge.schema import Status


def fold(text: str | None) -> str | None:
    """The text with every run of white space as one space."""
    return None if text is None else " ".join(text.split())


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


@dataclass(frozen=True)
class Quoted:
    """What a seed document prints of a project."""

    official_name: str
    lead: str
    partners: str | None
    aims: str


HAUT_RHIN = {
    "mulhouse-sport-sante": Quoted(
        official_name="« MULHOUSE SPORT SANTE : ET SI EN PLUS ON MANGEAIT MIEUX ? »",
        lead="Maison sport santé de la ville de Mulhouse",
        partners="Partenaires du contrat local de santé de Mulhouse",
        aims="""
            Le projet consiste à permettre un changement plus global de comportement des personnes
            sédentaires éloignées de la santé bénéficiaires du programme d’activité physique adapté
            Prescri’Mouv Ainsi il est proposé à ce public, dont 65% ont un comportement alimentaire
            défavorable, concomitamment à la reprise d’activité physique un suivi diététique
            individuel ainsi que des séances collectives de sensibilisation à l’importance de
            l’adoption d’une alimentation équilibré.
            """,
    ),
    "ambulance-colmar": Quoted(
        official_name="MISE EN PLACE AMBULANCE",
        lead="Fédération Nationale de la Mobilité Sanitaire",
        partners="""
            Hôpitaux de Colmar, Sélestat, Obernai et Guebwiller et les entreprises de transport
            sanitaire
            """,
        aims="""
            Le projet consiste à mutualiser, entre les 3 établissements de santé de Colmar,
            Sélestat/Obernai et Guebwiller une ligne d’astreinte ambulancière après 17h, le week-end
            et les jours fériés. Cette astreinte permet de libérer rapidement des places dans les
            services des urgences, d’assurer des sorties tardives d’hospitalisation et de ne pas
            faire attendre les patients durant des heures par défaut d’ambulance
            """,
    ),
    "mta-sante": Quoted(
        official_name='UNITE MOBILE DE PREVENTION "MTASANTE"',
        lead="La Communauté Professionnelle Territoriale de Mulhouse Agglomération",
        partners="""
            Ville de Mulhouse et son Centre Communal d’Actions Sociales, CPAM, Collectivité
            Européenne d’Alsace, Conseil Régional
            """,
        aims="""
            Ce projet consiste en la mise en circulation d’une Unité Mobile, qui sera constituée
            d’une semi-remorque, proposant des actions de prévention primaire (sensibilisation) et
            secondaire (dépistage) aux populations éloignées du soin. L’enjeu est de recréer le lien
            professionnel de santé-habitants dans des secteurs où l’offre sanitaire s’amenuise et
            pour des personnes qui ne vont pas vers les soins. Les premières zones ciblées sont les
            Quartiers Prioritaires de la politique de la Ville (QPV) de Mulhouse et son
            agglomération. Cette unité mobile aura ensuite pour vocation de s’étendre sur l’ensemble
            du territoire et collectivités du Haut-Rhin pour mener des actions de prévention.
            Plusieurs publics ont été identifiés, et pour chacun d’entre eux, des besoins de santé
            ont été relevés : enfants et mères ; adolescents ; adultes, avec des spécificités
            d’actions pour les femmes ; individus de plus de 65 ans ; les gens du voyage qui
            représentent un public cible particulier en raison des spécificités d’intervention et
            des acteurs typiques à solliciter..
            """,
    ),
    "handiconsult-sud-alsace": Quoted(
        official_name="HANDICONSULT",
        lead="Association ALISTER",
        partners="""
            CPAM, Collectivité européenne d’Alsace, Contrat local de Santé de la ville de Mulhouse,
            Mulhouse Alsace Agglomération (M2A)
            """,
        aims="""
            L’objectif de ce projet est de pallier à l’inégalité d’accès aux soins en renforçant et
            facilitant l’accès à la santé (y compris à la prévention) pour les personnes vivant avec
            un handicap. Ce projet consiste en la mise en place d’un centre Handiconsult Sud Alsace
            à Mulhouse qui assurera entre autres les missions suivantes : - l’accueil des patients
            et leur écoute spécifique et adaptée : accueil téléphonique, physique sur site ou à
            domicile « dispositif aller vers »; - le balisage et la coordination du parcours de soin
            en étroite collaboration avec les acteurs territoriaux de santé (établissements de santé
            publics ou privés, médecine de ville, CPTS de Mulhouse) dans le respect du libre choix
            et de l’autodétermination des personnes, ; - la prise de rendez-vous en consultation de
            premier et second recours, voire des consultations sur site selon les moyens alloués ; -
            l’organisation d’un transport adapté si besoin ; - la préparation de la personne et de
            son aidant au parcours de soins : informations, réassurance, simulation en santé, voire
            consultation blanche ; - l’instauration d’une démarche de prévention, de dépistages et
            d’éducation à la santé.
            """,
    ),
}

MARNE_ACCOMPANIED = {
    "ambassadeurs-sante-mentale": Quoted(
        official_name="SOUTENIR LES JEUNES AVEC BIENVEILLANCE : LES AMBASSADEURS EN SANTÉ MENTALE",
        lead="Unis cité et Club famille de l’Association l’Amitié",
        partners="""
            Mobilise l’ensemble des acteurs en lien avec la jeunesse de terrain mais aussi l’IREPS,
            Part/ages 51, Addictions France, ...
            """,
        aims="""
            Le programme met l'accent sur la formation et l'accompagnement de jeunes volontaires,
            favorisant ainsi un engagement citoyen au service de la communauté. Il s’agit de mettre
            en œuvre des actions concrètes pour réduire la stigmatisation liée à la santé mentale,
            d’encourager le partage ouvert et faciliter la parole, tout en assurant une orientation
            adaptée et un repérage précoce des besoins individuels.
            """,
    ),
    "cegidd-mobile": Quoted(
        official_name="""
            VERS UNE SANTÉ SEXUELLE ACCESSIBLE À TOUS : ÉQUIPE MOBILE DU CENTRE GRATUIT
            D’INFORMATION DE DÉPISTAGE ET DE DIAGNOSTIC DU VIH, HÉPATITES ET IST (CEGGID)
            """,
        lead="CeGIDD - CHU de Reims",
        partners="Structures et associations locales",
        aims="""
            Le CeGIDD, au sein du CHU, se mobilise pour élargir son impact au-delà des murs
            hospitaliers. Lancé en 2021, le projet de camping-car a pu répondre aux besoins de soins
            des publics éloignés des soins Opérationnel depuis mars 2022, ce camping-car offre des
            services de dépistage, de prévention, de traitement et d'orientation médicale, assurant
            ainsi un accès équitable à la santé sexuelle. En accord avec la stratégie régionale de
            santé sexuelle de l’ARS, le CeGIDD a récemment acquis un véhicule dédié pour pérenniser
            et développer ce projet, couvrant ainsi les zones urbaines et rurales en collaboration
            avec diverses structures et associations.
            """,
    ),
    "leaders-sante-mentale": Quoted(
        official_name="LES LEADERS EN SANTE MENTALE",
        lead="Faculté de médecine",
        partners=None,
        aims="""
            Ce projet a pour objet de créer une communauté d’étudiants engagés en particulier sur le
            sujet de la santé mentale, afin de favoriser la médecine préventive et aspirer à avoir
            une génération de professionnels de santé mieux équipée pour mieux soigner nos patients.
            Ce projet passe par le développement des compétences en santé mentale, de soutenir les
            étudiants, de favoriser les échanges avec l’ensemble des parties-prenantes et d’intégrer
            la santé mentale dans les pratiques médicales au quotidien.
            """,
    ),
    "umop": Quoted(
        official_name="RENFORCEMENT DE L’UNITE MOBILE D'ORIENTATION PEDOPSYCHIATRIQUE (UMOP)",
        lead="CHU de Reims",
        partners=None,
        aims="""
            Grâce à l’acquisition d’un « bureau mobile », il est possible d’aller à la rencontre des
            jeunes et de leur famille pour assurer en proximité les missions d’évaluation, de
            soutien, d’orientation et d’accompagnement vers le soin si nécessaire. Le développement
            de l'équipe mobile vise à : - Augmenter les actions de prévention ; - Faciliter et
            fluidifier le parcours et l'accès aux soins pédopsychiatriques par des diagnostics
            précoces, des évaluations favorisant ainsi des prises en charge adaptées ; - Diminuer la
            souffrance psychique à travers une meilleure prise en charge et, à terme, diminuer le
            nombre d'hospitalisations.
            """,
    ),
    "bucco-dentaire-handicap": Quoted(
        official_name="RENFORCEMENT DE LA PREVENTION BUCCO-DENTAIRE CHEZ LES PERSONNES HANDICAPÉS",
        lead="CHRU de Reims, Faculté dentaire de Reims, Université de Reims Champagne-Ardenne",
        partners=None,
        aims="""
            Pour améliorer la prévention bucco-dentaire des personnes en situation de handicap au
            sein des établissements et services médico-sociaux, ce projet propose de financer du
            temps odontologique sénior et les frais forfaitaires de transport des étudiants pour
            réaliser des actions de prévention. L'objectif est de former les aidants familiaux et
            professionnels, tout en réalisant des dépistages annuels. Le dépistage systématique des
            résidents, associé à des actions de sensibilisation, permet de les orienter vers des
            soins odontologiques adaptés. Le projet vise également à dédramatiser les soins en
            habituant ce public à l'examen oral, évitant ainsi le refus des soins.
            """,
    ),
}

MARNE_DISCUSSED = {
    "geminstal": Quoted(
        official_name="GEMINSTAL : UN DISPOSITIF D'ACCOMPAGNEMENT À L’INSTALLATION DES JEUNES MEDECINS",
        lead="""
            Ce dispositif multi-partenarial fédère l’Ordre des Médecins, les trois Facultés de
            Médecine, l’URPS des médecins libéraux, les associations et syndicats des internes et
            jeunes installés et les fédérations hospitalières
            """,
        partners="Il est soutenu par l’ARS, l’Assurance Maladie et la Région Grand Est",
        aims="""
            GEminstal est un dispositif novateur visant à accompagner les jeunes médecins dans la
            définition et la réalisation de leur projet professionnel. Constatant le besoin crucial
            de créer des liens entre les opportunités offertes par le territoire et les aspirations
            des jeunes médecins, le programme propose un suivi à long terme, depuis les études
            médicales jusqu'à la concrétisation du projet de carrière.
            """,
    ),
    "cmsi-louvois": Quoted(
        official_name="LE CENTRE MÉDICAL DE SOINS IMMEDIATS (CMSI) DE LOUVOIS",
        lead="CMSI France",
        partners=None,
        aims="""
            Depuis son ouverture le 9 février 2023, le CMSI se positionne comme un acteur clé pour
            soutenir les urgences du CHRU de Reims et élargir l'offre de soins de 1er recours.
            Implanté dans le quartier Sainte-Anne, le CMSI accueille sans rendez-vous les patients
            en demande de soins non programmés du lundi au samedi de 8h30 à 19h30. Composé d'une
            équipe médicale et paramédicale, ce centre offre une solution accessible pour répondre
            aux besoins immédiats de soins, renforçant ainsi la capacité d'intervention médicale
            dans la région.
            """,
    ),
    "handi-cap-courlancy": Quoted(
        official_name="L'ACCÈS AUX SOINS DES PERSONNES HANDICAPÉES À LA CLINIQUE DE BEZANNES",
        lead="HANDI-CAP COURLANCY BÉZANNES",
        partners=None,
        aims="""
            Handi-Cap Courlancy Bezannes (HCCB) se consacre à la prise en charge médico-chirurgicale
            des problèmes somatiques des personnes présentant des troubles du spectre de l’autisme
            (TSA) sévères ou des troubles du neurodéveloppement. La consultation dédiée fonctionne
            exclusivement sur dossier et rendez-vous, avec une demande motivée du médecin traitant
            ou d'institution, axée sur les symptômes. HCCB évalue la faisabilité de la demande en
            fonction du plateau technique et des compétences médicales de l'établissement. Si la
            demande est jugée pertinente, une enquête préalable médicale commence, mettant l'accent
            sur la connaissance des particularités du patient pour adapter les conditions de la
            future rencontre. Les rendez-vous sont fixés en fonction de la disponibilité des
            médecins, dans un lieu unique adapté.
            """,
    ),
}

PROJECTS = HAUT_RHIN | MARNE_ACCOMPANIED | MARNE_DISCUSSED


def test_the_twelve_projects_are_those_of_the_documents(knowledge: Knowledge) -> None:
    assert sorted(project.id for project in knowledge.projects) == sorted(PROJECTS)


@pytest.mark.parametrize("project_id", PROJECTS)
def test_a_project_is_told_in_the_words_of_its_document(knowledge: Knowledge, project_id: str) -> None:
    project, quoted = knowledge.project(project_id), PROJECTS[project_id]
    assert fold(project.official_name) == fold(quoted.official_name)
    assert fold(project.lead) == fold(quoted.lead)
    assert fold(project.partners) == fold(quoted.partners)
    assert fold(project.aims) == fold(quoted.aims)


@pytest.mark.parametrize(
    ("project_ids", "departement", "source", "status"),
    [
        (HAUT_RHIN, "68", "seed-haut-rhin", Status.ACCOMPANIED),
        (MARNE_ACCOMPANIED, "51", "seed-marne", Status.ACCOMPANIED),
        (MARNE_DISCUSSED, "51", "seed-marne", Status.DISCUSSED),
    ],
    ids=["Haut-Rhin", "Marne, accompanied", "Marne, discussed"],
)
def test_a_project_stands_where_its_document_puts_it(
    knowledge: Knowledge, project_ids: dict[str, Quoted], departement: str, source: str, status: Status
) -> None:
    found = {
        (project.departement, project.source, project.status)
        for project in knowledge.projects
        if project.id in project_ids
    }
    assert found == {(departement, source, status)}


@pytest.mark.parametrize(("project_id", "lines"), [("umop", 3), ("handiconsult-sud-alsace", 6)])
def test_a_list_of_the_document_stays_a_list(knowledge: Knowledge, project_id: str, lines: int) -> None:
    aims = knowledge.project(project_id).aims.splitlines()
    assert sum(line.startswith("- ") for line in aims) == lines


def test_only_the_cmsi_has_opening_hours_and_no_project_a_telephone(knowledge: Knowledge) -> None:
    assert {project.id: project.opening for project in knowledge.projects if project.opening} == {
        "cmsi-louvois": "Mo-Sa 08:30-19:30; PH unknown"
    }
    assert [project.id for project in knowledge.projects if project.phone] == []
