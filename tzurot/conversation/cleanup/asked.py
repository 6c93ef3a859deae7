"""Whether a message asks for a text in which several speak, or each is named; pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from tzurot.conversation.cleanup.prose import one_of

# A text of this kind has its speakers' names before what they say.
_SCRIPTS: Final = re.compile(
    r"\b(?:dialogues?|dialogs?|screenplays?|scripts?|skits?|sketch(?:es)?|transcripts?|interviews?"
    r"|(?:a|the|short|little|stage|one-act|radio) play|chat ?logs?|conversation between"
    r"|debate|quotes?|banter|repartee"
    r"|drehbuch|dialoge?|gespr[äa]ch|theaterst[üu]ck|chatverlauf|protokoll|szene"
    r"|sc[èe]ne|pi[èe]ce de th[ée][âa]tre"
    r"|di[áa]logos?|gui[oó]n|escena|roteiro|cena|dialogo|copione|scena|dialoog|dialog[ui]?)\b"
    r"|диалог|сценари|сценк|сцену|разговор|пьес|реплик|حوار|مشهد|سيناريو"
    r"|会話|台本|脚本|対話|寸劇|セリフ|对话|對話|剧本|劇本|台词|대화|대본",
    re.IGNORECASE,
)
_SCENES: Final = re.compile(
    r"\b(?:write|draft|improvise|act out|perform|continue|imagine|invent|make up)\b.{0,80}"
    r"\b(?:story|scene|tale|chat|conversation|talk|exchange|argument|letter|mail|note|message)\b",
    re.IGNORECASE | re.DOTALL,
)
# These do when they are about several who are here.
_LISTS: Final = re.compile(
    r"\b(?:list|table|scores?|points|rank\w*|rate|assign\w*|nicknam\w*|summar\w+|recap|roles?"
    r"|stats?|teams?|tasks?|jobs?|duties|gifts?|drinks?|birthdays?|sort|compare|describe"
    r"|who (?:does|gets|is|has)|one (?:line|word|sentence)"
    r"|(?:would|might|could|did|does|do|will)\b.{0,80}\b(?:say|answer|reply|talk|greet|argue))\b",
    re.IGNORECASE | re.DOTALL,
)
_EVERYBODY: Final = re.compile(
    r"\b(?:us|we|our|everyone|everybody|each|all|people|party|crew|team|players|who)\b",
    re.IGNORECASE,
)
_GO_ON: Final = re.compile(
    r"\b(?:continue|go on|keep going|more|next|again|another|and then|the rest|weiter|mehr|suite"
    r"|encore|contin[uú]a|m[aá]s|continua|ancora|mais)\b|дальше|продолж|ещё|еще|続|继续|繼續|계속|أكمل",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(
    r"^[*_>\s]{0,4}[^\W\d][\w .'\u2019-]{0,31}[*_]{0,3}\s?[:\uff1a](?!//)", re.MULTILINE
)
_SEVERAL: Final = 2


def asks_for_voices(asked: str, others: Collection[str], last_reply: str = "") -> bool:
    """Return whether lines that begin with names are what somebody wants.

    They ask for a script, or for something about each of those here, or for more of a reply that
    had such lines, or show them themselves.
    """
    labelled = re.compile(rf"^[*_]{{0,3}}{one_of(others)}[*_]{{0,3}}\s?:", re.MULTILINE)
    if labelled.search(last_reply) and _GO_ON.search(asked):
        return True
    if _SCRIPTS.search(asked) or _SCENES.search(asked):
        return True
    named = re.search(rf"(?<!\w){one_of(others)}(?!\w)", asked)
    if _LISTS.search(asked) and (named or _EVERYBODY.search(asked)):
        return True
    return len(_LABELLED.findall(asked)) >= _SEVERAL or bool(labelled.search(asked))
