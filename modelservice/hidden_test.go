package modelservice_test

import (
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// hiddenVerb asks something about what the caller cannot see.
type hiddenVerb struct {
	name string
	do   func(*world, catalog.PrincipalID) error
}

func hiddenVerbs() []hiddenVerb {
	var verbs []hiddenVerb
	add := func(name string, do func(*world, catalog.PrincipalID) error) {
		verbs = append(verbs, hiddenVerb{name, do})
	}
	for _, o := range []struct {
		t    catalog.SecurableType
		name string
	}{
		{catalog.TypeCatalog, "secret"}, {catalog.TypeSchema, "secret.default"}, {catalog.TypeSchema, "open.secret"},
		{modelservice.TypeModelService, "open.secret.chat"}, {modelservice.TypeModelService, "open.default.secret"},
		{catalog.TypeTable, "open.default.secret_payload"}, {catalog.TypeModel, "open.default.secret"},
	} {
		at := string(o.t) + " " + o.name + ": "
		add(at+"get", func(w *world, who catalog.PrincipalID) error {
			if o.t == modelservice.TypeModelService {
				_, err := w.ms.Service(who, w.name(o.name))
				return err
			}
			_, err := w.ms.Get(who, o.t, w.name(o.name))
			return err
		})
		add(at+"drop", func(w *world, who catalog.PrincipalID) error {
			return w.ms.Drop(w.ctx(), who, o.t, w.name(o.name), nil)
		})
		add(at+"drop with an etag", func(w *world, who catalog.PrincipalID) error {
			return w.ms.Drop(w.ctx(), who, o.t, w.name(o.name), &modelservice.DropOptions{Etag: "AAAA", Force: true})
		})
		add(at+"drop if exists", func(w *world, who catalog.PrincipalID) error {
			return w.ms.Drop(w.ctx(), who, o.t, w.name(o.name), &modelservice.DropOptions{IfExists: true, Force: true})
		})
		add(at+"grants", func(w *world, who catalog.PrincipalID) error {
			_, err := w.ms.Grants(who, o.t, w.name(o.name), "")
			return err
		})
		add(at+"grants of somebody", func(w *world, who catalog.PrincipalID) error {
			_, err := w.ms.Grants(who, o.t, w.name(o.name), "alice")
			return err
		})
		for _, of := range []string{"", "alice", "stranger"} {
			add(at+"effective grants of '"+of+"'", func(w *world, who catalog.PrincipalID) error {
				_, err := w.ms.EffectiveGrants(who, o.t, w.name(o.name), of)
				return err
			})
			for _, p := range []catalog.Privilege{catalog.Manage, "FLY"} {
				add(at+"explain "+string(p)+" of '"+of+"'", func(w *world, who catalog.PrincipalID) error {
					_, err := w.ms.Explain(who, p, o.t, w.name(o.name), of)
					return err
				})
			}
		}
		add(at+"who can", func(w *world, who catalog.PrincipalID) error {
			_, err := w.ms.WhoCan(who, catalog.Manage, o.t, w.name(o.name))
			return err
		})
		add(at+"rename", func(w *world, who catalog.PrincipalID) error {
			name := "mine"
			_, err := w.ms.Update(w.ctx(), who, o.t, w.name(o.name), modelservice.Change{Name: &name})
			return err
		})
		add(at+"grant", func(w *world, who catalog.PrincipalID) error {
			return w.ms.ChangeGrants(w.ctx(), who, o.t, w.name(o.name), []modelservice.GrantChange{
				{Principal: "mallory", Add: []catalog.Privilege{catalog.Manage}},
			})
		})
		add(at+"grant to a stranger", func(w *world, who catalog.PrincipalID) error {
			return w.ms.ChangeGrants(w.ctx(), who, o.t, w.name(o.name), []modelservice.GrantChange{
				{Principal: "stranger", Add: []catalog.Privilege{catalog.Manage}},
			})
		})
		add(at+"update", func(w *world, who catalog.PrincipalID) error {
			comment := "mine"
			_, err := w.ms.Update(w.ctx(), who, o.t, w.name(o.name), modelservice.Change{Comment: &comment})
			return err
		})
	}
	for _, in := range []string{"secret", "secret.default", "open.secret"} {
		add("list in "+in, func(w *world, who catalog.PrincipalID) error {
			_, err := w.ms.List(who, catalog.TypeTable, w.name(in), catalog.FullName{})
			return err
		})
		add("services in "+in, func(w *world, who catalog.PrincipalID) error {
			_, err := w.ms.Services(who, w.name(in), catalog.FullName{})
			return err
		})
		add("create a schema in "+in, func(w *world, who catalog.PrincipalID) error {
			_, err := w.ms.CreateSchema(w.ctx(), who, w.name(in), modelservice.NewObject{Name: "new"})
			return err
		})
		add("create a service in "+in, func(w *world, who catalog.PrincipalID) error {
			_, err := w.ms.CreateService(w.ctx(), who, modelservice.NewService{Parent: w.name(in), Name: "new", Spec: to("one")})
			return err
		})
		add("create a service with a table in "+in, func(w *world, who catalog.PrincipalID) error {
			spec := to("one")
			spec.InferenceTable.Parent = in
			_, err := w.ms.CreateService(w.ctx(), who, modelservice.NewService{Parent: w.name("open.default"), Name: "new", Spec: spec})
			return err
		})
	}
	add("create a service over a model", func(w *world, who catalog.PrincipalID) error {
		_, err := w.ms.CreateService(w.ctx(), who, modelservice.NewService{
			Parent: w.name("open.default"), Name: "new", Spec: modelservice.Spec{Destinations: to("open.default.secret").Destinations},
		})
		return err
	})
	add("read rows", func(w *world, who catalog.PrincipalID) error {
		_, err := w.ms.Rows(w.ctx(), who, w.name("open.default.secret_payload"), inferencelog.Query{})
		return err
	})
	for _, service := range []string{"open.secret.chat", "open.default.secret", "secret.default.chat"} {
		add("call "+service, func(w *world, who catalog.PrincipalID) error {
			a, err := w.gw.Invoke(w.ctx(), &modelservice.Call{Caller: who, Body: []byte(askOf(service)), RequestID: "r"})
			if string(a.Body) != string(modelservice.AsError(err).Body(modelservice.ChatCompletions, "r")) {
				w.Errorf("the answer %s is not the error's", a.Body)
			}
			return err
		})
	}
	return verbs
}

// hiddenWorld is open to mallory in part: he may use open and open.default and
// create services and tables there. With the secrets, things are in it that
// he cannot see.
func hiddenWorld(t *testing.T, secrets bool) *world {
	w := newWorld(t, nil)
	w.makeCatalog("open", "default")
	w.grant("mallory", catalog.TypeCatalog, "open", catalog.UseCatalog)
	w.grant("mallory", catalog.TypeSchema, "open.default", catalog.UseSchema, catalog.CreateTable, modelservice.CreateServicePrivilege)
	if !secrets {
		return w
	}
	w.makeCatalog("secret", "default")
	_, err := w.ms.CreateSchema(w.ctx(), w.who["admin"], w.name("open"), modelservice.NewObject{Name: "secret"})
	w.must(err)
	for _, s := range []string{"open.default", "open.secret", "secret.default"} {
		w.grant("alice", catalog.TypeCatalog, w.name(s).Catalog, catalog.UseCatalog)
		w.grant("alice", catalog.TypeSchema, s, catalog.UseSchema, catalog.CreateTable, modelservice.CreateServicePrivilege)
		for _, leaf := range []string{"chat", "secret"} {
			if s == "open.default" && leaf == "chat" {
				continue
			}
			spec := to("one")
			spec.InferenceTable.Parent = s
			_, err := w.create("alice", s, leaf, spec)
			w.must(err)
		}
	}
	w.model("open.default.secret")
	// What app holds, it cannot reach.
	for _, leaf := range []string{"open.default.secret", "open.secret.chat", "secret.default.chat"} {
		w.grant("app", modelservice.TypeModelService, leaf, catalog.Execute, catalog.ReadMetadata, catalog.AllPrivileges)
	}
	w.grant("app", catalog.TypeTable, "open.default.secret_payload", catalog.Select)
	w.grant("app", catalog.TypeModel, "open.default.secret", catalog.Execute)
	w.grant("app", catalog.TypeSchema, "open.secret", catalog.UseSchema, catalog.Execute, modelservice.CreateServicePrivilege)
	w.grant("app", catalog.TypeSchema, "secret.default", catalog.UseSchema, catalog.AllPrivileges)
	return w
}

// What is hidden answers as what is missing does, for every verb, in every
// field of the error (rulings R9, R17, R23; I33).
func TestHiddenIsMissing(t *testing.T) {
	with, without := hiddenWorld(t, true), hiddenWorld(t, false)
	before := with.dump()
	for _, v := range hiddenVerbs() {
		// Mallory may use some of what is above, carol nothing, app all but that.
		for _, who := range []string{"mallory", "carol", "app"} {
			hidden, missing := face(v.do(with, with.who[who])), face(v.do(without, without.who[who]))
			if hidden != missing {
				t.Errorf("%s by %s:\nhidden  %s\nmissing %s", v.name, who, hidden, missing)
			}
		}
	}
	with.unchanged(before)
	if n := len(with.backend.seen()) + len(without.backend.seen()); n != 0 {
		t.Errorf("%d attempts were made", n)
	}
}

// The answers do not say 404 to everything: who may manage it, sees it all.
func TestHiddenIsThere(t *testing.T) {
	for _, v := range hiddenVerbs() {
		w := hiddenWorld(t, true)
		if code := codeOf(v.do(w, w.who["admin"])); code == modelservice.CodeDoesNotExist {
			t.Errorf("%s by admin: %s", v.name, code)
		}
	}
}

// A nobody sees nothing, whatever account users may.
func TestNobodySees(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.grant("account users", catalog.TypeCatalog, "main", catalog.AllPrivileges)
	for _, who := range []catalog.PrincipalID{0, 999_999, catalog.SystemUser, w.who["team"]} {
		if _, err := w.ms.Service(who, w.name(chat)); err == nil && who != w.who["team"] {
			t.Errorf("principal %d sees the service", who)
		}
		res := w.gw.Serve(w.ctx(), &modelservice.Call{Caller: who, Body: []byte(ask())}, &recorder{})
		if res.Status == 200 && who != w.who["team"] {
			t.Errorf("principal %d calls the service", who)
		}
	}
}
