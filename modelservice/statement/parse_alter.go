package statement

func (p *parser) alter() (Statement, error) {
	if t := p.principalType(); t != "" {
		return p.alterPrincipal(t)
	}
	if p.peek(0).is("MODEL") && p.peek(1).is("SERVICE") && p.ends(2) {
		return Unsupported{Words: "ALTER MODEL SERVICE"}, p.skip()
	}
	kind, err := p.namedKind("", principalTypes[:]...)
	if err != nil {
		return nil, err
	}
	on := Securable{Kind: kind}
	if on.Name, err = p.name(); err != nil {
		return nil, err
	}
	switch {
	case p.acceptWords("OWNER", "TO"), p.acceptWords("SET", "OWNER", "TO"):
		to, err := p.principal()
		if err != nil {
			return nil, err
		}
		return ChangeOwner{On: on, To: to}, nil
	case kind == "MODEL SERVICE":
		// Unity Catalog has the change of an owner and no other here.
		return Unsupported{Words: "ALTER MODEL SERVICE"}, p.skip()
	case kind != "TABLE":
		return nil, p.misspelt("OWNER TO")
	case p.acceptWords("RENAME", "TO"):
		to, err := p.name()
		if err != nil {
			return nil, err
		}
		return Rename{On: on, To: to}, nil
	}
	return nil, p.misspelt("OWNER TO", "RENAME TO")
}

func (p *parser) alterPrincipal(t string) (Statement, error) {
	name, err := p.principal()
	if err != nil {
		return nil, err
	}
	if p.acceptWords("RENAME", "TO") {
		to, err := p.principal()
		if err != nil {
			return nil, err
		}
		return RenamePrincipal{Who: Principal{t, name}, To: to}, nil
	}
	if t != "GROUP" {
		return nil, p.misspelt("RENAME TO")
	}
	s := ChangeMembers{Group: name}
	switch {
	case p.accept("ADD"):
		s.Verb = "ADD"
	case p.accept("DROP"):
		s.Verb = "DROP"
	default:
		return nil, p.misspelt("ADD", "DROP", "RENAME TO")
	}
	if s.Members, err = p.members(); err != nil {
		return nil, err
	}
	return s, nil
}
