package modelservice_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// listWorld draws a world with containers, services, tables and grants.
func listWorld(rt *rapid.T) *world {
	w := openWorld(rt, nil)
	var places []place
	for _, c := range []string{"c1", "c2"} {
		w.makeCatalog(c, "s1", "s2")
		places = append(places, place{catalog.TypeCatalog, c})
		for _, s := range []string{c + ".s1", c + ".s2"} {
			w.grant("admin", catalog.TypeCatalog, c, catalog.UseCatalog)
			w.grant("admin", catalog.TypeSchema, s, catalog.UseSchema, catalog.CreateTable, modelservice.CreateServicePrivilege)
			places = append(places, place{catalog.TypeSchema, s})
			for _, leaf := range []string{"b", "a-b", "a"} {
				spec := to("one")
				spec.InferenceTable.Parent = s
				_, err := w.create("admin", s, leaf, spec)
				w.must(err)
				places = append(places, place{modelservice.TypeModelService, s + "." + leaf}, place{catalog.TypeTable, s + "." + leaf + "_payload"})
			}
		}
	}
	kinds := w.catalog.Snapshot().Kinds()
	for range rapid.IntRange(0, 40).Draw(rt, "grants") {
		on := rapid.SampledFrom(places).Draw(rt, "on")
		p := rapid.SampledFrom(kinds.GrantablePrivileges(on.t)).Draw(rt, "privilege")
		w.grant(rapid.SampledFrom([]string{"bob", "team", "outer", "carol", "account users"}).Draw(rt, "to"), on.t, on.name, p)
	}
	return w
}

type place struct {
	t    catalog.SecurableType
	name string
}

// A list is what See lets through, in order, from anywhere (I33).
func TestListIsSee(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := listWorld(rt)
		defer w.close()
		caller := w.who[rapid.SampledFrom([]string{"bob", "carol", "mallory", "admin"}).Draw(rt, "caller")]
		in := rapid.SampledFrom([]string{"", "c1", "c1.s1", "c2.s2"}).Draw(rt, "in")
		for _, kind := range []catalog.SecurableType{catalog.TypeCatalog, catalog.TypeSchema, catalog.TypeTable, catalog.TypeModel, modelservice.TypeModelService} {
			if in != "" && kind == catalog.TypeCatalog || strings.Contains(in, ".") && kind == catalog.TypeSchema {
				continue // lives elsewhere
			}
			want, ok := w.see(caller, kind, in)
			got, err := w.listed(caller, kind, in, "")
			if (err == nil) != ok {
				rt.Fatalf("listing %s in %q: %v, may list: %t", kind, in, err, ok)
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("listing %s in %q gives %v, want %v", kind, in, got, want)
			}
			for i, name := range got {
				rest, err := w.listed(caller, kind, in, name)
				if err != nil || !slices.Equal(rest, got[i+1:]) {
					rt.Fatalf("after %s: %v, want %v (%v)", name, rest, got[i+1:], err)
				}
			}
		}
	})
}

// What is added out of sight changes no list.
func TestListIgnoresHidden(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := listWorld(rt)
		defer w.close()
		const unseen = "mallory" // holds nothing but what account users do
		all := func() (text string) {
			for _, in := range []string{"", "c1", "c1.s1", "c2", "c2.s2"} {
				for _, kind := range []catalog.SecurableType{catalog.TypeCatalog, catalog.TypeSchema, catalog.TypeTable, modelservice.TypeModelService} {
					names, err := w.listed(w.who[unseen], kind, in, "")
					text += strings.Join(names, " ") + face(err) + "\n"
				}
			}
			return text
		}
		before := all()
		w.makeCatalog("c0", "s")
		hidden := w.name("c0.s")
		w.grant("admin", catalog.TypeCatalog, "c0", catalog.UseCatalog)
		w.grant("admin", catalog.TypeSchema, "c0.s", catalog.UseSchema, catalog.CreateTable, modelservice.CreateServicePrivilege)
		spec := to("one")
		spec.InferenceTable.Parent = hidden.String()
		_, err := w.create("admin", "c0.s", "z", spec)
		w.must(err)
		if after := all(); after != before {
			rt.Fatalf("the lists changed from\n%s\nto\n%s", before, after)
		}
	})
}

// see is the list made the slow way: every object asked about.
func (w *world) see(caller catalog.PrincipalID, kind catalog.SecurableType, in string) (names []string, ok bool) {
	s := w.catalog.Snapshot()
	a := w.ms.Authorizer()
	if in != "" {
		container := catalog.TypeCatalog
		if strings.Contains(in, ".") {
			container = catalog.TypeSchema
		}
		if !a.List(s, caller, w.id(container, in)).Allowed {
			return nil, false
		}
	}
	for node := range s.All(kind) {
		name := s.FullName(node.ID).String()
		if in != "" && !strings.HasPrefix(name, in+".") {
			continue
		}
		if a.See(s, caller, node.ID).Allowed {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return slices.Compare(strings.Split(a, "."), strings.Split(b, ".")) })
	return names, true
}

func (w *world) listed(caller catalog.PrincipalID, kind catalog.SecurableType, in, after string) (names []string, err error) {
	if kind == modelservice.TypeModelService {
		seq, err := w.ms.Services(caller, w.name(in), w.name(after))
		if err != nil {
			return nil, err
		}
		for s := range seq {
			names = append(names, s.Name.String())
		}
		return names, nil
	}
	seq, err := w.ms.List(caller, kind, w.name(in), w.name(after))
	if err != nil {
		return nil, err
	}
	for o := range seq {
		names = append(names, o.Name.String())
	}
	return names, nil
}
