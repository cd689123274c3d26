package upstream_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/upstream"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// On the wire stand the lines that the table makes, and no other; the body is
// the caller's with another model.
func TestOnTheWire(t *testing.T) {
	for _, test := range []struct {
		body, accept string
	}{{whole, "application/json"}, {stream, "text/event-stream"}} {
		to, request := captured(t, test.body)
		got := make(chan []byte, 1)
		address := serveRaw(t, func(c net.Conn) {
			var raw bytes.Buffer
			r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &raw)))
			if err == nil {
				io.Copy(io.Discard, r.Body)
			}
			got <- raw.Bytes()
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		})
		response, err := backendFor(t, "http://"+address+"/base/v1/").Send(t.Context(), to, request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		sent, _ := request.Body("m")
		body := readAll(t, sent)
		head, rest, _ := strings.Cut(string(<-got), "\r\n\r\n")
		lines := map[string]bool{}
		for line := range strings.SplitSeq(head, "\r\n") {
			lines[line] = true
		}
		want := map[string]bool{
			"POST /base/v1/chat/completions HTTP/1.1":    true,
			"Host: " + address:                           true,
			"Accept: " + test.accept:                     true,
			"Authorization: Bearer " + canary:            true,
			"Content-Type: application/json":             true,
			"User-Agent: modelward":                      true,
			"Content-Length: " + strconv.Itoa(len(body)): true,
		}
		if !maps.Equal(lines, want) {
			t.Errorf("sent\n%s\nwant\n%v", head, want)
		}
		if rest != body || !strings.Contains(body, `"model":"m"`) {
			t.Errorf("sent %q; want %q", rest, body)
		}
	}
}

// A model of another API is an answer to the caller, and nobody is asked
// (ruling R33).
func TestOtherAPI(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the provider was asked") })
	b := backendFor(t, server.URL, func(c *upstream.Config) {
		c.Models = map[string]upstream.Model{"system.ai.m": {BaseURL: server.URL, API: upstream.Anthropic}}
	})
	_, err := newWorld(t, b).call(t.Context(), whole)
	var e *modelservice.Error
	if !errors.As(err, &e) || e.HTTPStatus() != 400 || !strings.Contains(e.Message, "does not speak chat/completions") {
		t.Errorf("got %v", err)
	}
}

// A table with something wrong in it is refused, and the error names what
// without showing it.
func TestInvalid(t *testing.T) {
	good := "https://api.example.com/v1"
	for _, test := range []struct {
		field  string
		models map[string]upstream.Model
	}{
		{"name", map[string]upstream.Model{"m": {BaseURL: good}}},
		{"name", map[string]upstream.Model{"system.ai": {BaseURL: good}}},
		{"name", map[string]upstream.Model{"system.ai.m.x": {BaseURL: good}}},
		{"name", map[string]upstream.Model{"system.ai.m": {BaseURL: good}, "SYSTEM.ai.m": {BaseURL: good}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "ftp://canary.example.com"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "api.example.com/canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https:canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https:///canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://:443/canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://user:canary@api.example.com"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://canary@api.example.com"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://user:canary@api.example.com:x"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "?key=canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "?"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "#canary"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "#"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "/chat/completions"}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: good + "/messages/", API: upstream.Anthropic}}},
		{"base_url", map[string]upstream.Model{"system.ai.m": {BaseURL: "https://h/canary\n"}}},
		{"api", map[string]upstream.Model{"system.ai.m": {BaseURL: good, API: "canary"}}},
		{"upstream_model", map[string]upstream.Model{"system.ai.m": {BaseURL: good, UpstreamModel: "\xff"}}},
		{"api_key", map[string]upstream.Model{"system.ai.m": {BaseURL: good, APIKey: inferencelog.NewSecret("canary\r\nX: y")}}},
		{"api_key", map[string]upstream.Model{"system.ai.m": {BaseURL: good, APIKey: inferencelog.NewSecret("canary é")}}},
	} {
		_, err := upstream.New(upstream.Config{Models: test.models})
		var invalid *upstream.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != test.field {
			t.Errorf("%v: got %v; want a fault in %s", test.models, err, test.field)
			continue
		}
		noCanary(t, "the error", err.Error())
	}
	for _, base := range []string{good, good + "/", "http://127.0.0.1:8080", "http://[::1]:8080/a%20b/v1", "https://h/deployments/x"} {
		if _, err := upstream.New(upstream.Config{Models: map[string]upstream.Model{"system.ai.m": {BaseURL: base}}}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}
