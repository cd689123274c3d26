package statement

// shows are the statements with SHOW.
var shows = [...]string{"GRANTS", "MODEL SERVICES", "CATALOGS", "SCHEMAS", "TABLES", "GROUPS", "USERS"}

func (p *parser) show() (Statement, error) {
	switch {
	case p.accept("GRANTS"), p.accept("GRANT"):
		return p.showGrants()
	case p.peek(0).is("MODEL") && p.peek(1).is("SERVICES"):
		p.next()
		p.next()
		return NotYet{Words: "SHOW MODEL SERVICES"}, p.skip()
	case p.accept("DATABASES"):
		return NotYet{Words: "SHOW SCHEMAS"}, p.skip()
	}
	for _, w := range shows {
		if p.accept(w) {
			return NotYet{Words: "SHOW " + w}, p.skip()
		}
	}
	return nil, p.unknown("something to show", shows[:])
}

func (p *parser) showGrants() (Statement, error) {
	var s ShowGrants
	var err error
	if !p.closes(0, "ON") {
		if p.ends(0) {
			return nil, p.unexpected("a principal", "ON")
		}
		if s.Principal, err = p.principal(); err != nil {
			return nil, err
		}
	}
	if !p.accept("ON") {
		return nil, p.unexpected("ON")
	}
	if s.On, err = p.securable(""); err != nil {
		return nil, err
	}
	return s, nil
}
