package statement

// principalTypes are the kinds of principals.
var principalTypes = [...]string{"USER", "SERVICE PRINCIPAL", "GROUP"}

// principalType takes the words of a kind of principal where nothing but one
// can stand, and returns "" when there is none.
func (p *parser) principalType() string {
	switch {
	case p.accept("USER"):
		return "USER"
	case p.accept("GROUP"):
		return "GROUP"
	case p.acceptWords("SERVICE", "PRINCIPAL"):
		return "SERVICE PRINCIPAL"
	}
	return ""
}

// namesPrincipalType reports whether the words of a kind of principal come next
// and are meant as such. USER or GROUP without a name behind it is itself a name.
func (p *parser) namesPrincipalType() bool {
	first := p.peek(0)
	if first.is("SERVICE") {
		return p.peek(1).is("PRINCIPAL")
	}
	return (first.is("USER") || first.is("GROUP")) && p.named(1, "")
}

// members reads a list of principals, in which a kind can be written before
// any: USER a, b GROUP c. The comma before a kind may be left out.
func (p *parser) members() ([]Principal, error) {
	var list []Principal
	t := ""
	for {
		if p.namesPrincipalType() {
			t = p.principalType()
		}
		name, err := p.principal()
		if err != nil {
			return nil, err
		}
		list = append(list, Principal{t, name})
		if !p.acceptSymbol(",") && !p.namesPrincipalType() {
			return list, nil
		}
	}
}

func (p *parser) dropPrincipal(t string) (Statement, error) {
	s := DropPrincipal{Who: Principal{Type: t}, IfExists: p.acceptWords("IF", "EXISTS")}
	var err error
	if s.Who.Name, err = p.principal(); err != nil {
		return nil, err
	}
	return s, nil
}
