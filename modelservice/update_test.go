package modelservice_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// edit is a change of one member, as the catalog calls it, and how that reads
// afterwards.
type edit struct {
	member string
	set    func(*modelservice.ServiceChange)
	reads  func(modelservice.Service) any
	want   any
}

// edits are for the service of [richWorld].
var edits = []edit{
	{"comment", func(c *modelservice.ServiceChange) { c.Comment = ptr("new") },
		func(s modelservice.Service) any { return s.Comment }, "new"},
	{"owner", func(c *modelservice.ServiceChange) { c.Owner = ptr("CAROL") },
		func(s modelservice.Service) any { return s.Owner }, "carol"},
	{"destinations", func(c *modelservice.ServiceChange) {
		c.Destinations = &[]modelservice.Destination{destination("z", "system.ai.three")}
	}, func(s modelservice.Service) any { return s.Spec.Destinations }, []modelservice.Destination{destination("z", "system.ai.three")}},
	{"fallbacks", func(c *modelservice.ServiceChange) { c.Fallbacks = &[]modelservice.Destination{} },
		func(s modelservice.Service) any { return s.Spec.Fallbacks }, []modelservice.Destination(nil)},
	{"unrouted", func(c *modelservice.ServiceChange) {
		c.Unrouted = &[]modelservice.Destination{destination("v", "system.ai.two")}
	}, func(s modelservice.Service) any { return s.Spec.Unrouted }, []modelservice.Destination{destination("v", "system.ai.two")}},
	{"first_token_timeout", func(c *modelservice.ServiceChange) { c.FirstTokenTimeout = ptr(time.Duration(0)) },
		func(s modelservice.Service) any { return s.Spec.FirstTokenTimeout }, time.Duration(0)},
	{"traffic_splitting", func(c *modelservice.ServiceChange) { c.TrafficSplitting = ptr(false) },
		func(s modelservice.Service) any { return s.Spec.TrafficSplitting }, false},
	{"invoker_rights", func(c *modelservice.ServiceChange) { c.InvokerRights = ptr(true) },
		func(s modelservice.Service) any { return s.Spec.InvokerRights }, true},
	{"rate_limits", func(c *modelservice.ServiceChange) {
		c.RateLimits = &[]modelservice.RateLimit{{Key: ratelimit.KeyServicePrincipal, Principal: "app", Period: ratelimit.Hour, Tokens: new64(0)}}
	}, func(s modelservice.Service) any { return s.Spec.RateLimits },
		[]modelservice.RateLimit{{Key: ratelimit.KeyServicePrincipal, Principal: "app", Period: ratelimit.Hour, Tokens: new64(0)}}},
	{"inference_table", func(c *modelservice.ServiceChange) {
		c.InferenceTable = &modelservice.InferenceTable{Parent: "main.logging", Disabled: true}
	}, func(s modelservice.Service) any { return *s.Spec.InferenceTable },
		modelservice.InferenceTable{Parent: "main.logging", Prefix: "chat", Table: "chat_payload", Disabled: true,
			Logging: modelservice.Logging{Status: modelservice.LoggingPaused, Reason: "Logging is disabled."}}},
}

// Each member changes alone and with each other one. What is not named is kept
// to the byte, what was dropped included; and what is given as it reads becomes
// what it was.
func TestUpdateAloneAndInPairs(t *testing.T) {
	w := richWorld(t)
	undo, before := asItReads(w.read()), w.stored()
	for i, one := range edits {
		for _, other := range edits[i:] {
			var c modelservice.ServiceChange
			one.set(&c)
			other.set(&c)
			got, err := w.change("admin", c)
			if err != nil {
				t.Fatalf("%s and %s: %v", one.member, other.member, err)
			}
			want := map[string]bool{one.member: true, other.member: true}
			if is := diff(before, w.stored()); !maps.Equal(is, want) {
				t.Errorf("%s and %s: changed are %v", one.member, other.member, slices.Sorted(maps.Keys(is)))
			}
			for _, e := range []edit{one, other} {
				if is := e.reads(got); !reflect.DeepEqual(is, e.want) {
					t.Errorf("%s reads %v, want %v", e.member, is, e.want)
				}
			}
			if !reflect.DeepEqual(w.read(), got) {
				t.Errorf("%s and %s: the answer is %+v, what is there %+v", one.member, other.member, got, w.read())
			}
			if c.Fallbacks != nil || c.RateLimits != nil {
				w = richWorld(t) // nothing brings back what was dropped
				undo, before = asItReads(w.read()), w.stored()
				continue
			}
			_, err = w.change("admin", undo)
			w.must(err)
			if is := diff(before, w.stored()); len(is) != 0 {
				t.Fatalf("%s and %s: not undone are %v", one.member, other.member, slices.Sorted(maps.Keys(is)))
			}
		}
	}
}

// Who gives what is there changes nothing, nor does who gives nothing: no
// commit, and the etag stays.
func TestUpdateNothing(t *testing.T) {
	w := richWorld(t)
	before, version := w.dump(), w.catalog.Snapshot().Version()
	all := asItReads(w.read())
	for _, c := range []modelservice.ServiceChange{
		{}, all, {Etag: w.read().Etag}, {Owner: ptr("ALICE")}, {RateLimits: all.RateLimits}, {Destinations: all.Destinations}, {Fallbacks: all.Fallbacks},
		{InferenceTable: &modelservice.InferenceTable{Parent: "Main.Logging", Prefix: "CHAT"}},
	} {
		got, err := w.change("alice", c)
		w.must(err)
		if !reflect.DeepEqual(got, w.read()) {
			t.Errorf("answered %+v", got)
		}
	}
	w.unchanged(before)
	if is := w.catalog.Snapshot().Version(); is != version {
		t.Errorf("version %d after nothing, it was %d", is, version)
	}
}
