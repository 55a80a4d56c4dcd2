"""Sentences by what they ask for, as patterns over words that have lost their politeness (see `wording`).

English is meant to be covered well, German, French, Spanish, Portuguese,
Russian, Chinese and Japanese in their plainest forms.
"""

# ruff: noqa: E501  (a pattern is a line)
from __future__ import annotations

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern of several; the words they meet have single spaces."""
    return re.compile(f"(?:{'|'.join(patterns)})", re.IGNORECASE)


END = r"(?:\W*$)"
COUNT = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|a couple of|a few|several|some|zwei|drei|vier|deux|trois|quatre|dos|tres|cuatro|dois|três|quatro|два|три|четыре)"
IT = (
    r"(?:it|this|that|these|those|them|him|her|das|es|dies\w*|sie|ihn|ça|cela|la|le|las?|los?|esto|eso|isso|isto|это|его|её"
    r"|(?:this|that|the|my|das|die|diese[sn]?|cette|ce|l'|la|esta|esa|esta|a|essa) ?(?:first|second|third|last|same|whole|entire|erste|zweite)? ?"
    r"(?:one|picture|pic|photo|image|drawing|painting|bild|foto|image|dessin|imagen|imagem|картин\w+|фото)"
    r"|(?:картин|изображени|фот)\w+)"
)
_PICTURES = (
    r"pictures? pics? images? photos? photographs? drawings? paintings? sketch(?:es)? illustrations? logos? icons?"
    r" posters? banners? wallpapers? avatars? stickers? portraits? cartoons? comics? memes? artworks? postcards?"
    r" flyers? watercolou?rs? murals? mascots? mock-?ups? collages? thumbnails? emojis? selfies? doodles?"
    r" snapshots? caricatures? renderings? tattoos? landscapes? (?:birthday|greeting|christmas|thank-you)\s+cards?"
    r" (?:album|book)\s+covers? covers?(?:\s+art) pixel\s+art line\s+art clip\s*art concept\s+art oil\s+paintings?"
    r" colou?ring\s+pages? maps? (?:hintergrund)?bild(?:er)? fotos? zeichnung(?:en)? gemälde plakat\w* dessins? affiche"
    r" imagen(?:es)? dibujos? cartel imagen[s]? imagem desenhos? картинк\w+ рисун\w+ изображени\w+ логотип\w*"
)
PICTURE = "(?:" + "|".join(_PICTURES.split(" ")) + ")"
VIDEO = (
    r"(?:videos?|video-?clips?|clips?|movies?|films?|animations?|gifs?|time-?lapses?|footage|kurzfilm|vidéos?|vídeos?"
    r"|animaci[óo]n|animação|видео\w*|ролик\w*)"
)
_NOT_THE = r"(?!(?:it|this|that|these|the|like|with|of|to|into|out|about|for|in|on|a|an|your|my|is|was|me)\b)"
INDEFINITE = (
    rf"(?:(?:me|us|mir|uns|moi|nous|another|an?|{COUNT}|new|more|ein\w*|une?|des|una?s?|uma?s?|um|del?) )*"
    rf"(?:{_NOT_THE}[\w'-]+,? ){{0,4}}?"
)
"""What may stand before a noun that something new is asked for with."""
_TEXT = (
    r"(?:sentences?|paragraphs?|lists?|essays?|e-?mails?|letters?|contracts?|code|functions?|poems?|haikus?|tables?"
    r"|plans?|recipes?|passwords?|databases?|schemas?|schedules?|summar(?:y|ies)|scripts?|reports?|speech(?:es)?"
    r"|jokes?|quiz(?:zes)?|questions?|answers?|ideas?|names?|titles?|slogans?|captions?|descriptions?|prompts?"
    r"|stor(?:y|ies)|words?|spreadsheets?|numbers?|essay|resume|cv|blog|blog posts?|tweets?|itinerary|menu"
    r"|outline|sense|sure|team|sales|meeting|agenda|tips|duplicates|to-?dos?|reminders?|notifications|guess|csv|json|talk|topic|history|homework|calendar|timer|alarm|argument|music|songs?|lyrics)"
)
MAKE = (
    r"(?:make|create|generate|design|produce|do|craft|prepare|mock up|compose|whip up|mache?n?|erstelle?n?|erzeuge?n?"
    r"|generiere?n?|entwirf|gestalte|fais|faites|faire|cr[ée]e[rz]?|génère[rz]?|haz(?:me)?|hacer|crea(?:r|me)?"
    r"|genera(?:r|me)?|diseña(?:me)?|faça|fazer|crie|criar|gere|сделай\w*|создай\w*|сгенерируй\w*)"
)
DRAW = (
    r"(?:draw|paint|sketch|illustrate|doodle|render|photograph|depict|visuali[sz]e"
    r"|zeichne?n?|male?n?|skizziere?n?|illustriere|dessine[rz]?(?:-moi)?|peins|peindre|dibuja(?:r|me)?|pinta(?:r|me)?"
    r"|desenh[ea]r?|pinte|нарисуй\w*|изобрази\w*)"
)
_VISIBLE = r"(?:fox|cat|kitten|dog|puppy|horse|lion|tiger|bear|wolf|owl|bird|fish|whale|dragon|unicorn|robot|alien|monster|wizard|knight|princess|pirate|astronaut|castle|house|cottage|city|village|forest|mountain|beach|sunset|sunrise|landscape|island|garden|flower|tree|ship|boat|car|train|plane|rocket|spaceship|dinosaur|penguin|rabbit|bunny|mouse|elephant|turtle|frog|butterfly|man|woman|girl|boy|child|moon|planet|galaxy)"
"""Some things that people want to see, for wishes that do not say that it is a picture."""
_NO_VERB = r"(?!.*\b(?:is|are|was|were|has|have|will|should|did|does|do)\b)"
_OF = r"(?: (?:of|for|with|showing|that|saying|where|in which|from|about|called|in|on|at|by|von|vom|mit|für|d[eu'’]|pour|avec|para|con|com|с|со|для|про)\b|'|[,:.]|\W*$)"
_COLOUR = r"(?:red|blue|green|yellow|black|white|pink|purple|violet|orange|brown|golden?|gr[ea]y|silver|turquoise|beige)"
_SECONDS = rf"(?:\d{{1,2}}[ -]?(?:s|secs?|seconds?|sekunden|secondes|segundos)\b|{COUNT}[ -](?:secs?|seconds?|sekunden|secondes|segundos)\b)"

_SHAPED = r"(?:,? (?:but |only |just |this time )?(?:in |as )?(?:an? )?(?:bit |little )?(?:wider|taller|portrait|landscape|square|vertical|horizontal|format|\d+[:x]\d+))*"
UNDO = any_of(
    r"(?:no,? |oh no,? |nope,? )?(?:undo|revert|roll ?back|rückgängig|annule[rz]?|deshaz|deshacer|desfa[çz]\w*|отмени\w*|верни\w*|撤销|撤回|元に戻)",
    r"reverse (?:it|that|this|the last)", r"(?:no,? )?(?:take|put|change|turn) (?:it|that|this|the last \w+) back",
    r"(?:no,? )?(?:(?:let's )?(?:go|get|bring|switch|step)(?: me| us| it)? )?back(?: (?:to|one|a|\w+ steps?)\b|\W*$)(?! (?:work|school|sleep))",
    r"(?:no,? )?(?:i )?(?:like|prefer|preferred|liked|want)(?:ed)? the (?:previous|old|earlier|last) (?:one|version)",
    r"(?:the )?(?:previous|old|earlier) (?:one|version)(?: was better)?" + END,
    r"(?:mach|nimm)\w* (?:das|es|den letzten schritt) (?:wieder )?(?:rückgängig|zurück)", r"(?:geh\w* )?zurück(?: zu[mr]?| ein|" + END + ")",
    r"(?:reviens|retour|revenir|vuelve|volver|volta|voltar|назад)\b",
)  # fmt: skip
REPEAT = any_of(
    rf"(?:and |yet )?(?:(?:give|show|make|draw|do|get) (?:me |us )?)?(?:another|one more|{COUNT} (?:more|others?))(?: (?:one|go|try|time|version|variation|variant|like (?:it|that|this)|of (?:it|them|those|these)|of the same)s?)*{_SHAPED}{END}",
    r"(?:and )?(?:(?:do|make|draw|try|run|generate) (?:it|that|this|the same)(?: one| thing)? )?(?:again|once more|one more time)" + _SHAPED + END,
    r"try again", r"re-?(?:try|roll|do|run|peat|generate)(?: (?:it|that|this))?" + END,
    r"(?:the )?same(?: (?:one|thing|picture|again))*(?: again)?" + _SHAPED + END,
    r"(?:(?:give|show) me )?(?:more|a (?:different|new) (?:version|variation|one)|variations?|something like (?:it|that))(?: (?:of|like) (?:it|that|this|those|these))?" + END,
    r"noch (?:eins?|eine[ns]?|mal|einmal|zwei|drei)" + END, r"noch ?mals?" + END, r"encore(?: une?| deux| trois)?(?: fois| autre)?" + END,
    r"otr[ao](?: (?:m[áa]s|vez))?" + END, r"(?:ещё|еще)(?: (?:раз|од\w+|два|две))?" + END, r"もう(?:一|二)(?:枚|つ|度|回)",
)  # fmt: skip
BALANCE = any_of(
    r".*\b(?:any|much|enough) (?:budget|money|credits?)\b.*\b(?:left|remaining)\b",
    r".*\b(?:left|remaining)\b.*\b(?:account|budget|balance|credits?|wallet)\b", r"wie ?viel (?:geld|guthaben|budget)\b.*\b(?:noch|übrig|habe)\b",
    r".*\b(?:my|our) (?:balance|budget|credits?|allowance)\b(?!.*\b(?:for|how to|plan)\b)",
    r".*\bhow (?:much|many)(?: \w+){0,3} (?:do|can|have) (?:i|we) (?:still )?(?:have|spend|got)?.*\b(?:left|spend|remaining)",
    r"(?:what'?s|what is|show|check)(?: me)? the balance", r".*\b(?:guthaben|kontostand)\b", r".*\b(?:combien).*\b(?:reste)",
)  # fmt: skip
PRICED = any_of(
    rf"(?!.*\b(?:print|buy|ship|hang|hire)\b).*(?:\b{PICTURE}\b|\b{VIDEO}\b|upscal|enlarg|anim|edit|draw|\b(?:it|this|that|one|another)\b)",
)  # fmt: skip
"""What a price is asked of that can be named here."""
COST = any_of(
    r"(?:the )?(?:price|cost)s? (?:of|for)\b",
    r"(?:how (?:much|expensive)|what|was|wie ?viel|combien|cu[áa]nto|quanto|сколько)\b.*\b(?:cost|costs|charge|price|kostet|kosten|co[ûu]te\w*|cuesta|costar[íi]a|custa|стоит|стоить)\b",
    r"(?:what(?:'s| is| would be)|tell me|give me|estimate|check) (?:the )?(?:cost|price|estimate)(?: (?:of|for))?\b",
    r"how (?:much|expensive) (?:is|are|would|for)\b", r"estimate\b.*\b(?:cost|price)?",
)  # fmt: skip
PRAISE = any_of(
    r"(?:oh |so |very |really |that's |that is |looks |it's |this is )*(?:thanks?|thank you|thx|cheers|danke|merci|gracias|obrigad[oa]|спасибо|谢谢|ありがとう|wow|nice|great|cool|perfect|lovely|awesome|amazing|beautiful|good|excellent|love|like|super|toll|schön|yes|yeah|no|nope|ok|okay|lol|haha|hm+)\b(?! (?:the|a) )",
    r"(?:i|we) (?:really |quite |do |don't )?(?:love|like|hate|think|feel|know|see|saw|bought|am|was|have|had|just)\b",
    r"(?:that|this|it|these|those)(?:'s| is| was| looks?| are) ",
)  # fmt: skip
QUESTION = any_of(
    r"(?:so |and |but |or |ok |wait,? |hm+,? )?(?:what|which|who|whose|whom|why|how|when|where|is|are|am|was|were|does|do (?:you|i|we|they|people)|did|has|have (?:you|we|i)|should|shall|would (?:it|this|that|you rather)|can (?:i|we|one|anyone)|any (?:idea|clue|chance|thoughts)|any(?:one|body)|isn't|aren't|doesn't)\b",
    r"(?:was|wer|wie|wo|wann|warum|wieso|welche[rsmn]?|ist|sind|hat|kennst|weißt|quel(?:le)?s?|qui|que|quoi|qu'|qu’|pourquoi|comment|où|est-ce|c'est quoi|qué|quién|cuál|cómo|dónde|por qué|quem|qual|como|onde|o que|что|кто|где|когда|почему|как|какая?|какой)\b",
)  # fmt: skip
CHAT = any_of(
    r"(?:just )?(?:write|tell|explain|describe|list|summari[sz]e|translate|caption|rate|count|solve|suggest|recommend|help|think|read|say|name|report|remind|calculate|compute|define|spell|compare|answer|pretend|act|sing|recite|talk|discuss|proofread|rewrite|rephrase|guess|identify|find|search|look|check|review|debug|code|plan|draft|brainstorm|teach|quote|continue|analy[sz]e|interpret|transcribe|critique|judge|score|correct|prove|outline|pitch|text|email|remember|note|stop|wait|ask|let me know)\b",
    r"(?:convert|add|subtract|multiply|divide|turn|change) (?:\d|the (?:number|result))", r"draw(?:ing)? (?:up|on|from)\b",
    r"(?:draw|sketch|map|lay|spell|paint) out\b", r"paint(?:s|ing)? (?:dries|is|job|brands?|tips|classes)\b",
    r"(?:give|get|make)(?: me)? (?:an? |the )?(?:alt[ -])?text\b",
    r"draw(?:ing)? (?:(?:a|the|some|any|my|your|our) )?(?:\w+ )?(?:conclusions?|lines? (?:under|between)|comparisons?|parallels?|distinctions?|attention|lots?|straws|inspiration|inferences?|lessons?)\b",
    r"imagine (?:you|that|if|we|i|being|how|what|having|there)\b", r"picture (?:this|that|yourself|me)\b",
    r"(?:let me (?:think|see|know)|keep (?:going|it up|talking)|move on|drop it|leave me|turn (?:off|on)\b|take (?:care|your time)|try to (?:explain|answer)|forget (?:it|about)|go on|carry on|never ?mind|hold on|hang on)",
    r"(?:film|video|photo|picture|image|sketch|poster|cartoon|animation|movie|movies) (?:\w+(?:ed|s)|is|was|are|and|or)\b(?! (?:of|on|in) )",
    rf"(?:{MAKE}|edit|fix|change|shorten|improve|format|sort|remove|add|delete|clean up|give(?: me)?|show(?: me)?|get|upscale|scale|animate|enlarge|expand|boost|grow|polish|film|put|set|move|turn|take|use|cut|keep|try|convert|extract|sketch)\b(?:(?!\b(?:of|for|with|about|saying)\b|{PICTURE}\b|{VIDEO}\b)[^:;])*?\b{_TEXT}\b(?! (?:cover|logo|poster|card|board))",
    r"(?:schreib\w*|erzähl\w*|erklär\w*|übersetz\w*|beschreib\w*|zähl\w*|nenn\w*|sag\w*|gib|hilf|löse|rechne|berechne|fass\w*|stell dir vor|décri\w*|écri\w*|raconte\w*|explique\w*|tradui\w*|dis|donne|compte|résume\w*|aide|calcule\w*|escribe\w*|cuénta\w*|cuenta|explica\w*|traduce|di|dime|resume|ayúda\w*|escreva|conte|explique|traduza|diga|resuma|ajude|расскажи\w*|напиши\w*|объясни\w*|переведи\w*|скажи\w*|опиши\w*|помоги\w*|посчитай\w*)\b",
)  # fmt: skip
UPSCALE = any_of(
    r"(?:an? )?(?:\dx )?(?:up-?scal\w*|upsample|super-?res\w*)\b(?! (?:our|my|your|their|a|an|operations|production)\b)",
    rf"enlarge(?:ment)?(?: {IT}|{END}| (?:by|to) )",
    rf"(?:\d(?:\.\d)?|two|three|four|double)[ -]?(?:x|times|fold)(?: (?:bigger|larger|upscale|the size|as (?:big|large)|resolution|enlargement))?{END}",
    r"double (?:the|its) (?:size|resolution)",
    rf"(?:make|blow|scale|size|get|have|need|want)(?: me)? {IT}(?: up\b| a (?:bit|lot|little))*(?: to| by| be)? ?(?:much |even |way |in |at |a |\d(?:\.\d)?(?:x| times) |twice |two times |three times |four times |double )*(?:bigger|larger|sharper|crisper|the size|as (?:big|large)|up\b|high(?:er)?[ -]res\w*|in (?:hd|4k|8k|uhd)|hd|4k|8k|more pixels|more (?:detailed|resolution)|print(?:able)?)",
    rf"(?:{IT} )?in (?:a )?(?:hd|4k|8k|uhd|(?:much )?(?:higher|better|full|high)[ -](?:res\w*|quality|definition))",
    r"(?:an? |the )?(?:much )?(?:bigger|larger|sharper|hi(?:gh)?-?res|hd|4k) (?:version|copy|one|file|picture|image|resolution)", rf"x ?[2348]{END}",
    r"(?:improve|enhance|increase|better)(?: the)? (?:image |picture |overall )?quality\b",
    rf"(?:{IT} )?(?:to be )?(?:upscaled|enlarged|(?:twice|(?:two|three|four|\d) times) (?:as |the )(?:large|big|size)|much (?:bigger|larger))",
    r"(?:increase|double|triple) (?:its|the) (?:image )?size",
    r"(?:(?:enhance|increase|improve|raise|boost|up|bump)(?: up)? )(?:the )?(?:\w+ )?(?:resolution|res|sharpness|pixels)\b",
    r"(?:in |at )?(?:a )?(?:much )?(?:higher|better|more|full|high|double|max\w*)[ -](?:resolution|res|pixels|definition)\b",
    rf"(?:sharpen|enhance|upres|unblur|de-?blur){END}", rf"(?:sharpen|enhance|unblur|de-?blur) {IT}{END}",
    rf"(?:much |even |a (?:bit|lot|little) )?(?:bigger|larger|sharper)(?:(?: and|,) (?:bigger|larger|sharper))?{END}",
    rf"(?:vergrößer\w*|hochskalier\w*|skalier\w* {IT} hoch)",
    rf"(?:mach\w* )?(?:{IT} )?(?:bitte )?(?:viel |etwas )?(?:größer|schärfer)(?: und (?:größer|schärfer))?{END}",
    r"(?:in )?(?:höhere\w*|mehr|bessere\w*) (?:auflösung|pixel)", r".* (?:vergrößern|hochskalieren)" + END, r"agrandi[sr]?(?:sez)?(?:-l[ae])?\b",
    r"(?:plus grand\w*(?: et plus net\w*)?|en )?(?:meilleure|haute|plus haute) (?:résolution|définition)", rf"plus (?:grand|net)e?{END}",
    r"(?:améliore|augmente)\w* la (?:résolution|définition)", r"(?:ampl[íi]a\w*|agranda\w*|aument[ae]\w*|amplie)(?: (?:la|a|esta|essa|isso|esto)\b)?",
    r"(?:увелич\w+|повысь\w*)", r"(?:放大|提高.*(?:分辨率|清晰)|高清|高解像|拡大|解像度を上げ)",
)  # fmt: skip
VIDEO_OF_PICTURE = any_of(
    rf"(?:an? |the )?{VIDEO} version",
    rf"(?:let|make|show|have) (?:it|him|her|them|the \w+) .*\b(?:in|as) an? (?:[\w-]+ )?{VIDEO}",
    rf"animat(?:e|ing)(?: {IT}\b(?! team)|{END}| (?:the|his|her|its|my) (?!team))", rf"(?:bring|get) (?:{IT}|the \w+(?: \w+)?) (?:to life|moving|alive)",
    rf"(?:make|let|get|have|see) (?:{IT}|the \w+(?: \w+)?) (?:move|moving|fall|float|blow|roll|rotate|rise|grow|come (?:to life|alive)|alive|dance|walk|run|fly|wave|blink|flow|drift|swim|sway|breathe|talk|spin|jump|animated)\b(?! to)",
    r"(?:set|put) \w+ in motion", rf"(?:{IT} )?in motion", rf"{IT} (?:as|in) an? (?:[\w.-]+ ){{0,3}}?{VIDEO}",
    rf"{IT} (?:to be )?(?:animated|to move|moving|(?:to )?come alive)", rf"(?:can |could )?(?:{IT} )?(?:be )?(?:an? |the )?(?:[\w.-]+ )?{VIDEO}{END}",
    rf"(?:turn|make|convert|change|transform|render) (?:{IT}|the \w+)(?: here)?,? (?:now )?(?:in ?to |to )?(?:be )?(?:an? )?(?:[\w.-]+ ){{0,3}}?{VIDEO}\b",
    rf"(?:{MAKE}|get|give|shoot) ?(?:me |us )?(?:an? )?(?:[\w.-]+ ){{0,3}}?{VIDEO} (?:out of|from|of|with|using) {IT}{END}",
    rf"(?:as|into|to) an? (?:[\w.-]+ ){{0,3}}?{VIDEO}", r"(?:add|give it)(?: some)? (?:motion|movement|animation)",
    r"(?:animier\w*|beweg\w*|erwecke?\w*.*leben)", rf".*\b(?:daraus|draus|davon|damit)\b.*\b{VIDEO}\b", rf".*\b{VIDEO}\b.*\b(?:daraus|draus|davon)\b",
    rf"anime[rz]?(?:-l[ae]| |{END})",
    rf"(?:fais|faites|faire|fais-en|faites-en|transforme)[ -].*\b{VIDEO}\b.*(?:de|avec|à partir)? ?(?:cette|ça|l'image)?(?<=vidéo){END}",
    rf"an[íi]m(?:a|e|ar)(?:l[ao])? ?(?:{IT}|est|ess|a |{END})", r"(?:оживи|анимируй)\w*",
)  # fmt: skip
VIDEO_NEW = any_of(
    rf"record(?:ing)? (?:an?|some|{COUNT}) (?!meeting|call|message|memo|song|podcast)\w+",
    rf"(?:{MAKE}|shoot|record|render|film|give|show|get) {INDEFINITE}{VIDEO}{_OF}",
    rf"(?:film|shoot)(?:ing)? (?:an?|some|the|{COUNT}) (?!night|industry|festival)\w+", rf"animat(?:e|ing) (?:an?|{COUNT}|some) \w+",
    rf"(?:ein\w*|une?|una?s?|uma?|an?|another|{COUNT}|{_SECONDS}|short|kurze\w*) {INDEFINITE}{VIDEO}(?:{_OF}|{_SECONDS})",
    rf"(?:[\w-]+ ){{0,2}}{VIDEO} (?:of|showing|from|von|vom|mit|d[eu'’]|de|con|com|с|со) ?\w+", rf"{_SECONDS}(?: (?:of|long))?\b.*(?:{VIDEO})?",
    rf".*\b{VIDEO}\b.* (?:drehen|machen|erstellen|filmen)" + END, r".*(?:视频|影片|動画).*",
)  # fmt: skip
GENERATE = any_of(
    rf"{_NO_VERB}(?:an?|some|{COUNT}) (?:[\w'-]+ ){{1,3}}(?!morning|evening|meeting|nothing|something|anything|building|wedding|training|\w?thing|\w*r?ing\W*$)\w{{2,}}ing\b", rf"show(?: me| us)? (?:an?|{COUNT}) (?:[\w'-]+ ){{1,3}}(?:in|on|by|at|under|run|made|built|covered|full|seen) \w+",
    rf"{DRAW}(?:: ?| (?!it\b|this\b|that\b|them\b|him\b|her\b)|-)", rf"(?:{MAKE}|give|show|get|send|print)(?:-moi)? {INDEFINITE}{PICTURE}{_OF}",
    r"imagine ", r"show(?: me| us)? what .*\blooks? like", rf"{_NO_VERB}(?:(?:new|different) )?{PICTURE}(?: (?:of|for|showing|von|vom|d[eu'’]|de)\b|:)",
    rf"{_NO_VERB}(?:an?|one|{COUNT}|another|new|a new|ein\w*|une?|una?|uma?|my|our|the) {INDEFINITE}{PICTURE}{_OF}",
    rf"{_NO_VERB}(?:{_NOT_THE}[\w'-]+ ){{1,3}}{PICTURE} (?:of|for|with|showing|where|called)\b",
    r".*\b(?:zeichnen|malen|skizzieren|illustrieren|dessiner|dibujar|desenhar|нарисовать)\b",
    rf".*\b{PICTURE}\b.* (?:machen|erstellen|erzeugen|generieren){END}",
    rf"(?:{MAKE}|give|show|get)(?: me| us)? (?:an?|some|{COUNT}) (?:[\w'-]+ ){{0,3}}?{_VISIBLE}s?\b",
    rf"{_NO_VERB}(?:an?|two|three|four) (?:[\w'-]+ ){{0,3}}?{_VISIBLE}s?\b(?! (?:[a-z]+[^s\W]s|went|said|in the hand) )",
    rf"{_NO_VERB}.*,? (?:digital art|oil painting|pencil (?:sketch|drawing)|ink drawing|illustration|watercolou?r|photo-?realistic|pixel art|line art|concept art|3d(?: render)?|cinematic|(?:in the )?style of \w+(?: \w+)?|oil on canvas|studio light(?:ing)?|(?:anime|manga|comic|cartoon|vector|art deco|retro|vintage|minimalist) style){END}",
    r"(?:请|帮我|给我)*(?:画|绘制?|生成)", r".*(?:描いて|の絵|の画像|的(?:图|画|照片|图片)$)",
)  # fmt: skip
EDIT_VERBS = r"(?:edit|adjust|alter|modify|add|remove|replace|change|put|place|insert|erase|delete|crop|trim|rotate|flip|mirror|blur|brighten|darken|lighten|colou?ri[sz]e|colou?r|recolou?r|tint|cut|swap|give|move|fix|retouch|clean|take|get rid|turn|convert|transform|make|let|dress|paint|draw|show|zoom|extend|expand|straighten|restore|increase|decrease|reduce|lower|raise|boost|soften|smooth|fill|hide|keep|switch|use|try|set|tone|shift|shrink|mask|isolate|wrap|write|lose|drop|merge|combine|blend|style|restyle|redo|redraw|repaint|simplify|warm|cool|center|centre|frame|stick|attach|leave|apply)"
EDIT = any_of(
    r"(?:different|smaller|longer|shorter|darker|lighter|brighter|thicker|thinner|wider) [\w ]{2,20}" + END, rf"(?:bring back|have (?:him|her|it|them|the)|an? {_COLOUR} \w+{END})",
    rf"{EDIT_VERBS}\b(?! (?:sense|sure|up (?:a|the) (?:contract|list|plan)))",
    r"(?:can|could|should|may) (?:the|he|she|it|they|there|we (?:have|see)|his|her|its)\b",
    r"(?:a (?:bit|little|touch|tad)|slightly|somewhat|more(?! (?:about|on|info|details|of your)\b)|less|fewer|much|way|even|no|without|with|minus|plus|only|just)\b",
    r"(?:\w+er|warmer|cooler)(?: (?:and|,) \w+er)?(?: (?:please|colou?rs?|background|light(?:ing)?|tones?|version))?" + END,
    r"(?:too|not) (?:dark|bright|big|small|much|many|saturated|warm|cold|so)\b",
    r"(?:as|like|in|into|at|on|from|during|under) (?:a|an|the|black|colou?r|sepia|pastel|oil|water|pencil|pixel|anime|night|winter|summer|spring|autumn|sunset|lego|studio|cartoon|manga|space|\w+ (?:style|colou?rs?))",
    rf"(?:the|his|her|its|all the) (?:[\w-]+ ){{1,3}}{_COLOUR}{END}",
    r"(?:it|this|that|they|he|she) (?:should|must|needs? to|has to)\b",
    r"an? (?:different|new|other|nicer|better) (?!picture|image|photo|drawing|question|topic|idea|joke)\w+" + END,
    r"(?:it |this )?needs? (?:to be |more|less|a|some)\b", r"(?:black and white|monochrome|sepia|grayscale|greyscale|night ?time|higher contrast)\b",
    r"(?:and|but|also|plus|now|instead|then) (?:a|an|the|with|without|make|add|put|some|two|three|in|at|as|by|on|it|remove|no|his|her|its|please|also|more|less)\b",
    r"(?:(?:the|take|use) )?(?:first|second|third|fourth|last|left|right|other|p\d+)(?: (?:one|picture|image))?,? (?:but|only|with|without|in|as|at)\b",
    r"(?:the )?same(?: (?:one|thing|picture))?,? (?:but|only|with|without|in|at)\b",
    r"(?:the|his|her|its|all|every\w*|both|there) .*\b(?:should|must|needs?|to be|has to|could)\b",
    r"(?:entfern\w*|lösch\w*|ersetz\w*|änder\w*|füg\w*|färb\w*|mach\w*|setz\w*|stell\w*|gib (?:ihm|ihr)|tausch\w*|dreh\w*|schneid\w*|verwandle|nimm|zieh)\b",
    r"(?:etwas|ein bisschen|viel|mehr|weniger|ohne|mit|jetzt|nun|statt|als|im stil) \w+", r".*\b(?:weg|entfernen|hinzufügen|ersetzen|ändern)" + END,
    r"(?:heller|dunkler|wärmer|bunter|kleiner)\b",
    r"(?:enl[èe]ve\w*|supprime\w*|retire\w*|remplace\w*|ajoute\w*|change\w*|mets|mettez|rends|fais|coupe|transforme|efface)(?:-\w+)?\b",
    r"(?:maintenant|un peu|plus|moins|sans|avec|en noir|comme) \w+",
    r"(?:quita\w*|elimina\w*|borra\w*|añad\w*|agrega\w*|cambia\w*|pon\w*|reemplaza\w*|haz\w*|convierte|gira)\b",
    r"(?:remov[ae]|tir[ea]|adicion[ea]|acrescent[ea]|coloqu?e|mude|troque|deixe|faça|transforme)\b",
    r"(?:убери|удали|добавь|замени|измени|сделай|поменяй|поставь|покрась)\w*", r"(?:去掉|去除|加|换|改|把|变成|移除|删除|变|现在|更)",
    r".*(?:消して|追加|変えて|にして|付けて|加えて|取って|明るく|暗く)",
)  # fmt: skip
TEXT_IN_PICTURE = any_of(
    r"(?:write|add|put|say|print) .*\b(?:at the|in the|on the|on it|below|above|across|top|bottom|corner|underneath)\b",
)  # fmt: skip
ASKED_CHANGE = any_of(
    rf"(?!.*\b{VIDEO}\b)(?:can|could|should|may) (?:it|this|that|he|she|they|the \w+(?: \w+)?) (?:be|look|have|wear|get|become|stand|sit|face|hold) (?:more|less|a|an|the|\w+er|in|at|on|like|some|red|blue|green|yellow|black|white|pink)\b(?! (?:fox|dog|cat|joke|fake|real)\b)",
    r"what if (?:the|it|he|she|they|we)\b",
)  # fmt: skip
"""Questions that ask for a change."""
ON_PICTURE = any_of(
    rf"(?:draw|paint|colou?r|dye) (?:the|his|her|its|my) (?:[\w-]+ ){{1,3}}(?:in )?{_COLOUR}"
    + END,
    rf"(?:{MAKE}|draw|paint) {INDEFINITE}{PICTURE} (?:version )?(?:of|from|out of) {IT}{END}",
    rf"(?:draw|paint|sketch|colou?r|make|render)(?:ing)? {IT}\b(?! (?:of|with a|showing)\b)",
    rf"(?:draw|paint|put|add|place|make) .*\b(?:on|onto|to|in|into|around|behind|above|over|under) {IT}{END}",
    r"(?:as|like|in) (?:an? |the )?(?:[\w-]+ ){0,2}(?:sketch|painting|watercolou?r|cartoon|comic|drawing|poster|photo|style)(?: of [\w -]+)?"
    + END,
    r"(?:turn|convert|transform|change) .* (?:in)?to\b", r"(?:an? |the )?[\w-]+ version" + END, rf"{IT} (?:in|as|with|without|but|on|at) ",
)  # fmt: skip
"""What is about the picture that is there even where a new one's words stand in it."""
