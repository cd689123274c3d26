package statement

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
	name, err := p.name()
	if err != nil {
		return Securable{}, err
	}
	return Securable{Kind: kind, Name: name}, nil
}

// table reads a name without a kind.
func (p *parser) table(closer string) (Securable, error) {
	first := p.peek(0)
	name, err := p.name()
	if err != nil {
		return Securable{}, err
	}
	t := p.peek(0)
	if len(name) == 1 && first.kind == tokenWord && !p.closes(0, closer) && (t.kind == tokenWord || t.kind == tokenQuoted) {
		// Two names in a row: the first was meant as a kind.
		if w := closest(name[0], droppable[:]); w != "" {
			return Securable{}, p.refuseAt(first, "expected a kind of securable "+found(name[0])+", did you mean "+w+"?", w)
		}
	}
	return Securable{Kind: "TABLE", Name: name}, nil
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

// named reports whether a name, or something meant as one, is at token i.
func (p *parser) named(i int, closer string) bool {
	t := p.peek(i)
	return t.kind != tokenEnd && (t.kind != tokenSymbol || t.stray()) && !p.closes(i, closer)
}

// namedKind reads the kind of a statement in which it must be written.
func (p *parser) namedKind() (string, error) {
	if kind := p.kind(""); kind != "" {
		return kind, nil
	}
	t := p.peek(0)
	for _, k := range droppable {
		if t.is(k) || t.is("DATABASE") {
			p.next()
			return "", p.unexpected("a name")
		}
	}
	return "", p.unknown("a kind of securable", droppable[:])
}
