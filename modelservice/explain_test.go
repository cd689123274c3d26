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

func explained(e modelservice.Explanation) string {
	text := fmt.Sprintf("%s %s %v:", e.Principal, e.Privilege, e.Allowed)
	for _, f := range slices.Concat(e.Because, e.Missing) {
		verb := "by " + string(f.Granted)
		if f.Owner {
			verb = "by owning"
		}
		text += fmt.Sprintf(" [%s: %s %s %s %s]", f.Principal, f.Privilege, verb, f.Type, f.Name)
	}
	return text
}

// The answer, the facts it rests on, and what would change it.
func TestExplain(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.grant("team", catalog.TypeCatalog, "main", catalog.UseCatalog, catalog.Manage)
	w.grant("outer", catalog.TypeSchema, "main.logging", catalog.AllPrivileges)
	w.grant("app", catalog.TypeCatalog, "main", catalog.CreateSchema)
	w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog)
	w.grant("carol", catalog.TypeSchema, "main.default", catalog.UseSchema)
	w.grant("carol", modelservice.TypeModelService, chat, catalog.ReadMetadata)
	service := modelservice.TypeModelService
	for _, tt := range []struct {
		who, of   string
		privilege catalog.Privilege
		as        catalog.SecurableType
		on, want  string
	}{
		{"alice", "", catalog.Execute, service, chat, "alice EXECUTE true: [alice: USE_CATALOG by USE_CATALOG catalog main]" +
			" [alice: USE_SCHEMA by USE_SCHEMA schema main.default] [alice: EXECUTE by owning model_service main.default.chat]"},
		{"carol", "", catalog.Execute, service, chat, "carol EXECUTE false: [carol: EXECUTE by EXECUTE model_service main.default.chat]"},
		{"carol", "CAROL", catalog.ReadMetadata, service, chat, "carol READ_METADATA true: [carol: USE_CATALOG by USE_CATALOG catalog main]" +
			" [carol: USE_SCHEMA by USE_SCHEMA schema main.default] [carol: READ_METADATA by READ_METADATA model_service main.default.chat]"},
		{"admin", "mallory", catalog.Execute, service, chat, "mallory EXECUTE false: [mallory: USE_CATALOG by USE_CATALOG catalog main]" +
			" [mallory: USE_SCHEMA by USE_SCHEMA schema main.default] [mallory: EXECUTE by EXECUTE model_service main.default.chat]"},
		{"bob", "", catalog.Select, catalog.TypeTable, chatTable, "bob SELECT true: [bob: USE_CATALOG by USE_CATALOG catalog main]" +
			" [outer: USE_SCHEMA by ALL_PRIVILEGES schema main.logging] [outer: SELECT by ALL_PRIVILEGES schema main.logging]"},
		// To manage is more than to have MANAGE: it comes from above too.
		{"bob", "", catalog.Manage, service, chat, "bob MANAGE true: [team: MANAGE by MANAGE catalog main]"},
		{"admin", "", catalog.Manage, service, chat, "admin MANAGE true: [metastore admins: MANAGE by owning metastore ]"},
		{"admin", "", catalog.Execute, service, chat, "admin EXECUTE false: [admin: EXECUTE by EXECUTE model_service main.default.chat]"},
		{"admin", "team", catalog.Manage, catalog.TypeSchema, "main.default", "team MANAGE true: [team: MANAGE by MANAGE catalog main]"},
		{"admin", "account users", catalog.UseCatalog, catalog.TypeCatalog, "system", "account users USE_CATALOG true: [account users: USE_CATALOG by USE_CATALOG catalog system]"},
		// To create takes the use of where it is to be.
		{"alice", "", modelservice.CreateServicePrivilege, catalog.TypeSchema, "main.default", "alice CREATE_SERVICE true: [alice: USE_CATALOG by USE_CATALOG catalog main]" +
			" [alice: USE_SCHEMA by USE_SCHEMA schema main.default] [alice: CREATE_SERVICE by CREATE_SERVICE schema main.default]"},
		{"app", "", catalog.CreateSchema, catalog.TypeCatalog, "main", "app CREATE_SCHEMA false: [app: USE_CATALOG by USE_CATALOG catalog main]"},
		// Alice manages her service; how others got as far is not hers to read.
		{"alice", "bob", catalog.Execute, service, chat, "bob EXECUTE true: [: USE_CATALOG by USE_CATALOG catalog main]" +
			" [: USE_SCHEMA by USE_SCHEMA schema main.default] [bob: EXECUTE by EXECUTE model_service main.default.chat]"},
		{"alice", "bob", catalog.Manage, service, chat, "bob MANAGE true: [: MANAGE by MANAGE catalog main]"},
		{"alice", "admin", catalog.Manage, service, chat, "admin MANAGE true: [metastore admins: MANAGE by owning metastore ]"},
		{"admin", "", catalog.CreateCatalog, catalog.TypeMetastore, "", "admin CREATE_CATALOG true: [metastore admins: CREATE_CATALOG by owning metastore ]"},
		{"carol", "", catalog.CreateCatalog, catalog.TypeMetastore, "", "carol CREATE_CATALOG false: [carol: CREATE_CATALOG by CREATE_CATALOG metastore ]"},
	} {
		e, err := w.ms.Explain(w.who[tt.who], tt.privilege, tt.as, w.name(tt.on), tt.of)
		if err != nil || explained(e) != tt.want {
			t.Errorf("%s asking for %q is told\n%s, want\n%s (%v)", tt.who, tt.of, explained(e), tt.want, err)
		}
	}
}

// Who may not ask is told as little as by any other verb.
func TestExplainRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.letIn("outer", chat)
	service := modelservice.TypeModelService
	for _, tt := range []struct {
		who, of   string
		privilege catalog.Privilege
		as        catalog.SecurableType
		on        string
		code      modelservice.Code
		words     string
	}{
		{"mallory", "", catalog.Execute, service, chat, modelservice.CodeDoesNotExist, "Model Service 'main.default.chat' does not exist."},
		{"mallory", "bob", catalog.Execute, service, chat, modelservice.CodeDoesNotExist, "does not exist."},
		{"mallory", "", "FLY", service, chat, modelservice.CodeDoesNotExist, "does not exist."},
		{"nobody", "", catalog.Execute, service, chat, modelservice.CodeDoesNotExist, "does not exist."},
		{"bob", "carol", catalog.Execute, service, chat, modelservice.CodePermissionDenied, "User does not have MANAGE on Model Service 'main.default.chat'."},
		{"bob", "team", catalog.Execute, service, chat, modelservice.CodePermissionDenied, "User does not have MANAGE on"},
		{"bob", "stranger", catalog.Execute, service, chat, modelservice.CodePermissionDenied, "User does not have MANAGE on"},
		{"bob", "stranger", "FLY", service, chat, modelservice.CodePermissionDenied, "User does not have MANAGE on"},
		{"alice", "stranger", catalog.Execute, service, chat, modelservice.CodePrincipalNotExist, "Could not find principal with name stranger"},
		{"alice", catalog.SystemUserName, catalog.Execute, service, chat, modelservice.CodePrincipalNotExist, "Could not find principal"},
		{"bob", "", catalog.Select, service, chat, modelservice.CodeInvalidParameter, "Privilege SELECT is not applicable to Model Service 'main.default.chat'. It takes ALL PRIVILEGES, APPLY TAG, EXECUTE, MANAGE, READ METADATA."},
		{"bob", "", "EXECUT", service, chat, modelservice.CodeInvalidParameter, "Did you mean EXECUTE?"},
		{"bob", "", catalog.UseCatalog, catalog.TypeMetastore, "", modelservice.CodeInvalidParameter, "It takes CREATE CATALOG."},
		// To be inherited it is granted there; it does nothing there.
		{"alice", "", catalog.Execute, catalog.TypeSchema, "main.default", modelservice.CodeInvalidParameter, "Privilege EXECUTE is not applicable to Schema 'main.default'. It takes"},
		{"alice", "", catalog.Execute, "stream", chat, modelservice.CodeInvalidParameter, "stream"},
	} {
		e, err := w.ms.Explain(w.who[tt.who], tt.privilege, tt.as, w.name(tt.on), tt.of)
		w.refused(err, tt.code, tt.words)
		if explained(e) != explained(modelservice.Explanation{}) {
			t.Errorf("refused and told %s", explained(e))
		}
		if tt.of != "" {
			continue
		}
		if _, err := w.ms.WhoCan(w.who[tt.who], tt.privilege, tt.as, w.name(tt.on)); err == nil {
			t.Errorf("%s is told who can", tt.who)
		}
	}
	_, err := w.ms.Explain(w.who["alice"], catalog.Execute, catalog.TypeSchema, w.name("main.default"), "")
	if words := modelservice.AsError(err).Message; strings.Contains(strings.TrimPrefix(words, "Privilege EXECUTE"), "EXECUTE") {
		t.Errorf("what takes no effect is offered: %s", words)
	}
	_, err = w.ms.WhoCan(w.who["bob"], catalog.Execute, service, w.name(chat))
	w.refused(err, modelservice.CodePermissionDenied, "User does not have MANAGE on Model Service 'main.default.chat'.")
	_, err = w.ms.WhoCan(w.who["alice"], catalog.Select, service, w.name(chat))
	w.refused(err, modelservice.CodeInvalidParameter, "Privilege SELECT is not applicable")
}

func TestWhoCan(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.letIn("outer", chat)
	w.grant("carol", modelservice.TypeModelService, chat, catalog.Manage)
	w.grant("app", catalog.TypeCatalog, "main", catalog.CreateSchema)
	for _, tt := range []struct {
		who       string
		privilege catalog.Privilege
		as        catalog.SecurableType
		on, want  string
	}{
		{"alice", catalog.Execute, modelservice.TypeModelService, chat, "alice bob outer team"},
		{"admin", catalog.Execute, modelservice.TypeModelService, chat, "alice bob outer team"},
		// Carol has MANAGE, but not the way there.
		{"admin", catalog.Manage, modelservice.TypeModelService, chat, "admin alice metastore admins"},
		{"admin", catalog.CreateCatalog, catalog.TypeMetastore, "", "admin metastore admins"},
		// App may create schemas, but not use the catalog.
		{"admin", catalog.CreateSchema, catalog.TypeCatalog, "main", "admin"},
		{"admin", catalog.Execute, catalog.TypeModel, "system.ai.one", "account users admin alice app bob carol mallory metastore admins outer team"},
	} {
		got, err := w.ms.WhoCan(w.who[tt.who], tt.privilege, tt.as, w.name(tt.on))
		if err != nil || names(got) != tt.want {
			t.Errorf("%s on %s: %q, want %q (%v)", tt.privilege, tt.on, names(got), tt.want, err)
		}
	}
}

// may is what the verbs decide with.
func may(s *catalog.Snapshot, who catalog.PrincipalID, p catalog.Privilege, on catalog.ID) authz.Decision {
	makes := map[catalog.Privilege]catalog.SecurableType{
		catalog.CreateCatalog: catalog.TypeCatalog, catalog.CreateSchema: catalog.TypeSchema, catalog.CreateTable: catalog.TypeTable,
		catalog.CreateModel: catalog.TypeModel, modelservice.CreateServicePrivilege: modelservice.TypeModelService,
	}
	switch t, creates := makes[p]; {
	case p == catalog.Manage:
		return authz.New(nil).Manage(s, who, on)
	case creates:
		return authz.New(nil).Create(s, who, t, on)
	}
	return authz.New(nil).Check(s, who, p, on)
}

// Explain answers as the verbs decide; its facts are true and told only as far
// as they may be read; what it says is missing, granted, suffices; WhoCan is those
// for whom it says yes.
func TestExplainLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, places := governed(rt)
		defer w.close()
		s, judge := w.catalog.Snapshot(), authz.New(nil)
		at := rapid.SampledFrom(places).Draw(rt, "at")
		on := w.id(at.t, at.name)
		applicable := slices.DeleteFunc(s.Kinds().GrantablePrivileges(at.t), func(p catalog.Privilege) bool { return !s.Kinds().Applies(p, at.t) })
		privilege := rapid.SampledFrom(applicable).Draw(rt, "privilege")
		caller := rapid.SampledFrom(askers).Draw(rt, "caller")
		manages := judge.Manage(s, w.who[caller], on).Allowed
		var can []string
		for _, of := range append([]string{"outer", "account users", "metastore admins"}, askers...) {
			p, _ := s.PrincipalNamed(of)
			e, err := w.ms.Explain(w.who[caller], privilege, at.t, w.name(at.name), of)
			if want := judge.See(s, w.who[caller], on).Allowed && (manages || of == caller); want != (err == nil) {
				rt.Fatalf("%s may ask for %s: %v, got %v", caller, of, want, err)
			}
			if err != nil {
				continue
			}
			if want := may(s, p.ID, privilege, on).Allowed; e.Allowed != want || e.Principal != of || e.Privilege != privilege ||
				(len(e.Because) > 0) != want || (len(e.Missing) > 0) == want {
				rt.Fatalf("%s, want %v", explained(e), want)
			}
			if e.Allowed {
				can = append(can, of)
			}
			for _, f := range e.Because {
				w.isTrue(s, w.who[caller], p.ID, f)
			}
			if !e.Allowed {
				w.helps(e, p.ID, on)
			}
		}
		got, err := w.ms.WhoCan(w.who[caller], privilege, at.t, w.name(at.name))
		if manages != (err == nil) {
			rt.Fatalf("%s, who manages: %v, is told %v", caller, manages, err)
		}
		slices.Sort(can)
		var listed []string
		for _, p := range got {
			listed = append(listed, p.Name)
		}
		if manages && !slices.Equal(listed, can) {
			rt.Fatalf("%q can, explained %q", listed, can)
		}
	})
}

// isTrue checks a fact about who, as told to the caller.
func (w *world) isTrue(s *catalog.Snapshot, caller, who catalog.PrincipalID, f modelservice.Fact) {
	w.Helper()
	judge := authz.New(nil)
	on := w.id(f.Type, f.Name.String())
	manages := judge.Manage(s, caller, on).Allowed
	if f.Principal == "" {
		if f.Owner || manages {
			w.Errorf("%+v is kept from who may read it", f)
		}
		return
	}
	holder, ok := s.PrincipalNamed(f.Principal)
	if !ok || !s.Memberships(who).Has(holder.ID) {
		w.Errorf("%+v: he is none of them", f)
	}
	node, _ := s.Node(on)
	if f.Owner {
		if node.Owner != holder.ID || f.Granted != "" {
			w.Errorf("%+v does not own it", f)
		}
		return
	}
	if !s.Granted(catalog.Grant{On: on, To: holder.ID, Privilege: f.Granted}) || f.Granted != f.Privilege && f.Granted != catalog.AllPrivileges {
		w.Errorf("%+v is not granted", f)
	}
	if !manages && !s.Memberships(caller).Has(holder.ID) {
		w.Errorf("%+v is told to who may not read it", f)
	}
}

// helps checks in a change that is then given up that what is missing suffices.
func (w *world) helps(e modelservice.Explanation, who catalog.PrincipalID, on catalog.ID) {
	w.Helper()
	_, err := w.catalog.Update(w.ctx(), "host", func(tx *catalog.Tx) error {
		for _, f := range e.Missing {
			if may(&tx.Snapshot, who, e.Privilege, on).Allowed {
				w.Errorf("%s: more is said to be missing than is", explained(e))
			}
			if f.Principal != e.Principal || f.Owner || f.Granted != f.Privilege {
				w.Errorf("missing %+v", f)
			}
			if err := tx.Grant(w.id(f.Type, f.Name.String()), who, f.Granted); err != nil {
				return err
			}
		}
		if !may(&tx.Snapshot, who, e.Privilege, on).Allowed {
			w.Errorf("%s: all this does not suffice", explained(e))
		}
		return errStore
	})
	if err != errStore {
		w.Errorf("granting what is missing: %v", err)
	}
}
