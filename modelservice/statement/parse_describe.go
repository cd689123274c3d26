package statement

func (p *parser) describe() (Statement, error) {
	if p.namesPrincipalType() {
		t := p.principalType()
		name, err := p.principal()
		if err != nil {
			return nil, err
		}
		return DescribePrincipal{Who: Principal{t, name}}, nil
	}
	s := Describe{On: Securable{Kind: p.kind("")}}
	if p.peek(0).is("EXTENDED") && p.named(1, "") {
		p.next()
		s.Extended = true
	}
	var err error
	switch {
	case s.On.Kind != "":
		s.On.Name, err = p.nameOf(s.On.Kind, "")
	case s.Extended:
		s.On, err = p.table("")
	case p.peek(0).is("METASTORE"), p.peek(0).is("CATALOG"), p.ends(0):
		s.On, err = p.securable("")
	default:
		s.On, err = p.table("", principalTypes[:]...)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (p *parser) comment() (Statement, error) {
	if !p.accept("ON") {
		return nil, p.unexpected("ON")
	}
	kind, err := p.namedKind("IS")
	if err != nil {
		return nil, err
	}
	s := Comment{On: Securable{Kind: kind}}
	if s.On.Name, err = p.nameOf(kind, "IS"); err != nil {
		return nil, err
	}
	if !p.accept("IS") {
		return nil, p.unexpected("IS")
	}
	if p.accept("NULL") {
		return s, nil
	}
	text, err := p.text("NULL")
	if err != nil {
		return nil, err
	}
	s.Text = &text
	return s, nil
}

// text reads a string; others are what else could have stood there.
func (p *parser) text(others ...string) (string, error) {
	t := p.peek(0)
	if t.kind != tokenString {
		return "", p.unexpected(append(others, "a text in single quotes")...)
	}
	p.next()
	return t.val, nil
}

func (p *parser) explain() (Statement, error) {
	if !p.accept("PRIVILEGE") && !p.accept("PRIVILEGES") {
		return nil, p.misspelt("PRIVILEGE")
	}
	var s Explain
	var err error
	if s.Privilege, err = p.onePrivilege(); err != nil {
		return nil, err
	}
	if s.On, err = p.securable("FOR"); err != nil {
		return nil, err
	}
	if p.accept("FOR") {
		if s.For, err = p.principal(); err != nil {
			return nil, err
		}
	} else if !p.ends(0) {
		return nil, p.unexpected("FOR", "the end of the statement")
	}
	return s, nil
}
