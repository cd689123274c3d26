package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

func TestFullNameLaws(t *testing.T) {
	for _, law := range []struct {
		name, says string
		check      func(t *rapid.T, name catalog.FullName, parts []string)
	}{
		{"round trip", "parsing what a name prints gives the name", func(t *rapid.T, name catalog.FullName, _ []string) {
			if back, err := catalog.ParseFullName(name.String()); err != nil || back != name {
				t.Errorf("%q parses as %+v, %v", name, back, err)
			}
		}},
		{"spelling", "every spelling parses as the one canonical name", func(t *rapid.T, name catalog.FullName, parts []string) {
			if back, err := catalog.ParseFullName(strings.Join(parts, ".")); err != nil || back != name {
				t.Errorf("%q parses as %+v, %v; want %+v", parts, back, err, name)
			}
		}},
		{"parts", "parent, leaf and child take a name apart and put it together", func(t *rapid.T, name catalog.FullName, parts []string) {
			leaf, _ := catalog.CanonicalName(parts[len(parts)-1])
			if name.Parts() != len(parts) || name.Leaf() != leaf || name.Parent().Parts() != len(parts)-1 ||
				name.Parent().Child(name.Leaf()) != name {
				t.Errorf("%+v: parts %d, leaf %q, parent %+v", name, name.Parts(), name.Leaf(), name.Parent())
			}
		}},
		{"odd part", "one part that is no name spoils the whole", func(t *rapid.T, _ catalog.FullName, parts []string) {
			parts[rapid.IntRange(0, len(parts)-1).Draw(t, "which")] = catalogtest.OddName().Draw(t, "odd")
			var invalid *catalog.InvalidError
			if name, err := catalog.NewFullName(parts...); !errors.As(err, &invalid) || name != (catalog.FullName{}) {
				t.Errorf("%q makes %+v, %v", parts, name, err)
			}
		}},
	} {
		t.Run(law.name, func(t *testing.T) {
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the law: %s", law.says)
				}
			})
			rapid.Check(t, func(rt *rapid.T) {
				parts := rapid.SliceOfN(catalogtest.Name(), 1, 3).Draw(rt, "parts")
				name, err := catalog.NewFullName(parts...)
				if err != nil {
					rt.Fatalf("%q: %v", parts, err)
				}
				law.check(rt, name, parts)
			})
		})
	}
}

func FuzzParseFullName(f *testing.F) {
	for _, s := range []string{"", "main", "main.default.team-chat", "a..b", ".", "a.b.c.d", "Caf\u00e9.x", "\xff.a", "a.b.\u202ec"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := catalog.ParseFullName(s)
		if err != nil {
			var invalid *catalog.InvalidError
			if !errors.As(err, &invalid) || name != (catalog.FullName{}) {
				t.Fatalf("%q: %+v, %v", s, name, err)
			}
			return
		}
		back, err := catalog.ParseFullName(name.String())
		if err != nil || back != name || name.Parts() != strings.Count(s, ".")+1 {
			t.Fatalf("%q is %+v, and back %+v, %v", s, name, back, err)
		}
	})
}

func TestNewFullNameCounts(t *testing.T) {
	for _, parts := range [][]string{nil, {}, {"a", "b", "c", "d"}} {
		if name, err := catalog.NewFullName(parts...); err == nil {
			t.Errorf("%d parts make %+v", len(parts), name)
		}
	}
	if none := (catalog.FullName{}); none.Parts() != 0 || none.String() != "" || none.Leaf() != "" || none.Parent() != none {
		t.Error("the empty name is not empty")
	}
}
