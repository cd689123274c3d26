package modelservice_test

import (
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// A destination whose model its service's manager cannot see any more is in the
// way where calls may go there, and nowhere else; and what the request has not
// named the refusal does not name (ruling R6).
func TestUpdateBesideHidden(t *testing.T) {
	type lists struct{ primaries, fallbacks, unrouted []modelservice.Destination }
	list := func(ds ...modelservice.Destination) *[]modelservice.Destination { return &ds }
	one, two := destination("a", "system.ai.one"), destination("b", "system.ai.two")
	secret, other := destination("s", "main.default.secret"), destination("s", "main.default.other")
	const label, model = "The model of destination 's' does not exist.", "Model 'main.default.other' does not exist."
	unrouted := lists{*list(one), nil, *list(secret)}
	fallback := lists{*list(one), *list(secret), nil}
	primary := lists{*list(secret), *list(one), nil}
	for _, c := range []struct {
		says    string
		is      lists
		change  modelservice.ServiceChange
		refused string // "" when it is done
	}{
		{"unrouted, and not given", unrouted, modelservice.ServiceChange{Destinations: list(two)}, ""},
		{"unrouted, and given as it reads", unrouted, modelservice.ServiceChange{Destinations: list(two), Unrouted: list(secret)}, ""},
		{"unrouted, and with another percentage", unrouted, modelservice.ServiceChange{Unrouted: list(destination("s", "main.default.secret", 7))}, ""},
		{"unrouted, and taken away", unrouted, modelservice.ServiceChange{Unrouted: list()}, ""},
		{"unrouted, under another name", unrouted, modelservice.ServiceChange{Unrouted: list(destination("t", "main.default.other"))}, model},
		{"unrouted, for another one", unrouted, modelservice.ServiceChange{Unrouted: list(other)}, model},
		{"unrouted becomes a fallback", unrouted, modelservice.ServiceChange{Fallbacks: list(secret)}, label},
		{"unrouted becomes a fallback, in the same order", unrouted, modelservice.ServiceChange{Fallbacks: list(secret), Unrouted: list()}, label},
		{"unrouted becomes the primary", unrouted, modelservice.ServiceChange{Destinations: list(secret)}, label},
		{"a fallback, and not given", fallback, modelservice.ServiceChange{Destinations: list(two)}, label},
		{"a fallback, and given as it reads", fallback, modelservice.ServiceChange{Destinations: list(two), Fallbacks: list(secret)}, label},
		{"a fallback, and nothing else changes", fallback, modelservice.ServiceChange{Destinations: list(one), Fallbacks: list(secret), Unrouted: list()}, ""},
		{"a fallback, and an unrouted one is added", fallback, modelservice.ServiceChange{Unrouted: list(two)}, label},
		{"a fallback is taken away", fallback, modelservice.ServiceChange{Fallbacks: list()}, ""},
		{"a fallback is not used any more", fallback, modelservice.ServiceChange{Fallbacks: list(), Unrouted: list(secret)}, ""},
		{"the primary, and not given", primary, modelservice.ServiceChange{Fallbacks: list(two)}, label},
		{"the primary is replaced", primary, modelservice.ServiceChange{Destinations: list(two)}, ""},
		{"the primary, for another one", primary, modelservice.ServiceChange{Destinations: list(other)}, model},
	} {
		t.Run(c.says, func(t *testing.T) {
			w := newWorld(t, nil)
			w.model("main.default.secret")
			w.model("main.default.other")
			w.grant("alice", catalog.TypeModel, "main.default.secret", catalog.Execute)
			spec := to()
			spec.Destinations, spec.Fallbacks, spec.Unrouted = c.is.primaries, c.is.fallbacks, c.is.unrouted
			w.service(spec)
			w.revoke("alice", catalog.TypeModel, "main.default.secret", catalog.Execute)
			before := w.dump()
			_, err := w.change("alice", c.change)
			if c.refused == "" {
				w.must(err)
				return
			}
			w.refused(err, modelservice.CodeDoesNotExist, c.refused)
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("it names a hidden model: %v", err)
			}
			w.unchanged(before)
		})
	}
}

// A destination whose model was dropped stays dropped where its list is not
// given, though there is a later model of that name.
func TestUpdateBesideDropped(t *testing.T) {
	w := richWorld(t)
	w.model("main.default.gone")
	w.grant("alice", catalog.TypeModel, "main.default.gone", catalog.Execute)
	before := w.stored()
	_, err := w.change("alice", modelservice.ServiceChange{Destinations: &[]modelservice.Destination{destination("z", "system.ai.one")}})
	w.must(err)
	if is := diff(before, w.stored()); len(is) != 1 || !is["destinations"] {
		t.Errorf("changed are %v", is)
	}
}

// A service whose owner was deleted can be given back as it reads, the owner
// that reads empty included; and empty is nobody else.
func TestUpdateOwnerlessAsItReads(t *testing.T) {
	w := richWorld(t)
	w.must(w.dropPrincipal("admin", "alice"))
	before, version := w.dump(), w.catalog.Snapshot().Version()
	s := w.read()
	if s.Owner != "" {
		t.Fatalf("the owner reads %q", s.Owner)
	}
	_, err := w.change("admin", asItReads(s))
	w.must(err)
	if w.catalog.Snapshot().Version() != version {
		t.Error("that was a commit")
	}
	w.unchanged(before)
	_, err = w.change("admin", modelservice.ServiceChange{Owner: ptr("carol")})
	w.must(err)
	before = w.dump()
	_, err = w.change("admin", modelservice.ServiceChange{Owner: ptr("")})
	w.refused(err, modelservice.CodePrincipalNotExist, "")
	w.unchanged(before)
}

// The name of a service makes the name of a table only where one is to be made,
// so one of a great length is not in the way of the table that there is.
func TestUpdateLongName(t *testing.T) {
	w := newWorld(t, nil)
	name := strings.Repeat("n", catalog.MaxNameLength-3)
	spec := to("one")
	spec.InferenceTable = &modelservice.InferenceTable{Parent: "main.logging", Table: "short"}
	made, err := w.create("alice", "main.default", name, spec)
	w.must(err)
	change := func(c modelservice.ServiceChange) (modelservice.Service, error) {
		return w.ms.UpdateService(w.ctx(), w.who["alice"], made.Name, c)
	}
	table := modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Disabled: true}}
	got, err := change(table)
	w.must(err)
	if is := got.Spec.InferenceTable; !is.Disabled || is.Table != "short" {
		t.Errorf("paused, it is %+v", is)
	}
	_, err = change(modelservice.ServiceChange{DetachTable: true})
	w.must(err)
	before := w.dump()
	table.Destinations = &[]modelservice.Destination{destination("a", "system.ai.none")} // that comes later
	_, err = change(table)
	w.refused(err, modelservice.CodeInvalidParameter, "cannot be the name of a table")
	table.Destinations = nil
	w.unchanged(before)
	table.InferenceTable.Prefix = "p"
	_, err = change(table)
	w.must(err)
}

// How long a list is comes before what is in it, so that no length costs more
// than being told so.
func TestUpdateLengths(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	nameless := make([]modelservice.Destination, 1<<20)
	limits := make([]modelservice.RateLimit, 1<<20)
	for _, c := range []struct {
		field, words string
		change       modelservice.ServiceChange
	}{
		{"config.routing.destinations", "at most 10 entries, has 1048576", modelservice.ServiceChange{Destinations: &nameless}},
		{"config.routing.destinations", "at most 10 entries, has 1048576", modelservice.ServiceChange{Destinations: &nameless, Fallbacks: &nameless}},
		{"config.routing.fallback.destinations", "at most 5 entries, has 1048576", modelservice.ServiceChange{Fallbacks: &nameless}},
		{"destinations", "At most 10 destinations", modelservice.ServiceChange{Unrouted: &nameless}},
		{"config.rate_limits", "at most 20", modelservice.ServiceChange{RateLimits: &limits}},
	} {
		var err error
		n := testing.AllocsPerRun(1, func() { _, err = w.change("mallory", c.change) })
		w.refused(err, modelservice.CodeInvalidParameter, c.words)
		if e := modelservice.AsError(err); e.Field != c.field {
			t.Errorf("%s is blamed, want %s", e.Field, c.field)
		}
		if n > 100 {
			t.Errorf("%s: %.0f allocations", c.field, n)
		}
	}
	spec := to("one")
	spec.Fallbacks = nameless
	n := testing.AllocsPerRun(1, func() {
		_, err := w.create("mallory", "main.default", "other", spec)
		w.refused(err, modelservice.CodeInvalidParameter, "at most 5 entries, has 1048576")
	})
	if n > 100 {
		t.Errorf("a create: %.0f allocations", n)
	}
}
