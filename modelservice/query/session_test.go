package query_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice/query"
)

// sessionTests are headers of a request, and the session that they mean.
var sessionTests = []struct {
	name    string
	headers []string // of the config
	request [][2]string
	want    string
}{
	{"none", nil, nil, ""},
	{"the first name", nil, [][2]string{{"X-Session-Id", "a"}}, "a"},
	{"an underscore", nil, [][2]string{{"session_id", "b"}}, "b"},
	{"an underscore, capitals", nil, [][2]string{{"SESSION_ID", "b"}}, "b"},
	{"a hyphen is no underscore", nil, [][2]string{{"session-id", "b"}}, ""},
	{"the agent's", nil, [][2]string{{"x-claude-code-session-id", "c"}}, "c"},
	{"in the order of the config", nil, [][2]string{{"x-claude-code-session-id", "c"}, {"session_id", "b"}, {"X-SESSION-ID", "a"}}, "a"},
	{"empty ones say nothing", nil, [][2]string{{"X-Session-Id", ""}, {"Session_id", "b"}}, "b"},
	{"empty ones, twice", nil, [][2]string{{"X-Session-Id", ""}, {"X-Session-Id", "a"}}, "a"},
	{"1 KiB", nil, [][2]string{{"X-Session-Id", strings.Repeat("s", 1024)}}, strings.Repeat("s", 1024)},
	{"more", nil, [][2]string{{"X-Session-Id", strings.Repeat("s", 1024) + "t"}}, strings.Repeat("s", 1024)},
	{"bytes", nil, [][2]string{{"X-Session-Id", "\xff\"\\é"}}, "\xff\"\\é"},
	{"own names", []string{"x-ours", "Y-OURS"}, [][2]string{{"X-Session-Id", "a"}, {"y-ours", "y"}}, "y"},
	{"switched off", []string{}, [][2]string{{"X-Session-Id", "a"}}, ""},
}

// A session reaches the gateway, over HTTP and in process alike.
func TestSessions(t *testing.T) {
	for _, test := range sessionTests {
		w := newWorld(t, func(c *query.Config) { c.SessionHeaders = test.headers })
		transport := query.Transport(query.TransportConfig{
			Gateway: w.gateway, Metastore: w.metastore, Principal: "alice", SessionHeaders: test.headers,
		})
		for way, trip := range map[string]http.RoundTripper{"over HTTP": w.server.Client().Transport, "in process": transport} {
			r := w.request(t, http.MethodPost, chatPath, chatBody("chat", false))
			for _, h := range test.request {
				r.Header[h[0]] = append(r.Header[h[0]], h[1]) // in that spelling
			}
			response, err := trip.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := readReply(response); got.status != 200 {
				t.Fatalf("%s, %s: %d %s", test.name, way, got.status, got.body)
			}
			if call := <-w.calls; call.Session != test.want {
				t.Errorf("%s, %s: the session is %.20q; want %.20q", test.name, way, call.Session, test.want)
			}
		}
	}
}

// A name that no header can have is no setting.
func TestSessionHeadersRefused(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"", " ", "a b", "a:", "é", "a\n", "(a)", "\x7f"} {
		_, err := query.New(query.Config{Gateway: w.gateway, Metastore: w.metastore, Authenticate: w.tokens.Authenticate, SessionHeaders: []string{"ok", name}})
		if err == nil || !strings.HasPrefix(err.Error(), "query: Config.SessionHeaders: ") {
			t.Errorf("%q: New: %v", name, err)
		}
		_, err = query.Transport(query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore, Principal: "alice", SessionHeaders: []string{name}}).
			RoundTrip(w.request(t, http.MethodPost, chatPath, chatBody("chat", false)))
		if err == nil || !strings.HasPrefix(err.Error(), "query: TransportConfig.SessionHeaders: ") {
			t.Errorf("%q: Transport: %v", name, err)
		}
	}
}
