package statement

import "strings"

func (p *parser) grant() (Statement, error) {
	privileges, on, to, err := p.change("TO")
	if err != nil {
		return nil, err
	}
	return Grant{Privileges: privileges, On: on, To: to}, nil
}

func (p *parser) revoke() (Statement, error) {
	privileges, on, from, err := p.change("FROM")
	if err != nil {
		return nil, err
	}
	return Revoke{Privileges: privileges, On: on, From: from}, nil
}

// change reads what GRANT and REVOKE share; the closer is TO or FROM.
func (p *parser) change(closer string) (privileges []string, on Securable, principal string, err error) {
	if privileges, err = p.privileges(); err != nil {
		return nil, Securable{}, "", err
	}
	if on, err = p.securable(closer); err != nil {
		return nil, Securable{}, "", err
	}
	if !p.accept(closer) {
		return nil, Securable{}, "", p.unexpected(closer)
	}
	if principal, err = p.principal(); err != nil {
		return nil, Securable{}, "", err
	}
	switch t := p.peek(0); {
	case t.is("WITH"):
		return nil, Securable{}, "", p.refuse(t, "WITH GRANT OPTION does not exist in Unity Catalog, expected the end of the statement", "the end of the statement")
	case t.isSymbol(","):
		return nil, Securable{}, "", p.refuse(t, "one principal at a time: expected the end of the statement", "the end of the statement")
	}
	return privileges, on, principal, nil
}

// privileges reads the list and the ON behind it.
func (p *parser) privileges() ([]string, error) {
	var list []string
	for {
		privilege, err := p.privilege()
		if err != nil {
			return nil, err
		}
		list = append(list, privilege)
		if p.accept("ON") {
			return list, nil
		}
		p.next() // the comma
	}
}

// onePrivilege reads a single privilege and the ON behind it.
func (p *parser) onePrivilege() (string, error) {
	privilege, err := p.privilege()
	if err != nil {
		return "", err
	}
	if !p.accept("ON") {
		return "", p.refuse(p.peek(0), "one privilege at a time: expected ON", "ON")
	}
	return privilege, nil
}

// privilege reads a run of words up to a comma or ON, which it leaves.
func (p *parser) privilege() (string, error) {
	var words []string
	var starts []token // where the first of them came from
	for !p.peek(0).isSymbol(",") && !p.peek(0).is("ON") {
		t := p.peek(0)
		if t.kind != tokenWord {
			return "", p.missingOn(words, starts)
		}
		for w := range strings.FieldsFuncSeq(t.val, func(r rune) bool { return r == '_' }) {
			if !ascii(w) || strings.EqualFold(w, "ON") {
				return "", p.refuse(t, "a privilege is words of ASCII letters, digits and underscores other than ON, expected a privilege", "a privilege")
			}
			words = append(words, strings.ToUpper(w))
			if len(starts) <= longestKnown {
				starts = append(starts, t)
			}
		}
		p.next()
	}
	switch {
	case len(words) == 0:
		return "", p.unexpected("a privilege")
	case len(words) == 1 && words[0] == "ALL":
		return "ALL PRIVILEGES", nil
	}
	return strings.Join(words, " "), nil
}

// missingOn is the error for a list that runs into something else. When it
// starts like a privilege everybody knows, the word after that is to blame:
// in GRANT EXECUTE MODEL SERVICE x it is MODEL.
func (p *parser) missingOn(words []string, starts []token) error {
	if len(words) == 0 {
		return p.unexpected("a privilege")
	}
	t := p.peek(0)
	if n := wellKnown(words); 0 < n && n < len(words) && t.kind != tokenBad {
		t = starts[n]
	}
	return p.refuse(t, "expected "+either([]string{"ON", ","}), "ON", ",")
}

const longestKnown = 3 // words of a privilege that wellKnown knows

// wellKnown returns how many of the first words are a privilege of spec
// §12.1. It serves messages only: a privilege may be any words.
func wellKnown(words []string) int {
	for n := min(longestKnown, len(words)); n > 0; n-- {
		switch strings.Join(words[:n], " ") {
		case "USE CATALOG", "USE SCHEMA", "CREATE CATALOG", "CREATE SCHEMA", "CREATE SERVICE",
			"CREATE TABLE", "CREATE MODEL", "CREATE FUNCTION", "CREATE VOLUME",
			"CREATE MATERIALIZED VIEW", "CREATE MODEL VERSION", "EXECUTE", "SELECT", "SELECT OWN ROWS", "SELECT MASKED", "MODIFY",
			"REFRESH", "READ VOLUME", "WRITE VOLUME", "APPLY TAG", "READ METADATA", "MANAGE",
			"BROWSE", "ALL", "ALL PRIVILEGES", "EXTERNAL USE SCHEMA":
			return n
		}
	}
	return 0
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
