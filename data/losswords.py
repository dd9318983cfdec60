"""The words of losses: which noun or verb means which quantity, who can be lost, what cannot."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

__all__ = [
    "AUXILIARIES",
    "BODIES",
    "COMPANIES",
    "HELD",
    "LOSS",
    "MILITARY",
    "NOT_COUNTED",
    "PEOPLE",
    "PHRASES",
    "STRONG",
    "THINGS",
    "Loss",
    "things",
]

Kind = Literal["noun", "adjective", "active", "done", "happens"]


class Loss(NamedTuple):
    """What a word says of those who are counted.

    Attributes
    ----------
    quantity : str
        A word of the vocabulary; '' where the thing that is counted decides.
    kind : str
        ``noun`` (casualties), ``adjective`` (dead), ``active`` (killing: done to what follows),
        ``done`` (killed: to what follows or, after a form of to be, to what stands before),
        ``happens`` (died: to what stands before).
    open : bool
        True when the word may mean the dead or all casualties.
    """

    quantity: str
    kind: Kind
    open: bool = False


def _forms(quantity: str, kind: Kind, words: str, open_: bool = False) -> dict[str, Loss]:
    return {word.replace("_", " "): Loss(quantity, kind, open_) for word in words.split()}


LOSS: Mapping[str, Loss] = {
    **_forms(
        "killed",
        "noun",
        "deaths death fatalities fatality bodies corpses lives "
        "dead_bodies martyrs coffins killings murders drownings",
    ),
    **_forms("killed", "adjective", "dead fallen deceased lifeless"),
    **_forms(
        "killed",
        "done",
        "put_to_death hanged gassed decapitated entombed killed slain massacred executed "
        "murdered martyred shot_dead gunned_down crushed_to_death burned_to_death "
        "burnt_to_death electrocuted beheaded assassinated found_dead hacked_to_death "
        "stabbed_to_death lynched beaten_to_death asphyxiated drowned slaughtered "
        "trampled_to_death fatally_wounded fatally_injured fatally_shot mortally_wounded "
        "buried_alive mown_down "
        "mowed_down strangled incinerated",
    ),
    **_forms(
        "killed",
        "active",
        "assassinate assassinates assassinating behead beheads beheading execute executes "
        "murder massacres slaughter slaughters drown drowns lynch lynches lynching kill kills "
        "killing massacring executing murdering slaughtering "
        "massacre drowning claiming_the_lives_of claimed_the_lives_of "
        "claims_the_lives_of took_the_lives_of taking_the_lives_of taken_the_lives_of "
        "cost_the_lives_of costing_the_lives_of costs_the_lives_of remains_of bodies_of "
        "skeletons_of corpses_of claim_the_lives_of",
    ),
    **_forms(
        "killed",
        "happens",
        "swept_to_their_deaths fell_to_their_deaths plunged_to_their_deaths "
        "jumped_to_their_deaths fell_in fell_at fell_during fell_near met_their_deaths "
        "fell_victim passed_away died "
        "dies dying die perished perish "
        "perishing succumbed lost_their_lives lose_their_lives losing_their_lives "
        "lost_his_life lost_her_life who_fell lost_its_life lost_their_life starved_to_death "
        "froze_to_death bled_to_death "
        "burned_alive fell_in_battle suffocated fell_in_action",
    ),
    **_forms("wounded", "noun", "injuries injury"),
    **_forms("wounded", "adjective", "ill_with_burns"),
    **_forms(
        "wounded",
        "done",
        "crippled mutilated treated wounded injured hurt maimed hospitalised hospitalized "
        "treated_for_injuries treated_for_wounds treated_for_burns "
        "treated_for_smoke_inhalation treated_for_shock taken_to_hospital "
        "admitted_to_hospital rushed_to_hospital sent_to_hospital taken_to_hospitals "
        "evacuated_with_wounds concussed scalded being_treated_in_hospital burned "
        "treated_for_their_injuries treated_for_their_wounds treated_in_hospital "
        "treated_at_hospitals treated_in_hospitals treated_at_the_scene",
    ),
    **_forms(
        "wounded",
        "active",
        "maim maims hospitalise hospitalises hospitalize hospitalizes cripple cripples "
        "crippling mutilate mutilates mutilating scald scalds scalding concuss concusses "
        "concussing wound wounding wounds injure injures injuring hurting maiming "
        "hospitalising hospitalizing",
    ),
    **_forms(
        "wounded",
        "happens",
        "ended_up_in_hospital sought_treatment sustained_injuries suffered_injuries "
        "sustained_wounds suffered_wounds suffered_burns sustained_burns suffering_injuries "
        "sustaining_injuries received_injuries in_hospital received_treatment "
        "needed_treatment required_treatment needed_hospital_treatment "
        "required_hospital_treatment "
        "received_medical_treatment needed_medical_treatment",
    ),
    **_forms(
        "missing", "adjective", "missing unaccounted_for not_accounted_for not_been_accounted_for"
    ),
    **_forms("missing", "noun", "disappearances missing_persons missing_people"),
    **_forms(
        "missing",
        "happens",
        "not_been_seen_since yet_to_be_found not_been_found not_been_traced disappeared "
        "vanished gone_missing went_missing "
        "not_been_heard_from gone_without_trace",
    ),
    **_forms("missing", "active", "whereabouts_of no_trace_of no_sign_of fate_of"),
    **_forms("missing", "done", "swept_away washed_away carried_away"),
    **_forms(
        "captured",
        "noun",
        "prisoners prisoners_of_war pows captives hostages "
        "prisoners-of-war detainees_of_war prisoner",
    ),
    **_forms(
        "captured",
        "done",
        "taken_away carried_off led_away rounded_up dragged_off dragged_away kidnaped captured "
        "taken_prisoner taken_captive taken_hostage "
        "taken_alive abducted kidnapped imprisoned seized held_captive held_hostage "
        "held_prisoner taken_into_captivity held_in_captivity",
    ),
    **_forms(
        "captured",
        "active",
        "abduct abducts kidnap kidnaps kidnaping capture captures capturing abducting "
        "kidnapping seizing took_prisoner took_captive",
    ),
    **_forms(
        "captured",
        "happens",
        "gave_up fell_into_the_hands_of laid_down_their_weapons gave_up_their_weapons "
        "gave_up_their_arms "
        "fell_into_enemy_hands surrendered surrendering laid_down_their_arms laid_down_arms "
        "gave_themselves_up",
    ),
    **_forms("casualties", "noun", "casualties casualty"),
    **_forms(
        "casualties",
        "noun",
        "victims losses victim personnel_losses loss_of_life combat_losses",
        True,
    ),
    **_forms(
        "casualties",
        "done",
        "lost eliminated neutralised neutralized liquidated "
        "put_out_of_action taken_out_of_action incapacitated destroyed wiped_out "
        "taken_out",
        True,
    ),
    **_forms(
        "casualties",
        "active",
        "eliminates neutralise neutralises neutralize neutralizes liquidate liquidates "
        "incapacitate incapacitates incapacitating lose loses losing eliminating eliminate "
        "neutralising "
        "neutralizing liquidating wiping_out taking_out took_out the_loss_of loss_of "
        "destroy destroys destroying",
        True,
    ),
    **_forms(
        "named_dead", "noun", "names portraits graves gravestones headstones obituaries tombstones"
    ),
    **_forms(
        "named_dead",
        "active",
        "portraits_of names_of obituaries_for graves_of obituaries_of photographs_of_the_fallen",
    ),
    **_forms(
        "deployed",
        "done",
        "thrown_into_battle thrown_into_the_fight flown_to poured moved rushed massed "
        "positioned assembled concentrated fielded "
        "deployed sent dispatched "
        "stationed redeployed committed based "
        "posted transferred garrisoned airlifted",
    ),
    **_forms(
        "deployed",
        "active",
        "pouring pours station stations stationing redeploys commits rush rushes mass masses field "
        "fields garrison garrisons garrisoning airlift airlifts transfer transfers "
        "reinforced_by reinforced_with contributed contributes contributing rushing massing "
        "fielding moving deploy "
        "deploys deploying send sends sending dispatch dispatches dispatching deployment_of "
        "deployments_of dispatch_of contingent_of "
        "commit committing redeploying redeploy transferring arrival_of airlifting",
    ),
    **_forms(
        "deployed",
        "happens",
        "landed serve serves served arrived arrive arriving arrives fighting serving operating "
        "embedded",
    ),
    **_forms(
        "returned",
        "done",
        "repatriated sent_home brought_home flown_home sent_back "
        "brought_back flown_back rotated_home shipped_home pulled_home taken_home "
        "withdrawn_home",
    ),
    **_forms(
        "returned",
        "active",
        "repatriate repatriates repatriating bringing_home sending_home flying_home "
        "brings_home return_of repatriation_of bring_home",
    ),
    **_forms(
        "returned",
        "happens",
        "return returned_home returned come_home came_home gone_home "
        "went_home returning_home return_home back_home "
        "flew_home travelled_home sailed_home returning arrived_home",
    ),
    **_forms(
        "",
        "done",
        "shot_down downed sunk knocked_out wrecked "
        "intercepted burned_out abandoned scuttled brought_down burnt_out",
    ),
    **_forms(
        "",
        "active",
        "sank sink sinks sinking downing shooting_down knocking_out "
        "shoot_down shoots_down intercepting abandoning "
        "destruction_of bringing_down bring_down knocks_out",
    ),
    **_forms("", "happens", "crashed"),
}
"""Every word that says a loss, in small letters; phrases are one word."""

STRONG = frozenset(("killed", "wounded", "named_dead"))
"""Quantities whose words say by themselves that living beings are meant."""

PHRASES: Mapping[str, frozenset[tuple[str, ...]]] = {}
"""Words that are read as one, by their first word."""

AUXILIARIES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "is are was were be been being got get 're getting remain remains remained "
            "remaining lay lie became become stay stayed feared presumed listed declared "
            "pronounced go went"
        ).split(),
        "be",
    ),
    **dict.fromkeys(("has", "have", "had", "having", "'ve", "'d"), "have"),
    **dict.fromkeys(
        ("will", "would", "could", "can", "may", "might", "should", "shall", "must", "'ll"), "may"
    ),
    **dict.fromkeys(("not", "n't", "never", "neither", "nor"), "not"),
    **dict.fromkeys(
        (
            "to as also already now still reportedly believed thought known reported "
            "confirmed said understood estimated considered officially found seen since "
            "either all both since currently apparently later earlier themselves allegedly "
            "immediately instantly so far left however then probably likely seriously "
            "severely badly fatally critically lightly slightly initially eventually at once "
            "alone together registered recorded counted verified claimed among the those just "
            "only each too alleged assessed judged ever itself mistakenly deliberately "
            "finally subsequently itself safely recently previously permanently illegally "
            "reported more today yesterday overnight tonight moderately mortally out "
            "seemingly sadly tragically"
        ).split(),
        "with",
    ),
}
"""What may stand between those who are counted and the word of loss."""

MILITARY = frozenset(
    "soldiers soldier troops troop servicemen serviceman servicemembers fighters fighter "
    "personnel engineers sappers marines paratroopers mercenaries men conscripts reservists "
    "recruits peacekeepers forces contractors volunteers advisers advisors instructors technicians "
    "infantrymen infantry commandos guardsmen legionnaires builders deminers combatants militiamen "
    "guards operators gunners airmen pilots officers sailors cadets rangers gendarmes militants "
    "soldiery rebels jihadists insurgents servicewomen warriors draftees tankers "
    "crewmen trainees gunmen veterans artillerymen snipers scouts".split()
) | {"service members", "special forces", "construction workers", "military builders"}
"""Those who are deployed and return."""

_OTHERS = frozenset(
    "privates sergeants corporals captains bishops priests churchgoers people persons person "
    "civilians civilian residents villagers passengers passenger crew "
    "members children child women woman men man boys girls boy girl miners workers worker "
    "employees staff pilgrims students pupils teachers medics nurses doctors journalists "
    "reporters policemen police policeman firefighters rescuers refugees migrants fishermen "
    "protesters demonstrators tourists nationals citizens palestinians israelis ukrainians "
    "russians syrians americans koreans afghans iraqis iranians sudanese congolese ethiopians "
    "others other worshippers worshipers inmates detainees patients victims infants babies "
    "elderly adults teenagers commuters shoppers spectators farmers herders traders drivers "
    "driver pedestrians climbers hikers mourners minors settlers commanders generals colonels "
    "lieutenants majors bystanders guests attendees inhabitants locals foreigners supporters "
    "activists medic nurse labourers laborers crewmembers occupants seafarers dockers porters "
    "vendors revellers fans soldiers youths elders clerics monks nuns orphans dependants "
    "relatives families schoolchildren schoolgirls schoolboys officials humans souls hands "
    "individuals terrorists extremists deserters loyalists colleagues comrades compatriots "
    "defenders attackers suspects bombers assailants hostages prisoners captives pows "
    "responders paramedics volunteers staffers stewardesses attendants cleaners guides "
    "trekkers mountaineers skiers swimmers campers holidaymakers travellers travelers "
    "motorists cyclists riders".split()
)

_MANY = MILITARY | _OTHERS
PEOPLE = _MANY | {word[:-1] for word in _MANY if word.endswith("s") and len(word) > 4}
"""Those who can be lost; strong words take other nouns too."""

BODIES = frozenset(
    "battalion brigade regiment garrison company platoon unit force contingent convoy "
    "detachment squad division crew army troops battlegroup corps".split()
)
"""Bodies of soldiers, a share of which can be lost."""

COMPANIES = BODIES | frozenset("crew group team complement party patrol".split())
"""Bodies of people that have a size."""

HELD = frozenset(
    (
        "exchanged swapped freed released returned repatriated handed exchange swap release "
        "traded return executed returning exchanging freeing releasing swapping rescued "
        "liberated"
    ).split()
)
"""After these a number of prisoners is no number of captured."""

THINGS: Mapping[str, str] = {
    **dict.fromkeys(("tanks", "tank"), "tanks"),
    **dict.fromkeys(
        (
            "armoured vehicles",
            "armored vehicles",
            "armoured vehicle",
            "apcs",
            "ifvs",
            "armored vehicle",
            "armoured personnel carriers",
            "armored personnel carriers",
            "infantry fighting vehicles",
            "armoured carriers",
            "bmps",
            "btrs",
            "armoured fighting vehicles",
            "armored fighting vehicles",
            "armoured cars",
            "personnel carriers",
            "fighting vehicles",
            "armoured combat vehicles",
            "armored combat vehicles",
        ),
        "armoured_vehicles",
    ),
    **dict.fromkeys(
        (
            "artillery systems",
            "artillery pieces",
            "howitzers",
            "howitzer",
            "mortars",
            "guns",
            "artillery guns",
            "rocket launchers",
            "multiple rocket launchers",
            "mlrs",
            "artillery units",
            "rocket systems",
            "multiple launch rocket systems",
            "multiple-launch rocket systems",
            "field guns",
            "launchers",
        ),
        "artillery",
    ),
    **dict.fromkeys(
        (
            "air defence systems",
            "air defense systems",
            "air-defence systems",
            "air-defense systems",
            "anti-aircraft systems",
            "air defence batteries",
            "air defense batteries",
            "air defence system",
            "anti-aircraft guns",
            "anti-aircraft batteries",
            "surface-to-air missile systems",
            "missile defence systems",
            "air defence launchers",
        ),
        "air_defence",
    ),
    **dict.fromkeys(
        (
            "aircraft",
            "planes",
            "plane",
            "jets",
            "jet",
            "warplanes",
            "warplane",
            "aeroplanes",
            "airplanes",
            "bombers",
            "fighter jets",
            "fighter jet",
            "combat aircraft",
            "fixed-wing aircraft",
            "warplanes",
            "military aircraft",
            "transport planes",
        ),
        "aircraft",
    ),
    **dict.fromkeys(
        ("helicopters", "helicopter", "gunships", "choppers", "rotorcraft"), "helicopters"
    ),
    **dict.fromkeys(
        (
            "drones",
            "drone",
            "uavs",
            "uav",
            "unmanned aerial vehicles",
            "quadcopters",
            "unmanned aircraft",
            "loitering munitions",
            "attack drones",
        ),
        "drones",
    ),
    **dict.fromkeys(
        (
            "ships",
            "ship",
            "vessels",
            "vessel",
            "warships",
            "warship",
            "boats",
            "boat",
            "frigates",
            "corvettes",
            "landing ships",
            "patrol boats",
            "submarines",
            "gunboats",
            "destroyers",
            "speedboats",
            "trawlers",
        ),
        "ships",
    ),
    **dict.fromkeys(
        (
            "vehicles",
            "vehicle",
            "trucks",
            "truck",
            "lorries",
            "lorry",
            "cars",
            "fuel trucks",
            "pickup trucks",
            "pick-ups",
            "jeeps",
        ),
        "vehicles",
    ),
}
"""Equipment by what it is called."""

NOT_COUNTED = frozenset(
    "km kilometres kilometers kilometre kilometer miles mile metres meters metre meter feet "
    "foot inches yards acres hectares kg kilograms tonnes tons ton litres liters gallons "
    "barrels degrees minutes minute hours hour days day weeks week months month years year "
    "decades decade centuries seconds a.m. p.m. am pm gmt utc est local dollars dollar euros "
    "euro pounds won yen rubles roubles rupees hryvnia shekels lira dirhams percent per % cent "
    "points percentage million billion trillion houses homes buildings house home building "
    "apartments flats schools hospitals clinics mosques churches villages towns cities "
    "settlements provinces districts countries states regions counties nations communities "
    "neighbourhoods bridges roads shops bunkers depots missiles missile rockets shells bombs "
    "mines grenades bullets rounds projectiles munitions strikes strike attacks attack raids "
    "raid sorties airstrikes air clashes explosions blasts incidents operations assaults "
    "battles wars quakes earthquakes aftershocks tremors storms cattle livestock cows sheep "
    "goats animals chickens pigs horses dogs camels poultry birds camps families households "
    "votes seats times places goals matches laps stars stages ministers lawmakers experts "
    "brigades brigade battalions battalion divisions division regiments regiment companies "
    "units corps squadrons teams groups factions parties ambulances trains buses carriages "
    "coaches volumes pages articles cases tests doses beds kilos calls complaints warnings "
    "reports images photographs videos documents square cubic magnitude metre-high storeys "
    "stories floors wards rooms tents shelters containers warehouses factories plants "
    "facilities refineries stations airports ports jobs dams crops trees fields farms firms "
    "banks sites spots zones sectors fronts weapons rifles ammunition positions bases posts "
    "trenches pistols machine-guns islands nights mornings weekends generations terms wickets "
    "-year-old year-old".split()
)
"""Heads of a count that no loss is counted in."""


def things(words: list[str]) -> str:
    """Give the kind of equipment that a noun phrase ends in, or ''.

    Parameters
    ----------
    words : list of str
        The phrase in small letters.
    """
    for length in (3, 2, 1):
        for first in range(len(words) - length, -1, -1):
            if found := THINGS.get(" ".join(words[first : first + length])):
                return found
    return ""


def _phrases() -> dict[str, frozenset[tuple[str, ...]]]:
    found: dict[str, set[tuple[str, ...]]] = {}
    extra = (
        "death toll",
        "body count",
        "death count",
        "fatality count",
        "service members",
        "special forces",
        "as well as",
        "along with",
        "together with",
        "dead body",
        "construction workers",
        "military builders",
        "prison camp",
    )
    for phrase in (*LOSS, *extra):
        if " " in phrase:
            words = tuple(phrase.split())
            found.setdefault(words[0], set()).add(words)
    return {first: frozenset(sorted(words)) for first, words in found.items()}


PHRASES = _phrases()
