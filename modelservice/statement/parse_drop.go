package statement

func (p *parser) drop() (Statement, error) {
	if t := p.principalType(); t != "" {
		return p.dropPrincipal(t)
	}
	kind, err := p.namedKind("", principalTypes[:]...)
	if err != nil {
		return nil, err
	}
	s := Drop{On: Securable{Kind: kind}, IfExists: p.acceptWords("IF", "EXISTS")}
	if s.On.Name, err = p.nameOf(kind, ""); err != nil {
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
