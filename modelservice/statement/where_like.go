package statement

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// MatchLike returns what reports whether a text is like a pattern, as LIKE in a
// statement says it: % stands for any run of characters, _ for any one, a
// backslash before one of the three takes that from it, and all else stands for
// itself, upper and lower case apart. It takes time by the length of the text.
// The error is a [*modelservice.Error] that says what is wrong with the pattern.
func MatchLike(pattern string) (func(text string) bool, error) {
	p, err := newLikePattern(pattern, "")
	if err != nil {
		return nil, err
	}
	return p.match, nil
}

// maxWild is the longest run of characters with a _ among them that may stand
// between two %: the machine that looks for it has one bit for each.
const maxWild = 64

// A likePattern is what LIKE asks of a text: % stands for any run of characters,
// _ for any one, everything else for itself, and the whole text must fit.
type likePattern struct {
	pieces []likePiece // what stands between the %; one when there is none
}

// newLikePattern prepares a pattern. An empty escape stands for a backslash.
func newLikePattern(text, escape string) (*likePattern, error) {
	if escape == "" {
		escape = defaultEscape
	}
	mark, _ := utf8.DecodeRuneInString(escape)
	p := &likePattern{}
	var piece likePiece
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			if r != mark && r != '%' && r != '_' {
				return nil, sparkError("INVALID_FORMAT.ESC_IN_THE_MIDDLE", "42601",
					"The format is invalid: %s. The escape character is not allowed to precede %s.", quoteText(clip(text)), quoteText(string(r)))
			}
			piece.add(r, false)
			escaped = false
		case r == mark:
			escaped = true
		case r == '%':
			p.pieces = append(p.pieces, piece)
			piece = likePiece{}
		default:
			piece.add(r, r == '_')
		}
	}
	if escaped {
		return nil, sparkError("INVALID_FORMAT.ESC_AT_THE_END", "42601",
			"The format is invalid: %s. The escape character is not allowed to end with.", quoteText(clip(text)))
	}
	p.pieces = append(p.pieces, piece)
	for i := range p.pieces {
		if middle := i > 0 && i < len(p.pieces)-1; middle && p.pieces[i].wild && len(p.pieces[i].runes) > maxWild {
			return nil, invalid("A pattern has at most %d characters between two %% where one of them is _.", maxWild)
		}
		p.pieces[i].prepare()
	}
	return p, nil
}

// match looks for the first piece at the start, for the last at the end, and for
// each between them at the first place where it is, as [pattern] does.
func (p *likePattern) match(text string) bool {
	last := len(p.pieces) - 1
	text, ok := p.pieces[0].cutStart(text)
	if !ok || last == 0 {
		return ok && text == ""
	}
	if text, ok = p.pieces[last].cutEnd(text); !ok {
		return false
	}
	for _, piece := range p.pieces[1:last] {
		if text, ok = piece.cutFirst(text); !ok {
			return false
		}
	}
	return true
}

// A likePiece is a run of characters without %.
type likePiece struct {
	runes []rune // with anyRune for _
	wild  bool   // there is a _ among them
	text  string // all of it, where there is none

	places map[rune]uint64 // where in the piece a character may stand, a bit for each place
	free   uint64          // where any may
}

// anyRune stands for _: it is no character itself.
const anyRune rune = -1

func (p *likePiece) add(r rune, wild bool) {
	if wild {
		r, p.wild = anyRune, true
	}
	p.runes = append(p.runes, r)
}

func (p *likePiece) prepare() {
	if !p.wild {
		p.text = string(p.runes)
		return
	}
	p.places = make(map[rune]uint64)
	for i, r := range p.runes {
		if r == anyRune {
			p.free |= 1 << i
		} else {
			p.places[r] |= 1 << i
		}
	}
}

func (p *likePiece) cutStart(text string) (rest string, ok bool) {
	if !p.wild {
		return strings.CutPrefix(text, p.text)
	}
	for _, want := range p.runes {
		r, size := utf8.DecodeRuneInString(text)
		if size == 0 || want != anyRune && want != r {
			return text, false
		}
		text = text[size:]
	}
	return text, true
}

func (p *likePiece) cutEnd(text string) (rest string, ok bool) {
	if !p.wild {
		return strings.CutSuffix(text, p.text)
	}
	for _, want := range slices.Backward(p.runes) {
		r, size := utf8.DecodeLastRuneInString(text)
		if size == 0 || want != anyRune && want != r {
			return text, false
		}
		text = text[:len(text)-size]
	}
	return text, true
}

// cutFirst cuts the text behind the first place where the piece is. It walks
// once, keeping a bit for every length of the piece that fits so far.
func (p *likePiece) cutFirst(text string) (rest string, ok bool) {
	if !p.wild {
		_, rest, ok = strings.Cut(text, p.text)
		return rest, ok
	}
	full := uint64(1) << (len(p.runes) - 1)
	var fits uint64
	for i, r := range text {
		fits = (fits<<1 | 1) & (p.places[r] | p.free)
		if fits&full != 0 {
			_, size := utf8.DecodeRuneInString(text[i:])
			return text[i+size:], true
		}
	}
	return text, false
}
