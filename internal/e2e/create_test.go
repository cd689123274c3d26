package e2e

import (
	"net/http"
	"testing"
)

// The seed page from its request to its grants: a service is made over REST,
// not made twice, and is there for the team once it has every grant it takes.
func TestCreateAndGrant(t *testing.T) {
	p := newProvider(t)
	s := start(t, t.TempDir(), p)
	s.containers(t)

	made := s.create(t, seedBody)
	for member, want := range map[string]string{
		"full_name": service, "owner": admin, "inference_table": "main.logging.team_chat_payload",
	} {
		if made[member] != want {
			t.Errorf("%s is %v, want %s", member, made[member], want)
		}
	}
	if status, answer := s.manage(t, admin, "POST", "/api/2.2/unity-catalog/model-services", seedBody); status != http.StatusConflict {
		t.Errorf("made twice: %d %v", status, answer)
	}

	c := s.client(alice)
	for _, grant := range grants[:3] {
		_, err := c.CreateChatCompletion(t.Context(), hello(service))
		if e := refused(t, err); e.HTTPStatusCode != http.StatusNotFound {
			t.Errorf("before %s: %d %v", grant, e.HTTPStatusCode, e)
		}
		s.sql(t, admin, grant)
	}
	if got := c.say(t, hello(service)); got != "Hello from opus" {
		t.Errorf("answered %q", got)
	}

	s.sql(t, admin, "REVOKE EXECUTE ON MODEL SERVICE main.default.`team-chat` FROM ai_team")
	_, err := c.CreateChatCompletion(t.Context(), hello(service))
	if e := refused(t, err); e.HTTPStatusCode != http.StatusNotFound {
		t.Errorf("after the revoke: %d %v", e.HTTPStatusCode, e)
	}
	if n := len(p.requests()); n != 1 {
		t.Errorf("%d requests reached the provider, one was answered", n)
	}
}

// A user without MANAGE can grant nothing, and is told so.
func TestGrantIsRefused(t *testing.T) {
	s, _ := seeded(t)
	r := s.execute(t, alice, "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO bob")
	if r.Status.State != "FAILED" || r.Status.Error == nil || r.Status.Error.Code != "PERMISSION_DENIED" {
		t.Errorf("answered %+v", r.Status)
	}
	_, err := s.client(bob).CreateChatCompletion(t.Context(), hello(service))
	if e := refused(t, err); e.HTTPStatusCode != http.StatusNotFound {
		t.Errorf("a stranger: %d %v", e.HTTPStatusCode, e)
	}
}
