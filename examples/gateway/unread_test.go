package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// A caller who does not read when the server stops has his row like any other.
func TestStopKeepsTheRowOfWhoDoesNotRead(t *testing.T) {
	for range 4 {
		full := make(chan struct{})
		r, who := startHere(t, func(w http.ResponseWriter, request *http.Request) {
			io.Copy(io.Discard, request.Body)
			w.Header().Set("Content-Type", "text/event-stream")
			pad := strings.Repeat("x", 60_000)
			for request.Context().Err() == nil {
				http.NewResponseController(w).SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
				if _, err := fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%q}}]}\n\n", pad); err != nil {
					break
				}
			}
			close(full) // and so is everything on the way to the caller
			<-request.Context().Done()
		})
		tellAll(t, r, who)
		table, ok := r.catalog.Snapshot().Lookup(catalog.TypeTable, catalog.FullName{Catalog: "main", Schema: "logging", Object: "team_chat_payload"})
		if !ok {
			t.Fatal("there is no table")
		}
		c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		body := `{"model":"main.default.team-chat","stream":true,"messages":[]}`
		fmt.Fprintf(c, "POST /ai-gateway/mlflow/v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", who.bob, len(body), body)
		<-full
		kept := r.sink.(*inferencelog.Memory)
		r.sink = nil // it is read after the stop
		lost, err := r.stop(grace{50 * time.Millisecond, 2 * time.Second, 5 * time.Second})
		if lost != 0 || err != nil {
			t.Errorf("%d rows lost, %v", lost, err)
		}
		rows := 0
		for _, err := range kept.Rows(t.Context(), uint64(table), inferencelog.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			rows++
		}
		if rows != 1 {
			t.Errorf("%d rows of one call", rows)
		}
		c.Close()
	}
}
