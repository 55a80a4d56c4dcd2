"""Yes, no and stop, understood without a model: a fixed list per language, and the whole message."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class ShortAnswer(StrEnum):
    """What a message of one or two words says to an open price or to running work.

    A yes or a no answers what was asked last; a stop can only mean what is open or running.
    """

    YES = "yes"
    NO = "no"
    STOP = "stop"


_YES = """
yes|yes please|yep|yeah|yup|sure|ok|okay|ok do it|okay do it|do it|yes do it|go|go ahead|go for it|confirm|y
ja|ja bitte|jawohl|jo|klar|gern|gerne|mach|mach das|mach es|los|passt
oui|oui stp|d'accord|vas-y|allez-y|ok vas-y|fais-le
si|sí|sí por favor|vale|dale|hazlo|claro|adelante
sim|pode fazer|faz|claro que sim
sì|va bene|fallo|d'accordo
ja graag|doe maar
да|ага|давай|да давай|сделай|хорошо
так|tak|zgoda|zrób to
evet|tamam
はい|お願いします|うん
好|好的|是|可以
네|응
"""
_NO = """
no|no thanks|no thank you|nope|never mind|don't
nein|nein danke|doch nicht|lass|lieber nicht
non|non merci
no gracias
não|nao
nee|nee bedankt
нет|не надо
nie
hayır|hayir
いいえ
不|不要
아니|아니요
"""
_STOP = """
stop|stop it|stop that|cancel|cancel it|cancel that|abort|forget it
stopp|abbrechen|halt|lass es|vergiss es
arrête|arrete|annule|annuler|laisse tomber
para|detente|cancela|cancelar|déjalo
pare|cancele|deixa
ferma|fermati|annulla
stoppen|annuleer
стоп|отмена|отмени
anuluj
dur|iptal
やめて|キャンセル
停|取消
취소
"""
_LONGEST = 30
_EDGES = re.compile(r"^[\s\"'“”„«»(]+|[\s.!…。！\"'“”«»)]+$")


def _listed(text: str) -> frozenset[str]:
    return frozenset(one.strip() for line in text.strip().splitlines() for one in line.split("|"))


_WORDS = {
    ShortAnswer.YES: _listed(_YES),
    ShortAnswer.NO: _listed(_NO),
    ShortAnswer.STOP: _listed(_STOP),
}


def short_answer(words: str) -> ShortAnswer | None:
    """What the whole message says, or None. A question mark makes it a question."""
    if len(words) > _LONGEST:
        return None
    said = unicodedata.normalize("NFKC", words).replace("’", "'").casefold().replace(",", " ")
    said = " ".join(_EDGES.sub("", said).split())
    return next((answer for answer, listed in _WORDS.items() if said in listed), None)
