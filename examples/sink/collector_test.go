package main

import (
	"errors"
	"net/http"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

func open(*testing.T) inferencelog.LogSink {
	return newCollector("https://collector.example.com", &http.Client{Transport: &shelf{ids: map[string]bool{}}})
}

// The laws of every sink, but for what a declaration with a reason leaves out.
func TestLaws(t *testing.T) {
	inferencelogtest.TestSink(t, open, &inferencelogtest.Features{
		Unreadable: "the collector keeps the rows, and is not asked",
		Forgetful:  "which tables there are is known as long as the sink is open",
	})
}

// A logger over the sink keeps its books, whatever happens.
func TestLogger(t *testing.T) { inferencelogtest.TestLogger(t, open) }

// Refusals of a batch for what is in it are told from troubles that may pass; and
// a batch that comes again is there once.
func TestAnswers(t *testing.T) {
	shelf := &shelf{ids: map[string]bool{}}
	answer := 0
	c := newCollector("https://collector.example.com", &http.Client{Transport: through(func(r *http.Request) (*http.Response, error) {
		if answer != 0 {
			return &http.Response{StatusCode: answer, Body: http.NoBody, Request: r}, nil
		}
		return shelf.RoundTrip(r)
	})})
	table := inferencelog.Table{ID: 1, Name: "main.default.odd / name?"}
	if err := c.Create(t.Context(), table); err != nil {
		t.Fatal(err)
	}
	batch := []*inferencelog.Record{inferencelogtest.Plain("a", 1), inferencelogtest.Full("b")}
	for _, test := range []struct {
		status        int // 0: what the shelf answers
		stored, never bool
	}{
		{status: 503}, {status: 400, never: true}, {status: 413, never: true}, {status: 429},
		{stored: true}, {stored: true},
	} {
		answer = test.status
		err := c.Write(t.Context(), 1, batch)
		if (err == nil) != test.stored || errors.Is(err, inferencelog.ErrRejected) != test.never {
			t.Errorf("%d: %v", test.status, err)
		}
	}
	if len(shelf.rows) != 2 || shelf.rows[0].ID != "a" || shelf.rows[1].ID != "b" || len(shelf.of(table.Name)) != 2 {
		t.Errorf("collected %v", shelf.rows)
	}
}

type through func(*http.Request) (*http.Response, error)

func (f through) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
