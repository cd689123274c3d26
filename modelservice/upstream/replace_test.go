package upstream_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice/upstream"
)

// Attempts use the table that was in place when they began, and a bad table
// changes nothing.
func TestReplace(t *testing.T) {
	to, request := captured(t, whole)
	name := func(name string) string {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, name) }).URL
	}
	b := backendFor(t, name("old"))
	ask := func() string {
		response, err := b.Send(t.Context(), to, request)
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		return readAll(t, response.Body)
	}
	if got := ask(); got != "old" {
		t.Fatal(got)
	}
	if err := b.Replace(map[string]upstream.Model{"system.ai.m": {BaseURL: name("new")}, "system.ai.x": {}}); err == nil {
		t.Error("a table with a model without an address was taken")
	}
	if got := ask(); got != "old" {
		t.Errorf("after a refused table: %s; want old", got)
	}
	if err := b.Replace(map[string]upstream.Model{"System.AI.M": {BaseURL: name("new")}}); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got != "new" {
		t.Errorf("after a new table: %s; want new", got)
	}
	if err := b.Replace(nil); err != nil {
		t.Fatal(err)
	}
	if got := ask(); !strings.Contains(got, "no model system.ai.m") {
		t.Errorf("without models: %s", got)
	}
}

// While tables change, every attempt has address and credential of one of them
// (invariant I12).
func TestReplaceWhileUsed(t *testing.T) {
	to, request := captured(t, whole)
	var tables [2]map[string]upstream.Model
	for i := range tables {
		secret := fmt.Sprint("key-", i)
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization"); got != "Bearer "+secret {
				t.Errorf("provider %d was sent %q", i, got)
			}
		})
		tables[i] = map[string]upstream.Model{"system.ai.m": {BaseURL: server.URL, APIKey: inferencelog.NewSecret(secret)}}
	}
	b := backendFor(t, "http://unused.invalid", func(c *upstream.Config) { c.Models = tables[0] })
	var users sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		users.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				response, err := b.Send(t.Context(), to, request)
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		})
	}
	for i := range 300 {
		if err := b.Replace(tables[i%2]); err != nil {
			t.Error(err)
		}
		runtime.Gosched()
	}
	close(stop)
	users.Wait()
}
