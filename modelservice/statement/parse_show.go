package statement

// shows are the statements with SHOW.
var shows = [...]string{
	"GRANTS", "PRINCIPALS", "CATALOGS", "SCHEMAS", "TABLES", "MODELS", "MODEL SERVICES", "USERS", "GROUPS", "SERVICE PRINCIPALS",
}

func (p *parser) show() (Statement, error) {
	switch {
	case p.accept("GRANTS"), p.accept("GRANT"):
		return p.showGrants()
	case p.accept("PRINCIPALS"):
		return p.showPrincipals()
	}
	s := Show{What: p.shown()}
	var err error
	switch s.What {
	case "":
		return nil, p.unknown("something to show", shows[:])
	case "GROUPS":
		if p.accept("WITH") {
			if s.With.Type = p.principalType(); s.With.Type == "" {
				return nil, p.misspelt(principalTypes[:]...)
			}
			if s.With.Name, err = p.principal(); err != nil {
				return nil, err
			}
		}
	case "SCHEMAS", "TABLES", "MODELS", "MODEL SERVICES":
		if p.accept("IN") || p.accept("FROM") {
			if s.In, err = p.name(); err != nil {
				return nil, err
			}
		}
	}
	if p.accept("LIKE") || p.peek(0).kind == tokenString {
		pattern, err := p.text()
		if err != nil {
			return nil, err
		}
		s.Like = &pattern
	} else if !p.ends(0) {
		return nil, p.misspelt(s.couldGoOn()...)
	}
	return s, nil
}

// shown takes the words of what is to be shown.
func (p *parser) shown() string {
	switch {
	case p.accept("DATABASES"):
		return "SCHEMAS"
	case p.acceptWords("MODEL", "SERVICES"):
		return "MODEL SERVICES"
	case p.acceptWords("SERVICE", "PRINCIPALS"):
		return "SERVICE PRINCIPALS"
	}
	for _, w := range shows {
		if p.accept(w) {
			return w
		}
	}
	return ""
}

// couldGoOn are the clauses that could have followed what is written.
func (s Show) couldGoOn() []string {
	clauses := []string{"LIKE", "a text in single quotes", "the end of the statement"}
	switch s.What {
	case "GROUPS":
		if s.With.Type == "" {
			return append([]string{"WITH"}, clauses...)
		}
	case "SCHEMAS", "TABLES", "MODELS", "MODEL SERVICES":
		if s.In == nil {
			return append([]string{"IN", "FROM"}, clauses...)
		}
	}
	return clauses
}

func (p *parser) showPrincipals() (Statement, error) {
	if !p.accept("WITH") {
		return nil, p.misspelt("WITH")
	}
	var s ShowPrincipals
	var err error
	if s.Privilege, err = p.onePrivilege(); err != nil {
		return nil, err
	}
	if s.On, err = p.securable(""); err != nil {
		return nil, err
	}
	return s, nil
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
