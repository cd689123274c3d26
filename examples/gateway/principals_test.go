package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

func emptyCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// syncFile plays a file into a catalog.
func syncFile(t *testing.T, c *catalog.Catalog, text string) error {
	t.Helper()
	doc, err := parseDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Update(t.Context(), fromFile, func(tx *catalog.Tx) error { return syncPrincipals(tx, doc) })
	return err
}

// bySQL is a change that root has made.
func bySQL(t *testing.T, c *catalog.Catalog, change func(*catalog.Tx) error) {
	t.Helper()
	if _, err := c.Update(t.Context(), "root", change); err != nil {
		t.Fatal(err)
	}
}

// state is everybody in the catalog, each group with its members.
func state(c *catalog.Catalog) string {
	s := c.Snapshot()
	var lines []string
	for _, kind := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group} {
		for p := range s.Principals(kind) {
			var members []string
			for m := range s.Members(p.ID) {
				member, _ := s.Principal(m)
				members = append(members, member.Name)
			}
			slices.Sort(members)
			if p.ID != catalog.AccountUsers && (p.ID != catalog.MetastoreAdmins || members != nil) {
				lines = append(lines, fmt.Sprintf("%s %s%v", kind, p.Name, members))
			}
		}
	}
	return strings.Join(lines, ", ")
}

func named(t rapid.TB, c *catalog.Catalog, name string) catalog.Principal {
	t.Helper()
	p, ok := c.Snapshot().PrincipalNamed(name)
	if !ok {
		t.Fatalf("%s is not there", name)
	}
	return p
}

const household = `{"users": [{"name": "ann"}, {"name": "bo"}], "service_principals": [{"name": "job"}],
	"groups": [{"name": "inner", "members": ["bo", "job"]}, {"name": "outer", "members": ["inner", "ann"]}], "admins": ["ann", "inner"]}`

func TestSync(t *testing.T) {
	c := emptyCatalog(t)
	if err := syncFile(t, c, household); err != nil {
		t.Fatal(err)
	}
	const whole = "user ann[], user bo[], service_principal job[], group inner[bo job], group metastore admins[ann inner], group outer[ann inner]"
	if got := state(c); got != whole {
		t.Fatalf("made\n%s\nwant\n%s", got, whole)
	}
	version, ann := c.Snapshot().Version(), named(t, c, "ann")
	if err := syncFile(t, c, household); err != nil || c.Snapshot().Version() != version {
		t.Errorf("the same file again: %v, version %d after %d", err, c.Snapshot().Version(), version)
	}
	if err := syncFile(t, c, strings.ReplaceAll(household, `"ann"`, `"ANN"`)); err != nil || named(t, c, "ann") != ann {
		t.Errorf("another spelling made another principal: %v", err)
	}
}

// The file's own leave with it; those made by SQL stay.
func TestLeaving(t *testing.T) {
	c := emptyCatalog(t)
	if err := syncFile(t, c, household); err != nil {
		t.Fatal(err)
	}
	bySQL(t, c, func(tx *catalog.Tx) error {
		guest, err := tx.CreatePrincipal(catalog.User, "guest")
		if err != nil {
			return err
		}
		club, err := tx.CreatePrincipal(catalog.Group, "club")
		if err != nil {
			return err
		}
		bo, _ := tx.PrincipalNamed("bo")
		outer, _ := tx.PrincipalNamed("outer")
		if err := tx.AddMember(club, bo.ID); err != nil {
			return err
		}
		if err := tx.AddMember(club, guest); err != nil {
			return err
		}
		if err := tx.AddMember(outer.ID, guest); err != nil {
			return err
		}
		return tx.Grant(catalog.MetastoreID, bo.ID, catalog.CreateCatalog)
	})
	bo := named(t, c, "bo")
	if err := syncFile(t, c, `{"users": [{"name": "ann"}], "groups": [{"name": "outer", "members": ["ann"]}]}`); err != nil {
		t.Fatal(err)
	}
	const want = "user ann[], user guest[], group club[guest], group outer[ann]"
	if got := state(c); got != want {
		t.Fatalf("left\n%s\nwant\n%s", got, want)
	}
	for range c.Snapshot().GrantsTo(bo.ID) {
		t.Error("a grant of bo has outlived bo")
	}
	if err := syncFile(t, c, household); err != nil {
		t.Fatal(err)
	}
	if again := named(t, c, "bo"); again.ID == bo.ID {
		t.Error("bo came back as the same principal (ruling R21)")
	}
}

// A name that SQL has made may stand in the file, and is not the file's.
func TestAdopted(t *testing.T) {
	c := emptyCatalog(t)
	bySQL(t, c, func(tx *catalog.Tx) error {
		if _, err := tx.CreatePrincipal(catalog.User, "ann"); err != nil {
			return err
		}
		_, err := tx.CreatePrincipal(catalog.Group, "inner")
		return err
	})
	ann := named(t, c, "ann")
	if err := syncFile(t, c, household); err != nil {
		t.Fatal(err)
	}
	if named(t, c, "ann") != ann {
		t.Error("ann was made anew")
	}
	if err := syncFile(t, c, `{}`); err != nil {
		t.Fatal(err)
	}
	if got := state(c); got != "user ann[], group inner[]" {
		t.Errorf("left %s", got)
	}
}

func TestKindChange(t *testing.T) {
	c := emptyCatalog(t)
	if err := syncFile(t, c, `{"users": [{"name": "x"}]}`); err != nil {
		t.Fatal(err)
	}
	was := named(t, c, "x")
	if err := syncFile(t, c, `{"service_principals": [{"name": "x"}]}`); err != nil {
		t.Fatal(err)
	}
	if now := named(t, c, "x"); now.ID == was.ID || now.Type != catalog.ServicePrincipal {
		t.Errorf("%+v became %+v", was, now)
	}
	bySQL(t, c, func(tx *catalog.Tx) error { _, err := tx.CreatePrincipal(catalog.Group, "y"); return err })
	before := state(c)
	err := syncFile(t, c, `{"users": [{"name": "z"}, {"name": "Y"}]}`)
	var f *fault
	if !errors.As(err, &f) || f.pointer != "/users/1/name" || !strings.Contains(f.reason, `made by "root"`) {
		t.Errorf("a group of SQL's became a user: %v", err)
	}
	if state(c) != before {
		t.Errorf("a refused file has changed %s to %s", before, state(c))
	}
}

// A membership may be turned around in one step.
func TestTurnedAround(t *testing.T) {
	c := emptyCatalog(t)
	for _, text := range []string{
		`{"groups": [{"name": "a", "members": ["b"]}, {"name": "b", "members": ["c"]}, {"name": "c"}]}`,
		`{"groups": [{"name": "a"}, {"name": "b", "members": ["a"]}, {"name": "c", "members": ["b"]}]}`,
	} {
		if err := syncFile(t, c, text); err != nil {
			t.Fatal(err)
		}
	}
	if got := state(c); got != "group a[], group b[a], group c[b]" {
		t.Error(got)
	}
}

// Nobody can be called what marks the file's principals.
func TestMark(t *testing.T) {
	c := emptyCatalog(t)
	_, err := c.Update(t.Context(), "root", func(tx *catalog.Tx) error {
		_, err := tx.CreatePrincipal(catalog.User, fromFile)
		return err
	})
	var bad *catalog.InvalidError
	if !errors.As(err, &bad) {
		t.Errorf("a user is called %s: %v", fromFile, err)
	}
}

// Whatever files came before, the last one decides, and SQL's own stay.
func TestLastFileDecides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := catalog.Open(t.Context(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := catalog.Open(t.Context(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var last *document
		for range rapid.IntRange(1, 4).Draw(t, "files") {
			last = drawDocument(t)
			if _, err := c.Update(t.Context(), fromFile, func(tx *catalog.Tx) error { return syncPrincipals(tx, last) }); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Update(t.Context(), "root", func(tx *catalog.Tx) error { return meddle(t, tx) }); err != nil {
				t.Fatal(err)
			}
		}
		for _, in := range []*catalog.Catalog{c, fresh} {
			if _, err := in.Update(t.Context(), fromFile, func(tx *catalog.Tx) error { return syncPrincipals(tx, last) }); err != nil {
				t.Fatal(err)
			}
		}
		// Without SQL's own, it is as if there had been no other file.
		guests := named(t, c, "guests")
		if _, err := c.Update(t.Context(), "root", func(tx *catalog.Tx) error { return tx.DropPrincipal(guests.ID) }); err != nil {
			t.Fatal(err)
		}
		if got, want := state(c), state(fresh); got != want {
			t.Fatalf("there is\n%s\nwant\n%s", got, want)
		}
	})
}

// drawDocument draws a file over few names. A group contains only groups that
// come before it.
func drawDocument(t *rapid.T) *document {
	doc := new(document)
	var before []string
	for _, name := range rapid.Permutation([]string{"a", "b", "c", "d", "e"}).Draw(t, "names") {
		members := rapid.SliceOfNDistinct(rapid.SampledFrom(append([]string{"x"}, before...)), 0, -1, rapid.ID[string]).Draw(t, "members")
		members = slices.DeleteFunc(members, func(m string) bool { return m == "x" })
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			continue
		case 1:
			doc.Users = append(doc.Users, account{Name: name})
		case 2:
			doc.ServicePrincipals = append(doc.ServicePrincipals, account{Name: name})
			continue // no member of groups, so that it is no admin either
		case 3:
			doc.Groups = append(doc.Groups, group{Name: name, Members: members})
		}
		before = append(before, name)
	}
	for _, name := range before {
		if rapid.Bool().Draw(t, "admin") {
			doc.Admins = append(doc.Admins, name)
		}
	}
	return doc
}

// meddle does what an admin may do by SQL: guests are made, and put into the
// file's groups, and the file's principals into theirs.
func meddle(t *rapid.T, tx *catalog.Tx) error {
	club, ok := tx.PrincipalNamed("guests")
	if !ok {
		id, err := tx.CreatePrincipal(catalog.Group, "guests")
		if err != nil {
			return err
		}
		club, _ = tx.Principal(id)
	}
	for _, kind := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group} {
		for p := range tx.Principals(kind) {
			if p.CreatedBy != fromFile {
				continue
			}
			var err error
			switch rapid.IntRange(0, 3).Draw(t, "meddling") {
			case 1:
				err = tx.AddMember(club.ID, p.ID)
			case 2:
				if kind == catalog.Group {
					err = tx.AddMember(p.ID, club.ID)
				}
			case 3:
				err = tx.DropPrincipal(p.ID)
			}
			if err != nil && !errors.Is(err, catalog.ErrCycle) {
				return err
			}
		}
	}
	return nil
}
