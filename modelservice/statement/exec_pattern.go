package statement

import "strings"

// maxAlternatives bounds the alternatives of one pattern, and with it what
// looking at one name costs.
const maxAlternatives = 100

// A pattern is what LIKE asks of names: * stands for any run of characters, and
// | separates alternatives, of which one must fit the whole name. All other
// characters stand for themselves, in any case of letters.
type pattern struct {
	alternatives [][]string // each the pieces between its asterisks
}

// newPattern prepares the pattern of a statement; nil fits every name.
func newPattern(text *string) (*pattern, error) {
	if text == nil {
		return nil, nil
	}
	p := &pattern{}
	for alternative := range strings.SplitSeq(strings.ToLower(strings.TrimSpace(*text)), "|") {
		if len(p.alternatives) == maxAlternatives {
			return nil, invalid("A pattern has at most %d alternatives.", maxAlternatives)
		}
		p.alternatives = append(p.alternatives, strings.Split(alternative, "*"))
	}
	return p, nil
}

func (p *pattern) fits(name string) bool {
	if p == nil {
		return true
	}
	name = strings.ToLower(name)
	for _, pieces := range p.alternatives {
		if fitsPieces(name, pieces) {
			return true
		}
	}
	return false
}

// fitsPieces looks for the first piece at the start, for the last at the end,
// and for each between them at the first place where it is: no other place could
// leave more room for the rest, so nothing is tried twice.
func fitsPieces(name string, pieces []string) bool {
	last := len(pieces) - 1
	if last == 0 {
		return name == pieces[0]
	}
	name, ok := strings.CutPrefix(name, pieces[0])
	if !ok {
		return false
	}
	for _, piece := range pieces[1:last] {
		i := strings.Index(name, piece)
		if i < 0 {
			return false
		}
		name = name[i+len(piece):]
	}
	return strings.HasSuffix(name, pieces[last])
}
