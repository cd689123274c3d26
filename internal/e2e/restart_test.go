package e2e

import "testing"

// Services, grants and rows outlive the server: the next one on the same files
// goes on where it ended.
func TestRestart(t *testing.T) {
	p := newProvider(t)
	folder := t.TempDir()
	s := start(t, folder, p)
	s.containers(t)
	s.create(t, seedBody)
	for _, g := range grants {
		s.sql(t, admin, g)
	}
	first := s.client(alice)
	first.say(t, hello(service))
	s.close(t)

	s = start(t, folder, p)
	second := s.client(alice)
	if got := second.say(t, hello(service)); got != "Hello from opus" {
		t.Errorf("answered %q", got)
	}
	rows := s.rows(t, "request_id", 2)
	for i, c := range []client{second, first} {
		if id := c.header("X-Databricks-Request-Id"); rows[i]["request_id"] != id {
			t.Errorf("row %d is of request %s, want %s", i, rows[i]["request_id"], id)
		}
	}
}
