package statement

// creations are the statements with CREATE.
var creations = [...]string{"CATALOG", "SCHEMA", "GROUP", "USER", "MODEL SERVICE"}

func (p *parser) create() (Statement, error) {
	replace := p.peek(0).is("OR") && p.peek(1).is("REPLACE")
	if replace {
		p.next()
		p.next()
	}
	switch {
	case p.peek(0).is("MODEL") && p.peek(1).is("SERVICE"):
		return Unsupported{Words: "CREATE MODEL SERVICE"}, p.skip()
	case replace:
		return nil, p.unexpected("MODEL SERVICE")
	case p.accept("DATABASE"):
		return NotYet{Words: "CREATE SCHEMA"}, p.skip()
	}
	for _, w := range creations {
		if p.accept(w) {
			return NotYet{Words: "CREATE " + w}, p.skip()
		}
	}
	return nil, p.unknown("something to create", creations[:])
}

// alter tells the change of an owner, which Unity Catalog has, from the other
// changes of a model service, which it has not.
func (p *parser) alter() (Statement, error) {
	if p.accept("GROUP") {
		return NotYet{Words: "ALTER GROUP"}, p.skip()
	}
	if p.peek(0).is("MODEL") && p.peek(1).is("SERVICE") && p.ends(2) {
		return Unsupported{Words: "ALTER MODEL SERVICE"}, p.skip()
	}
	kind, err := p.namedKind()
	if err != nil {
		return nil, err
	}
	if !p.ownerTo() {
		if _, err := p.name(); err != nil {
			return nil, err
		}
		if p.peek(0).is("SET") && p.peek(1).is("OWNER") {
			p.next()
		}
	}
	switch {
	case p.ownerTo():
		return NotYet{Words: "ALTER " + kind + " OWNER TO"}, p.skip()
	case kind == "MODEL SERVICE":
		return Unsupported{Words: "ALTER MODEL SERVICE"}, p.skip()
	}
	return nil, p.unexpected("OWNER TO")
}

func (p *parser) ownerTo() bool { return p.peek(0).is("OWNER") && p.peek(1).is("TO") }
