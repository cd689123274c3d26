package modelservice_test

import (
	"fmt"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// orderFault breaks one requirement of creating a service.
type orderFault struct {
	step  int // of spec §3.5
	name  string
	code  modelservice.Code
	words string
	apply func(*modelservice.NewService)
}

// orderFaults are ordered as they are looked for.
func orderFaults(w *world) []orderFault {
	parent := func(s string) func(*modelservice.NewService) {
		return func(n *modelservice.NewService) { n.Parent = w.name(s) }
	}
	destination := func(model string) func(*modelservice.NewService) {
		return func(n *modelservice.NewService) { n.Spec.Destinations[0].Model = model }
	}
	table := func(parent, prefix string) func(*modelservice.NewService) {
		return func(n *modelservice.NewService) {
			n.Spec.InferenceTable = &modelservice.InferenceTable{Parent: parent, Prefix: prefix}
		}
	}
	const (
		invalid = modelservice.CodeInvalidParameter
		missing = modelservice.CodeDoesNotExist
		denied  = modelservice.CodePermissionDenied
		taken   = modelservice.CodeAlreadyExists
	)
	return []orderFault{
		{3, "negative limit", invalid, "", func(n *modelservice.NewService) {
			n.Spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(-1)}}
		}},
		{3, "no destination", invalid, "", func(n *modelservice.NewService) { n.Spec.Destinations = nil }},
		{4, "no such catalog", missing, "Catalog 'nowhere' does not exist", parent("nowhere.default")},
		{4, "hidden catalog", missing, "Catalog 'hidden' does not exist", parent("hidden.default")},
		{4, "closed catalog", denied, "User does not have USE CATALOG on Catalog 'closed'.", parent("closed.default")},
		{4, "no such schema", missing, "Schema 'main.gone' does not exist", parent("main.gone")},
		{4, "hidden schema", missing, "Schema 'main.hidden' does not exist", parent("main.hidden")},
		{4, "closed schema", denied, "User does not have USE SCHEMA on Schema 'main.closed'.", parent("main.closed")},
		{4, "plain schema", denied, "User does not have CREATE SERVICE on Schema 'main.plain'.", parent("main.plain")},
		{5, "name taken", taken, "taken", func(n *modelservice.NewService) { n.Name = "taken" }},
		{6, "no such model", missing, "Model 'system.ai.four' does not exist", destination("system.ai.four")},
		{6, "hidden model", missing, "Model 'main.models.hidden' does not exist", destination("main.models.hidden")},
		{6, "seen model", denied, "User does not have EXECUTE on Model 'main.models.seen'.", destination("main.models.seen")},
		{7, "no such table schema", missing, "Schema 'main.gone' does not exist", table("main.gone", "x")},
		{7, "no CREATE TABLE", denied, "User does not have CREATE TABLE on Schema 'main.plain'.", table("main.plain", "x")},
		{7, "table there", taken, "main.logging.there_payload", table("main.logging", "there")},
	}
}

// orderWorld has a place for every fault.
func orderWorld(t *testing.T) *world {
	w := newWorld(t, nil)
	w.makeCatalog("hidden", "default")
	w.makeCatalog("closed", "default")
	for _, s := range []string{"hidden", "closed", "plain", "models"} {
		_, err := w.ms.CreateSchema(w.ctx(), w.who["admin"], w.name("main"), modelservice.NewObject{Name: s})
		w.must(err)
	}
	w.grant("alice", catalog.TypeCatalog, "closed", catalog.CreateSchema)
	w.grant("alice", catalog.TypeSchema, "main.closed", modelservice.CreateServicePrivilege)
	w.grant("alice", catalog.TypeSchema, "main.plain", catalog.UseSchema)
	w.grant("alice", catalog.TypeSchema, "main.models", catalog.UseSchema)
	w.model("main.models.hidden")
	w.model("main.models.seen")
	w.grant("alice", catalog.TypeModel, "main.models.seen", catalog.ReadMetadata)

	plain := modelservice.Spec{Destinations: to("one").Destinations}
	for _, s := range []string{"closed.default", "hidden.default", "main.default", "main.hidden", "main.closed", "main.plain"} {
		w.grant("admin", catalog.TypeSchema, s, modelservice.CreateServicePrivilege, catalog.UseSchema)
		w.grant("admin", catalog.TypeCatalog, w.name(s).Catalog, catalog.UseCatalog)
		_, err := w.create("admin", s, "taken", plain)
		w.must(err)
	}
	_, err := w.create("alice", "main.default", "there", to("one"))
	w.must(err)
	return w
}

func goodService(w *world) modelservice.NewService {
	return modelservice.NewService{Parent: w.name("main.default"), Name: "fresh", Spec: to("one", "two")}
}

// With two faults at once the one of the earlier step is reported, in the same
// words as alone (spec §3.5), and nothing changes.
func TestCreateOrder(t *testing.T) {
	w := orderWorld(t)
	faults := orderFaults(w)
	before := w.dump()
	try := func(apply ...orderFault) error {
		n := goodService(w)
		for i := len(apply) - 1; i >= 0; i-- { // what breaks the destination list outright goes last
			apply[i].apply(&n)
		}
		_, err := w.ms.CreateService(w.ctx(), w.who["alice"], n)
		return err
	}
	for i, first := range faults {
		alone := try(first)
		w.refused(alone, first.code, first.words)
		for _, second := range faults[i+1:] {
			if second.step == first.step || second.step == 6 && first.name == "no destination" {
				continue
			}
			if got := face(try(first, second)); got != face(alone) {
				t.Errorf("%s and %s: %s\nwant as alone: %s", first.name, second.name, got, face(alone))
			}
		}
	}
	w.unchanged(before)
	_, err := w.ms.CreateService(w.ctx(), w.who["alice"], goodService(w))
	w.must(err)
}

// Step 1 of the walk: who is not a living principal is nobody.
func TestCreateByNobody(t *testing.T) {
	w := newWorld(t, nil)
	for _, who := range []catalog.PrincipalID{0, 1, catalog.SystemUser, 999_999} {
		if _, err := w.ms.CreateService(w.ctx(), who, goodService(w)); err == nil {
			t.Errorf("principal %d made a service", who)
		}
	}
}

// The shape of a service (spec §3.2, §5.1, §15; rulings R1, R15, R22).
func TestCreateShape(t *testing.T) {
	w := newWorld(t, nil)
	dest := func(n int, percent ...int) []modelservice.Destination {
		var list []modelservice.Destination
		for i := range n {
			d := modelservice.Destination{Name: fmt.Sprintf("p%d", i), Type: modelservice.PayPerToken, Model: "system.ai.one"}
			if i < len(percent) {
				d.Percentage = &percent[i]
			}
			list = append(list, d)
		}
		return list
	}
	limits := func(n int, l modelservice.RateLimit) []modelservice.RateLimit {
		list := make([]modelservice.RateLimit, n)
		for i := range list {
			list[i] = l
		}
		return list
	}
	service := modelservice.RateLimit{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(1)}
	group := modelservice.RateLimit{Key: ratelimit.KeyUserGroup, Principal: "team", Period: ratelimit.Hour, Tokens: new64(1)}
	for i, tt := range []struct {
		name string
		ok   bool
		edit func(*modelservice.NewService)
	}{
		{"ten destinations", true, func(n *modelservice.NewService) {
			n.Spec.Destinations = dest(10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10)
		}},
		{"eleven destinations", false, func(n *modelservice.NewService) {
			n.Spec.Destinations = dest(11, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 0)
		}},
		{"99 percent", false, func(n *modelservice.NewService) { n.Spec.Destinations = dest(2, 49, 50) }},
		{"101 percent", false, func(n *modelservice.NewService) { n.Spec.Destinations = dest(2, 51, 50) }},
		{"no percentages", false, func(n *modelservice.NewService) { n.Spec.Destinations = dest(2) }},
		{"negative percentage", false, func(n *modelservice.NewService) { n.Spec.Destinations = dest(2, -1, 101) }},
		{"zero percent", true, func(n *modelservice.NewService) { n.Spec.Destinations = dest(2, 0, 100) }},
		{"five fallbacks", true, func(n *modelservice.NewService) { n.Spec.Fallbacks = rename(dest(5), "f") }},
		{"six fallbacks", false, func(n *modelservice.NewService) { n.Spec.Fallbacks = rename(dest(6), "f") }},
		{"one name twice", false, func(n *modelservice.NewService) {
			n.Spec.Fallbacks = []modelservice.Destination{n.Spec.Destinations[0]}
		}},
		{"no name", false, func(n *modelservice.NewService) { n.Spec.Destinations[0].Name = "" }},
		{"a name with a C1 control", false, func(n *modelservice.NewService) { n.Spec.Destinations[0].Name = "a\u009b31m" }},
		{"a name that is no UTF-8", false, func(n *modelservice.NewService) { n.Spec.Destinations[0].Name = "\xff" }},
		{"negative percentage without a route", false, func(n *modelservice.NewService) { n.Spec.Unrouted = dest(1, -1) }},
		{"no model", false, func(n *modelservice.NewService) { n.Spec.Destinations[0].Model = "" }},
		{"model of two parts", false, func(n *modelservice.NewService) { n.Spec.Destinations[0].Model = "system.ai" }},
		{"unknown type", false, func(n *modelservice.NewService) { n.Spec.Destinations[0].Type = "DESTINATION_TYPE_OTHER" }},
		{"one model twice", true, func(n *modelservice.NewService) { n.Spec.Fallbacks = rename(dest(2), "f") }},
		{"negative timeout", false, func(n *modelservice.NewService) { n.Spec.FirstTokenTimeout = -1 }},
		{"twenty limits", true, func(n *modelservice.NewService) { n.Spec.RateLimits = limits(20, service) }},
		{"21 limits", false, func(n *modelservice.NewService) { n.Spec.RateLimits = limits(21, service) }},
		{"five for groups", true, func(n *modelservice.NewService) { n.Spec.RateLimits = limits(5, group) }},
		{"six for groups", false, func(n *modelservice.NewService) { n.Spec.RateLimits = limits(6, group) }},
		{"limit of nothing", false, func(n *modelservice.NewService) {
			n.Spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute}}
		}},
		{"limit without period", false, func(n *modelservice.NewService) {
			n.Spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyService, Requests: new64(1)}}
		}},
		{"principal for a service limit", false, func(n *modelservice.NewService) {
			l := service
			l.Principal = "bob"
			n.Spec.RateLimits = []modelservice.RateLimit{l}
		}},
		{"user limit for nobody", false, func(n *modelservice.NewService) {
			n.Spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyUser, Period: ratelimit.Minute, Requests: new64(1)}}
		}},
		{"user limit for a group", false, func(n *modelservice.NewService) {
			n.Spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyUser, Principal: "team", Period: ratelimit.Minute, Requests: new64(1)}}
		}},
		{"name with a dot", false, func(n *modelservice.NewService) { n.Name = "a.b" }},
		{"empty name", false, func(n *modelservice.NewService) { n.Name = "" }},
		{"two-part table parent missing", false, func(n *modelservice.NewService) { n.Spec.InferenceTable.Parent = "" }},
		{"long comment", false, func(n *modelservice.NewService) { n.Comment = string(make([]byte, catalog.MaxCommentLength+1)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := goodService(w)
			n.Name = fmt.Sprintf("s%d", i)
			tt.edit(&n)
			before := w.dump()
			_, err := w.ms.CreateService(w.ctx(), w.who["alice"], n)
			switch {
			case tt.ok && err != nil:
				t.Errorf("refused: %v", err)
			case !tt.ok:
				w.refused(err, modelservice.CodeInvalidParameter, "")
				w.unchanged(before)
			}
		})
	}
}

func rename(list []modelservice.Destination, prefix string) []modelservice.Destination {
	for i := range list {
		list[i].Name = prefix + list[i].Name
	}
	return list
}
