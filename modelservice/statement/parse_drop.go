package statement

func (p *parser) drop() (Statement, error) {
	switch {
	case p.accept("GROUP"):
		return NotYet{Words: "DROP GROUP"}, p.skip()
	case p.accept("USER"):
		return NotYet{Words: "DROP USER"}, p.skip()
	}
	kind, err := p.namedKind()
	if err != nil {
		return nil, err
	}
	s := Drop{On: Securable{Kind: kind}}
	if p.peek(0).is("IF") && p.peek(1).is("EXISTS") {
		p.next()
		p.next()
		s.IfExists = true
	}
	if s.On.Name, err = p.name(); err != nil {
		return nil, err
	}
	t := p.peek(0)
	switch {
	case t.is("CASCADE"):
		s.Behavior = "CASCADE"
	case t.is("RESTRICT"):
		s.Behavior = "RESTRICT"
	default:
		return s, nil
	}
	if kind != "CATALOG" && kind != "SCHEMA" {
		return nil, p.refuse(t, s.Behavior+" is for CATALOG and SCHEMA, expected the end of the statement", "the end of the statement")
	}
	p.next()
	return s, nil
}
