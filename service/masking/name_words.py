"""Words around names: what announces one, what may stand inside one, and what is never one."""

TITLES = frozenset(
    "mme mmes mlle melle madame mademoiselle m mr monsieur mm dr docteur docteure drs pr professeur "
    "professeure maitre famille sieur".split()
)
SHORT_TITLES = frozenset("mme mmes mlle melle mr dr pr".split())
CARE_TITLES = frozenset("dr docteur docteure drs pr professeur professeure".split())
# Of whom one says "my": "mon mari Paul".
RELATIONS = frozenset(
    "parents grands-parents petit petite mari femme conjoint conjointe compagnon compagne epoux epouse "
    "fils fille filles frere freres soeur soeurs pere mere papa maman mamie "
    "mamy meme memere papi papy pepe pepere oncle tante tata tonton cousin cousine neveu niece "
    "grand-mere grand-pere mere-grand "
    "beau-pere belle-mere beau-frere belle-soeur belle-fille beau-fils gendre bru petit-fils "
    "petite-fille arriere-petit-fils voisin "
    "voisine voisins ami amie amis copain copine collegue pote patron patronne bebe enfant enfants "
    "filleul filleule parrain marraine tuteur "
    "tutrice curateur medecin generaliste docteur kine infirmier infirmiere pediatre dentiste "
    "cardiologue psychologue psychiatre psy "
    "orthophoniste ergotherapeute auxiliaire aidante aidant nounou aide-soignante aide-soignant patient "
    "patiente chef cheffe cadre "
    "jumeau jumelle jumeaux jumelles belle-maman beau-papa concierge gardien gardienne proprietaire "
    "locataire ex fiance fiancee "
    "sage-femme assistante assistant secretaire eleve oncologue gynecologue gyneco resident residente "
    "beneficiaire".split()
)
# These are also said with "le", "la", "une" before a name: "l'infirmière Julie", "une patiente Martine".
POSSESSIVES = frozenset("mon ma mes notre nos son sa ses leur leurs ton ta tes votre vos".split())
ARTICLES = frozenset("le la l les un une".split())
QUALIFIERS = frozenset(
    "deux trois quatre aine ainee cadet cadette petit petite grand grande premier premiere deuxieme "
    "defunt defunte feu ex ancien ancienne cher chere vieux "
    "vieille jeune traitant nouveau nouvelle liberal liberale meilleur meilleure".split()
)
PARTICLES = frozenset(
    "de du des d la le les el al ben bel bou von van der den di da dos o n abd ait ould st saint zu".split()
)
SMALL_PARTICLES = frozenset("de d du von van der den di da dos zu".split())
# Said before a place: what follows is the place's name, not a person's.
STREETS = frozenset(
    "rue rues r avenue av ave boulevard bd bld blvd place pl impasse chemin allee allees quai faubourg "
    "square route cours passage "
    "esplanade rond-point pont parking arret parc tram station".split()
)
HOUSES = frozenset(
    "hopital hopitaux hosto chu ch chr ghr clinique polyclinique ecole college lycee eglise ehpad "
    "residence institut fondation maternite chapelle "
    "cathedrale centre maison groupe association stade gymnase salle piscine mediatheque bibliotheque "
    "universite fac faculte "
    "hus site pavillon batiment creche foyer resto mairie musee theatre prix loi reforme plan methode "
    "maladie syndrome score test manoeuvre "
    "espace complexe campus amphitheatre quartier cite gare saint st sainte ste notre csapa cmp cms "
    "centre-ville fete festival".split()
)
_FUNCTIONS = (
    "maire maires prefet prefete sous-prefet president presidente directeur directrice ministre depute "
    "deputee senateur senatrice "
    "conseiller conseillere adjoint adjointe cure secretaire procureur juge rapporteur recteur delegue "
    "deleguee docteur docteure "
    "professeur maitre madame monsieur mademoiselle messieurs mesdames mme mr dr pr vice-president chef "
    "cadre commissaire sous "
    "medecin infirmier infirmiere pharmacien pharmacienne responsable"
)
_SPECIALTIES = (
    "generaliste cardiologue dentiste gynecologue gyneco pediatre psychiatre dermatologue dermato "
    "ophtalmo ophtalmologue "
    "ophtalmologiste radiologue neurologue urologue rhumatologue orl chirurgien chirurgienne oncologue "
    "cancerologue gastro pneumologue "
    "geriatre allergologue nephrologue endocrinologue diabetologue anesthesiste interne remplacant "
    "remplacante traitant traitante "
    "scolaire urgentiste liberal libre homeopathe addictologue nutritionniste kine kinesitherapeute "
    "orthodontiste podologue psy psychologue "
    "coordonnateur referent retraite hospitalier salarie veterinaire"
)
# Grammar's words.
CLOSED = frozenset(
    "le la les l un une des de du d au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos "
    "votre vos leur leurs je j tu il "
    "elle on nous vous ils elles me m te t se s y en qui que qu quoi dont ou et mais donc or ni car si a "
    "dans par pour sans sur sous "
    "avec entre vers chez est sont etait ai as ont avait avez avons suis es sera serait fait dit va vont "
    "vient peut doit faut ne n pas plus jamais "
    "tres trop bien mal tout toute tous toutes rien aussi alors apres avant pendant depuis comme quand "
    "comment pourquoi combien "
    "bonjour bonsoir salut merci svp stp oui non ok voila bref cordialement signe monsieur madame "
    "personne quelqu lui eux moi toi "
    "encore deja toujours enfin puis chaque aucun aucune plusieurs trois deux quatre cinq aide besoin "
    "urgent urgence".split()
)
_THINGS = (
    "alzheimer parkinson asperger crohn lyme down charcot covid cov sida vih samu smur ehpad mdph cpam "
    "ars chu chr cts caf mgen ameli doctolib "
    "google facebook whatsapp instagram tiktok internet paris france alsace lorraine champagne ardenne "
    "ardennes vosges moselle meuse marne "
    "aube meurthe rhin haut bas grand est europe suisse allemagne belgique luxembourg janvier fevrier "
    "mars avril mai juin juillet aout "
    "septembre octobre novembre decembre lundi mardi mercredi jeudi vendredi samedi dimanche noel paques "
    "ukraine turquie maroc "
    "algerie portugal italie espagne pologne roumanie handiconsult cmsi sport sante maison mobile region "
    "etat senat republique "
    "francais francaise turc turque allemand allemande x y z tel voix dr house"
)
# Never a name, nor a part of one, even with a capital.
NEVER = frozenset(f"{_FUNCTIONS} {_SPECIALTIES} {_THINGS}".split()) | CLOSED
# Known to all and given to hospitals, schools and squares: naming them hides nobody's.
PUBLIC_FIGURES = frozenset(
    "jean jaures,roger salengro,emile muller,louis pasteur,albert schweitzer,robert schuman,simone "
    "veil,jean moulin,victor hugo,jules ferry,"
    "marie curie,pierre curie,charles de gaulle,jeanne d'arc,jean monnet,georges pompidou,francois "
    "mitterrand,claude bernard,robert debre,"
    "emmanuel macron,emile zola,louis aragon,antoine de saint,jean rostand,paul strauss,pierre "
    "fabre,henri dunant,jacques chirac,"
    "paul verlaine,arthur rimbaud,raymond poincare,maurice barres,stanislas,simone weil,jean vilar,jean "
    "mermoz,olympe de gouges,"
    "rosa parks,nelson mandela,pierre mendes,leon blum,alfred dreyfus,gustave eiffel,jacques "
    "cartier,robert piessard,denis diderot".split(",")
)
