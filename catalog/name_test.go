package catalog

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Every code point alone, and between letters and marks that may compose with
// it: the canonical form is its own canonical form, holds nothing forbidden,
// and has no capitals.
func TestFoldIsIdempotent(t *testing.T) {
	around := [][2]string{{"", ""}, {"", "\u0301"}, {"", "\u0307\u0327"}, {"e", ""}, {"\u1112", "\u11ab"}}
	accepted := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		for i, with := range around {
			if i > 0 && unicode.Is(unicode.Han, r) {
				break // these neither fold nor compose
			}
			name := with[0] + string(r) + with[1]
			canon, err := CanonicalName(name)
			if err != nil {
				break // r is refused wherever it stands
			}
			accepted++
			if again, err := CanonicalName(canon); err != nil || again != canon {
				t.Errorf("%+q becomes %+q, and that becomes %+q, %v", name, canon, again, err)
			}
			if strings.ToLower(canon) != canon {
				t.Errorf("%+q becomes %+q, which has capitals", name, canon)
			}
			folded, err := foldPrincipal(name)
			if err != nil || folded != canon {
				t.Errorf("as a principal %+q becomes %+q, %v; as a name %+q", name, folded, err, canon)
			}
		}
	}
	if accepted < 200_000 {
		t.Errorf("only %d names were accepted", accepted)
	}
}

// Ruling R22, read the other way round: what is allowed, by Unicode category.
func TestCanonicalNameAllows(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := utf8.ValidRune(r)
		switch {
		case r < utf8.RuneSelf:
			want = r > ' ' && r < 0x7f && r != '.' && r != '/'
		case !unicode.In(r, unicode.L, unicode.M, unicode.Nd):
			want = false
		case unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
			want = false // no width, whatever their category
		}
		if _, err := CanonicalName("a" + string(r)); (err == nil) != want && utf8.ValidRune(r) {
			t.Errorf("%U: %v", r, err)
		}
	}
}

// Length counts in the normal form, in which a name is the same however it was
// spelt.
func TestLengthOfNormalForms(t *testing.T) {
	for what, spelt := range map[string]string{
		"composed": strings.Repeat("\u00e9", 255), "decomposed": strings.Repeat("e\u0301", 255), "long decomposed": strings.Repeat("\u1f82", 255),
	} {
		if canon, err := CanonicalName(spelt); err != nil || utf8.RuneCountInString(canon) != 255 {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := CanonicalName(spelt + "a"); err == nil {
			t.Errorf("%s: 256 characters", what)
		}
		if _, err := foldPrincipal(spelt); err != nil {
			t.Errorf("%s principal: %v", what, err)
		}
		if _, err := foldPrincipal(spelt + "a"); err == nil {
			t.Errorf("%s principal: 256 characters", what)
		}
	}
}

func TestCanonicalNameRefuses(t *testing.T) {
	for what, name := range map[string]string{
		"empty": "", "space": "a b", "dot": "a.b", "slash": "a/b", "NUL": "a\x00", "tab": "\t", "line end": "a\n",
		"DEL": "\x7f", "C1": "a\u0085", "no-break space": "a\u00a0b", "em space": "\u2003", "ideographic space": "\u3000",
		"line separator": "\u2028", "zero width space": "a\u200bb", "zero width joiner": "a\u200db",
		"zero width no-break space": "\ufeffa", "soft hyphen": "a\u00adb", "right-to-left override": "\u202ea",
		"isolate": "\u2066a", "word joiner": "a\u2060", "emoji": "\U0001f600", "private use": "\ue000",
		"unassigned": "\u0378", "not a character": "\ufffe", "replacement": "\ufffd", "tag": "\U000e0041",
		"euro": "\u20ac", "dash": "\u2013", "fullwidth dot": "\uff0e", "invalid UTF-8": "a\xff",
		"surrogate": "\xed\xa0\x80", "overlong": "\xc0\xaf", "too long": strings.Repeat("a", 256),
		"too long once normal": strings.Repeat("\u0958", 255), "huge": strings.Repeat("a", 1<<20),
	} {
		canon, err := CanonicalName(name)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "name" || canon != "" {
			t.Errorf("%s: %.20q, %v", what, canon, err)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "catalog: ") || len(err.Error()) > 200) {
			t.Errorf("%s: message %.300q", what, err)
		}
	}
}

func TestCanonicalName(t *testing.T) {
	for name, want := range map[string]string{
		"main": "main", "Main": "main", "TEAM-Chat": "team-chat", "team_chat": "team_chat",
		"Caf\u00e9": "caf\u00e9", "CAFE\u0301": "caf\u00e9", "\u212a": "k", "\u212b": "\u00e5",
		"\u03a3": "\u03c3", "\u1e9e": "\u00df", "\u1112\u1161\u11ab": "\ud55c", "`'\"\\;--": "`'\"\\;--",
		strings.Repeat("A", 255):      strings.Repeat("a", 255),
		strings.Repeat("\u5bff", 255): strings.Repeat("\u5bff", 255),
	} {
		if got, err := CanonicalName(name); got != want || err != nil {
			t.Errorf("%+q becomes %+q, %v; want %+q", name, got, err, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = CanonicalName("team-chat_2") }); n != 0 {
		t.Errorf("a canonical ASCII name costs %v allocations", n)
	}
}

func TestFoldPrincipal(t *testing.T) {
	for name, want := range map[string]string{
		"Alice@Example.com": "alice@example.com", "account users": "account users", "a/b.c": "a/b.c",
		"Re\u0301ne\u0301e": "r\u00e9n\u00e9e",
	} {
		if got, err := foldPrincipal(name); got != want || err != nil {
			t.Errorf("%+q becomes %+q, %v; want %+q", name, got, err, want)
		}
	}
	for _, name := range []string{"", " ", "a ", " a", "a\u00a0", "a\nb", "\u202ea", "\xff", strings.Repeat("a", 256)} {
		var invalid *InvalidError
		if got, err := foldPrincipal(name); !errors.As(err, &invalid) {
			t.Errorf("%+.20q becomes %+.20q, %v", name, got, err)
		}
	}
}
