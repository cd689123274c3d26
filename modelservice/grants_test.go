package modelservice_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// Who may manage reads all grants, anybody else who sees the object his own
// and those of his groups (spec §12.4).
func TestGrantsSeen(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.grant("team", modelservice.TypeModelService, chat, catalog.ReadMetadata)
	w.grant("outer", modelservice.TypeModelService, chat, catalog.ApplyTag)
	w.grant("account users", modelservice.TypeModelService, chat, catalog.ApplyTag)
	w.letIn("carol", chat)
	w.letIn("app", chat)
	const all = "account users[APPLY_TAG] app[EXECUTE] bob[EXECUTE] carol[EXECUTE] outer[APPLY_TAG] team[READ_METADATA] "
	for _, tt := range []struct{ who, of, want string }{
		{"alice", "", all},
		{"admin", "", all},
		{"alice", "bob", "bob[EXECUTE] "},
		{"alice", "BOB", "bob[EXECUTE] "},
		{"alice", "mallory", ""},
		{"bob", "", "account users[APPLY_TAG] bob[EXECUTE] outer[APPLY_TAG] team[READ_METADATA] "},
		{"bob", "carol", ""},
		{"bob", "team", "team[READ_METADATA] "},
		{"carol", "", "account users[APPLY_TAG] carol[EXECUTE] "},
		{"app", "", "account users[APPLY_TAG] app[EXECUTE] "},
	} {
		got, err := w.ms.Grants(w.who[tt.who], modelservice.TypeModelService, w.name(chat), tt.of)
		var text string
		for _, a := range got {
			text += fmt.Sprintf("%s%v ", a.Principal, a.Privileges)
		}
		if err != nil || text != tt.want {
			t.Errorf("%s asking for %q reads %q, want %q (%v)", tt.who, tt.of, text, tt.want, err)
		}
	}
}

// One change narrows ALL PRIVILEGES to what it adds: what ALL stands for is taken
// back first (spec §12.2).
func TestNarrow(t *testing.T) {
	w := newWorld(t, nil)
	w.grant("carol", catalog.TypeSchema, "main.default", catalog.AllPrivileges)
	w.must(w.ms.ChangeGrants(w.ctx(), w.who["admin"], catalog.TypeSchema, w.name("main.default"), []modelservice.GrantChange{
		{Principal: "carol", Add: []catalog.Privilege{catalog.Execute}, Remove: []catalog.Privilege{catalog.AllPrivileges}}}))
	got, err := w.ms.Grants(w.who["admin"], catalog.TypeSchema, w.name("main.default"), "carol")
	if err != nil || fmt.Sprint(got) != "[{carol [EXECUTE]}]" {
		t.Errorf("carol holds %v, %v", got, err)
	}
}

// Whether a principal exists is for those to know who may manage the object,
// and for its own members.
func TestGrantsTellNoPrincipals(t *testing.T) {
	w := newWorld(t, nil)
	for _, of := range []string{"alice", "nobody there", "outer", catalog.SystemUserName} {
		got, err := w.ms.Grants(w.who["mallory"], catalog.TypeMetastore, catalog.FullName{}, of)
		if err != nil || len(got) != 0 {
			t.Errorf("mallory asking for %q is told %v, %v", of, got, err)
		}
	}
	_, err := w.ms.Grants(w.who["admin"], catalog.TypeMetastore, catalog.FullName{}, "nobody there")
	w.refused(err, modelservice.CodePrincipalNotExist, "nobody there")
}

// The platform's own objects stay with the principal that nobody can act as,
// and nothing else can be given to it (ruling R19).
func TestSystemOwnership(t *testing.T) {
	w := newWorld(t, nil)
	alice, system := "alice", catalog.SystemUserName
	_, err := w.ms.Update(w.ctx(), w.who["admin"], catalog.TypeCatalog, w.name("system"), modelservice.Change{Owner: &alice})
	w.refused(err, modelservice.CodePermissionDenied, "system")
	_, err = w.ms.Update(w.ctx(), w.who["admin"], catalog.TypeCatalog, w.name("main"), modelservice.Change{Owner: &system})
	w.refused(err, modelservice.CodePrincipalNotExist, system)
}

// What anybody may send costs no more than it is long.
func TestChangeGrantsManyWords(t *testing.T) {
	w := newWorld(t, nil)
	add, remove := make([]catalog.Privilege, 1<<18), make([]catalog.Privilege, 1<<18)
	for i := range add {
		add[i], remove[i] = catalog.UseCatalog, catalog.UseSchema
	}
	start := time.Now()
	err := w.ms.ChangeGrants(w.ctx(), w.who["mallory"], catalog.TypeCatalog, w.name("main"),
		[]modelservice.GrantChange{{Principal: "bob", Add: add, Remove: remove}})
	w.refused(err, modelservice.CodeDoesNotExist, "")
	if took := time.Since(start); took > 20*time.Second { // minutes, were each compared with each
		t.Errorf("it took %v to refuse a stranger", took)
	}
}

// A change is made whole or not at all.
func TestChangeGrantsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	good := modelservice.GrantChange{Principal: "carol", Add: []catalog.Privilege{catalog.Execute}}
	for _, tt := range []struct {
		name, who string
		on        string
		code      modelservice.Code
		words     string
		bad       modelservice.GrantChange
	}{
		{"unknown principal", "alice", chat, modelservice.CodePrincipalNotExist, "Could not find principal with name stranger",
			modelservice.GrantChange{Principal: "stranger", Add: []catalog.Privilege{catalog.Execute}}},
		{"no principal", "alice", chat, "", "", modelservice.GrantChange{Add: []catalog.Privilege{catalog.Execute}}},
		{"the system user", "alice", chat, "", "",
			modelservice.GrantChange{Principal: catalog.SystemUserName, Add: []catalog.Privilege{catalog.Execute}}},
		{"what does not apply", "alice", chat, modelservice.CodeInvalidParameter, "",
			modelservice.GrantChange{Principal: "bob", Add: []catalog.Privilege{catalog.Select}}},
		{"what there is not", "alice", chat, modelservice.CodeInvalidParameter, "",
			modelservice.GrantChange{Principal: "bob", Add: []catalog.Privilege{"FLY"}}},
		{"removing what does not apply", "alice", chat, modelservice.CodeInvalidParameter, "",
			modelservice.GrantChange{Principal: "bob", Remove: []catalog.Privilege{catalog.Select}}},
		{"on both sides", "alice", chat, modelservice.CodeInvalidParameter, "",
			modelservice.GrantChange{Principal: "bob", Add: []catalog.Privilege{catalog.Execute}, Remove: []catalog.Privilege{catalog.Execute}}},
		{"BROWSE", "alice", chat, modelservice.CodeInvalidParameter, "",
			modelservice.GrantChange{Principal: "bob", Add: []catalog.Privilege{catalog.Browse}}},
		{"no right", "bob", chat, modelservice.CodePermissionDenied, "User does not have MANAGE on Model Service 'main.default.chat'.",
			modelservice.GrantChange{Principal: "bob", Add: []catalog.Privilege{catalog.Manage}}},
		{"hidden", "mallory", chat, modelservice.CodeDoesNotExist, chat,
			modelservice.GrantChange{Principal: "mallory", Add: []catalog.Privilege{catalog.Manage}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := w.dump()
			err := w.ms.ChangeGrants(w.ctx(), w.who[tt.who], modelservice.TypeModelService, w.name(tt.on), []modelservice.GrantChange{good, tt.bad})
			if tt.code != "" {
				w.refused(err, tt.code, tt.words)
			} else if codeOf(err) == "" || modelservice.AsError(err).HTTPStatus() >= 500 {
				t.Errorf("got %v", err)
			}
			w.unchanged(before)
		})
	}
}

// Adding what is there and removing what is not change nothing and are fine;
// what is granted works from the next call on, what is revoked no more.
func TestChangeGrants(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	change := func(who string, on catalog.SecurableType, name string, c ...modelservice.GrantChange) {
		t.Helper()
		w.must(w.ms.ChangeGrants(w.ctx(), w.who[who], on, w.name(name), c))
	}
	status := func(want int) {
		t.Helper()
		if res := w.serve(w.ctx(), "carol", ask(), &recorder{}); res.Status != want {
			t.Errorf("carol got %d, want %d", res.Status, want)
		}
	}
	add := func(p ...catalog.Privilege) modelservice.GrantChange {
		return modelservice.GrantChange{Principal: "Carol", Add: p}
	}
	version := w.catalog.Snapshot().Version()
	change("alice", modelservice.TypeModelService, chat,
		modelservice.GrantChange{Principal: "bob", Add: []catalog.Privilege{catalog.Execute}},
		modelservice.GrantChange{Principal: "carol", Remove: []catalog.Privilege{catalog.Execute, catalog.Manage}})
	if got := w.catalog.Snapshot().Version(); got != version {
		t.Errorf("nothing was changed, in version %d after %d", got, version)
	}
	change("admin", catalog.TypeCatalog, "main", add(catalog.UseCatalog, catalog.UseSchema)) // USE SCHEMA inherits
	status(404)
	change("alice", modelservice.TypeModelService, chat, add(catalog.Execute))
	status(200)
	change("alice", modelservice.TypeModelService, chat, modelservice.GrantChange{Principal: "carol", Remove: []catalog.Privilege{catalog.AllPrivileges}})
	status(404)
	change("admin", catalog.TypeSchema, "main.default", add(catalog.AllPrivileges))
	status(200)
	// MANAGE is power over the object, not its use; its holder may help himself.
	change("admin", catalog.TypeSchema, "main.default", modelservice.GrantChange{
		Principal: "carol", Add: []catalog.Privilege{catalog.Manage}, Remove: []catalog.Privilege{catalog.AllPrivileges},
	})
	status(404)
	change("carol", modelservice.TypeModelService, chat, add(catalog.Execute))
	status(200)
}
