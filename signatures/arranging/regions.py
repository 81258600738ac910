"""Regions of the world: the blocks into which lists are parted, and the sub-regions of UN M49. Pure tables."""

from __future__ import annotations

BLOCKS = ("002", "142", "009", "150", "019")
"""Africa, Asia, Oceania, Europe, the Americas, in the order in which lists have them."""

SUB_REGIONS = {
    "002": {
        "011": "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG",
        "014": "BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW",
        "015": "DZ EG EH LY MA SD TN",
        "017": "AO CD CF CG CM GA GQ ST TD",
        "018": "BW LS NA SZ ZA",
    },
    "142": {
        "030": "CN HK JP KP KR MN MO TW",
        "034": "AF BD BT IN IR LK MV NP PK",
        "035": "BN ID KH LA MM MY PH SG TH TL VN",
        "143": "KG KZ TJ TM UZ",
        "145": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
    },
    "009": {
        "053": "AU CC CX HM NF NZ",
        "054": "FJ NC PG SB VU",
        "057": "FM GU KI MH MP NR PW UM",
        "061": "AS CK NU PF PN TK TO TV WF WS",
    },
    "150": {
        "039": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK",
        "151": "BG BY CZ HU MD PL RO RU SK UA",
        "154": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
        "155": "AT BE CH DE FR LI LU MC NL",
    },
    "019": {
        "005": "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE",
        "013": "BZ CR GT HN MX NI PA SV",
        "021": "BM CA GL PM US",
        "029": "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",
    },
}
"""The territories of each sub-region, as UN M49 has them (and CLDR, which adds Taiwan and Kosovo)."""

EUROPEAN = frozenset(("CY", "TR"))
"""Western Asia in M49; the letters that are parted into blocks print them in Europe."""

_SUB_REGION = {
    territory: sub_region
    for sub_regions in SUB_REGIONS.values()
    for sub_region, territories in sub_regions.items()
    for territory in territories.split()
}
_BLOCK = {sub_region: block for block, sub_regions in SUB_REGIONS.items() for sub_region in sub_regions}


def sub_region_of(territory: str) -> str | None:
    """Tell the M49 code of a territory's sub-region; None for what lies in none, as Antarctica."""
    return _SUB_REGION.get(territory)


def block_of(territory: str) -> str | None:
    """Tell the M49 code of the block in which a territory's signatories are printed."""
    return "150" if territory in EUROPEAN else _BLOCK.get(_SUB_REGION.get(territory, ""))


def block_of_sub_region(sub_region: str) -> str:
    """Tell the block to which a sub-region belongs."""
    return _BLOCK[sub_region]
