package statement

import "strings"

// Quote prints one part of a name: bare if it is ASCII letters, digits and
// underscores, does not start with a digit and is no word of the grammar;
// otherwise in back-ticks, with every back-tick doubled. What it prints is
// read back as the same part wherever a name may stand, provided that the
// part is valid UTF-8 and not empty.
func Quote(part string) string {
	if bare(part) && !grammarWord(part) {
		return part
	}
	return "`" + strings.ReplaceAll(part, "`", "``") + "`"
}

// QuoteName prints a name, each part as [Quote] does, with dots between them.
func QuoteName(parts []string) string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = Quote(part)
	}
	return strings.Join(quoted, ".")
}

// QuotePrincipal prints the name of a principal as [Quote] prints a part: the
// dots of an e-mail address are inside the back-ticks.
func QuotePrincipal(name string) string { return Quote(name) }

// String prints the kind and the name.
func (s Securable) String() string {
	if len(s.Name) == 0 {
		return s.Kind
	}
	return s.Kind + " " + QuoteName(s.Name)
}

// String prints GRANT … ON … TO ….
func (s Grant) String() string {
	return "GRANT " + strings.Join(s.Privileges, ", ") + " ON " + s.On.String() + " TO " + QuotePrincipal(s.To)
}

// String prints REVOKE … ON … FROM ….
func (s Revoke) String() string {
	return "REVOKE " + strings.Join(s.Privileges, ", ") + " ON " + s.On.String() + " FROM " + QuotePrincipal(s.From)
}

// String prints SHOW GRANTS [principal] ON ….
func (s ShowGrants) String() string {
	if s.Principal == "" {
		return "SHOW GRANTS ON " + s.On.String()
	}
	return "SHOW GRANTS " + QuotePrincipal(s.Principal) + " ON " + s.On.String()
}

// String prints SHOW PRINCIPALS WITH … ON ….
func (s ShowPrincipals) String() string {
	return "SHOW PRINCIPALS WITH " + s.Privilege + " ON " + s.On.String()
}

// String prints EXPLAIN PRIVILEGE … ON … [FOR principal].
func (s Explain) String() string {
	text := "EXPLAIN PRIVILEGE " + s.Privilege + " ON " + s.On.String()
	if s.For != "" {
		text += " FOR " + QuotePrincipal(s.For)
	}
	return text
}

// String prints the words the statement was recognised by.
func (s Unsupported) String() string { return s.Words }

func bare(part string) bool {
	if part == "" || '0' <= part[0] && part[0] <= '9' {
		return false
	}
	for i := range len(part) {
		if part[i] >= 0x80 || !wordRune(rune(part[i])) {
			return false
		}
	}
	return true
}

// quoteText prints a text in single quotes, with every quote doubled.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// grammarWord reports whether a bare name of this spelling could be taken for
// a word of the grammar somewhere.
func grammarWord(part string) bool {
	switch strings.ToUpper(part) {
	case "ON", "TO", "FROM", "IF", "EXISTS", "CASCADE", "RESTRICT", "LIMIT",
		"METASTORE", "CATALOG", "SCHEMA", "DATABASE", "TABLE", "VIEW", "FUNCTION", "MODEL", "VOLUME",
		"SERVICE", "PROVIDER", "MCP", "SET", "OWNER",
		"ADD", "DROP", "RENAME", "WITH", "USER", "GROUP", "PRINCIPAL",
		"IN", "LIKE", "IS", "NOT", "NULL", "COMMENT", "EXTENDED", "FOR",
		"WHERE", "ORDER", "BY", "ASC", "DESC", "OFFSET", "AND", "OR", "BETWEEN", "ESCAPE",
		"TRUE", "FALSE", "CURRENT_TIMESTAMP":
		return true
	}
	return false
}
