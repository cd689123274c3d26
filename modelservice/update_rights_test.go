package modelservice_test

import (
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// Whoever manages a service may change it: its owner, who holds MANAGE on it or
// owns or manages what is around it, and metastore admins (spec §12.6). EXECUTE
// does not do, and who cannot pass through its parents does not see it.
func TestUpdateTakesManage(t *testing.T) {
	w := richWorld(t)
	for _, c := range []struct {
		who     string
		prepare func()
		code    modelservice.Code
	}{
		{"alice", nil, ""},
		{"admin", nil, ""},
		{"bob", nil, modelservice.CodePermissionDenied},
		{"bob", func() { w.grant("team", modelservice.TypeModelService, chat, catalog.Manage) }, ""},
		{"carol", func() { w.grant("carol", modelservice.TypeModelService, chat, catalog.Manage) }, modelservice.CodeDoesNotExist},
		{"carol", func() { w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog) }, modelservice.CodeDoesNotExist},
		{"carol", func() { w.grant("carol", catalog.TypeSchema, "main.default", catalog.UseSchema) }, ""},
		{"mallory", nil, modelservice.CodeDoesNotExist},
		{"nobody", nil, modelservice.CodeUnauthenticated},
	} {
		if c.prepare != nil {
			c.prepare()
		}
		before := w.dump()
		_, err := w.change(c.who, modelservice.ServiceChange{Comment: ptr("by " + c.who), RateLimits: &[]modelservice.RateLimit{}})
		if codeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", c.who, err, c.code)
		}
		if c.code != "" {
			w.unchanged(before)
		}
	}
	mallory := face(func() error { _, err := w.change("mallory", modelservice.ServiceChange{}); return err }())
	w.must(w.drop("admin", modelservice.TypeModelService, chat, nil))
	if _, err := w.change("mallory", modelservice.ServiceChange{}); face(err) != mallory {
		t.Errorf("hidden: %s, missing: %s (ruling R9)", mallory, face(err))
	}
}

// Saying where calls go takes EXECUTE on every destination of the service as it
// will be, for who says so and for the owner as it will be (ruling R6, I39).
func TestUpdateTakesExecute(t *testing.T) {
	models := []string{"system.ai.one", "main.default.both", "main.default.alices", "main.default.carols"}
	for _, updater := range []string{"alice", "carol"} {
		for _, owner := range []string{"", "alice", "carol"} {
			for _, model := range models {
				for _, in := range []string{"primary", "fallback", "unrouted", "there already"} {
					w := newWorld(t, nil)
					for _, m := range models[1:] {
						w.model(m)
					}
					w.grant("alice", catalog.TypeModel, "main.default.both", catalog.Execute)
					w.grant("carol", catalog.TypeModel, "main.default.both", catalog.Execute)
					w.grant("alice", catalog.TypeModel, "main.default.alices", catalog.Execute)
					w.grant("carol", catalog.TypeModel, "main.default.carols", catalog.Execute)
					spec := to("one")
					if in == "there already" {
						spec.Fallbacks = []modelservice.Destination{destination("x", model)}
						w.grant("alice", catalog.TypeModel, "main.default.carols", catalog.Execute)
					}
					w.service(spec)
					if in == "there already" {
						w.revoke("alice", catalog.TypeModel, "main.default.carols", catalog.Execute)
					}
					w.letIn("carol", chat)
					w.grant("carol", modelservice.TypeModelService, chat, catalog.Manage)

					var c modelservice.ServiceChange
					if owner != "" {
						c.Owner = &owner
					}
					list := &[]modelservice.Destination{destination("x", model)}
					switch in {
					case "primary":
						c.Destinations = list
					case "fallback":
						c.Fallbacks = list
					case "unrouted":
						c.Unrouted = list
					case "there already":
						c.Destinations = &[]modelservice.Destination{destination("y", "system.ai.two")}
					}
					may := func(who string) bool {
						return model == "system.ai.one" || model == "main.default.both" || model == "main.default."+who+"s"
					}
					before := w.dump()
					_, err := w.change(updater, c)
					switch {
					case may(updater) && (may(owner) || owner == "" && may("alice")):
						w.must(err)
						continue
					case !may(updater) && in == "there already":
						w.refused(err, modelservice.CodeDoesNotExist, "The model of destination 'x' does not exist.")
					case !may(updater):
						w.refused(err, modelservice.CodeDoesNotExist, "Model '"+model+"' does not exist.")
					default:
						w.refused(err, modelservice.CodePermissionDenied, "does not have EXECUTE on Model '"+model+"'.")
					}
					w.unchanged(before)
				}
			}
		}
	}
}

// What does not say where calls go takes no EXECUTE: limits can be changed by who
// could not have made the service, and on one without a living owner.
func TestUpdateWithoutExecute(t *testing.T) {
	w := newWorld(t, nil)
	w.model("main.default.mine")
	w.grant("alice", catalog.TypeModel, "main.default.mine", catalog.Execute)
	w.service(to("main.default.mine"))
	w.letIn("carol", chat)
	w.grant("carol", modelservice.TypeModelService, chat, catalog.Manage)
	harmless := []modelservice.ServiceChange{
		{Comment: ptr("x")}, {RateLimits: &[]modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(1)}}},
		{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Disabled: true}}, {DetachTable: true}, {InvokerRights: ptr(true)}, {Owner: ptr("alice")},
	}
	for _, c := range harmless {
		_, err := w.change("carol", c)
		w.must(err)
	}
	before := w.dump()
	for _, c := range []modelservice.ServiceChange{
		{Fallbacks: &[]modelservice.Destination{destination("b", "system.ai.one")}},
		{Unrouted: &[]modelservice.Destination{destination("b", "system.ai.one")}},
		{InvokerRights: ptr(false)},
	} {
		_, err := w.change("carol", c)
		w.refused(err, modelservice.CodeDoesNotExist, "The model of destination 'd0' does not exist.")
	}
	_, err := w.change("carol", modelservice.ServiceChange{Destinations: &[]modelservice.Destination{destination("a", "main.default.mine")}})
	w.refused(err, modelservice.CodeDoesNotExist, "Model 'main.default.mine' does not exist.")
	w.unchanged(before)
	w.must(w.dropPrincipal("admin", "alice"))
	for _, c := range harmless[:2] {
		_, err := w.change("admin", c)
		w.must(err)
	}
	_, err = w.change("admin", modelservice.ServiceChange{Fallbacks: &[]modelservice.Destination{destination("b", "system.ai.one")}})
	w.refused(err, modelservice.CodePermissionDenied, "'main.default.chat' has no owner any more")
	_, err = w.change("admin", modelservice.ServiceChange{Owner: ptr("admin"), Fallbacks: &[]modelservice.Destination{destination("b", "system.ai.one")}})
	w.must(err)
}

// What the platform has made keeps its routing and its owner, and takes limits
// and a table (spec §1).
func TestUpdateSystemService(t *testing.T) {
	w := richWorld(t)
	w.host(func(tx *catalog.Tx) error {
		sec, _ := tx.Securable(w.id(modelservice.TypeModelService, chat))
		_, err := tx.Create(catalog.Draft{Type: modelservice.TypeModelService, Parent: w.id(catalog.TypeSchema, "system.ai"), Name: "ready",
			Owner: catalog.SystemUser, Spec: sec.Spec, System: true})
		return err
	})
	ready := w.name("system.ai.ready")
	before := w.dump()
	for _, c := range []modelservice.ServiceChange{
		{Owner: ptr("admin")}, {Destinations: &[]modelservice.Destination{destination("a", "system.ai.one")}},
		{Fallbacks: &[]modelservice.Destination{}}, {InvokerRights: ptr(true)}, {Comment: ptr("x"), TrafficSplitting: ptr(true)},
	} {
		_, err := w.ms.UpdateService(w.ctx(), w.who["admin"], ready, c)
		w.refused(err, modelservice.CodePermissionDenied, "Model Service 'system.ai.ready' was made by the system")
	}
	w.unchanged(before)
	got, err := w.ms.UpdateService(w.ctx(), w.who["admin"], ready, modelservice.ServiceChange{Comment: ptr("x"), RateLimits: &[]modelservice.RateLimit{}})
	w.must(err)
	if got.Comment != "x" || len(got.Spec.RateLimits) != 0 {
		t.Errorf("%+v", got)
	}
}
