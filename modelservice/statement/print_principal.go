package statement

import "strings"

// String prints the kind, if there is one, and the name.
func (p Principal) String() string {
	if p.Type == "" {
		return QuotePrincipal(p.Name)
	}
	return p.Type + " " + QuotePrincipal(p.Name)
}

// String prints CREATE kind [IF NOT EXISTS] name [WITH members].
func (s CreatePrincipal) String() string {
	text := "CREATE " + s.Who.Type
	if s.IfNotExists {
		text += " IF NOT EXISTS"
	}
	text += " " + QuotePrincipal(s.Who.Name)
	if s.Members != nil {
		text += " WITH " + joinMembers(s.Members)
	}
	return text
}

// String prints DROP kind [IF EXISTS] name.
func (s DropPrincipal) String() string {
	if s.IfExists {
		return "DROP " + s.Who.Type + " IF EXISTS " + QuotePrincipal(s.Who.Name)
	}
	return "DROP " + s.Who.String()
}

// String prints ALTER kind name RENAME TO name.
func (s RenamePrincipal) String() string {
	return "ALTER " + s.Who.String() + " RENAME TO " + QuotePrincipal(s.To)
}

// String prints ALTER GROUP name {ADD | DROP} members.
func (s ChangeMembers) String() string {
	return "ALTER GROUP " + QuotePrincipal(s.Group) + " " + s.Verb + " " + joinMembers(s.Members)
}

// String prints DESCRIBE kind name.
func (s DescribePrincipal) String() string { return "DESCRIBE " + s.Who.String() }

// joinMembers prints a kind where it changes, and commas between those of one
// kind: USER a, b GROUP c.
func joinMembers(members []Principal) string {
	var text strings.Builder
	before := ""
	for i, m := range members {
		switch {
		case m.Type != before:
			if i > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(m.String())
		default:
			if i > 0 {
				text.WriteString(", ")
			}
			text.WriteString(QuotePrincipal(m.Name))
		}
		before = m.Type
	}
	return text.String()
}
