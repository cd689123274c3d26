package modelservice_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// change changes the service [chat].
func (w *world) change(caller string, c modelservice.ServiceChange) (modelservice.Service, error) {
	w.Helper()
	return w.ms.UpdateService(w.ctx(), w.who[caller], w.name(chat), c)
}

// read is the service [chat] as it reads.
func (w *world) read() modelservice.Service {
	w.Helper()
	svc, err := w.ms.Service(w.who["admin"], w.name(chat))
	w.must(err)
	return svc
}

// stored is what the catalog keeps of the service [chat], by member.
func (w *world) stored() map[string]string {
	w.Helper()
	s := w.catalog.Snapshot()
	sec, _ := s.Securable(w.id(modelservice.TypeModelService, chat))
	data, err := json.Marshal(sec.Spec)
	w.must(err)
	var raw map[string]json.RawMessage
	w.must(json.Unmarshal(data, &raw))
	members := map[string]string{"comment": sec.Comment}
	for member, value := range raw {
		members[member] = string(value)
	}
	owner, err := json.Marshal(sec.Owner)
	w.must(err)
	members["owner"] = string(owner)
	return members
}

// diff are the members in which two services differ.
func diff(a, b map[string]string) map[string]bool {
	out := map[string]bool{}
	for member := range a {
		if a[member] != b[member] {
			out[member] = true
		}
	}
	for member := range b {
		if a[member] != b[member] {
			out[member] = true
		}
	}
	return out
}

func destination(name, model string, percent ...int) modelservice.Destination {
	d := modelservice.Destination{Name: name, Type: modelservice.PayPerToken, Model: model}
	if len(percent) > 0 {
		d.Percentage = &percent[0]
	}
	return d
}

// richWorld has a service [chat] with all that one can have, and with what was
// dropped since: the model of the fallback g and the one whom the second limit
// is for.
func richWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, nil)
	w.model("main.default.gone")
	w.grant("alice", catalog.TypeModel, "main.default.gone", catalog.Execute)
	w.host(func(tx *catalog.Tx) error {
		_, err := tx.CreatePrincipal(catalog.User, "ghost")
		return err
	})
	spec := to()
	spec.Destinations = []modelservice.Destination{destination("a", "system.ai.one", 70), destination("b", "system.ai.two", 30)}
	spec.Fallbacks = []modelservice.Destination{destination("g", "main.default.gone"), destination("c", "system.ai.one")}
	spec.Unrouted = []modelservice.Destination{destination("u", "system.ai.three", 5)}
	spec.FirstTokenTimeout = 3 * time.Second
	spec.TrafficSplitting = true
	spec.RateLimits = []modelservice.RateLimit{
		{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(100)},
		{Key: ratelimit.KeyUser, Principal: "ghost", Period: ratelimit.Hour, Requests: new64(0)},
		{Key: ratelimit.KeyUserGroup, Principal: "team", Period: ratelimit.Minute, Tokens: new64(1 << 40)},
	}
	w.service(spec)
	w.must(w.drop("admin", catalog.TypeModel, "main.default.gone", nil))
	w.must(w.dropPrincipal("admin", "ghost"))
	return w
}

// asItReads is a change that gives every member of a service as it reads.
func asItReads(s modelservice.Service) modelservice.ServiceChange {
	return modelservice.ServiceChange{
		Comment: &s.Comment, Owner: &s.Owner, Destinations: &s.Spec.Destinations, Fallbacks: &s.Spec.Fallbacks,
		Unrouted: &s.Spec.Unrouted, FirstTokenTimeout: &s.Spec.FirstTokenTimeout, TrafficSplitting: &s.Spec.TrafficSplitting,
		InvokerRights: &s.Spec.InvokerRights, RateLimits: &s.Spec.RateLimits, InferenceTable: s.Spec.InferenceTable,
	}
}

func ptr[T any](v T) *T { return &v }
