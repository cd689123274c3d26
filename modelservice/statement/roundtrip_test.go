package statement

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

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
	for _, w := range strings.Fields("on to from if not exists cascade restrict limit set owner rename add drop with in like is null comment extended for " +
		"where order by asc desc offset and or between escape true false current_timestamp " +
		"metastore catalog schema database table view function model volume service provider mcp user group principal") {
		if got := Quote(w); got != "`"+w+"`" {
			t.Errorf("a word of the grammar: Quote(%q) = %s", w, got)
		}
	}
	if got := QuotePrincipal("a@b.com"); got != "`a@b.com`" {
		t.Errorf("QuotePrincipal: %s", got)
	}
}

// Names are data (invariant I44): what is printed is read back the same.
func TestPrintedStatementsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, generate := range generators {
			checkRoundTrip(t, generate(t))
		}
	})
}

// Nothing of the package's statements is without a generator.
func TestEveryStatementIsGenerated(t *testing.T) {
	made, read := map[reflect.Type]bool{}, map[reflect.Type]bool{}
	rapid.Check(t, func(t *rapid.T) {
		for _, generate := range generators {
			made[reflect.TypeOf(generate(t))] = true
		}
	})
	for _, r := range readings {
		read[reflect.TypeOf(r.want)] = true
	}
	for typ := range read {
		if !made[typ] {
			t.Errorf("%v is read and not generated", typ)
		}
	}
	for typ := range made {
		if !read[typ] {
			t.Errorf("%v is generated and not among the readings", typ)
		}
	}
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
