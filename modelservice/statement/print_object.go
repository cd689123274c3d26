package statement

// String prints CREATE kind [IF NOT EXISTS] name [COMMENT 'text'].
func (s Create) String() string {
	text := "CREATE " + s.On.Kind
	if s.IfNotExists {
		text += " IF NOT EXISTS"
	}
	text += " " + QuoteName(s.On.Name)
	if s.Comment != "" {
		text += " COMMENT " + quoteText(s.Comment)
	}
	return text
}

// String prints DROP kind [IF EXISTS] name [CASCADE | RESTRICT].
func (s Drop) String() string {
	text := "DROP " + s.On.Kind
	if s.IfExists {
		text += " IF EXISTS"
	}
	text += " " + QuoteName(s.On.Name)
	if s.Behavior != "" {
		text += " " + s.Behavior
	}
	return text
}

// String prints ALTER kind name OWNER TO principal.
func (s ChangeOwner) String() string {
	return "ALTER " + s.On.String() + " OWNER TO " + QuotePrincipal(s.To)
}

// String prints ALTER TABLE name RENAME TO name.
func (s Rename) String() string {
	return "ALTER " + s.On.String() + " RENAME TO " + QuoteName(s.To)
}

// String prints COMMENT ON kind name IS {NULL | 'text'}.
func (s Comment) String() string {
	text := "COMMENT ON " + s.On.String() + " IS "
	if s.Text == nil {
		return text + "NULL"
	}
	return text + quoteText(*s.Text)
}

// String prints DESCRIBE kind [EXTENDED] name.
func (s Describe) String() string {
	if s.Extended {
		return "DESCRIBE " + s.On.Kind + " EXTENDED " + QuoteName(s.On.Name)
	}
	return "DESCRIBE " + s.On.String()
}

// String prints SHOW … [WITH kind principal] [IN name] [LIKE 'pattern'].
func (s Show) String() string {
	text := "SHOW " + s.What
	if s.With.Type != "" {
		text += " WITH " + s.With.String()
	}
	if s.In != nil {
		text += " IN " + QuoteName(s.In)
	}
	if s.Like != nil {
		text += " LIKE " + quoteText(*s.Like)
	}
	return text
}
