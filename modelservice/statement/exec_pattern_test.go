package statement

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		says, pattern string
		fit, not      []string
	}{
		{"a pattern fits the whole name", "main", []string{"main", "MAIN"}, []string{"mai", "mainx", "amain", ""}},
		{"an asterisk is any run", "a*z", []string{"az", "abcz", "azz"}, []string{"a", "z", "azb", "baz"}},
		{"at both ends it finds a part", "*team*", []string{"team", "my_team-chat"}, []string{"tea", "te_am"}},
		{"alone it fits all", "*", []string{"", "a", "größe"}, nil},
		{"alternatives", "a*|*b", []string{"a", "b", "axx", "xxb"}, []string{"xax", "c"}},
		{"any case of letters", "GRÖ*|team-CHAT", []string{"größe", "Team-Chat"}, []string{"grosse"}},
		{"blanks around it mean nothing", "  main ", []string{"main"}, []string{" main"}},
		{"blanks in it do", "a b", []string{"a b"}, []string{"ab"}},
		{"nothing fits no name", "", []string{""}, []string{"a"}},
		{"what is special elsewhere is not here", "a.b_%?[c]^$\\", []string{`a.b_%?[c]^$\`}, []string{"axb_%?[c]", "a.bxx"}},
		{"pieces do not overlap", "ab*ba", []string{"abba", "abxba"}, []string{"aba"}},
		{"pieces keep their order", "*a*b*", []string{"ab", "xaxbx"}, []string{"ba"}},
	} {
		p, err := newPattern(&c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range c.fit {
			if !p.fits(name) {
				t.Errorf("%s: %q does not fit %q", c.says, name, c.pattern)
			}
		}
		for _, name := range c.not {
			if p.fits(name) {
				t.Errorf("%s: %q fits %q", c.says, name, c.pattern)
			}
		}
	}
	if p, err := newPattern(nil); err != nil || !p.fits("anything") {
		t.Errorf("no pattern: %v", err)
	}
	many := strings.Repeat("|", maxAlternatives)
	if _, err := newPattern(&many); err == nil {
		t.Errorf("%d alternatives are accepted", maxAlternatives+1)
	}
}

// fitsSlowly is the definition: an asterisk is nothing, or a character and an
// asterisk.
func fitsSlowly(name, pattern string) bool {
	switch {
	case pattern == "":
		return name == ""
	case pattern[0] == '*':
		return fitsSlowly(name, pattern[1:]) || name != "" && fitsSlowly(name[1:], pattern)
	}
	return name != "" && name[0] == pattern[0] && fitsSlowly(name[1:], pattern[1:])
}

func TestPatternIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab*|]{0,10}`).Draw(t, "pattern")
		name := rapid.StringMatching(`[ab]{0,10}`).Draw(t, "name")
		want := false
		for alternative := range strings.SplitSeq(text, "|") {
			want = want || fitsSlowly(name, alternative)
		}
		p, err := newPattern(&text)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.fits(name); got != want {
			t.Fatalf("%q fits %q: %v, want %v", name, text, got, want)
		}
	})
}

// A pattern that would make a backtracking matcher try all ways ends at once:
// each piece is looked for in what the one before it has left, once.
func TestPatternDoesNotBacktrack(t *testing.T) {
	name := strings.Repeat("a", 255)
	for _, text := range []string{
		strings.Repeat("*a", 254) + "*b", strings.Repeat("a*", 300_000) + "b", "*" + strings.Repeat("a*|*", 50) + strings.Repeat("*a", 400_000),
	} {
		p, err := newPattern(&text)
		if err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			p.fits(name)
		}
		if p.fits(strings.Repeat("b", 255)) {
			t.Errorf("%.40s… fits what it should not", text)
		}
	}
}
