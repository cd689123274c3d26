package statement

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// awkward are the names that a grammar without reserved words trips over.
var awkward = []string{
	"on", "TO", "From", "if", "EXISTS", "cascade", "RESTRICT", "limit", "metastore", "CATALOG", "schema", "database",
	"TABLE", "view", "function", "model", "SERVICE", "provider", "mcp", "volume", "where", "with", "all", "grant",
	"set", "owner", "users", "grants", "`", "``", "'", ".", "a.b", "a b", "--", "/*", "*/", ";", "*", "team-chat",
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

func securableGen() *rapid.Generator[Securable] {
	return rapid.OneOf(kindedGen(), rapid.Just(Securable{Kind: "METASTORE"}))
}

func statementGen() *rapid.Generator[Statement] {
	return rapid.Custom(func(t *rapid.T) Statement {
		privileges := rapid.SliceOfN(privilegeGen(), 1, 4)
		switch rapid.IntRange(0, 6).Draw(t, "statement") {
		case 0:
			return Grant{privileges.Draw(t, "privileges"), securableGen().Draw(t, "on"), partGen().Draw(t, "to")}
		case 1:
			return Revoke{privileges.Draw(t, "privileges"), securableGen().Draw(t, "on"), partGen().Draw(t, "from")}
		case 2:
			principal := rapid.OneOf(rapid.Just(""), partGen())
			return ShowGrants{principal.Draw(t, "principal"), securableGen().Draw(t, "on")}
		case 3:
			s := Drop{On: kindedGen().Draw(t, "on"), IfExists: rapid.Bool().Draw(t, "if exists")}
			if s.On.Kind == "CATALOG" || s.On.Kind == "SCHEMA" {
				s.Behavior = rapid.SampledFrom([]string{"", "CASCADE", "RESTRICT"}).Draw(t, "behavior")
			}
			return s
		case 4:
			s := Select{From: nameGen().Draw(t, "from")}
			if rapid.Bool().Draw(t, "columns?") {
				s.Columns = rapid.SliceOfN(partGen(), 1, 4).Draw(t, "columns")
			}
			if rapid.Bool().Draw(t, "limit?") {
				s.Limit = rows(rapid.Int64Min(0).Draw(t, "limit"))
			}
			return s
		case 5:
			return Unsupported{rapid.SampledFrom([]string{"DENY", "CREATE MODEL SERVICE", "ALTER MODEL SERVICE"}).Draw(t, "words")}
		default:
			if rapid.Bool().Draw(t, "alter") {
				return NotYet{"ALTER " + rapid.SampledFrom(droppable[:]).Draw(t, "kind") + " OWNER TO"}
			}
			return NotYet{rapid.SampledFrom([]string{
				"SHOW MODEL SERVICES", "SHOW CATALOGS", "SHOW SCHEMAS", "SHOW TABLES", "SHOW GROUPS", "SHOW USERS",
				"DESCRIBE", "COMMENT ON", "CREATE CATALOG", "CREATE SCHEMA", "CREATE GROUP", "CREATE USER",
				"DROP GROUP", "DROP USER", "ALTER GROUP", "EXPLAIN PRIVILEGE",
			}).Draw(t, "words")}
		}
	})
}

func TestQuote(t *testing.T) {
	for _, c := range []struct{ says, part, want string }{
		{"plain", "team_chat", "team_chat"},
		{"case is kept", "_Team2", "_Team2"},
		{"a digit first", "2team", "`2team`"},
		{"a hyphen", "team-chat", "`team-chat`"},
		{"a dot", "a.b", "`a.b`"},
		{"a back-tick", "a`b", "`a``b`"},
		{"a letter outside ASCII", "größe", "`größe`"},
		{"words of the grammar", "to", "`to`"},
		{"in any case", "Service", "`Service`"},
		{"words that only begin one", "grant", "grant"},
	} {
		if got := Quote(c.part); got != c.want {
			t.Errorf("%s: Quote(%q) = %s, want %s", c.says, c.part, got, c.want)
		}
	}
	if got := QuotePrincipal("a@b.com"); got != "`a@b.com`" {
		t.Errorf("QuotePrincipal: %s", got)
	}
}

// Names are data (invariant I44): what is printed is read back the same.
func TestPrintedStatementsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkRoundTrip(t, statementGen().Draw(t, "statement"))
	})
}

// A quoted name is one token, whatever is in it, and nothing of it is ever
// read as syntax, in any place and next to anything.
func TestQuotedNamesAreNeverSyntax(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := partGen().Draw(t, "part")
		space := rapid.SampledFrom([]string{"", " ", "/**/", "--\n"}).Draw(t, "space")
		always := "`" + strings.ReplaceAll(part, "`", "``") + "`"
		text := "GRANT SELECT ON TABLE " + always + space + "." + space + Quote(part) + " TO " + always + space + ";"
		s, err := Parse(text)
		if err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		if g, ok := s.(Grant); !ok || g.To != part || len(g.On.Name) != 2 || g.On.Name[0] != part || g.On.Name[1] != part {
			t.Fatalf("%s\nread as %#v", text, s)
		}
	})
}

// A name with a hyphen is refused with a form of it that works.
func TestHyphenHintWorks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,5}`), 1, 3).Draw(t, "parts")
		i := rapid.IntRange(0, len(parts)-1).Draw(t, "which")
		parts[i] += "-" + rapid.StringMatching(`[a-z]{0,4}`).Draw(t, "rest")
		text := "DROP MODEL SERVICE " + strings.Join(parts, ".")
		_, err := Parse(text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Code != "INVALID_IDENTIFIER" || syntax.SQLState != "42602" || len(syntax.Expected) != 1 {
			t.Fatalf("%s\n%#v", text, err)
		}
		s, err := Parse("DROP MODEL SERVICE " + syntax.Expected[0])
		if err != nil {
			t.Fatalf("the hint %s: %v", syntax.Expected[0], err)
		}
		if got := strings.Join(s.(Drop).On.Name, "."); got != strings.Join(parts, ".") {
			t.Fatalf("%s: the hint names %s", text, got)
		}
	})
}
