package modelward_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// The test itself: each planted fault is named, and a tree without one is not
// complained about.
func TestDepsNamesTheFault(t *testing.T) {
	const order = `
		NONE < modelward, routing
		NONE < catalog   # the nouns
		catalog < authz
		authz, routing < house
		house < house/{sql, rest}, shop/...
		catalog < catalog/catalogtest, catalog/disk`
	const outsiders = `
		example.com/db < catalog
		example.com/log < ANY
		testing < TESTS`
	sound := map[string]string{
		"go.mod":                         "module example.com/m\n",
		"doc.go":                         "package m",
		"catalog/a.go":                   `package catalog; import ("fmt"; _ "example.com/db"; _ "example.com/log")`,
		"catalog/a_test.go":              `package catalog; import _ "example.com/m/house"`,
		"catalog/catalogtest/a.go":       `package catalogtest; import ("testing/fstest"; _ "example.com/m/catalog")`,
		"catalog/disk/go.mod":            "module example.com/m/catalog/disk\n",
		"catalog/disk/a.go":              `package disk; import _ "example.com/bolt"`,
		"authz/a.go":                     `package authz; import _ "example.com/m/catalog"`,
		"routing/a.go":                   "package routing",
		"routing/testdata/a.go":          `package x; import _ "example.com/m/house"`,
		"routing/_draft/a.go":            `package x; import _ "example.com/m/house"`,
		"house/a.go":                     `package house; import _ "example.com/m/catalog"`,
		"house/sql/a_test.go":            "package sql",
		"house/rest/a.go":                `package rest; import _ "example.com/m/routing"`,
		"shop/counter/a.go":              `package counter; import (_ "example.com/m/house"; _ "example.com/m/shop/till")`,
		"shop/till/a.go":                 "package till",
		"catalog/disk/testdata/go.mod/x": "",
	}
	faults := []struct{ name, file, source, says string }{
		{"none", "doc.go", "package m", ""},
		{"against the order", "routing/b.go", `package routing; import _ "example.com/m/catalog"`,
			"routing imports catalog: the order has no arrow catalog → routing (routing/b.go)"},
		{"sideways", "house/sql/b.go", `package sql; import _ "example.com/m/house/rest"`,
			"house/sql imports house/rest: the order has no arrow house/rest → house/sql (house/sql/b.go)"},
		{"upward", "catalog/b.go", `package catalog; import _ "example.com/m/authz"`,
			"catalog imports authz: the order has no arrow authz → catalog (catalog/b.go)"},
		{"from a nested module", "catalog/disk/b.go", `package disk; import _ "example.com/m/authz"`,
			"catalog/disk imports authz: the order has no arrow authz → catalog/disk (catalog/disk/b.go)"},
		{"from the front door", "b.go", `package m; import _ "example.com/m/catalog"`,
			"modelward imports catalog: the order has no arrow catalog → modelward (b.go)"},
		{"to the front door", "authz/b.go", `package authz; import _ "example.com/m"`,
			"authz imports modelward: the order has no arrow modelward → authz (authz/b.go)"},
		{"no room", "cellar/b.go", "package cellar",
			"cellar has no room: the order has no line with it on the right"},
		{"outsider not admitted", "authz/b.go", `package authz; import _ "example.com/db/sub"`,
			"authz imports example.com/db/sub: only catalog may (authz/b.go)"},
		{"outsider unknown", "authz/b.go", `package authz; import _ "example.com/bolt"`,
			"authz imports example.com/bolt: the root module has its four dependencies and no other (authz/b.go)"},
		{"testing in the house", "house/b.go", `package house; import _ "testing"`,
			"house imports testing: only TESTS may (house/b.go)"},
		{"stale rule", "house/sql/a_test.go", "",
			"the rules name house/sql, but there is no such package: take it out"},
		{"stale room of many", "shop/", "",
			"the rules name shop/..., but there is no such package: take it out"},
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			tree := make(fstest.MapFS)
			for name, source := range sound {
				tree[name] = &fstest.MapFile{Data: []byte(source)}
			}
			tree[f.file] = &fstest.MapFile{Data: []byte(f.source)}
			if f.source == "" {
				maps.DeleteFunc(tree, func(name string, _ *fstest.MapFile) bool { return strings.HasPrefix(name, f.file) })
			}
			if got := strings.Join(judge(tree, order, outsiders), "\n"); got != f.says {
				t.Errorf("got\n\t%s\nwant\n\t%s", got, f.says)
			}
		})
	}
	rules := []struct{ name, add, says string }{
		{"circle", "authz < catalog", "the order goes in a circle: authz is below itself"},
		{"no line of its own", "house/api < shop/...", "the rules name house/api, but there is no such package: take it out"},
		{"no arrow", "house, shop", "not a rule, there is no arrow in it: house, shop"},
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			tree := make(fstest.MapFS)
			for name, source := range sound {
				tree[name] = &fstest.MapFile{Data: []byte(source)}
			}
			if got := judge(tree, order+"\n"+r.add, outsiders); !slices.Contains(got, r.says) {
				t.Errorf("got\n\t%s\nwant among them\n\t%s", strings.Join(got, "\n\t"), r.says)
			}
		})
	}
}

func TestRequired(t *testing.T) {
	mod := "module m\n\nrequire a.b/c v1.0.0\nrequire (\n\td.e/f v1.0.0 // why\n\tg.h/i v1.0.0 // indirect\n)\nreplace x => y\n"
	if got, want := required(mod), []string{"a.b/c", "d.e/f"}; !slices.Equal(got, want) {
		t.Errorf("required = %q, want %q", got, want)
	}
}
