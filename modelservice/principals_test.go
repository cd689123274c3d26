package modelservice_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/modelservice"
)

func (w *world) createPrincipal(caller string, t catalog.PrincipalType, name string) error {
	w.Helper()
	_, err := w.ms.CreatePrincipal(w.ctx(), w.who[caller], t, name)
	return err
}

func (w *world) dropPrincipal(caller, name string) error {
	w.Helper()
	return w.ms.DropPrincipal(w.ctx(), w.who[caller], "", name, false)
}

func (w *world) members(caller, group string, add, remove []string) error {
	w.Helper()
	return w.ms.ChangeMembers(w.ctx(), w.who[caller], group, add, remove)
}

func names(ps []modelservice.Principal) string {
	var all []string
	for _, p := range ps {
		all = append(all, p.Name)
	}
	return strings.Join(all, " ")
}

// A principal is made, renamed and dropped; its grants go the same way, and
// none come back with the name (ruling R21, I35).
func TestPrincipalLife(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	admin := w.who["admin"]
	made, err := w.ms.CreatePrincipal(w.ctx(), admin, catalog.User, "Dora Q")
	w.must(err)
	if made.Type != catalog.User || made.Name != "Dora Q" || made.CreatedBy != "admin" || made.CreatedAt.IsZero() {
		t.Errorf("made %+v", made)
	}
	again, err := w.ms.Principal(admin, "dora q")
	if w.must(err); again != made {
		t.Errorf("made %+v, there is %+v", made, again)
	}
	p, _ := w.catalog.Snapshot().PrincipalNamed("Dora Q")
	w.who["dora"] = p.ID
	w.letIn("dora", chat)
	w.must(w.members("admin", "team", []string{"dora Q"}, nil))
	renamed, err := w.ms.RenamePrincipal(w.ctx(), admin, "DORA q", "Theodora")
	w.must(err)
	if want := (modelservice.Principal{Type: catalog.User, Name: "Theodora", CreatedAt: made.CreatedAt, CreatedBy: "admin"}); renamed != want {
		t.Errorf("renamed %+v, want %+v", renamed, want)
	}
	_, err = w.ms.Principal(admin, "Dora Q")
	w.refused(err, modelservice.CodePrincipalNotExist, "Could not find principal with name Dora Q")
	if res := w.serve(w.ctx(), "dora", ask(), &recorder{}); res.Status != 200 {
		t.Errorf("under a new name she gets %d", res.Status)
	}
	if got, err := w.ms.Members(admin, "team"); err != nil || names(got) != "Theodora bob" {
		t.Errorf("in team are %q, %v", names(got), err)
	}
	// The same name, in another spelling.
	renamed, err = w.ms.RenamePrincipal(w.ctx(), admin, "theodora", "THEODORA")
	if w.must(err); renamed.Name != "THEODORA" {
		t.Errorf("renamed %+v", renamed)
	}
	w.must(w.dropPrincipal("admin", "Theodora"))
	if got, _ := w.ms.Members(admin, "team"); names(got) != "bob" {
		t.Errorf("in team are %q", names(got))
	}
	w.must(w.createPrincipal("admin", catalog.User, "Theodora"))
	p, _ = w.catalog.Snapshot().PrincipalNamed("Theodora")
	w.who["namesake"] = p.ID
	for _, who := range []string{"dora", "namesake"} {
		if res := w.serve(w.ctx(), who, ask(), &recorder{}); res.Status != 404 {
			t.Errorf("%s got %d", who, res.Status)
		}
	}
}

// Only a metastore admin changes principals, and nobody else learns from the
// refusal who there is (I38).
func TestPrincipalAdminsOnly(t *testing.T) {
	w := newWorld(t, nil)
	w.host(func(tx *catalog.Tx) error { // all there is, but not to be admin
		for node := range tx.All(catalog.TypeCatalog) {
			if err := tx.Grant(node.ID, w.who["mallory"], catalog.AllPrivileges, catalog.Manage); err != nil {
				return err
			}
		}
		return tx.Grant(catalog.MetastoreID, w.who["mallory"], catalog.CreateCatalog)
	})
	before := w.dump()
	for _, who := range []string{"mallory", "bob", "app", "team", "account users"} {
		for _, name := range []string{"bob", "team", "new", "metastore admins", catalog.SystemUserName, "a\x00b", ""} {
			if catalog.CheckPrincipalName(name) == nil { // else that comes first
				w.refused(w.createPrincipal(who, catalog.User, name), modelservice.CodePermissionDenied, "Only a metastore admin may create principals.")
			}
			_, err := w.ms.RenamePrincipal(w.ctx(), w.who[who], name, "other")
			w.refused(err, modelservice.CodePermissionDenied, "Only a metastore admin may rename principals.")
			for _, ifExists := range []bool{false, true} {
				err := w.ms.DropPrincipal(w.ctx(), w.who[who], "", name, ifExists)
				w.refused(err, modelservice.CodePermissionDenied, "Only a metastore admin may drop principals.")
			}
			for _, group := range []string{name, "team", "metastore admins"} {
				err := w.members(who, group, []string{who, name}, []string{"bob"})
				w.refused(err, modelservice.CodePermissionDenied, "Only a metastore admin may change the members of a group.")
			}
		}
	}
	w.refused(w.createPrincipal("nobody", catalog.User, "new"), modelservice.CodeUnauthenticated, "")
	w.who["system"] = catalog.SystemUser
	w.refused(w.createPrincipal("system", catalog.User, "new"), modelservice.CodePermissionDenied, "")
	w.unchanged(before)
}

// Names that no principal may have, and those that are taken.
func TestPrincipalNames(t *testing.T) {
	w := newWorld(t, nil)
	w.must(w.createPrincipal("admin", catalog.Group, "Ärzte"))
	before := w.dump()
	for _, name := range []string{"", " ", " a", "a ", "a\tb", "a\nb", "a\x00", "a\u202eb", "a\u200bb", "a\u00a0b", "a\xff", "\ufeffa", "☃",
		strings.Repeat("x", catalog.MaxNameLength+1), strings.Repeat("x", 1<<20)} {
		for _, do := range []func() error{ // whoever asks, and of whom
			func() error { return w.createPrincipal("admin", catalog.User, name) },
			func() error { return w.createPrincipal("mallory", catalog.User, name) },
			func() error {
				_, err := w.ms.CreateGroup(w.ctx(), w.who["mallory"], name, []string{"nobody"})
				return err
			},
			func() error {
				_, err := w.ms.RenamePrincipal(w.ctx(), w.who["admin"], "bob", name)
				return err
			},
			func() error {
				_, err := w.ms.RenamePrincipal(w.ctx(), w.who["mallory"], "nobody", name)
				return err
			},
		} {
			err := do()
			w.refused(err, modelservice.CodeInvalidParameter, "Invalid principal name: ")
			if f := modelservice.AsError(err).Field; f != "name" && f != "new_name" {
				t.Errorf("%q: field %q", name, f)
			}
		}
		_, err := w.ms.RenamePrincipal(w.ctx(), w.who["admin"], name, "other")
		w.refused(err, modelservice.CodePrincipalNotExist, "Could not find principal with name ")
		w.refused(w.dropPrincipal("admin", name), modelservice.CodePrincipalNotExist, "")
		w.refused(w.members("admin", name, []string{"bob"}, nil), modelservice.CodePrincipalNotExist, "")
		w.refused(w.members("admin", "team", []string{name}, nil), modelservice.CodePrincipalNotExist, "")
		_, err = w.ms.Members(w.who["admin"], name)
		w.refused(err, modelservice.CodePrincipalNotExist, "")
		_, err = w.ms.MemberOf(w.who["admin"], name)
		w.refused(err, modelservice.CodePrincipalNotExist, "")
	}
	for _, name := range []string{"bob", "BOB", "Team", "ACCOUNT users", "system USER", "Metastore Admins", "ärzte", "A\u0308RZTE"} {
		for _, as := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group} {
			w.refused(w.createPrincipal("admin", as, name), modelservice.CodeAlreadyExists, "already exists.")
		}
		_, err := w.ms.RenamePrincipal(w.ctx(), w.who["admin"], "carol", name)
		w.refused(err, modelservice.CodeAlreadyExists, "already exists.")
	}
	w.refused(w.createPrincipal("admin", catalog.User, "A\u0308RZTE"), modelservice.CodeAlreadyExists, "Principal 'Ärzte' already exists.")
	for _, as := range []catalog.PrincipalType{"", "User", "role", catalog.System} {
		w.refused(w.createPrincipal("admin", as, "new"), modelservice.CodeInvalidParameter, fmt.Sprintf("not '%s'.", as))
		if as != "" {
			w.refused(w.ms.DropPrincipal(w.ctx(), w.who["admin"], as, "bob", true), modelservice.CodeInvalidParameter, "")
		}
	}
	w.unchanged(before)
	for _, name := range []string{"o'hara@example.com", "a/b", "a b", "`", "100%", strings.Repeat("é", catalog.MaxNameLength)} {
		w.must(w.createPrincipal("admin", catalog.User, name))
		if p, err := w.ms.Principal(w.who["admin"], name); err != nil || p.Name != name {
			t.Errorf("%q: %+v, %v", name, p, err)
		}
	}
}

// What is built in stays, under any spelling of its name.
func TestBuiltInPrincipals(t *testing.T) {
	w := newWorld(t, nil)
	before := w.dump()
	for _, name := range []string{"account users", "Metastore ADMINS"} {
		_, err := w.ms.RenamePrincipal(w.ctx(), w.who["admin"], name, "other")
		w.refused(err, modelservice.CodePermissionDenied, "Built-in principals cannot be renamed or dropped.")
		for _, ifExists := range []bool{false, true} {
			err := w.ms.DropPrincipal(w.ctx(), w.who["admin"], catalog.Group, name, ifExists)
			w.refused(err, modelservice.CodePermissionDenied, "Built-in principals cannot be renamed or dropped.")
		}
	}
	w.refused(w.members("admin", "account users", []string{"bob"}, nil), modelservice.CodePermissionDenied, "every user and service principal is its member")
	w.refused(w.members("admin", "account users", nil, nil), modelservice.CodePermissionDenied, "")
	for _, group := range []string{"team", "metastore admins"} {
		w.refused(w.members("admin", group, []string{"account users"}, nil), modelservice.CodeInvalidParameter, "built in")
		w.refused(w.members("admin", group, nil, []string{"account users"}), modelservice.CodeInvalidParameter, "built in")
		w.refused(w.members("admin", group, []string{catalog.SystemUserName}, nil), modelservice.CodePrincipalNotExist, "")
	}
	// For callers the platform's own user is not there.
	_, err := w.ms.Principal(w.who["admin"], catalog.SystemUserName)
	w.refused(err, modelservice.CodePrincipalNotExist, "")
	_, err = w.ms.RenamePrincipal(w.ctx(), w.who["admin"], catalog.SystemUserName, "other")
	w.refused(err, modelservice.CodePrincipalNotExist, "")
	w.refused(w.dropPrincipal("admin", catalog.SystemUserName), modelservice.CodePrincipalNotExist, "")
	w.unchanged(before)
	if got, err := w.ms.Members(w.who["bob"], "account users"); err != nil || len(got) != 0 {
		t.Errorf("listed as members of account users: %q, %v", names(got), err)
	}
}

// A principal of another type is not there under that name.
func TestDropPrincipalOfType(t *testing.T) {
	w := newWorld(t, nil)
	drop := func(as catalog.PrincipalType, name string, ifExists bool) error {
		return w.ms.DropPrincipal(w.ctx(), w.who["admin"], as, name, ifExists)
	}
	before := w.dump()
	for _, name := range []string{"bob", "app", "nobody there"} {
		w.refused(drop(catalog.Group, name, false), modelservice.CodePrincipalNotExist, "Could not find principal with name "+name)
		w.must(drop(catalog.Group, name, true))
	}
	w.unchanged(before)
	w.must(drop(catalog.User, "BOB", false))
	w.must(drop(catalog.ServicePrincipal, "app", true))
	w.must(drop("", "team", true))
	for _, name := range []string{"bob", "app", "team"} {
		if _, there := w.catalog.Snapshot().PrincipalNamed(name); there {
			t.Errorf("%s is there", name)
		}
	}
}

// Admins see all principals, anybody else himself and his groups.
func TestPrincipalsSeen(t *testing.T) {
	w := newWorld(t, nil)
	w.must(w.createPrincipal("admin", catalog.User, "Zoe"))
	const everybody = "Zoe account users admin alice app bob carol mallory metastore admins outer team"
	for _, tt := range []struct {
		who, want string
		as        catalog.PrincipalType
	}{
		{"admin", everybody, ""},
		{"admin", "Zoe admin alice bob carol mallory", catalog.User},
		{"admin", "app", catalog.ServicePrincipal},
		{"admin", "account users metastore admins outer team", catalog.Group},
		{"admin", "", catalog.System},
		{"admin", "", "robot"},
		{"bob", "account users bob outer team", ""},
		{"bob", "bob", catalog.User},
		{"bob", "account users outer team", catalog.Group},
		{"bob", "", catalog.ServicePrincipal},
		{"app", "account users app", ""},
		{"mallory", "account users mallory", ""},
		{"nobody", "", ""},
	} {
		if got := names(slices.Collect(w.ms.Principals(w.who[tt.who], tt.as))); got != tt.want {
			t.Errorf("%s asking for %q is shown %q, want %q", tt.who, tt.as, got, tt.want)
		}
	}
	if got := names(slices.Collect(w.ms.Principals(catalog.SystemUser, ""))); got != "" {
		t.Errorf("the system user is shown %q", got)
	}
	// What is listed is what is found by name, and nothing else.
	for _, who := range []string{"admin", "bob", "mallory", "app", "team", "nobody"} {
		listed := names(slices.Collect(w.ms.Principals(w.who[who], "")))
		for _, name := range append(strings.Split("Zoe,account users,admin,alice,app,bob,carol,mallory,metastore admins,outer,team", ","), catalog.SystemUserName, "none") {
			p, err := w.ms.Principal(w.who[who], strings.ToUpper(name))
			seen := strings.Contains(" "+listed+" ", " "+name+" ")
			if seen != (err == nil) || seen && p.Name != name {
				t.Errorf("%s listed: %v, found by %s: %+v, %v", name, seen, who, p, err)
			}
			if err != nil {
				w.refused(err, modelservice.CodePrincipalNotExist, "Could not find principal with name "+strings.ToUpper(name))
			}
		}
	}
	for range w.ms.Principals(w.who["admin"], "") {
		break // a reader may stop
	}
}

// A store that fails leaves everything as it was (I37).
func TestPrincipalStoreFails(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(*world) error
	}{
		{"create", func(w *world) error { return w.createPrincipal("admin", catalog.User, "new") }},
		{"rename", func(w *world) error {
			_, err := w.ms.RenamePrincipal(w.ctx(), w.who["admin"], "bob", "robert")
			return err
		}},
		{"drop", func(w *world) error { return w.dropPrincipal("admin", "team") }},
		{"members", func(w *world) error { return w.members("admin", "team", []string{"carol", "alice"}, []string{"bob"}) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			before := w.dump()
			fail := func(op catalogtest.Op) error { return errStore }
			w.fail.Store(&fail)
			if err := tt.do(w); !errors.Is(err, errStore) || codeOf(err) != modelservice.CodeInternal {
				t.Errorf("got %v", err)
			}
			w.fail.Store(nil)
			w.unchanged(before)
			w.must(tt.do(w))
			if w.dump() == before {
				t.Error("nothing was done")
			}
		})
	}
}
