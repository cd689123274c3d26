package e2e

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/rest"
	"github.com/modelward/modelward/modelservice/upstream"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// talker is a sink that repeats a row in what it says of it.
type talker struct {
	inferencelog.LogSink
	how atomic.Value // how it fails: "error", "rejected", "panic"; or ""
}

func (s *talker) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	said := ""
	for _, r := range batch {
		row, _ := r.MarshalJSON() // a row always can be
		said += fmt.Sprintf("cannot store %s %+v %q", row, *r, r.Request)
	}
	switch s.how.Load() {
	case "error":
		return errors.New(said)
	case "rejected":
		return fmt.Errorf("%w: %s", inferencelog.ErrRejected, said)
	case "panic":
		panic(said)
	}
	return s.LogSink.Write(ctx, id, batch)
}

// embedded is the library in this process, with a sink and hooks that can be
// told to misbehave.
type embedded struct {
	*watched
	sink     *talker
	log      *inferencelog.Logger
	hook     atomic.Value  // the hook that panics, or ""
	panicked atomic.Int64  // how often one has
	failed   chan struct{} // the log has found out that the sink fails
	stop     func(*testing.T)
	shown    []any // what a program may print
}

// panics panics in a hook, if it is that one's turn, with nothing that is secret.
func (e *embedded) panics(hook string) {
	if e.hook.Load() == hook {
		e.panicked.Add(1)
		panic("a hook panicked")
	}
}

func embed(t *testing.T) *embedded {
	t.Helper()
	ctx, folder := t.Context(), t.TempDir()
	must(t, os.Mkdir(filepath.Join(folder, "parquet"), 0o700))
	e := &embedded{watched: newWatched(t, folder, ""), sink: &talker{LogSink: inferencelog.NewMemory()}, failed: make(chan struct{}, 1)}
	e.sink.how.Store("")
	e.hook.Store("")
	lines := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(e.watched), zap.DebugLevel))

	cat, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	must(t, err)
	journal, err := inferencelog.OpenJournal(filepath.Join(folder, "data"), nil)
	must(t, err)
	e.log = inferencelog.New(e.sink, &inferencelog.Options{
		Journal: journal, Zap: lines, FlushEvery: time.Millisecond, RetryFor: 50 * time.Millisecond,
		Redact: func(inferencelog.Target, *inferencelog.Record) { e.panics("redact") },
		Trace: &inferencelog.Trace{
			Lost:   func(uint64, int, string) { e.fails() },
			Stored: func(uint64, int, time.Duration) { e.panics("stored") },
			Changed: func(was, is inferencelog.Health) {
				e.saw("health", fmt.Appendf(nil, "%+v %+v", was, is), false)
				if is.State != inferencelog.Working {
					e.fails()
				}
			},
		},
	})
	backends := upstream.Config{Models: map[string]upstream.Model{
		"system.ai.gpt":    {BaseURL: e.gossip.url + "/v1", APIKey: inferencelog.NewSecret(canaries["OpenAI's key"])},
		"system.ai.claude": {BaseURL: e.gossip.url + "/v1", APIKey: inferencelog.NewSecret(canaries["Anthropic's key"]), API: upstream.Anthropic},
		"system.ai.gone":   {BaseURL: "http://127.0.0.1:1/v1", APIKey: inferencelog.NewSecret(canaries["the key of a provider away"])},
	}}
	backend, err := upstream.New(backends)
	must(t, err)
	metastore, err := modelservice.NewMetastore(ctx, cat, authz.New(nil), &modelservice.MetastoreOptions{Log: e.log, Speaks: backend.Speaks, Logger: lines})
	must(t, err)
	must(t, metastore.SyncSystem(ctx, []string{"gpt", "claude", "gone"}))
	_, err = cat.Update(ctx, "e2e", func(tx *catalog.Tx) error {
		team, err := tx.CreatePrincipal(catalog.Group, "team")
		for name, group := range map[string]catalog.PrincipalID{"admin": catalog.MetastoreAdmins, "alice": team, "clara": team, "eve": catalog.AccountUsers} {
			id, failed := tx.CreatePrincipal(catalog.User, name)
			if err = errors.Join(err, failed); group != catalog.AccountUsers {
				err = errors.Join(err, tx.AddMember(group, id))
			}
		}
		return err
	})
	must(t, err)
	tokens, err := authn.NewTokens(map[string]string{
		canaries["the admin's token"]: "admin", canaries["alice's token"]: "alice", canaries["the token of x-api-key"]: "clara", canaries["eve's token"]: "eve",
	})
	must(t, err)
	authenticate := func(r *http.Request) (string, error) {
		e.panics("authenticate")
		return tokens.Authenticate(r)
	}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: metastore, Router: routing.New(&routing.Options{Timeouts: routing.Timeouts{Attempt: 300 * time.Millisecond, FirstToken: 300 * time.Millisecond, Idle: 300 * time.Millisecond}}),
		Limiter: ratelimit.New(nil), Backend: backend, Logger: lines,
		Trace: &modelservice.Trace{
			Authorized: func(c *modelservice.Call, d authz.Decision) { e.panics("authorized") },
			Finished: func(c *modelservice.Call, r modelservice.Result) {
				e.saw("result", fmt.Appendf(nil, "%+v %v", r, r.Err), true)
				e.panics("finished")
			},
		},
	})
	must(t, err)
	management, err := rest.New(rest.Config{Metastore: metastore, Authenticate: authenticate, Health: gateway.Health, Limits: gateway.Limits, Logger: lines})
	must(t, err)
	inference, err := query.New(query.Config{Gateway: gateway, Metastore: metastore, Authenticate: authenticate, Logger: lines})
	must(t, err)
	mux := http.NewServeMux()
	mux.Handle("/api/", management)
	mux.Handle("/ai-gateway/", inference)
	server := httptest.NewServer(mux)
	e.url, e.client = server.URL, server.Client()
	e.stop = func(t *testing.T) {
		server.Close()
		must(t, metastore.Close(context.Background()))
		_, err := e.log.Close(context.Background())
		must(t, err)
		backend.Close()
		must(t, cat.Close(context.Background()))
	}
	// Others than those in use, whose connections go on ending in the background.
	unused, err := upstream.New(backends)
	must(t, err)
	idle, err := modelservice.NewGateway(modelservice.Config{Metastore: metastore, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: unused})
	must(t, err)
	e.shown = []any{backends, &backends, backends.Models, backends.Models["system.ai.gpt"], unused, tokens, idle, metastore, e.log, journal}
	return e
}

// A hook that panics and a sink that says in its errors what is in a row give
// nothing away: not to callers, not to the people who read lines, not to files.
func TestCanariesEmbedded(t *testing.T) {
	e := embed(t)
	e.services(t)
	for _, hook := range []string{"redact", "stored", "authenticate", "authorized", "finished"} {
		before := e.panicked.Load()
		e.hook.Store(hook)
		e.next(answered(false))
		for _, service := range called[:2] {
			e.call(t, "a panic in "+hook, service, false, nil)
			e.call(t, "a panic in "+hook, service, true, nil)
		}
		e.flush(t)
		e.hook.Store("")
		if e.panicked.Load() == before {
			t.Errorf("the hook %s was not called", hook)
		}
	}
	for _, how := range []string{"error", "panic", "rejected"} {
		for _, service := range []string{"quiet", "quiet_claude", "gone", "none"} {
			select {
			case <-e.failed: // of before
			default:
			}
			e.sink.how.Store(how)
			e.next(answered(service == "quiet_claude"))
			e.call(t, "a sink's "+how, service, false, nil)
			e.next(status(http.StatusUnauthorized))
			e.call(t, "a sink's "+how, service, false, nil)
			select {
			case <-e.failed:
			case <-time.After(10 * time.Second):
				t.Errorf("%s: the log has not noticed %s", service, how)
			}
			health := e.log.Health()
			e.saw("health", fmt.Appendf(nil, "%+v", health), false)
			e.keepFiles(t)
			e.sink.how.Store("")
			e.flush(t)
		}
	}
	e.stop(t)
	e.keepFiles(t)
	for _, value := range e.shown {
		for _, text := range shown(value) {
			e.saw(fmt.Sprintf("%T", value), []byte(text), false)
		}
	}
	if !slices.ContainsFunc(e.seen, func(o output) bool { return filepath.Base(o.where) == "rejected.jsonl" }) {
		t.Error("no row was put aside")
	}
	e.search(t)
}

// fails notes that the log has found out.
func (e *embedded) fails() {
	select {
	case e.failed <- struct{}{}:
	default:
	}
}

func (e *embedded) flush(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	must(t, e.log.Flush(ctx))
}

// shown is a value in every way in which a program might print it.
func shown(value any) (texts []string) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, value))
	}
	inJSON, err := json.Marshal(value)
	inXML, failed := xml.Marshal(value)
	return append(texts, string(inJSON), string(inXML), fmt.Sprint(err, failed), slog.AnyValue(value).String())
}

// No way of printing a secret, or what has one in it, shows it.
func TestCanariesPrinted(t *testing.T) {
	key := canaries["OpenAI's key"]
	secret := inferencelog.NewSecret(key)
	model := upstream.Model{BaseURL: "https://h/v1", APIKey: secret}
	values := []any{
		secret, &secret, []inferencelog.Secret{secret}, map[string]inferencelog.Secret{"a": secret}, map[inferencelog.Secret]int{secret: 1},
		struct{ S, s inferencelog.Secret }{secret, secret}, struct{ S *inferencelog.Secret }{&secret}, struct{ S any }{secret},
		model, &model, upstream.Config{Models: map[string]upstream.Model{"system.ai.m": model}},
	}
	for _, bad := range []upstream.Model{
		{BaseURL: "https://h/v1", APIKey: inferencelog.NewSecret(key + " ")}, {BaseURL: "https://u:" + escaped(key, "%%%02x") + "@h/", APIKey: secret},
		{BaseURL: "https://h/?key=" + key, APIKey: secret}, {BaseURL: key, APIKey: secret}, {BaseURL: "https://h/#" + key}, {BaseURL: "https://h/v1", API: upstream.API(key)},
	} {
		_, err := upstream.New(upstream.Config{Models: map[string]upstream.Model{"system.ai.m": bad}})
		var invalid *upstream.InvalidError
		if !errors.As(err, &invalid) {
			t.Fatalf("%s: %v", bad.BaseURL, err)
		}
		values = append(values, err, invalid, *invalid)
	}
	for _, bad := range []map[string]string{{key: ""}, {key + " ": "alice"}} {
		_, err := authn.NewTokens(bad)
		if err == nil {
			t.Errorf("%q is taken", bad)
		}
		values = append(values, err)
	}
	for _, value := range values {
		for _, text := range shown(value) {
			if ways := hits([]byte(text), key); len(ways) > 0 {
				t.Errorf("%T: %v: %s", value, ways, text)
			}
		}
	}
}
