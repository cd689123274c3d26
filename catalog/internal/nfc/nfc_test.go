package nfc

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

var spellings = []struct{ name, in, want string }{
	{"empty", "", ""},
	{"ascii", "team-chat", "team-chat"},
	{"composed already", "caf\u00e9", "caf\u00e9"},
	{"letter and accent", "cafe\u0301s", "caf\u00e9s"},
	{"two marks, one character", "s\u0323\u0307", "\u1e69"},
	{"two marks out of order", "s\u0307\u0323", "\u1e69"},
	{"mark over a composed letter", "\u1e0b\u0323", "\u1e0d\u0307"},
	{"a mark of the same class is in the way", "a\u0305\u0301", "a\u0305\u0301"},
	{"a mark of a lower class is not", "a\u0316\u0301", "\u00e1\u0316"},
	{"a starter is in the way", "ab\u0301c\u034f\u0301", "ab\u0301c\u034f\u0301"},
	{"one character for another", "\u212b\u2126", "\u00c5\u03a9"},
	{"a mark for two marks", "\u0344", "\u0308\u0301"},
	{"excluded from composition", "\u0958\ufb2c", "\u0915\u093c\u05e9\u05bc\u05c1"},
	{"compatibility ideograph", "\uf900\U0002f800", "\u8c48\u4e3d"},
	{"Hangul lead and vowel", "\u1100\u1161", "\uac00"},
	{"Hangul lead, vowel and trail", "\u1112\u1161\u11ab", "\ud55c"},
	{"Hangul syllable and trail", "\uac00\u11a8", "\uac01"},
	{"Hangul syllable with a trail takes no other", "\uac01\u11a8", "\uac01\u11a8"},
	{"Hangul filler of no trail", "\uac00\u11a7", "\uac00\u11a7"},
	{"Hangul across a mark", "\u1100\u0301\u1161", "\u1100\u0301\u1161"},
	{"two vowel signs", "\u09c7\u09be", "\u09cb"},
	{"three parts", "\u0cc6\u0cc2\u0cd5", "\u0ccb"},
	{"outside the first plane", "\U00011131\U00011127", "\U0001112e"},
	{"music", "\U0001d15e", "\U0001d157\U0001d165"},
	{"marks first", "\u0327\u0301a", "\u0327\u0301a"},
	{"invalid bytes stay and part", "e\xff\u0301\xc3", "e\xff\u0301\xc3"},
	{"invalid bytes beside a change", "\xffe\u0301\xff\xfe", "\xff\u00e9\xff\xfe"},
	{"an invalid byte before marks that change", "\xff\u0344", "\xff\u0308\u0301"},
	{"marks of neighbouring classes", "x\u0f72\u0f71", "x\u0f71\u0f72"},
	{"replacement character", "\ufffd\u0301e\u0301", "\ufffd\u0301\u00e9"},
	{"compatibility forms are kept", "\ufb01\u00b2", "\ufb01\u00b2"},
	{"changes twice", "e\u0301xe\u0301", "\u00e9x\u00e9"},
}

func TestString(t *testing.T) {
	for _, c := range spellings {
		if got := String(c.in); got != c.want {
			t.Errorf("%s: String(%+q) = %+q, want %+q", c.name, c.in, got, c.want)
		}
		if got, want := IsNormal(c.in), c.in == c.want; got != want {
			t.Errorf("%s: IsNormal(%+q) = %v, want %v", c.name, c.in, got, want)
		}
	}
}

// A run of marks longer than any buffer is put in order as a whole, and marks of one class
// stay in the order they had.
func TestManyMarks(t *testing.T) {
	in := "a" + strings.Repeat("\u0305\u0316\u030d", 100) + "\u0301e\u0301"
	want := "a" + strings.Repeat("\u0316", 100) + strings.Repeat("\u0305\u030d", 100) + "\u0301\u00e9"
	if got := String(in); got != want {
		t.Errorf("String = %+q, want %+q", got, want)
	}
}

// What is normal already costs nothing, even where single characters cannot tell.
func TestNormalDoesNotAllocate(t *testing.T) {
	for _, s := range []string{"team-chat", "caf\u00e9", "\ud55c\uad6d\uc5b4", "\u0915\u094d\u0937\u093f", "x\u0301\u0305", "\u1100\u0301\u1161"} {
		if n := testing.AllocsPerRun(100, func() { String(s); IsNormal(s) }); n != 0 {
			t.Errorf("%+q: %v allocations, want 0", s, n)
		}
	}
}

// Tables older than package unicode would leave letters alone that a name may hold.
func TestVersion(t *testing.T) {
	major := func(version string) int {
		n, err := strconv.Atoi(strings.SplitN(version, ".", 2)[0])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if major(Version) < major(unicode.Version) {
		t.Errorf("the tables are of Unicode %s, this Go has %s: run go generate here", Version, unicode.Version)
	}
}

// text draws strings dense in what normalization is about.
func text() *rapid.Generator[string] {
	dense := rapid.SampledFrom([]rune("aesAx\u00e9\u0300\u0301\u0305\u0307\u0308\u0316\u0323\u0327\u0344\u0345\u0f71\u0f72\u0f73\u1100\u1161\u11a8\uac00\uac01\u0958\u212b\u1e69\ufb2c\u3099\u304b\ufffd"))
	run := rapid.StringOfN(rapid.OneOf(dense, dense, rapid.Rune()), 0, 12, -1)
	return rapid.Custom(func(t *rapid.T) string {
		return run.Draw(t, "text") + string(rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(t, "bytes")) + run.Draw(t, "more")
	})
}

var laws = []struct {
	name, says string
	check      func(t *rapid.T)
}{
	{"idempotent", "the normal form of a normal form is itself", func(t *rapid.T) {
		s := String(text().Draw(t, "s"))
		if again := String(s); again != s {
			t.Fatalf("String(%+q) = %+q", s, again)
		}
	}},
	{"agree", "IsNormal says what String does", func(t *rapid.T) {
		s := text().Draw(t, "s")
		if got, want := IsNormal(s), String(s) == s; got != want {
			t.Fatalf("IsNormal(%+q) = %v", s, got)
		}
	}},
	{"parts", "taking a text apart does not change its normal form", func(t *rapid.T) {
		s := rapid.StringN(0, 20, -1).Draw(t, "s")
		var apart []rune
		for _, p := range decompose(nil, s) {
			apart = append(apart, p.r)
		}
		if got, want := String(string(apart)), String(s); got != want {
			t.Fatalf("String(%+q) = %+q, but String(%+q) = %+q", string(apart), got, s, want)
		}
	}},
	{"joined", "normalising the halves first does not change the whole", func(t *rapid.T) {
		a, b := rapid.StringOf(rapid.SampledFrom([]rune("ae\u0301\u0316\u1100\u1161\u11a8\uac00\u0f73"))).Draw(t, "a"), text().Draw(t, "b")
		if got, want := String(String(a)+String(b)), String(a+b); got != want {
			t.Fatalf("%+q + %+q: %+q, want %+q", a, b, got, want)
		}
	}},
}

func TestLaws(t *testing.T) {
	for _, law := range laws {
		t.Run(law.name, func(t *testing.T) {
			t.Log(law.says)
			rapid.Check(t, law.check)
		})
	}
}

func FuzzString(f *testing.F) {
	for _, c := range spellings {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := String(s)
		if String(got) != got || !IsNormal(got) {
			t.Errorf("String(%+q) = %+q, which is not normal", s, got)
		}
		if len(got) > 3*len(s) {
			t.Errorf("String(%+q) is %d bytes: more than three times its length", s, len(got))
		}
	})
}

func BenchmarkString(b *testing.B) {
	for _, c := range []struct{ name, s string }{
		{"ascii", "main.default.team-chat"},
		{"composed", "\u00e9quipe.\u043f\u0440\u043e\u0435\u043a\u0442.\u65e5\u672c\u8a9e"},
		{"apart", "e\u0301quipe.\u1112\u1161\u11ab"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				String(c.s)
			}
		})
	}
}
