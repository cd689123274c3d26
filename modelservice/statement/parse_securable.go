package statement

import "slices"

// droppable are the kinds that have names, in the order errors list them.
var droppable = [...]string{
	"CATALOG", "SCHEMA", "TABLE", "VIEW", "FUNCTION", "MODEL", "MODEL SERVICE",
	"MODEL PROVIDER SERVICE", "MCP SERVICE", "VOLUME",
}

// securable reads what follows ON. The closer is the word that follows the
// securable (TO or FROM), or "" when the statement ends with it.
func (p *parser) securable(closer string) (Securable, error) {
	if p.peek(0).is("METASTORE") && !p.peek(1).isSymbol(".") {
		p.next()
		return Securable{Kind: "METASTORE"}, nil
	}
	if p.closes(0, closer) || p.ends(0) {
		return Securable{}, p.unexpected("a securable")
	}
	kind := p.kind(closer)
	if kind == "" {
		if p.peek(0).is("CATALOG") && !p.peek(1).isSymbol(".") {
			p.next()
			return Securable{}, p.refuse(p.peek(0), "expected a name after CATALOG (there is no current catalog)", "a name")
		}
		return p.table(closer)
	}
	if p.closes(0, closer) {
		return Securable{}, p.unexpected("a name")
	}
	name, err := p.nameOf(kind, closer)
	if err != nil {
		return Securable{}, err
	}
	return Securable{Kind: kind, Name: name}, nil
}

// table reads a name without a kind. The others are words that could have been
// meant in its place beside the kinds.
func (p *parser) table(closer string, others ...string) (Securable, error) {
	first := p.peek(0)
	name, err := p.name()
	if err != nil {
		return Securable{}, err
	}
	if err := p.misread(first, name, closer, "a kind of securable", slices.Concat(droppable[:], others)); err != nil {
		return Securable{}, err
	}
	return Securable{Kind: "TABLE", Name: name}, nil
}

// nameOf reads the name behind a kind.
func (p *parser) nameOf(kind, closer string) ([]string, error) {
	first := p.peek(0)
	name, err := p.name()
	if err == nil && kind == "MODEL" {
		err = p.misread(first, name, closer, "SERVICE", []string{"SERVICE"})
	}
	if err != nil {
		return nil, err
	}
	return name, nil
}

// misread refuses two names in a row, of which the first looks like a word that
// was meant.
func (p *parser) misread(first token, name []string, closer, what string, words []string) error {
	t := p.peek(0)
	if len(name) > 1 || first.kind != tokenWord || t.kind != tokenWord && t.kind != tokenQuoted || p.closes(0, closer) {
		return nil
	}
	w := closest(name[0], words)
	if w == "" || first.is(w) {
		return nil
	}
	return p.refuseAt(first, "expected "+what+" "+found(name[0])+", did you mean "+w+"?", w)
}

// kind reads the words of a kind if a name follows them, and otherwise
// nothing.
func (p *parser) kind(closer string) string {
	words, kind := 1, ""
	switch first := p.peek(0); {
	case first.is("MODEL") && p.peek(1).is("PROVIDER") && p.peek(2).is("SERVICE"):
		words, kind = 3, "MODEL PROVIDER SERVICE"
	case first.is("MCP") && p.peek(1).is("SERVICE"):
		words, kind = 2, "MCP SERVICE"
	case first.is("MODEL") && p.peek(1).is("SERVICE") && p.named(2, closer):
		words, kind = 2, "MODEL SERVICE"
	case !p.named(1, closer):
		return ""
	case first.is("DATABASE"):
		kind = "SCHEMA"
	default:
		for _, k := range droppable {
			if first.is(k) {
				kind = k
			}
		}
	}
	if kind == "" {
		return ""
	}
	for range words {
		p.next()
	}
	return kind
}

// named reports whether a name, or something meant as one, is at token i. A
// stray character that touches the word before it belongs to that word.
func (p *parser) named(i int, closer string) bool {
	t := p.peek(i)
	switch {
	case t.kind == tokenEnd, t.kind == tokenSymbol && !t.stray():
		return false
	case t.stray() && i > 0 && p.peek(i-1).end == t.off:
		return false
	}
	return !p.closes(i, closer)
}

// namedKind reads the kind of a statement in which it must be written; see
// securable. The others are what else the error says could have stood there.
func (p *parser) namedKind(closer string, others ...string) (string, error) {
	if kind := p.kind(closer); kind != "" {
		return kind, nil
	}
	t := p.peek(0)
	for _, k := range droppable {
		if t.is(k) || t.is("DATABASE") {
			p.next()
			return "", p.unexpected("a name")
		}
	}
	return "", p.unknown("a kind of securable", slices.Concat(droppable[:], others))
}
