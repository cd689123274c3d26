package rest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

const healthPath = "/api/2.1/unity-catalog/destination-health"

// How destinations fare, in the shape of the package comment.
func TestDestinationHealth(t *testing.T) {
	until := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	model := func(name string) catalog.FullName {
		return catalog.FullName{Catalog: "system", Schema: "ai", Object: name}
	}
	var answers []modelservice.DestinationHealth
	var asked catalog.PrincipalID
	w := newWorld(t, func(c *rest.Config) {
		c.Health = func(caller catalog.PrincipalID) ([]modelservice.DestinationHealth, error) {
			asked = caller
			return answers, nil
		}
	})
	if got := compact(w.ok(admin, "GET", healthPath, "")); got != `{"destinations":[]}` {
		t.Errorf("nothing is %s", got)
	}
	answers = []modelservice.DestinationHealth{
		{Model: model("a"), Health: routing.Health{Key: 1, State: routing.Closed}},
		{Model: model("b"), Health: routing.Health{Key: 2, State: routing.Open, Failures: 5, Cooling: true, Until: until}},
		{Model: model("c"), Health: routing.Health{Key: 3, State: routing.HalfOpen, Failures: 6, Until: until, Probing: true}},
	}
	const want = `{"destinations":[` +
		`{"consecutive_failures":0,"model":"system.ai.a","probing":false,"state":"CLOSED"},` +
		`{"consecutive_failures":5,"cooling_until":"2026-01-02T02:04:05Z","model":"system.ai.b","probing":false,"state":"OPEN"},` +
		`{"consecutive_failures":6,"model":"system.ai.c","probing":true,"state":"HALF_OPEN"}]}`
	if got := compact(w.ok(admin, "GET", healthPath, "")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if asked != w.id(admin) {
		t.Errorf("principal %d was asked for; want %d", asked, w.id(admin))
	}
	w.refused(admin, "POST", healthPath, "{}", http.StatusMethodNotAllowed)
	w.refused(admin, "GET", healthPath+"/system.ai.a", "", http.StatusNotFound)
	w.refused("", "GET", healthPath, "", http.StatusUnauthorized)
}

// The gateway's own is for metastore admins.
func TestGatewaysHealth(t *testing.T) {
	var gateway *modelservice.Gateway
	w := newService(t, func(c *rest.Config) {
		var err error
		gateway, err = modelservice.NewGateway(modelservice.Config{
			Metastore: c.Metastore, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: noBackend{},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Health = gateway.Health
	})
	all, _ := w.ok(admin, "GET", healthPath, "")["destinations"].([]any)
	if len(all) == 0 {
		t.Error("no destinations")
	}
	for _, one := range all {
		if dig(one, "state") != "CLOSED" || dig(one, "model") == "" {
			t.Errorf("got %s", compact(one))
		}
	}
	for _, who := range []string{"bob@example.com", "carol", "robot"} {
		if e := w.refused(who, "GET", healthPath, "", http.StatusForbidden); e.ErrorCode != string(modelservice.CodePermissionDenied) {
			t.Errorf("%s is answered %s", who, e.ErrorCode)
		}
	}
}

// Without a gateway there is no such path.
func TestNoHealth(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{healthPath, "/api/2.1/unity-catalog/nothing"} {
		if e := w.refused(admin, "GET", path, "", http.StatusNotFound); e.ErrorCode != string(modelservice.CodeNoEndpoint) {
			t.Errorf("%s answers %s", path, e.ErrorCode)
		}
	}
}

// noBackend is never called.
type noBackend struct{}

func (noBackend) Send(context.Context, modelservice.Target, *modelservice.Request) (*modelservice.Response, error) {
	return nil, context.Canceled
}
