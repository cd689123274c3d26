package modelservice_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// Members come and go; a right goes with them, from the next call on.
func TestChangeMembers(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.letIn("outer", chat)
	status := func(want int) {
		t.Helper()
		if res := w.serve(w.ctx(), "carol", ask(), &recorder{}); res.Status != want {
			t.Errorf("carol got %d, want %d", res.Status, want)
		}
	}
	status(404)
	w.must(w.members("admin", "Team", []string{"Carol", "carol", "app", "bob"}, []string{"mallory"}))
	status(200)
	got, err := w.ms.Members(w.who["admin"], "TEAM")
	if w.must(err); names(got) != "app bob carol" {
		t.Errorf("in team are %q", names(got))
	}
	version := w.catalog.Snapshot().Version()
	w.must(w.members("admin", "team", []string{"carol"}, []string{"alice"}))
	w.must(w.members("admin", "team", nil, nil))
	if now := w.catalog.Snapshot().Version(); now != version {
		t.Errorf("nothing was changed, in version %d after %d", now, version)
	}
	w.must(w.members("admin", "outer", nil, []string{"team"}))
	status(404)
	if got, err := w.ms.MemberOf(w.who["admin"], "carol"); err != nil || names(got) != "team" {
		t.Errorf("carol is in %q, %v", names(got), err)
	}
}

// A change of members is made whole or not at all.
func TestChangeMembersRefused(t *testing.T) {
	w := newWorld(t, nil)
	for _, tt := range []struct {
		name, group string
		add, remove []string
		code        modelservice.Code
		field       string
		words       string
	}{
		{"unknown group", "none", []string{"bob"}, nil, modelservice.CodePrincipalNotExist, "group", "Could not find principal with name none"},
		{"no group", "bob", []string{"alice"}, nil, modelservice.CodeInvalidParameter, "group", "'bob' is a user, not a group."},
		{"unknown", "team", []string{"carol", "none"}, []string{"bob"}, modelservice.CodePrincipalNotExist, "add[1]", "none"},
		{"unknown, removed", "team", []string{"carol"}, []string{"bob", ""}, modelservice.CodePrincipalNotExist, "remove[1]", ""},
		{"both", "team", []string{"carol", "BOB"}, []string{"bob"}, modelservice.CodeInvalidParameter, "add[1]", "'bob' is both added and removed."},
		{"itself", "team", []string{"carol", "team"}, []string{"bob"}, modelservice.CodeInvalidParameter, "add[1]", "Adding 'team' would make group 'team' a member of itself."},
		{"a cycle", "team", []string{"carol", "outer"}, []string{"bob"}, modelservice.CodeInvalidParameter, "add[1]", "Adding 'outer' would make group 'team' a member of itself."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := w.dump()
			err := w.members("admin", tt.group, tt.add, tt.remove)
			w.refused(err, tt.code, tt.words)
			if e := modelservice.AsError(err); e.Field != tt.field {
				t.Errorf("field %q, want %q", e.Field, tt.field)
			}
			w.unchanged(before)
		})
	}
	if err := w.members("admin", "team", []string{"outer"}, nil); !errors.Is(err, catalog.ErrCycle) {
		t.Errorf("got %v", err)
	}
}

// Who is in a group reads who else is; to anybody else it is not there.
func TestMembersSeen(t *testing.T) {
	w := newWorld(t, nil)
	w.must(w.members("admin", "outer", []string{"carol", "Metastore Admins"}, nil))
	const none = "none"
	for _, tt := range []struct{ who, name, members, memberOf string }{
		{"admin", "team", "bob", "outer"},
		{"admin", "outer", "carol metastore admins team", ""},
		{"admin", "metastore admins", "admin", "outer"},
		{"bob", "team", "bob", "outer"},
		{"bob", "outer", "carol metastore admins team", ""},
		{"bob", "metastore admins", none, none},
		{"carol", "outer", "carol metastore admins team", ""},
		{"carol", "team", none, none},
		{"mallory", "team", none, none},
		{"mallory", "account users", "", ""},
		{"nobody", "account users", none, none},
	} {
		for verb, want := range map[string]string{"members": tt.members, "groups": tt.memberOf} {
			ask := w.ms.Members
			if verb == "groups" {
				ask = w.ms.MemberOf
			}
			got, err := ask(w.who[tt.who], tt.name)
			if want == none {
				w.refused(err, modelservice.CodePrincipalNotExist, "Could not find principal with name "+tt.name)
			} else if err != nil || names(got) != want {
				t.Errorf("%s reads as %s of %s %q, want %q (%v)", tt.who, verb, tt.name, names(got), want, err)
			}
		}
	}
	got, err := w.ms.MemberOf(w.who["bob"], "Bob")
	if w.must(err); names(got) != "team" {
		t.Errorf("bob is in %q", names(got))
	}
	_, err = w.ms.MemberOf(w.who["bob"], "carol")
	w.refused(err, modelservice.CodePrincipalNotExist, "carol")
	_, err = w.ms.Members(w.who["bob"], "bob")
	w.refused(err, modelservice.CodeInvalidParameter, "'bob' is a user, not a group.")
}

// The last admin stays (I38).
func TestLastAdmin(t *testing.T) {
	w := newWorld(t, nil)
	const words = "at least one user or service principal must be a metastore admin"
	before := w.dump()
	w.refused(w.members("admin", "metastore admins", nil, []string{"admin"}), modelservice.CodeInvalidState, words)
	w.refused(w.dropPrincipal("admin", "admin"), modelservice.CodeInvalidState, words)
	w.unchanged(before)
	// A group with nobody in it is nobody.
	w.must(w.createPrincipal("admin", catalog.Group, "empty"))
	before = w.dump()
	w.refused(w.members("admin", "metastore admins", []string{"empty"}, []string{"admin"}), modelservice.CodeInvalidState, words)
	w.unchanged(before)
	// Through groups is as good as in person, and as well held.
	w.must(w.members("admin", "metastore admins", []string{"outer"}, []string{"admin"}))
	before = w.dump()
	w.refused(w.dropPrincipal("bob", "bob"), modelservice.CodeInvalidState, words)
	w.refused(w.dropPrincipal("bob", "team"), modelservice.CodeInvalidState, words)
	w.refused(w.dropPrincipal("bob", "outer"), modelservice.CodeInvalidState, words)
	w.refused(w.members("bob", "team", nil, []string{"bob"}), modelservice.CodeInvalidState, words)
	w.refused(w.members("bob", "outer", []string{"empty"}, []string{"team"}), modelservice.CodeInvalidState, words)
	w.unchanged(before)
	w.must(w.members("bob", "team", []string{"app"}, []string{"bob"})) // a service principal will do
	w.refused(w.dropPrincipal("app", "app"), modelservice.CodeInvalidState, words)
	w.must(w.dropPrincipal("app", "admin")) // is none any more
}

// A host may have given the metastore to somebody or to everybody.
func TestLastAdminElsewhere(t *testing.T) {
	w := newWorld(t, nil)
	owned := func(by string) {
		t.Helper()
		owner := w.who[by]
		w.host(func(tx *catalog.Tx) error { return tx.Change(catalog.MetastoreID, catalog.Edit{Owner: &owner}) })
	}
	owned("carol")
	w.must(w.dropPrincipal("carol", "admin"))
	w.refused(w.dropPrincipal("carol", "carol"), modelservice.CodeInvalidState, "left without an admin")
	owned("account users")
	w.must(w.dropPrincipal("bob", "alice"))
	for _, name := range []string{"bob", "carol", "mallory"} {
		w.must(w.dropPrincipal("app", name))
	}
	w.refused(w.dropPrincipal("app", "app"), modelservice.CodeInvalidState, "left without an admin")
}

// Who is an admin is found out in the time that the groups are large, in however
// many ways they are in each other (I40).
func TestLastAdminDiamonds(t *testing.T) {
	w := newWorld(t, nil)
	w.host(func(tx *catalog.Tx) error {
		above := []catalog.PrincipalID{catalog.MetastoreAdmins}
		for i := range 60 { // 2^60 ways down, to nobody
			var level []catalog.PrincipalID
			for _, side := range []string{"left", "right"} {
				id, err := tx.CreatePrincipal(catalog.Group, fmt.Sprint(side, i))
				if err != nil {
					return err
				}
				for _, group := range above {
					if err := tx.AddMember(group, id); err != nil {
						return err
					}
				}
				level = append(level, id)
			}
			above = level
		}
		return nil
	})
	w.refused(w.members("admin", "metastore admins", nil, []string{"admin"}), modelservice.CodeInvalidState, "")
	w.must(w.members("admin", "left59", []string{"app"}, nil))
	w.must(w.members("admin", "metastore admins", nil, []string{"admin"}))
	w.refused(w.dropPrincipal("app", "app"), modelservice.CodeInvalidState, "")
}

// people is the plain model of who is in what.
type people struct {
	kind map[string]catalog.PrincipalType
	in   map[string]map[string]bool // group → members
}

func (p people) clone() people {
	c := people{maps.Clone(p.kind), map[string]map[string]bool{}}
	for g, ms := range p.in {
		c.in[g] = maps.Clone(ms)
	}
	return c
}

// live are the users and service principals in a group.
func (p people) live(group string) []string {
	reached := map[string]bool{group: true}
	for range p.kind { // as many rounds as the longest chain
		for g := range reached {
			for m := range p.in[g] {
				reached[m] = true
			}
		}
	}
	var live []string
	for name := range reached {
		if p.kind[name] != catalog.Group {
			live = append(live, name)
		}
	}
	slices.Sort(live)
	return live
}

// Whatever admins do to principals and groups, the metastore has an admin, the
// groups are those of a plain model, and nothing is refused without a reason
// (I38, I40).
func TestMembersModel(t *testing.T) {
	const admins = "metastore admins"
	rapid.Check(t, func(rt *rapid.T) {
		w := openWorld(rt, nil)
		defer w.close()
		p := people{map[string]catalog.PrincipalType{}, map[string]map[string]bool{admins: {"admin": true}, "team": {"bob": true}, "outer": {"team": true}}}
		for _, name := range []string{"admin", "bob", "carol", "alice", "app", "team", "outer", admins} {
			id, _ := w.catalog.Snapshot().PrincipalNamed(name)
			p.kind[name] = id.Type
			w.who[name] = id.ID
		}
		everybody := slices.Sorted(maps.Keys(p.kind))
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			caller := rapid.SampledFrom(p.live(admins)).Draw(rt, "caller")
			next := p.clone()
			var want modelservice.Code // "": it is done
			var err error
			if rapid.IntRange(0, 4).Draw(rt, "drop?") == 0 {
				name := rapid.SampledFrom(everybody).Draw(rt, "dropped")
				_, there := p.kind[name]
				delete(next.kind, name)
				delete(next.in, name)
				for _, ms := range next.in {
					delete(ms, name)
				}
				switch {
				case name == admins:
					want = modelservice.CodePermissionDenied
				case !there:
					want = modelservice.CodePrincipalNotExist
				case len(next.live(admins)) == 0:
					want = modelservice.CodeInvalidState
				}
				err = w.dropPrincipal(caller, name)
			} else {
				group := rapid.SampledFrom([]string{admins, "team", "outer"}).Draw(rt, "group")
				add := rapid.SliceOfN(rapid.SampledFrom(everybody), 0, 2).Draw(rt, "add")
				remove := rapid.SliceOfN(rapid.SampledFrom(everybody), 0, 2).Draw(rt, "remove")
				want = next.change(group, add, remove)
				if want == "" && len(next.live(admins)) == 0 {
					want = modelservice.CodeInvalidState
				}
				err = w.members(caller, group, add, remove)
			}
			if codeOf(err) != want {
				rt.Fatalf("got %v, want %q; %v", err, want, p)
			}
			if want == "" {
				p = next
			}
			w.same(p, admins)
		}
	})
}

// change is what ChangeMembers should do.
func (p people) change(group string, add, remove []string) modelservice.Code {
	if _, there := p.kind[group]; !there {
		return modelservice.CodePrincipalNotExist
	}
	for _, m := range remove {
		if _, there := p.kind[m]; !there {
			return modelservice.CodePrincipalNotExist
		}
		delete(p.in[group], m)
	}
	for _, m := range add {
		if _, there := p.kind[m]; !there {
			return modelservice.CodePrincipalNotExist
		}
		if slices.Contains(remove, m) || m == group || p.within(group, m) {
			return modelservice.CodeInvalidParameter
		}
		if p.in[group] == nil {
			p.in[group] = map[string]bool{}
		}
		p.in[group][m] = true
	}
	return ""
}

func (p people) within(member, group string) bool {
	for m := range p.in[group] {
		if m == member || p.within(member, m) {
			return true
		}
	}
	return false
}

// same compares the groups and the admins with the model's.
func (w *world) same(p people, admins string) {
	w.Helper()
	s, live := w.catalog.Snapshot(), p.live(admins)
	if len(live) == 0 {
		w.Fatalf("the model has no admin")
	}
	judge := authz.New(nil)
	for name := range p.kind {
		who, there := s.PrincipalNamed(name)
		if !there {
			w.Fatalf("%s is gone", name)
		}
		if got, want := judge.Manage(s, who.ID, catalog.MetastoreID).Allowed, slices.Contains(live, name); p.kind[name] != catalog.Group && got != want {
			w.Errorf("%s is an admin: %v, want %v", name, got, want)
		}
		if p.kind[name] != catalog.Group {
			continue
		}
		var want []string
		for m := range p.in[name] {
			want = append(want, m)
		}
		slices.Sort(want)
		got, err := w.ms.Members(w.who[live[0]], name)
		var shown []string
		for _, m := range got {
			shown = append(shown, m.Name)
		}
		if err != nil || fmt.Sprint(shown) != fmt.Sprint(want) {
			w.Errorf("in %s are %v, want %v (%v)", name, shown, want, err)
		}
	}
}
