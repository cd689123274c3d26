package inferencelog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

func checkReadYourCalls(w *world) {
	w.put(1, 0, 3)
	n := 0
	for r, err := range w.log.Rows(w.Context(), 1, inferencelog.Query{Limit: 2}) {
		if err != nil || r.ID != fmt.Sprintf("%03d", 2-n) {
			w.Fatal(r, err)
		}
		n++
	}
	if n != 2 {
		w.Fatal(n, "rows")
	}
	blind := inferencelog.New(inferencelog.NewJSONLines(&strings.Builder{}), nil)
	defer blind.Close(w.Context())
	for _, err := range blind.Rows(w.Context(), 1, inferencelog.Query{}) {
		if !errors.Is(err, inferencelog.ErrNotReadable) {
			w.Fatal(err)
		}
	}
}

func checkIDs(w *world) {
	now := time.Now()
	for range 100 {
		w.log.Log(1, &inferencelog.Record{RequestID: "the caller's own"})
	}
	w.log.Log(1, &inferencelog.Record{EventTime: time.Unix(1<<40, 0)})
	seen := map[string]bool{}
	for r, err := range w.log.Rows(w.Context(), 1, inferencelog.Query{}) {
		if err != nil {
			w.Fatal(err)
		}
		if late := r.EventTime.Sub(now); late < 0 || late > time.Second {
			w.Fatalf("event time %v", r.EventTime)
		}
		seen[r.ID] = true
	}
	if len(seen) != 101 || seen[""] {
		w.Fatal(len(seen), "ids")
	}
}

func checkPayloads(w *world) {
	shared := []string{"CALLERS", "NOT YOURS"}
	keep := make([]byte, inferencelog.MaxPayload)
	for _, c := range []struct {
		id                string
		request, response []byte
		size              int64
		wantReq, wantResp int // lengths, -1 for null
		codes             []string
	}{
		{"fits", keep, nil, 0, inferencelog.MaxPayload, -1, []string{"CALLERS"}},
		{"too long", append(keep, 0), []byte("short"), 0, -1, 5, []string{"CALLERS", "MAX_REQUEST_SIZE_EXCEEDED"}},
		{"cut by the caller", []byte(""), []byte("beginning"), inferencelog.MaxPayload + 1, 0, -1, []string{"CALLERS", "MAX_RESPONSE_SIZE_EXCEEDED"}},
		{"both", append(keep, 0), append(keep, 0), 0, -1, -1, []string{"CALLERS", "MAX_REQUEST_SIZE_EXCEEDED", "MAX_RESPONSE_SIZE_EXCEEDED"}},
		{"invalid", []byte("a\xff\xfeb"), []byte("é\xc3"), 0, 5, 5, []string{"CALLERS", "REQUEST_INVALID_UTF8", "RESPONSE_INVALID_UTF8"}},
	} {
		w.log.Log(1, &inferencelog.Record{
			ID: c.id, Request: c.request, Response: c.response, ResponseSize: c.size, LoggingErrorCodes: shared[:1],
			Requester: "x\xff", RequestTags: map[string]string{"k\xff": "v\xff"},
		})
		for r, err := range w.log.Rows(w.Context(), 1, inferencelog.Query{}) {
			if err != nil {
				w.Fatal(err)
			}
			if r.ID != c.id {
				continue
			}
			length := func(b []byte) int {
				if b == nil {
					return -1
				}
				return len(b)
			}
			if length(r.Request) != c.wantReq || length(r.Response) != c.wantResp || !slices.Equal(r.LoggingErrorCodes, c.codes) {
				w.Errorf("%s: request %d, response %d, codes %v", c.id, length(r.Request), length(r.Response), r.LoggingErrorCodes)
			}
			if shared[1] != "NOT YOURS" {
				w.Error("the code was written into the caller's list")
			}
			if r.Requester != "x\ufffd" || r.RequestTags["k\ufffd"] != "v\ufffd" {
				w.Errorf("%s: %q %q", c.id, r.Requester, r.RequestTags)
			}
		}
	}
}

func checkHandedOver(w *world) {
	body := []byte(`{"a":1}`)
	var got []byte
	w.hook.OnWrite = func(_ context.Context, _ uint64, batch []*inferencelog.Record) error {
		got = batch[0].Request
		return nil
	}
	w.log.Log(1, &inferencelog.Record{Request: body})
	if err := w.log.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	if &got[0] != &body[0] {
		w.Fatal("the payload was copied")
	}
}
