package authz_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/authz/authztest"
	"github.com/modelward/modelward/catalog"
)

// benchWorld is 1,000 securables in 10 catalogs of 9 schemas of 10 services,
// 200 grants, and 50 users in 10 groups nested 3 deep. Every user may use
// what is in the first schema, through the outermost group.
func benchWorld() string {
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "group g%d\n", i)
		if i > 0 {
			fmt.Fprintf(&b, "member g%d of g%d\n", i, (i-1)/3)
		}
	}
	for i := range 50 {
		fmt.Fprintf(&b, "user u%d\nmember u%d of g%d\n", i, i, 4+i%6)
	}
	for i := range 10 {
		fmt.Fprintf(&b, "catalog c%d owner \"System user\"\n", i)
		for j := range 9 {
			fmt.Fprintf(&b, "schema c%d.s%d owner \"System user\"\n", i, j)
			for k := range 10 {
				fmt.Fprintf(&b, "model_service c%d.s%d.m%d owner \"System user\"\n", i, j, k)
			}
		}
	}
	b.WriteString("grant USE CATALOG on c0 to g0\ngrant USE SCHEMA, EXECUTE on c0.s0 to g0\n")
	for i := range 197 {
		fmt.Fprintf(&b, "grant EXECUTE on c%d.s%d.m%d to u%d\n", i%10, 1+i%8, i/40, i%50)
	}
	return b.String()
}

// benchQuestions returns what one user may do in the benchmark's world, and
// what it may not do for want of a usage privilege.
func benchQuestions(b testing.TB) (s *catalog.Snapshot, allowed, denied authztest.Question) {
	b.Helper()
	c, err := authztest.BuildCatalog(benchWorld())
	if err != nil {
		b.Fatal(err)
	}
	s = c.Snapshot()
	user, found := s.PrincipalNamed("u0")
	reached, found2 := s.Lookup(authztest.TypeService, catalog.FullName{Catalog: "c0", Schema: "s0", Object: "m3"})
	shut, found3 := s.Lookup(authztest.TypeService, catalog.FullName{Catalog: "c0", Schema: "s1", Object: "m0"})
	if !found || !found2 || !found3 {
		b.Fatal("the world lacks what is asked about")
	}
	allowed = authztest.Question{Verb: authztest.Check, Caller: user.ID, Privilege: catalog.Execute, On: reached}
	denied = allowed
	denied.On = shut
	return s, allowed, denied
}

func BenchmarkCheck(b *testing.B) {
	s, allowed, denied := benchQuestions(b)
	a := authz.New(nil)
	for _, bench := range []struct {
		name string
		authztest.Question
		want bool
	}{
		{"allowed", allowed, true},
		{"denied", denied, false},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if a.Check(s, bench.Caller, bench.Privilege, bench.On).Allowed != bench.want {
					b.Fatal("wrong answer")
				}
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if !a.Check(s, allowed.Caller, allowed.Privilege, allowed.On).Allowed {
					b.Error("wrong answer")
				}
			}
		})
	})
}

// BenchmarkMissing is a refusal and what is missing.
func BenchmarkMissing(b *testing.B) {
	s, _, denied := benchQuestions(b)
	a := authz.New(nil)
	b.ReportAllocs()
	for b.Loop() {
		if len(denied.Ask(a, s).Missing()) == 0 {
			b.Fatal("nothing is missing")
		}
	}
}
