package modelservice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

func effective(all []modelservice.EffectiveAssignment) string {
	var parts []string
	for _, a := range all {
		for _, p := range a.Privileges {
			parts = append(parts, strings.TrimRight(fmt.Sprintf("%s %s %s %s", a.Principal, p.Privilege, p.FromType, p.From), " "))
		}
	}
	return strings.Join(parts, ", ")
}

// What an object inherits is shown with where it is from, to each reader as
// much as he may read there.
func TestEffectiveGrants(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.grant("bob", modelservice.TypeModelService, chat, catalog.ApplyTag)
	w.grant("team", catalog.TypeSchema, "main.default", catalog.Execute, catalog.ExternalUseSchema, catalog.Manage)
	w.grant("team", catalog.TypeCatalog, "main", catalog.AllPrivileges, catalog.Execute, catalog.Browse, catalog.CreateSchema)
	w.grant("bob", catalog.TypeCatalog, "main", catalog.ReadMetadata)
	w.grant("carol", catalog.TypeMetastore, "", catalog.CreateCatalog)
	w.letIn("carol", chat)
	const (
		carolHere = "carol EXECUTE"
		bobsHere  = "bob APPLY_TAG, bob EXECUTE, bob READ_METADATA catalog main"
		teams     = "team EXECUTE schema main.default, team MANAGE schema main.default, team ALL_PRIVILEGES catalog main, team EXECUTE catalog main"
	)
	for _, tt := range []struct {
		who, of  string
		as       catalog.SecurableType
		on, want string
	}{
		{"admin", "", modelservice.TypeModelService, chat, bobsHere + ", " + carolHere + ", " + teams},
		{"admin", "team", modelservice.TypeModelService, chat, teams},
		{"admin", "BOB", modelservice.TypeModelService, chat, bobsHere},
		{"admin", "mallory", modelservice.TypeModelService, chat, ""},
		// Bob manages the schema through team, not the catalog.
		{"bob", "", modelservice.TypeModelService, chat, bobsHere + ", " + carolHere + ", " + teams},
		{"carol", "", modelservice.TypeModelService, chat, carolHere},
		{"carol", "carol", modelservice.TypeModelService, chat, carolHere},
		{"carol", "team", modelservice.TypeModelService, chat, ""},
		{"carol", "stranger", modelservice.TypeModelService, chat, ""},
		// Alice owns the service, and no more.
		{"alice", "", modelservice.TypeModelService, chat, "bob APPLY_TAG, bob EXECUTE, carol EXECUTE"},
		{"alice", "team", modelservice.TypeModelService, chat, ""},
		{"admin", "", catalog.TypeSchema, "main.default", "alice CREATE_SERVICE, alice USE_SCHEMA, bob USE_SCHEMA, bob READ_METADATA catalog main, carol USE_SCHEMA, " +
			"team EXECUTE, team EXTERNAL_USE_SCHEMA, team MANAGE, team ALL_PRIVILEGES catalog main, team EXECUTE catalog main"},
		{"carol", "", catalog.TypeCatalog, "main", "carol USE_CATALOG"},
		{"admin", "", catalog.TypeMetastore, "", "carol CREATE_CATALOG"},
		{"carol", "", catalog.TypeMetastore, "", "carol CREATE_CATALOG"},
		{"mallory", "", catalog.TypeMetastore, "", ""},
	} {
		got, err := w.ms.EffectiveGrants(w.who[tt.who], tt.as, w.name(tt.on), tt.of)
		if err != nil || effective(got) != tt.want {
			t.Errorf("%s asking for %q on %s %s reads\n%q, want\n%q (%v)", tt.who, tt.of, tt.as, tt.on, effective(got), tt.want, err)
		}
	}
	_, err := w.ms.EffectiveGrants(w.who["admin"], modelservice.TypeModelService, w.name(chat), "stranger")
	w.refused(err, modelservice.CodePrincipalNotExist, "stranger")
	_, err = w.ms.EffectiveGrants(w.who["admin"], "stream", w.name(chat), "")
	w.refused(err, modelservice.CodeInvalidParameter, "stream")
	_, err = w.ms.EffectiveGrants(w.who["admin"], catalog.TypeSchema, w.name(chat), "")
	w.refused(err, modelservice.CodeInvalidParameter, "parts")
}

// governed is a drawn world of grants and ownerships, and the places in it.
func governed(rt *rapid.T) (*world, []place) {
	w := listWorld(rt)
	places := []place{{catalog.TypeMetastore, ""}}
	for _, c := range []string{"c1", "c2"} {
		places = append(places, place{catalog.TypeCatalog, c})
		for _, s := range []string{c + ".s1", c + ".s2"} {
			places = append(places, place{catalog.TypeSchema, s}, place{modelservice.TypeModelService, s + ".a"}, place{catalog.TypeTable, s + ".a_payload"})
		}
	}
	for range rapid.IntRange(0, 4).Draw(rt, "owners") {
		on := rapid.SampledFrom(places[1:]).Draw(rt, "owned")
		owner := w.who[rapid.SampledFrom([]string{"alice", "team", "outer", "carol"}).Draw(rt, "owner")]
		w.host(func(tx *catalog.Tx) error { return tx.Change(w.id(on.t, on.name), catalog.Edit{Owner: &owner}) })
	}
	return w, places
}

var askers = []string{"admin", "alice", "bob", "carol", "mallory", "app", "team"}

// On each level EffectiveGrants shows what Grants does there, of that what the
// object can have, and nothing else.
func TestEffectiveGrantsAreGrants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, places := governed(rt)
		defer w.close()
		kinds := w.catalog.Snapshot().Kinds()
		for range 20 {
			at := rapid.SampledFrom(places).Draw(rt, "at")
			who := rapid.SampledFrom(askers).Draw(rt, "caller")
			of := rapid.SampledFrom([]string{"", "", "team", who, "stranger"}).Draw(rt, "of")
			got, err := w.ms.EffectiveGrants(w.who[who], at.t, w.name(at.name), of)
			direct, refusal := w.ms.Grants(w.who[who], at.t, w.name(at.name), of)
			if face(err) != face(refusal) {
				rt.Fatalf("%s by %s of %q: %v and %v", at.name, who, of, err, refusal)
			}
			if err != nil {
				continue
			}
			want := map[string][]modelservice.EffectivePrivilege{}
			for _, a := range direct {
				for _, p := range a.Privileges {
					want[a.Principal] = append(want[a.Principal], modelservice.EffectivePrivilege{Privilege: p})
				}
			}
			for above := w.name(at.name).Parent(); above.Parts() > 0; above = above.Parent() {
				from := []catalog.SecurableType{catalog.TypeCatalog, catalog.TypeSchema}[above.Parts()-1]
				there, _ := w.ms.Grants(w.who[who], from, above, of)
				for _, a := range there {
					for _, p := range a.Privileges {
						if kinds.Grantable(p, at.t) {
							want[a.Principal] = append(want[a.Principal], modelservice.EffectivePrivilege{Privilege: p, FromType: from, From: above})
						}
					}
				}
			}
			for i, a := range got {
				if i > 0 && got[i-1].Principal >= a.Principal {
					rt.Fatalf("%q after %q", a.Principal, got[i-1].Principal)
				}
				if !slices.Equal(a.Privileges, want[a.Principal]) {
					rt.Fatalf("%s by %s of %q: %v, want %v", at.name, who, of, a, want[a.Principal])
				}
				delete(want, a.Principal)
			}
			if len(want) != 0 {
				rt.Fatalf("%s by %s of %q: not shown %v", at.name, who, of, want)
			}
		}
	})
}

// Nobody learns of grants to others on what he cannot manage, and what he is
// shown is there.
func TestEffectiveGrantsReveal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, places := governed(rt)
		defer w.close()
		s, judge := w.catalog.Snapshot(), authz.New(nil)
		at := rapid.SampledFrom(places).Draw(rt, "at")
		for _, who := range askers {
			got, err := w.ms.EffectiveGrants(w.who[who], at.t, w.name(at.name), "")
			if err != nil {
				continue
			}
			for _, a := range got {
				to, _ := s.PrincipalNamed(a.Principal)
				for _, p := range a.Privileges {
					on := w.id(at.t, at.name)
					if p.FromType != "" {
						on = w.id(p.FromType, p.From.String())
					}
					if !s.Granted(catalog.Grant{On: on, To: to.ID, Privilege: p.Privilege}) {
						rt.Fatalf("%s on %s: %s has no %v", who, at.name, a.Principal, p)
					}
					if !judge.Manage(s, w.who[who], on).Allowed && !s.Memberships(w.who[who]).Has(to.ID) {
						rt.Fatalf("%s is told that %s has %v", who, a.Principal, p)
					}
				}
			}
		}
	})
}

// Kinds of a host's own, three levels deep. What is granted on the metastore is
// not inherited, though it could be granted on a catalog too.
func TestEffectiveGrantsOfHostKinds(t *testing.T) {
	c, err := catalog.Open(t.Context(), nil, &catalog.Options{Kinds: append(modelservice.Kinds(),
		catalog.Kind{Type: "cabinet", Label: "Cabinet", Parent: catalog.TypeMetastore, Create: "CREATE_FOLDER"},
		catalog.Kind{Type: "folder", Label: "Folder", Parent: catalog.TypeCatalog, Create: "CREATE_FOLDER",
			Gate: "USE_FOLDER", Privileges: []catalog.Privilege{"USE_FOLDER"}},
		catalog.Kind{Type: "page", Label: "Page", Parent: "folder", Create: "CREATE_PAGE",
			Privileges: []catalog.Privilege{catalog.Execute}, Reveals: []catalog.Privilege{catalog.Execute}})})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	w := &world{TB: t, catalog: c, who: map[string]catalog.PrincipalID{}}
	w.ms, err = modelservice.NewMetastore(t.Context(), c, authz.New(nil), nil)
	w.must(err)
	w.host(func(tx *catalog.Tx) error {
		carol, err := tx.CreatePrincipal(catalog.User, "carol")
		w.who["carol"] = carol
		at := catalog.MetastoreID
		for _, d := range []catalog.Draft{{Type: catalog.TypeCatalog, Name: "main"}, {Type: "folder", Name: "f"}, {Type: "page", Name: "p"}} {
			if err == nil {
				d.Parent, d.Owner = at, catalog.SystemUser
				at, err = tx.Create(d)
			}
		}
		return err
	})
	w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog)
	w.grant("carol", "folder", "main.f", catalog.Execute)
	w.grant("carol", catalog.TypeMetastore, "", "CREATE_FOLDER") // makes cabinets; nothing is inherited from there
	w.grant("carol", "folder", "main.f", "USE_FOLDER")
	got, err := w.ms.EffectiveGrants(w.who["carol"], "page", w.name("main.f.p"), "")
	if err != nil || effective(got) != "carol EXECUTE folder main.f" {
		t.Errorf("carol reads %q, %v", effective(got), err)
	}
	got, err = w.ms.EffectiveGrants(w.who["carol"], catalog.TypeCatalog, w.name("main"), "")
	if err != nil || effective(got) != "carol USE_CATALOG" {
		t.Errorf("carol reads %q, %v", effective(got), err)
	}
	e, err := w.ms.Explain(w.who["carol"], catalog.Execute, "page", w.name("main.f.p"), "")
	if want := "carol EXECUTE true: [carol: USE_CATALOG by USE_CATALOG catalog main] [carol: USE_FOLDER by USE_FOLDER folder main.f] [carol: EXECUTE by EXECUTE folder main.f]"; err != nil || explained(e) != want {
		t.Errorf("carol is told %s, want %s (%v)", explained(e), want, err)
	}
}
