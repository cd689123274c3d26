package statement

import (
	"strings"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// awkward are the names that a grammar without reserved words trips over.
var awkward = []string{
	"on", "TO", "From", "if", "EXISTS", "cascade", "RESTRICT", "limit", "metastore", "CATALOG", "schema", "database",
	"TABLE", "view", "function", "model", "SERVICE", "provider", "mcp", "volume", "where", "with", "all", "grant",
	"set", "owner", "users", "grants",
	"user", "GROUP", "principal", "add", "DROP", "rename", "is", "null", "not", "comment", "extended", "for", "in", "like", "order", "by", "asc", "DESC", "offset", "and", "OR", "between", "escape", "true", "FALSE", "current_timestamp",
	"now", "count", "exists", "interval", "timestamp", "array_contains", "select", "`", "``", "'", ".", "a.b", "a b", "--", "/*", "*/", ";", "*", "team-chat",
	"a@b.com", "1", "1a", "_", "ſet", "to\u200b", "\x00", "\u00a0", "\ufeff", "Größe", "é", "\n", "\\", "\ufffd",
}

func partGen() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom(awkward),
		rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_]{0,8}`),
		rapid.StringN(1, 12, -1).Filter(utf8.ValidString),
	)
}

func nameGen() *rapid.Generator[[]string] { return rapid.SliceOfN(partGen(), 1, 3) }

func privilegeGen() *rapid.Generator[string] {
	word := rapid.StringMatching(`[A-Z0-9]{1,6}`).Filter(func(w string) bool { return w != "ON" })
	return rapid.Custom(func(t *rapid.T) string {
		p := strings.Join(rapid.SliceOfN(word, 1, 4).Draw(t, "words"), " ")
		if p == "ALL" {
			p = "ALL PRIVILEGES"
		}
		return p
	})
}

func kindedGen() *rapid.Generator[Securable] {
	return rapid.Custom(func(t *rapid.T) Securable {
		return Securable{rapid.SampledFrom(droppable[:]).Draw(t, "kind"), nameGen().Draw(t, "name")}
	})
}

func containerGen() *rapid.Generator[Securable] {
	return rapid.Custom(func(t *rapid.T) Securable {
		return Securable{rapid.SampledFrom([]string{"CATALOG", "SCHEMA"}).Draw(t, "kind"), nameGen().Draw(t, "name")}
	})
}

func securableGen() *rapid.Generator[Securable] {
	return rapid.OneOf(kindedGen(), rapid.Just(Securable{Kind: "METASTORE"}))
}

// textGen are texts in single quotes.
func textGen() *rapid.Generator[string] {
	return rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"'", "''", "a*|b", "\\'", "--", "it's"}), partGen())
}

func typeGen() *rapid.Generator[string] { return rapid.SampledFrom(principalTypes[:]) }

func principalGen() *rapid.Generator[Principal] {
	return rapid.Custom(func(t *rapid.T) Principal {
		return Principal{typeGen().Draw(t, "type"), partGen().Draw(t, "name")}
	})
}

// membersGen are those without a kind and then those with one, as they can be
// written.
func membersGen() *rapid.Generator[[]Principal] {
	return rapid.Custom(func(t *rapid.T) []Principal {
		var list []Principal
		for _, name := range rapid.SliceOfN(partGen(), 0, 3).Draw(t, "without a kind") {
			list = append(list, Principal{"", name})
		}
		return append(list, rapid.SliceOfN(principalGen(), min(1, 1-len(list)), 3).Draw(t, "with a kind")...)
	})
}

// generators make statements of every type.
var generators = []func(t *rapid.T) Statement{
	func(t *rapid.T) Statement {
		return Grant{rapid.SliceOfN(privilegeGen(), 1, 4).Draw(t, "privileges"), securableGen().Draw(t, "on"), partGen().Draw(t, "to")}
	},
	func(t *rapid.T) Statement {
		return Revoke{rapid.SliceOfN(privilegeGen(), 1, 4).Draw(t, "privileges"), securableGen().Draw(t, "on"), partGen().Draw(t, "from")}
	},
	func(t *rapid.T) Statement {
		return ShowGrants{rapid.OneOf(rapid.Just(""), partGen()).Draw(t, "principal"), securableGen().Draw(t, "on")}
	},
	func(t *rapid.T) Statement {
		return ShowPrincipals{privilegeGen().Draw(t, "privilege"), securableGen().Draw(t, "on")}
	},
	func(t *rapid.T) Statement {
		return Explain{privilegeGen().Draw(t, "privilege"), securableGen().Draw(t, "on"), rapid.OneOf(rapid.Just(""), partGen()).Draw(t, "for")}
	},
	func(t *rapid.T) Statement {
		return Create{containerGen().Draw(t, "on"), rapid.Bool().Draw(t, "if not exists"), textGen().Draw(t, "comment")}
	},
	func(t *rapid.T) Statement {
		s := Drop{On: kindedGen().Draw(t, "on"), IfExists: rapid.Bool().Draw(t, "if exists")}
		if s.On.Kind == "CATALOG" || s.On.Kind == "SCHEMA" {
			s.Behavior = rapid.SampledFrom([]string{"", "CASCADE", "RESTRICT"}).Draw(t, "behavior")
		}
		return s
	},
	func(t *rapid.T) Statement { return ChangeOwner{kindedGen().Draw(t, "on"), partGen().Draw(t, "to")} },
	func(t *rapid.T) Statement {
		return Rename{Securable{"TABLE", nameGen().Draw(t, "name")}, nameGen().Draw(t, "to")}
	},
	func(t *rapid.T) Statement {
		return Comment{kindedGen().Draw(t, "on"), rapid.Ptr(textGen(), true).Draw(t, "text")}
	},
	func(t *rapid.T) Statement {
		s := Describe{On: securableGen().Draw(t, "on")}
		s.Extended = s.On.Kind != "METASTORE" && rapid.Bool().Draw(t, "extended")
		return s
	},
	func(t *rapid.T) Statement {
		s := Show{What: rapid.SampledFrom([]string{
			"CATALOGS", "SCHEMAS", "TABLES", "MODELS", "MODEL SERVICES", "USERS", "GROUPS", "SERVICE PRINCIPALS",
		}).Draw(t, "what")}
		switch s.What {
		case "GROUPS":
			s.With = rapid.OneOf(rapid.Just(Principal{}), principalGen()).Draw(t, "with")
		case "SCHEMAS", "TABLES", "MODELS", "MODEL SERVICES":
			s.In = rapid.OneOf(rapid.Just[[]string](nil), nameGen()).Draw(t, "in")
		}
		s.Like = rapid.Ptr(textGen(), true).Draw(t, "like")
		return s
	},
	selectGen,
	func(t *rapid.T) Statement {
		return Unsupported{rapid.SampledFrom([]string{"DENY", "CREATE MODEL SERVICE", "ALTER MODEL SERVICE"}).Draw(t, "words")}
	},
	func(t *rapid.T) Statement {
		s := CreatePrincipal{Who: principalGen().Draw(t, "who"), IfNotExists: rapid.Bool().Draw(t, "if not exists")}
		if s.Who.Type == "GROUP" && rapid.Bool().Draw(t, "members?") {
			s.Members = membersGen().Draw(t, "members")
		}
		return s
	},
	func(t *rapid.T) Statement {
		return DropPrincipal{principalGen().Draw(t, "who"), rapid.Bool().Draw(t, "if exists")}
	},
	func(t *rapid.T) Statement {
		return RenamePrincipal{principalGen().Draw(t, "who"), partGen().Draw(t, "to")}
	},
	func(t *rapid.T) Statement {
		return ChangeMembers{partGen().Draw(t, "group"), rapid.SampledFrom([]string{"ADD", "DROP"}).Draw(t, "verb"), membersGen().Draw(t, "members")}
	},
	func(t *rapid.T) Statement { return DescribePrincipal{principalGen().Draw(t, "who")} },
}
