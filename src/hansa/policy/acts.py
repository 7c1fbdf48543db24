"""The forms in which legal acts are cited, by sender: what a reader can look up again.

May import ``hansa.errors`` and the policy room's senders. A form says how a number is written, not
that it exists; for resolutions of the Security Council the year must also fit the number.
"""

from __future__ import annotations

import re
from itertools import pairwise

__all__ = ["act_faults", "has_form"]

#: A day, a month or a year: enough to find an act that carries no number.
DATED = re.compile(r"\b(?:19[4-9]\d|20[0-2]\d)\b")

#: Forms by sender; an act of the sender is cited in one of them at least, or by its date.
FORMS = {
    "UN": (r"UNSCR \d{3,4} \(\d{4}\)",),
    "USA": (
        r"EO \d{5}", r"Proclamation \d{4,5}", r"Pub\. L\. \d{2,3}-\d{1,3}", r"\d{2} FR \d{4,5}",
        r"\d{2} CFR (?:Part )?\d{2,3}(?:\.\d+)?", r"General Licenses? \d+", r"\d{3}\.\d{3}",
        r"Determination No \d{2,4}-\d+", r"Act(?: of \d{4})?\b", r"s\. \d+\w*",
    ),
    "EU": (
        r"Regulations? \((?:EC|EEC|EU)\) (?:No \d{1,4}/\d{2,4}|20[12]\d/\d{1,4})",
        r"Decision (?:\((?:CFSP|EU)\) )?(?:\d{4}|9\d|8\d)/\d{1,4}(?:/(?:CFSP|ECSC|EEC|EC))?",
        r"Common Position (?:\d{4}|9\d)/\d{1,3}/CFSP",
    ),
    "GBR": (r"SI \d{4}/\d{1,4}",),
    "CAN": (r"SOR/(?:9\d|\d{4})-\d{1,3}", r"R\.S\.C\. 1985", r"S\.C\. \d{4} c\. \d+"),
    "JPN": (r"No \d{2,3} of (?:19|20)\d\d",),
    "CHE": (r"SR 946\.2\d{1,2}(?:\.\d+)*",),
    "NOR": (r"No \d{1,4}",),
    "AUS": (r"SLI \d{4} No \d+", r"(?:Regulations?|Act|Designation|Instrument) \d{4}"),
    "KOR": (),
    "RUS": (r"(?:Decree|Resolution|Order) No \d{1,4}(?:-\w+)?",),
    "CHN": (r"Announcement No \d+ of \d{4}",),
    "BLR": (r"Resolution No \d+",),
}  # fmt: skip

#: What begins like a citation, and how it must go on.
_STRICT = (
    (r"\bEO\b", r"EO \d{5}\b"),
    (r"\bUNSCR\b", r"UNSCR \d{3,4}\b"),
    (r"\bSI\b", r"SI (?:19[89]\d|20[0-2]\d)/\d{1,4}\b"),
    (r"\bSOR\b", r"SOR/(?:9\d|20[0-2]\d)-\d{1,3}\b"),
    (r"\bSR\b", r"SR 946\.2\d{1,2}(?:\.\d+)*"),
    (r"\bPub\. L\.", r"Pub\. L\. \d{2,3}-\d{1,3}\b"),
    (r"\bFR\b", r"(?<=\d\d )FR \d{4,5}\b"),
    (r"\bCFR\b", r"(?<=\d\d )CFR (?:Part )?\d{2,3}\b"),
    (
        r"\bRegulations? \(E[UC]",
        r"Regulations? \((?:EC|EU)\) (?:No \d{1,4}/\d{2,4}|20[12]\d/\d{1,4})\b",
    ),
    (r"\bRegulations? \(EE", r"Regulations? \(EEC\) No \d{1,4}/(?:[6-8]\d|9[0-3])\b"),
    (r"\bDecision \(", r"Decision \((?:CFSP|EU)\) 20[12]\d/\d{1,4}\b"),
    (r"\bCommon Position\b", r"Common Position (?:9\d|1999|200\d)/\d{1,3}/CFSP\b"),
)  # fmt: skip

#: Number of the last resolution of the Security Council of each year, from 1976 on.
_LAST = (
    402, 421, 443, 461, 484, 499, 528, 545, 559, 580, 593, 606, 626, 646, 683, 725, 801, 892, 969,
    1035, 1092, 1146, 1219, 1284, 1334, 1386, 1452, 1521, 1580, 1651, 1738, 1794, 1859, 1907, 1966,
    2032, 2085, 2132, 2196, 2259, 2336, 2397, 2451, 2504, 2560, 2616, 2672, 2721, 2770,
)  # fmt: skip
_YEARS = {1977 + k: span for k, span in enumerate(pairwise(_LAST))}


def has_form(sender: str, text: str) -> bool:
    """Return whether a text cites an act in one of the sender's forms, or by its date."""
    return bool(DATED.search(text)) or any(re.search(form, text) for form in FORMS[sender])


def act_faults(text: str) -> list[str]:
    """Return what is wrong with the citations in a text, one phrase each.

    Parameters
    ----------
    text : str
        As in ``EO 13405; 31 CFR Part 548``.

    Returns
    -------
    list of str
    """
    found = []
    for start, strict in _STRICT:
        for hit in re.finditer(start, text):
            if not re.compile(strict).match(text, hit.start()):
                found.append(f"{text[hit.start() : hit.start() + 24]!r} is not the form of an act")
    # "UNSCR 661 (1990), 670 (1990)": every number that a year follows belongs to the list.
    for run in re.finditer(r"UNSCR (\d{3,4} \(\d{4}\)(?:,? (?:and )?\d{3,4} \(\d{4}\))*)", text):
        for number, year in re.findall(r"(\d{3,4}) \((\d{4})\)", run.group(1)):
            first, last = _YEARS.get(int(year), (0, 0))
            if not first < int(number) <= last:
                found.append(f"resolution {number} is not of {year}")
    return found
