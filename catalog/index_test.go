package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// An index is a function of the rows: however it came about, it says what one
// says that was made from the rows alone, in any order. Old ones stay as they
// were.
func TestIndexIsAFunctionOfTheRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := Open(context.Background(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		old := map[*Snapshot]string{}
		for range rapid.IntRange(1, 12).Draw(t, "commits") {
			before := c.Snapshot()
			old[before] = said(before)
			fail := random.IntN(4) == 0
			_, err := c.Update(context.Background(), "test", func(tx *Tx) error {
				for range 1 + random.IntN(40) {
					change(tx, random)
				}
				if random.IntN(4) == 0 {
					compareIndexes(t, "in the transaction", &tx.Snapshot, random)
				}
				if fail {
					return errors.New("no")
				}
				return nil
			})
			if (err != nil) != fail {
				t.Fatal(err)
			}
			compareIndexes(t, "after the commit", c.Snapshot(), random)
		}
		for s, was := range old {
			if is := said(s); is != was {
				t.Fatalf("the snapshot of version %d was\n%s\nand is\n%s", s.Version(), was, is)
			}
		}
	})
}

// change does one thing or other, which may be refused.
func change(tx *Tx, random *rand.Rand) {
	one := func(of []ID) ID {
		if len(of) == 0 {
			return 0
		}
		return of[random.IntN(len(of))]
	}
	var objects []ID
	for _, kind := range tx.kinds.Types() {
		for n := range tx.All(kind) {
			objects = append(objects, n.ID)
		}
	}
	var people []PrincipalID
	for _, kind := range []PrincipalType{System, User, Group} {
		for p := range tx.Principals(kind) {
			people = append(people, p.ID)
		}
	}
	person := func() PrincipalID { return people[random.IntN(len(people))] }
	name := fmt.Sprintf("n%d", random.IntN(12))
	switch random.IntN(14) {
	case 0, 1, 2:
		kind := []SecurableType{TypeCatalog, TypeSchema, TypeTable, TypeModel}[random.IntN(4)]
		_, _ = tx.Create(Draft{Type: kind, Parent: one(objects), Name: name, Owner: person()})
	case 3:
		_, _ = tx.Drop(one(objects), random.IntN(2) == 0)
	case 4, 5, 6:
		_ = tx.Grant(one(objects), person(), ownPrivileges[random.IntN(len(ownPrivileges))])
	case 7:
		_ = tx.Revoke(one(objects), person(), ownPrivileges[random.IntN(len(ownPrivileges))], AllPrivileges)
	case 8:
		_, _ = tx.CreatePrincipal([]PrincipalType{User, Group, Group}[random.IntN(3)], name)
	case 9:
		_ = tx.DropPrincipal(person())
	case 10:
		_ = tx.AddMember(person(), person())
	case 11:
		_ = tx.RemoveMember(person(), person())
	case 12:
		_ = tx.RenamePrincipal(person(), name)
	case 13:
		e := Edit{}
		if random.IntN(2) == 0 {
			e.Name = &name
		}
		if to := one(objects); random.IntN(2) == 0 {
			e.Parent = &to
		}
		if owner := person(); random.IntN(2) == 0 {
			e.Owner = &owner
		}
		_ = tx.Change(one(objects), e)
	}
}

func compareIndexes(t *rapid.T, when string, s *Snapshot, random *rand.Rand) {
	t.Helper()
	var rows []any
	if err := s.rows(func(c Change) error {
		row, err := decode(s.kinds, c.RowKey, c.Value)
		rows = append(rows, row)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	fresh := newIndex(s.kinds)
	if random.IntN(2) == 0 {
		fresh.loaded() // nothing: names go in one by one
	}
	for _, row := range rows {
		fresh.put(row, nil)
	}
	if fresh.names.loading {
		fresh.loaded()
	}
	made := &Snapshot{index: fresh, txn: s.txn, kinds: s.kinds}
	if is, want := said(s), said(made); is != want {
		t.Fatalf("%s the index says\n%s\nand one made from the rows\n%s", when, is, want)
	}
}

// said is everything that an index says.
func said(s *Snapshot) string {
	var b strings.Builder
	x := s.index
	for n, o := range x.objects.all() {
		if o == nil {
			continue
		}
		if o.row == nil && (len(o.families()) > 0 && n > 0 || o.granted()) {
			fmt.Fprintf(&b, "left over: %v %v\n", o.grants, o.families())
		}
		if o.row == nil {
			continue
		}
		id, kind := x.among(o.papers).find(o.papers.name(o.parent, o.row.Name))
		fmt.Fprintf(&b, "%d: %v, as %d of kind %d in %d of %d; grants", n, o.row.node(), id, kind, o.parent, o.owner)
		for h := range o.holdings() {
			fmt.Fprintf(&b, " %d=%v/%d", h.to, s.kinds.Privileges(h.gives), len(slices.Collect(s.index.grantsOn(ID(n), h.to))))
		}
		for child := range s.Children(ID(n), "") {
			fmt.Fprintf(&b, "; %s %s", child.Type, child.Name)
		}
		for _, family := range o.families() {
			if n := len(slices.Collect(family.all.from(child{}, byName))); n != family.all.len() {
				fmt.Fprintf(&b, "; %d and not %d", family.all.len(), n)
			}
		}
		fmt.Fprintln(&b)
	}
	for _, i := range x.identities.all() {
		if i == nil || i.row == nil {
			continue
		}
		id, _ := x.called.find(nameKey{name: i.row.folded})
		fmt.Fprintf(&b, "%d: %s, as %d; in %v; all in all %v; holds %v\n", i.row.ID, i.row.Name, id, i.groups,
			slices.Collect(s.Memberships(i.row.ID).All()), s.heldBy(i.row.ID))
	}
	fmt.Fprintln(&b, x.containers.entries, x.names.entries, x.called.entries)
	return b.String()
}

// Grants on one object to very many, of privileges known and unknown, some of
// them old.
func TestIndexOfManyGrants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		c, err := Open(context.Background(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		const people = 400
		var on ID
		if _, err := c.Update(context.Background(), "test", func(tx *Tx) (err error) {
			for n := range people {
				if _, err := tx.CreatePrincipal(User, fmt.Sprint("user ", n)); err != nil {
					return err
				}
			}
			on, err = tx.Create(Draft{Type: TypeCatalog, Parent: MetastoreID, Name: "main", Owner: SystemUser})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		old := map[*Snapshot]string{}
		is := map[Grant]bool{}
		for range 6 {
			old[c.Snapshot()] = said(c.Snapshot())
			more := random.IntN(2) == 0
			if _, err := c.Update(context.Background(), "test", func(tx *Tx) error {
				for range 600 {
					g := Grant{on, PrincipalID(firstFreeID + random.IntN(people)), []Privilege{UseCatalog, Manage, "WONDER", "A_MARVEL"}[random.IntN(4)]}
					if more && random.IntN(5) > 0 {
						tx.insert(&grantRow{g}) // as when another process's commits are followed
						is[g] = true
					} else {
						tx.delete(&grantRow{g})
						delete(is, g)
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			compareIndexes(t, "after the commit", c.Snapshot(), random)
			got := slices.Collect(c.Snapshot().GrantsOn(on))
			if want := slices.SortedFunc(maps.Keys(is), Grant.order); !slices.Equal(got, want) {
				t.Fatalf("there are %d grants, not %d:\n%v\n%v", len(got), len(want), got, want)
			}
			for n := range people {
				p := PrincipalID(firstFreeID + n)
				var st Standing
				st.Stand(c.Snapshot(), p, on)
				if held := st.Path()[1].Held; held.Meets(SetOf(Manage)) != is[Grant{on, p, Manage}] || held.Meets(SetOf(UseCatalog)) != is[Grant{on, p, UseCatalog}] {
					t.Fatalf("user %d holds %v", n, c.kinds.Privileges(held))
				}
			}
		}
		if _, err := c.Update(context.Background(), "test", func(tx *Tx) error {
			_, err := tx.Drop(on, false)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		compareIndexes(t, "after the drop", c.Snapshot(), random)
		for s, was := range old {
			if said(s) != was {
				t.Fatalf("the snapshot of version %d has changed", s.Version())
			}
		}
	})
}

// pages are what a map is, and one that was changed leaves the others alone.
func TestPagesAreAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type version struct {
			pages pages[int]
			is    map[uint64]int
		}
		var all []version
		now := version{is: map[uint64]int{}}
		numbers := rapid.OneOf(rapid.Uint64Range(0, 300), rapid.Uint64Range(0, 3<<20), rapid.Uint64())
		for range rapid.IntRange(1, 8).Draw(t, "versions") {
			all = append(all, version{now.pages, maps.Clone(now.is)})
			by := new(edit)
			for range rapid.IntRange(0, 30).Draw(t, "changes") {
				n, v := numbers.Draw(t, "n"), rapid.IntRange(1, 9).Draw(t, "value")
				*now.pages.slot(by, n), now.is[n] = v, v
			}
		}
		for _, v := range append(all, now) {
			for n, want := range now.is {
				if _, there := v.is[n]; !there {
					want = 0
				} else {
					want = v.is[n]
				}
				if got := v.pages.get(n); got != want {
					t.Fatalf("%d is %d, not %d", n, got, want)
				}
			}
			sum := 0
			for n, got := range v.pages.all() {
				if sum += got; got != v.is[n] {
					t.Fatalf("%d is %d among all", n, got)
				}
			}
			for _, want := range v.is {
				sum -= want
			}
			if sum != 0 {
				t.Fatalf("all values are off by %d", sum)
			}
			if v.pages.get(numbers.Draw(t, "other")) < 0 {
				t.Fatal("a value that was never put in")
			}
		}
	})
}

// Sibling names in all lengths and numbers, in and out in random order.
func TestNamesAndSeriesAreSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		x := nameIndex{seed: newIndex(&Kinds{}).names.seed}
		var s *series[child]
		is := map[child]bool{}
		by := new(edit)
		type kept struct {
			x  nameIndex
			s  *series[child]
			is map[child]bool
		}
		var old []kept
		for range 1500 {
			if random.IntN(200) == 0 {
				old = append(old, kept{x, s, maps.Clone(is)})
				by = new(edit)
			}
			in, pad, number := random.IntN(2), random.IntN(3), random.IntN(600)
			key, c := nameOf(in, pad, number)
			if is[c] {
				delete(is, c)
				x.remove(by, key, uint64(c.id))
				s = s.without(by, c, byName)
			} else {
				is[c] = true
				x.add(by, entry{key, uint8(in), uint64(c.id)})
				s = s.with(by, c, byName)
			}
		}
		if x.entries > x.width*perBucket {
			t.Fatalf("%d names in %d buckets", x.entries, x.width)
		}
		for _, k := range append(old, kept{x, s, is}) {
			want := slices.SortedFunc(maps.Keys(k.is), byName)
			if got := slices.Collect(k.s.from(child{}, byName)); !reflect.DeepEqual(got, want) || k.s.len() != len(want) {
				t.Fatalf("%d elements, not %d", len(got), len(want))
			}
			for n := range 2 * 3 * 600 {
				in, pad, number := n%2, n/2%3, n/6
				key, c := nameOf(in, pad, number)
				id, kind := k.x.find(key)
				if k.is[c] != (id == uint64(c.id)) || k.is[c] && kind != uint8(in) || !k.is[c] && id != 0 {
					t.Fatalf("%s in %d is %d of kind %d", c.name, in, id, kind)
				}
			}
		}
	})
}

// nameOf is one of 3,600 names, and a child that is in the same order nowhere else.
func nameOf(in, pad, number int) (nameKey, child) {
	name := strings.Repeat("x", pad) + fmt.Sprint(number)
	id := ID(1 + in + 2*pad + 6*number)
	return nameKey{in: ID(in), name: name}, child{fmt.Sprint(in, name), id}
}
