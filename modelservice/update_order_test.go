package modelservice_test

import (
	"errors"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// updateFault breaks one requirement of changing the service chat.
type updateFault struct {
	step  int // in the order in which they are looked for
	name  string
	code  modelservice.Code
	words string
	apply func(*updateRequest)
}

type updateRequest struct {
	caller, name string
	c            modelservice.ServiceChange
}

func updateFaults() []updateFault {
	const (
		invalid = modelservice.CodeInvalidParameter
		missing = modelservice.CodeDoesNotExist
		denied  = modelservice.CodePermissionDenied
		taken   = modelservice.CodeAlreadyExists
	)
	limits := func(l modelservice.RateLimit) func(*updateRequest) {
		return func(r *updateRequest) { r.c.RateLimits = &[]modelservice.RateLimit{l} }
	}
	primary := func(model string) func(*updateRequest) {
		return func(r *updateRequest) {
			r.c.Destinations = &[]modelservice.Destination{destination("x", model)}
		}
	}
	fallback := func(d modelservice.Destination) func(*updateRequest) {
		return func(r *updateRequest) { r.c.Fallbacks = &[]modelservice.Destination{d} }
	}
	table := func(parent, prefix string) func(*updateRequest) {
		return func(r *updateRequest) {
			r.c.InferenceTable = &modelservice.InferenceTable{Parent: parent, Prefix: prefix}
		}
	}
	return []updateFault{
		{0, "comment too long", invalid, "comment", func(r *updateRequest) { r.c.Comment = ptr(string(make([]byte, 65_536))) }},
		{1, "negative limit", invalid, "config.rate_limits[0].requests", limits(modelservice.RateLimit{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(-1)})},
		{1, "a split of 99", invalid, "config.routing.destinations", func(r *updateRequest) {
			r.c.Destinations = &[]modelservice.Destination{destination("x", "system.ai.one", 50), destination("y", "system.ai.one", 49)}
		}},
		{1, "no destination", invalid, "config.routing.destinations", func(r *updateRequest) { r.c.Destinations = &[]modelservice.Destination{} }},
		{1, "a fallback without a name", invalid, "needs a name", fallback(destination("", "system.ai.one"))},
		{1, "a name that is given twice", invalid, "'u' is used twice", func(r *updateRequest) {
			fallback(destination("u", "system.ai.one"))(r)
			r.c.Unrouted = &[]modelservice.Destination{destination("u", "system.ai.one")}
		}},
		{1, "negative timeout", invalid, "A timeout must not be negative.", func(r *updateRequest) { r.c.FirstTokenTimeout = ptr(-time.Second) }},
		{1, "a table that is given and taken", invalid, "at once", func(r *updateRequest) {
			r.c.DetachTable, r.c.InferenceTable = true, &modelservice.InferenceTable{Parent: "main.logging"}
		}},
		{1, "a table in no schema", invalid, "'main' is not the full name of a schema", table("main", "")},
		{2, "no such service", missing, "Model Service 'main.default.none' does not exist.", func(r *updateRequest) { r.name = "main.default.none" }},
		{2, "hidden service", missing, "Model Service 'main.default.chat' does not exist.", func(r *updateRequest) { r.caller = "mallory" }},
		{2, "seen service", denied, "User does not have MANAGE on Model Service 'main.default.chat'.", func(r *updateRequest) { r.caller = "bob" }},
		{3, "another etag", modelservice.CodeAborted, "the etag does not match", func(r *updateRequest) { r.c.Etag = "CAESBA==" }},
		{4, "no such owner", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody", func(r *updateRequest) { r.c.Owner = ptr("nobody") }},
		{5, "a limit for nobody", invalid, "config.rate_limits[0].principal", limits(modelservice.RateLimit{Key: ratelimit.KeyUser, Period: ratelimit.Minute, Requests: new64(7)})},
		{5, "another schema for the table", invalid, "'main.logging.chat_payload'", table("main.default", "chat")},
		{5, "another name for the table", invalid, "'main.logging.chat_payload'", table("main.logging", "other")},
		{6, "no such model", missing, "Model 'system.ai.four' does not exist.", primary("system.ai.four")},
		{6, "hidden model", missing, "Model 'main.models.hidden' does not exist.", primary("main.models.hidden")},
		{6, "seen model", denied, "User does not have EXECUTE on Model 'main.models.seen'.", primary("main.models.seen")},
		{6, "a model that the owner lacks", denied, "Owner 'carol' does not have EXECUTE on Model 'main.models.mine'.", func(r *updateRequest) {
			primary("main.models.mine")(r)
			r.c.Owner = ptr("carol")
		}},
		{7, "no such principal", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody", limits(modelservice.RateLimit{Key: ratelimit.KeyUser, Principal: "nobody", Period: ratelimit.Minute, Requests: new64(7)})},
		{7, "a group where a user is due", invalid, "'team' is a group, not a user", limits(modelservice.RateLimit{Key: ratelimit.KeyUser, Principal: "team", Period: ratelimit.Minute, Requests: new64(7)})},
		{9, "no CREATE TABLE", denied, "User does not have CREATE TABLE on Schema 'main.models'.", nil},
		{9, "table there", taken, "Table 'main.logging.there_payload' already exists.", nil},
		{9, "no such table schema", missing, "Schema 'main.gone' does not exist.", nil},
	}
}

// updateWorld has a place for every fault.
func updateWorld(t *testing.T) *world {
	w := richWorld(t)
	_, err := w.ms.CreateSchema(w.ctx(), w.who["admin"], w.name("main"), modelservice.NewObject{Name: "models"})
	w.must(err)
	w.grant("alice", catalog.TypeSchema, "main.models", catalog.UseSchema)
	for _, m := range []string{"hidden", "seen", "mine"} {
		w.model("main.models." + m)
	}
	w.grant("alice", catalog.TypeModel, "main.models.seen", catalog.ReadMetadata)
	w.grant("alice", catalog.TypeModel, "main.models.mine", catalog.Execute)
	_, err = w.create("alice", "main.default", "there", to("one"))
	w.must(err)
	return w
}

// Whatever is wrong, the earlier fault is reported in the same words as alone,
// and nothing has changed of all that the request asks for (I37).
func TestUpdateOrder(t *testing.T) {
	w := updateWorld(t)
	faults := updateFaults()
	before := w.dump()
	try := func(faults ...updateFault) error {
		r := updateRequest{"alice", chat, modelservice.ServiceChange{Comment: ptr("new"), InvokerRights: ptr(true),
			Unrouted: &[]modelservice.Destination{}}}
		for i := len(faults) - 1; i >= 0; i-- {
			faults[i].apply(&r)
		}
		_, err := w.ms.UpdateService(w.ctx(), w.who[r.caller], w.name(r.name), r.c)
		return err
	}
	for i, first := range faults {
		if first.apply == nil {
			continue // in TestUpdateTableOrder
		}
		alone := try(first)
		w.refused(alone, first.code, first.words)
		for _, second := range faults[i+1:] {
			if second.step == first.step || second.apply == nil {
				continue
			}
			if got := try(first, second); codeOf(got) == "" || face(got) != face(alone) && !overwrites(first, second) {
				t.Errorf("%s and %s: %s\nwant as alone: %s", first.name, second.name, face(got), face(alone))
			}
		}
	}
	w.unchanged(before)
}

// overwrites reports whether two faults are in one member, so that only one of
// them is in the request, or in lists that are judged together.
func overwrites(a, b updateFault) bool {
	var first, second updateRequest
	a.apply(&first)
	b.apply(&second)
	x, y := first.c, second.c
	return x.Destinations != nil && (y.Destinations != nil || y.Unrouted != nil) || x.Fallbacks != nil && y.Fallbacks != nil ||
		x.RateLimits != nil && y.RateLimits != nil || x.InferenceTable != nil && y.InferenceTable != nil || x.Owner != nil && y.Owner != nil
}

// The table of a change comes last, and when it cannot be made nothing of the
// change is.
func TestUpdateTableOrder(t *testing.T) {
	w := updateWorld(t)
	_, err := w.change("alice", modelservice.ServiceChange{DetachTable: true})
	w.must(err)
	before := w.dump()
	tables := map[string]modelservice.InferenceTable{
		"no CREATE TABLE": {Parent: "main.models"}, "table there": {Parent: "main.logging", Prefix: "there"}, "no such table schema": {Parent: "main.gone"},
	}
	for _, last := range updateFaults() {
		if last.apply != nil {
			continue
		}
		table := tables[last.name]
		_, alone := w.change("alice", modelservice.ServiceChange{Comment: ptr("new"), InferenceTable: &table})
		w.refused(alone, last.code, last.words)
		for _, first := range updateFaults() {
			if first.apply == nil {
				continue
			}
			r := updateRequest{"alice", chat, modelservice.ServiceChange{}}
			first.apply(&r)
			if r.c.InferenceTable != nil {
				continue
			}
			r.c.InferenceTable = &table
			_, err := w.ms.UpdateService(w.ctx(), w.who[r.caller], w.name(r.name), r.c)
			w.refused(err, first.code, first.words)
		}
	}
	w.unchanged(before)
}

// Whatever fails beneath, a change has happened whole or not at all, in the
// catalog and in the sink; and it can be made afterwards (I37).
func TestUpdateAtomic(t *testing.T) {
	everything := func() modelservice.ServiceChange {
		return modelservice.ServiceChange{Comment: ptr("new"), Owner: ptr("carol"), RateLimits: &[]modelservice.RateLimit{},
			Fallbacks: &[]modelservice.Destination{}, InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Prefix: "other"}}
	}
	for _, c := range []struct {
		name  string
		spoil func(*world)
		mend  func(*world)
		want  error
	}{
		{"the sink makes no table", func(w *world) { w.sink.noCreate.Store(true) }, func(w *world) { w.sink.noCreate.Store(false) }, errSink},
		{"the store keeps nothing", func(w *world) {
			fail := func(op catalogtest.Op) error {
				if op == catalogtest.OpAppend {
					return errStore
				}
				return nil
			}
			w.fail.Store(&fail)
		}, func(w *world) { w.fail.Store(nil) }, errStore},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := richWorld(t)
			w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog, catalog.UseSchema)
			_, err := w.change("alice", modelservice.ServiceChange{DetachTable: true})
			w.must(err)
			before := w.dump()
			c.spoil(w)
			got, err := w.change("admin", everything())
			if !errors.Is(err, c.want) || codeOf(err) != modelservice.CodeInternal || got.ID != 0 {
				t.Errorf("got %+v, %v", got, err)
			}
			w.unchanged(before)
			c.mend(w)
			_, err = w.change("admin", everything())
			w.must(err)
			w.agree()
		})
	}
}

// A store that kept the change but could not say so: catalog and sink agree
// again as soon as the commit is found.
func TestUpdateKeptInSilence(t *testing.T) {
	w := richWorld(t)
	_, err := w.change("alice", modelservice.ServiceChange{DetachTable: true})
	w.must(err)
	once := func(op catalogtest.Op) error {
		if op == catalogtest.OpAppend {
			w.hide.Store(nil)
			return catalog.ErrUnknownOutcome
		}
		return nil
	}
	w.hide.Store(&once)
	if _, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Prefix: "other"}}); !errors.Is(err, catalog.ErrUnknownOutcome) {
		t.Fatalf("got %v, want the store's error beneath", err)
	}
	w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog) // finds the commit
	if got := w.read().Spec.InferenceTable; got == nil || got.Table != "other_payload" {
		t.Fatalf("the table is %+v", got)
	}
	w.agree()
}
