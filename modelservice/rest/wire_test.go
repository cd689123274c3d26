package rest_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The requests that the official Go SDK sends are understood, each in a world
// in which there is what it is about.
func TestWire(t *testing.T) {
	data, err := os.ReadFile("testdata/wire.json")
	if err != nil {
		t.Fatal(err)
	}
	var calls []struct {
		Call, Method, Path, Query string
		Body                      json.RawMessage
		Want                      int
	}
	if err := json.Unmarshal(data, &calls); err != nil || len(calls) < 20 {
		t.Fatalf("%d calls, %v", len(calls), err)
	}
	for _, c := range calls {
		t.Run(c.Call, func(t *testing.T) {
			world := newService
			switch {
			case strings.HasPrefix(c.Call, "Catalogs.Create"):
				world = newWorld
			case strings.HasPrefix(c.Call, "AiGateway.Create"):
				world = newMain
			}
			w := world(t)
			if strings.HasPrefix(c.Call, "AiGateway.Create") {
				w.letTeamLog() // the owner of one
			}
			if c.Call == "Schemas.Create" {
				w.ok(admin, "DELETE", schemasPath+"/main.default?force=true", "")
			}
			target := c.Path
			if c.Query != "" {
				target += "?" + c.Query
			}
			if a := w.send(admin, c.Method, target, string(c.Body)); a.Code != c.Want {
				t.Errorf("%s %s %s\nanswers %d %s\nwant %d", c.Method, target, c.Body, a.Code, a.Body, c.Want)
			}
		})
	}
}
