package query_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/query"
)

// usageRows returns the rows of the usage table, newest first.
func (w *world) usageRows(t testing.TB) []*inferencelog.Record {
	t.Helper()
	rows, err := w.metastore.Rows(t.Context(), w.admin, modelservice.UsageName(), inferencelog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var all []*inferencelog.Record
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

func TestLogHeadersRefused(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{
		"Authorization", "authorization", "Proxy-Authorization", "X-API-Key", "Api-Key", "x-goog-api-key", "Ocp-Apim-Subscription-Key",
		"Cookie", "Set-Cookie", "X-Amz-Security-Token", "X-Auth-Request-Access-Token", "X-Vault-Token", "Client-Secret", "X-Password",
		"X-Forwarded-Client-Cert", "X-Amz-Signature", "X-Goog-IAP-JWT-Assertion", "X-Credential",
		"X-Bearer", "DPoP", "X-OTP-Code", "X-Pwd", "X-Passphrase", "X-MS-Client-Principal", "X-Assertion", "", "a b", "a:b", "a\n", "ü",
	} {
		_, err := query.New(query.Config{Gateway: w.gateway, Metastore: w.metastore, Authenticate: w.tokens.Authenticate, LogHeaders: []string{"X-Team", name}})
		if err == nil || !strings.Contains(err.Error(), "query: Config.LogHeaders: ") {
			t.Errorf("%q: %v", name, err)
		}
		client := &http.Client{Transport: query.Transport(query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore, Principal: "alice", LogHeaders: []string{name}})}
		if response, err := client.Get("http://x/v1/models"); err == nil || !strings.Contains(err.Error(), "query: TransportConfig.LogHeaders: ") {
			t.Errorf("%q in process: %v, %v", name, response, err)
		}
	}
	var many []string
	for i := range 33 {
		many = append(many, "x-"+strings.Repeat("a", i+1))
	}
	if _, err := query.New(query.Config{Gateway: w.gateway, Metastore: w.metastore, Authenticate: w.tokens.Authenticate, LogHeaders: many}); err == nil {
		t.Error("33 headers are taken")
	}
	if _, err := query.New(query.Config{Gateway: w.gateway, Metastore: w.metastore, Authenticate: w.tokens.Authenticate, LogHeaders: append(many[1:], "X-AA")}); err != nil {
		t.Errorf("32 headers, one twice: %v", err)
	}
}

func TestLogHeaders(t *testing.T) {
	w := newWorld(t, func(c *query.Config) { c.LogHeaders = []string{"x-team", "X-TRACE", "x-none"} })
	r := w.request(t, http.MethodPost, chatPath, chatBody("chat", false))
	r.Header["X-Team"] = []string{"a", "b"}
	r.Header.Set("X-Trace", strings.Repeat("ä", 1000))
	r.Header.Set("X-Other", "no")
	r.Header.Set("User-Agent", strings.Repeat("x", 511)+"äbc")
	if got := w.do(t, r); got.status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
	row := w.rows(t)[0]
	if len(row.RequestHeaders) != 2 || row.RequestHeaders["x-team"] != "a, b" || row.RequestHeaders["x-trace"] != strings.Repeat("ä", 512) {
		t.Errorf("the row has headers %v", row.RequestHeaders)
	}
	usage := w.usageRows(t)[0]
	if usage.UserAgent != strings.Repeat("x", 511) || usage.IPAddress != "127.0.0.1" || usage.URL != chatPath || usage.ID != row.ID {
		t.Errorf("the row of usage has agent %q, address %q, url %q", usage.UserAgent, usage.IPAddress, usage.URL)
	}

	// By default there are none, and a header that claims another address is not
	// believed.
	w = newWorld(t)
	r = w.request(t, http.MethodPost, chatPath, chatBody("chat", false))
	r.Header.Set("X-Team", "a")
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	r.Header.Set("X-Real-Ip", "203.0.113.9")
	w.do(t, r)
	if row := w.rows(t)[0]; row.RequestHeaders != nil {
		t.Errorf("the row has headers %v", row.RequestHeaders)
	}
	if usage := w.usageRows(t)[0]; usage.IPAddress != "127.0.0.1" {
		t.Errorf("the address is %q", usage.IPAddress)
	}
}

func TestLogHeadersInProcess(t *testing.T) {
	w := newWorld(t)
	client := &http.Client{Transport: query.Transport(query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore, Principal: "alice", LogHeaders: []string{"X-Team"}})}
	r, err := http.NewRequest(http.MethodPost, "http://anything/v1/chat/completions?api_key=canary", strings.NewReader(chatBody("chat", false)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"x-team": {"a"}, "User-Agent": {"bad \xff agent"}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	row, usage := w.rows(t)[0], w.usageRows(t)[0]
	if row.RequestHeaders["x-team"] != "a" || row.URL != "/v1/chat/completions" || usage.IPAddress != "" || usage.UserAgent != "bad \uFFFD agent" || !utf8.ValidString(usage.UserAgent) {
		t.Errorf("headers %v, url %q, address %q, agent %q", row.RequestHeaders, row.URL, usage.IPAddress, usage.UserAgent)
	}
}

// The header that asks for a row without bodies is heard, or refused.
func TestOmitPayloadsHeader(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		values []string
		status int
		omit   bool
	}{
		{nil, 200, false}, {[]string{"true"}, 200, true}, {[]string{"false"}, 200, false},
		{[]string{"TRUE"}, 400, false}, {[]string{"1"}, 400, false}, {[]string{""}, 400, false}, {[]string{"true", "true"}, 400, false},
	} {
		r := w.request(t, http.MethodPost, chatPath, chatBody("chat", false))
		r.Header[query.OmitPayloadsHeader] = tt.values
		got := w.do(t, r)
		if got.status != tt.status {
			t.Errorf("%q: %d %s", tt.values, got.status, got.body)
			continue
		}
		if tt.status != 200 {
			if !strings.Contains(got.body, "INVALID_PARAMETER_VALUE") || !strings.Contains(got.body, query.OmitPayloadsHeader) {
				t.Errorf("%q: %s", tt.values, got.body)
			}
			continue
		}
		if call := <-w.calls; call.OmitPayloads != tt.omit {
			t.Errorf("%q: the call says %t", tt.values, call.OmitPayloads)
		}
	}
}

// What callers and providers prove themselves with is in no row, wherever they
// put it and however the call ends (I29). What a host has allowed to be kept, and
// bodies, are the caller's own words.
func TestCredentialsAreInNoRow(t *testing.T) {
	const canary = "sk-canary-0123456789"
	w := newWorld(t, func(c *query.Config) {
		c.LogHeaders = []string{"X-Team"}
		c.Authenticate = func(*http.Request) (string, error) { return "alice", nil }
	})
	echo := func(status int) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			rw.Header().Set("Content-Type", "application/json")
			rw.Header().Set("X-Echo", r.Header.Get("Authorization"))
			rw.WriteHeader(status)
			io.WriteString(rw, `{"error":{"message":"Incorrect API key provided: `+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")+`","code":"`+key+`"}}`)
		}
	}
	ends := map[string]func(){
		"answered": func() {},
		"401":      func() { w.primary.does(echo(401)); w.fallback.does(echo(401)) },
		"400":      func() { w.primary.does(echo(400)) },
		"200":      func() { w.primary.does(echo(200)); w.fallback.does(echo(200)) },
		"reset":    func() { w.primary.does(breaks()); w.fallback.does(breaks()) },
	}
	calls := 0
	for _, end := range []string{"answered", "401", "400", "200", "reset"} {
		ends[end]()
		for _, stream := range []bool{false, true} {
			for _, header := range []string{
				"Authorization", "Proxy-Authorization", "X-Api-Key", "Api-Key", "Cookie", "X-Goog-Api-Key", "X-Amz-Security-Token", "X-Session-Id", "X-Anything", "Referer",
			} {
				r := w.request(t, http.MethodPost, chatPath+"?api_key="+canary+"&key="+canary, chatBody("chat", stream))
				r.Header.Set(header, canary)
				r.Header.Set("X-Team", "blue")
				w.do(t, r)
				calls++
			}
		}
	}
	rows, usage := w.rows(t), w.usageRows(t)
	if len(rows) != calls || len(usage) != calls {
		t.Fatalf("%d calls, %d rows, %d of usage", calls, len(rows), len(usage))
	}
	for i, row := range slices.Concat(rows, usage) {
		layout := inferencelog.Payload
		if i >= calls {
			layout = inferencelog.Usage
		}
		text := string(row.AppendJSON(nil, layout))
		if strings.Contains(text, canary) || strings.Contains(text, key) {
			t.Fatalf("a credential is in %s", text)
		}
	}
}

// Everybody who may call may be granted the rows of the own calls.
func TestOwnRowsOverHTTP(t *testing.T) {
	w := newWorld(t)
	w.chat(t, chatBody("chat", false))
	r := w.request(t, http.MethodPost, chatPath, chatBody("chat", false))
	r.Header.Set("Authorization", "Bearer bot-token")
	w.do(t, r)
	table := catalog.FullName{Catalog: "main", Schema: "default", Object: "chat_payload"}
	err := w.metastore.ChangeGrants(t.Context(), w.admin, catalog.TypeTable, table, []modelservice.GrantChange{{Principal: "callers", Add: []catalog.Privilege{catalog.SelectOwnRows}}})
	if err != nil {
		t.Fatal(err)
	}
	bot, _ := w.metastore.Catalog().Snapshot().PrincipalNamed("bot")
	rows, err := w.metastore.Rows(t.Context(), bot.ID, table, inferencelog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for row, err := range rows {
		if n++; err != nil || row.Requester != "bot" {
			t.Errorf("bot reads %+v, %v", row, err)
		}
	}
	if n != 1 {
		t.Errorf("bot reads %d rows", n)
	}
}
