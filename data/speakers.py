"""The words of telling: verbs that say, nouns that speak, outlets, papers."""

__all__ = [
    "ASIDE",
    "BASE",
    "BY_WHOM",
    "CITES",
    "DOCUMENTS",
    "FREE",
    "OUTLETS",
    "PRONOUNS",
    "ROLES",
    "SAYS",
    "SHOWS",
    "is_outlet",
]

SAYS = frozenset(
    "say said says saying report reported reports reporting claim claimed claims claiming "
    "state stated states stating announce announced announces announcing confirm confirmed "
    "confirms confirming estimate estimated estimates estimating told tells tell telling add "
    "added adds adding note noted notes noting reveal revealed reveals revealing acknowledge "
    "acknowledged acknowledges admit admitted admits admitting assess assessed assesses "
    "believe believes believed count counted counts counting record recorded records recording "
    "declare declared declares disclose disclosed discloses warn warned warns alleged alleges "
    "allege insist insisted insists maintain maintained maintains wrote writes documented "
    "documents verified verifies registered tallied calculated calculates concluded concludes "
    "published posted tweeted listed conceded concedes boasted broadcast informed briefed "
    "reckons reckoned put puts gave gives quoted cited quotes cites suggested suggests "
    "indicated indicates citing quoting shows showed show found reiterated reiterates repeated "
    "identified fear fears feared suspect suspects think thinks spoke speak speaks speaking "
    "accuse accuses accused established complained complains charged charges testified contends "
    "contended cautioned "
    "recalled argued argues logged tracked attributed lists tweets boast boasts recall recalls "
    "reveals verify register registers tally log logs testify testifies cautions".split()
)
"""Verbs whose subject says what stands beside them."""

BASE = frozenset(
    "count estimate report record claim note state document list believe admit confirm reckon fear "
    "say suspect think acknowledge boast insist allege announce maintain argue contend recall "
    "accuse concede declare deny verify register tally log testify reveal".split()
)
"""Their forms that only a plural has."""

SHOWS = frozenset(
    "show shows showed suggest suggests suggested indicate indicates indicated found".split()
)
"""Verbs that papers have: they need one as their subject, or `that` behind them."""

FREE = frozenset(
    "said says say told tells added adds announced announces announcing confirmed confirms "
    "estimates estimate estimated believes believe reported reports acknowledged acknowledges "
    "admitted admits insisted insists claims alleged alleges stated states warned revealed "
    "disclosed conceded declared noted reckons reiterated claimed charged charges alleges "
    "testified contends contended cautioned recalled argued argues identified fear fears think "
    "thinks suspect boasted spoke speak speaks wrote gave maintains maintained".split()
)
"""Of these, verbs that nobody has but one who speaks."""

CITES = frozenset("citing quoting cited cites quoted quotes".split())
"""Verbs whose object originated what their subject passes on."""

BY_WHOM = frozenset(
    "reported announced confirmed released given recorded claimed estimated published issued "
    "provided compiled cited quoted counted documented verified kept gathered collected disclosed "
    "stated seen obtained reviewed put registered maintained tallied collated conducted prepared "
    "shared supplied carried covered floated circulated advanced offered leaked touted "
    "presented tracked logged".split()
)
"""Participles before `by`, behind which the speaker stands."""

DOCUMENTS = frozenset(
    "report reports briefing statement statements figures figure data estimate estimates tally "
    "count counts survey study bulletin update assessment assessments release dataset records "
    "record list toll analysis document documents post announcement review investigation "
    "inquiry message reckoning account accounts communique communiqué calculations calculation "
    "database intelligence_report reporting dispatch memo testimony summary tallies numbers "
    "newsletter broadcast article letter note filing research".split()
)
"""Papers and counts: whoever made them is the speaker."""

ROLES = frozenset(
    "ministry minister ministers army military government officials official police "
    "authorities authority agency agencies service services spokesman spokeswoman spokesperson "
    "spokespeople governor mayor president commander commanders command staff general rescuers "
    "responders hospital hospitals doctors medics witnesses residents monitors monitor "
    "observatory group groups organisation organization un council office department lawmakers "
    "lawmaker legislator legislators mp mps senator senators sources source analysts analyst "
    "researchers researcher media newspaper broadcaster channel rebels militants insurgents "
    "movement junta administration mission embassy intelligence coastguard coastguards guard "
    "navy company airline operator union charity committee commission institute university "
    "survivors relatives leader leaders chief head director envoy ambassador prosecutor "
    "prosecutors court coroner investigators firefighters brigade forces side kremlin pentagon "
    "experts volunteers activists diplomat diplomats centre center watchdog project watch "
    "headquarters force parliament party alliance coalition secretary team teams front station "
    "inspector superintendent site paper daily locals clerics elders captain colonel outlet "
    "outlets website observers rapporteur coordinator administrator bureau board "
    "representative representatives workers crews crew regiment corps militia fighters troops "
    "division statisticians academics historians veterans medic doctor surgeon nurse lawyers "
    "lawyer ombudsman envoys delegation delegates premier chancellor king palace cabinet "
    "eyewitnesses eyewitness wing branch arm survivor resident correspondent correspondents "
    "reporter monk priest imam shopkeeper farmer farmers fisherman taxi volunteer activist "
    "negotiators negotiator mediators peacekeepers administrators coordinators treasury "
    "directorate federation league society network press television tv radio weekly magazine "
    "journal undertakers undertaker villagers politician politicians chiefs morgue mortuary "
    "clinic insurers insurer unions tribunal jury officers officer soldier soldiers pilot "
    "skipper owner owners manager managers dispatcher crescent cross defence defense seoul "
    "kyiv moscow pyongyang tehran washington london".split()
)
"""Nouns of those who speak."""

OUTLETS = frozenset(
    "reuters afp ap tass ria interfax yonhap xinhua kyodo bbc cnn nhk kbs sbs kcna dpa efe ansa "
    "bloomberg anadolu sana irna isna fars wafa unian ukrinform suspilne meduza newsis politico "
    "newsweek axios haaretz aljazeera guardian times post herald telegraph tribune "
    "economist spiegel bild figaro monde repubblica corriere nikkei asahi hurriyet dawn hindu "
    "mirror "
    "observer wsj nyt globe star gazette chronicle atlantic yorker "
    "npr nbc abc cbs fox sky dw pti ani afpbb belga lusa presse".split()
)
"""Names of those who pass on; `is_outlet` knows more by their kind."""

_KINDS = (
    "news agency",
    "newspaper",
    "broadcaster",
    "television",
    "tv",
    "radio",
    "daily",
    "media",
    "press",
    "journal",
    "magazine",
    "news channel",
    "news site",
    "newswire",
    "wire service",
    "news website",
    "weekly",
    "news outlet",
    "outlet",
    "outlets",
    "tabloid",
    "associated press",
    "al jazeera",
    "agence france-presse",
    "channel",
    "news",
    "independent",
    "news agencies",
    "newspapers",
    "radio station",
    "wire services",
    "website",
    "wire agency",
)
_OFFICES = (
    "media office",
    "press office",
    "press service",
    "press secretary",
    "press centre",
    "press center",
    "media centre",
    "media center",
    "media wing",
    "news conference",
    "press conference",
    "information office",
    "media arm",
    "media bureau",
    "red cross",
)

PRONOUNS = frozenset("he she it they".split())
"""Subjects that mean the speaker before."""

ASIDE = frozenset(
    "has have had also later since again now earlier yesterday today still however already "
    "then meanwhile separately initially first previously recently officially publicly repeatedly "
    "late early has only just nonetheless therefore did does not n't will can could so far".split()
)
"""What may stand between a subject and its verb."""


def is_outlet(name: str) -> bool:
    """Tell whether a name is that of a medium, which passes on what others say."""
    low = name.lower()
    if any(office in low for office in _OFFICES):
        return False
    words = low.replace("'s", "").replace("’s", "").split()
    return bool(OUTLETS & set(words)) or any(
        f" {low} ".endswith(f" {kind} ") or f" {kind} " in f" {low} " and " " in kind
        for kind in _KINDS
    )
