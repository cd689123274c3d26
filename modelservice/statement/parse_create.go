package statement

// creations are the statements with CREATE.
var creations = [...]string{"CATALOG", "SCHEMA", "USER", "SERVICE PRINCIPAL", "GROUP", "MODEL SERVICE"}

func (p *parser) create() (Statement, error) {
	replace := p.acceptWords("OR", "REPLACE")
	if p.acceptWords("MODEL", "SERVICE") {
		return Unsupported{Words: "CREATE MODEL SERVICE"}, p.skip()
	}
	if replace {
		return nil, p.unexpected("MODEL SERVICE")
	}
	if t := p.principalType(); t != "" {
		return p.createPrincipal(t)
	}
	switch {
	case p.accept("CATALOG"):
		return p.createContainer("CATALOG")
	case p.accept("SCHEMA"), p.accept("DATABASE"):
		return p.createContainer("SCHEMA")
	}
	return nil, p.unknown("something to create", creations[:])
}

func (p *parser) createContainer(kind string) (Statement, error) {
	s := Create{On: Securable{Kind: kind}, IfNotExists: p.acceptWords("IF", "NOT", "EXISTS")}
	var err error
	if s.On.Name, err = p.name(); err != nil {
		return nil, err
	}
	if !p.accept("COMMENT") {
		if !p.ends(0) {
			return nil, p.misspelt("COMMENT", "the end of the statement")
		}
		return s, nil
	}
	if s.Comment, err = p.text(); err != nil {
		return nil, err
	}
	return s, nil
}

func (p *parser) createPrincipal(t string) (Statement, error) {
	s := CreatePrincipal{Who: Principal{Type: t}, IfNotExists: p.acceptWords("IF", "NOT", "EXISTS")}
	var err error
	if s.Who.Name, err = p.principal(); err != nil {
		return nil, err
	}
	if t == "GROUP" && p.accept("WITH") {
		if s.Members, err = p.members(); err != nil {
			return nil, err
		}
	}
	return s, nil
}
