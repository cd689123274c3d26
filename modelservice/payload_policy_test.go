package modelservice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// Bodies are in the row where the service wants them and the call does not ask
// to leave them out where it may; what is not in the row is nowhere in it (I29).
// Sizes and everything else are.
func TestPayloadPolicy(t *testing.T) {
	for _, policy := range []modelservice.PayloadPolicy{"", modelservice.PayloadsAll, modelservice.PayloadsOptional, modelservice.PayloadsNone} {
		for _, omit := range []bool{false, true} {
			for _, body := range []string{ask(), ask(streamed, withReport)} {
				t.Run(fmt.Sprintf("%s %t", policy, omit), func(t *testing.T) {
					w := newWorld(t, nil)
					spec := to("one")
					spec.InferenceTable.Payloads = policy
					w.service(spec)
					out := &recorder{}
					w.call(w.ctx(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(body), OmitPayloads: omit}, out)
					row := w.row()
					if row.RequestSize != int64(len(body)) || row.ResponseSize != int64(out.body.Len()) || row.StatusCode != 200 || !row.TotalTokens.Valid {
						t.Errorf("the row is %+v", row)
					}
					want := policy != modelservice.PayloadsNone && !(omit && policy == modelservice.PayloadsOptional)
					if want {
						if string(row.Request) != body || string(row.Response) != out.body.String() || len(row.LoggingErrorCodes) > 0 {
							t.Errorf("the row has %q, %q %v", row.Request, row.Response, row.LoggingErrorCodes)
						}
						return
					}
					if row.Request != nil || row.Response != nil || row.RequestSHA256 != "" || row.ResponseSHA256 != "" ||
						!slices.Equal(row.LoggingErrorCodes, []string{inferencelog.RequestWithheld, inferencelog.ResponseWithheld}) {
						t.Errorf("the row has %q, %q %v", row.Request, row.Response, row.LoggingErrorCodes)
					}
					if text := fmt.Sprintf("%s %+v", row.Request, row); strings.Contains(text, "hello you") {
						t.Errorf("what was said is in %s", text)
					}
				})
			}
		}
	}
}

// What is logged how can be changed, reads as it was given but for defaults, and
// is kept. What a service cannot have is refused before anything is made.
func TestTableSettings(t *testing.T) {
	w := newWorld(t, nil)
	place := modelservice.InferenceTable{Parent: "main.logging"}
	for _, bad := range []struct {
		set         func(*modelservice.InferenceTable)
		field, word string
	}{
		{func(t *modelservice.InferenceTable) { t.Durability = "slow" }, "config.inference_table.durability", "'slow'"},
		{func(t *modelservice.InferenceTable) { t.Durability = inferencelog.Journaled }, "config.inference_table.durability", "no journal"},
		{func(t *modelservice.InferenceTable) { t.Payloads = "some" }, "config.inference_table.payloads", "'some'"},
	} {
		spec, before := to("one"), w.dump()
		bad.set(spec.InferenceTable)
		_, err := w.create("alice", "main.default", "chat", spec)
		w.refused(err, modelservice.CodeInvalidParameter, bad.word)
		if e := modelservice.AsError(err); e.Field != bad.field {
			t.Errorf("%s is blamed", e.Field)
		}
		w.unchanged(before)
	}
	w.service(to("one"))
	before := w.dump()
	for _, bad := range []func(*modelservice.InferenceTable){
		func(t *modelservice.InferenceTable) { t.Durability = "slow" },
		func(t *modelservice.InferenceTable) { t.Durability = inferencelog.Journaled },
		func(t *modelservice.InferenceTable) { t.Payloads = "some" },
	} {
		table := place
		bad(&table)
		_, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &table})
		w.refused(err, modelservice.CodeInvalidParameter, "")
	}
	same := place
	same.Durability, same.Payloads = inferencelog.Fast, modelservice.PayloadsAll
	_, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &same}) // the defaults by name
	w.must(err)
	w.unchanged(before)

	set := place
	set.Payloads, set.OmitRefused = modelservice.PayloadsNone, true
	got, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &set})
	w.must(err)
	if is := got.Spec.InferenceTable; is.Payloads != set.Payloads || !is.OmitRefused || is.Durability != "" || is.Disabled {
		t.Errorf("it reads %+v", is)
	}
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	if row := w.row(); row.Request != nil || row.Response != nil {
		t.Errorf("the row is %+v", row)
	}
	w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
	if is := w.read().Spec.InferenceTable; is.Payloads != set.Payloads || !is.OmitRefused {
		t.Errorf("dropped, it reads %+v", is)
	}
}

// Journaled takes a log with a journal; a service that has it keeps it where
// there is none any more.
func TestTableDurability(t *testing.T) {
	w := newWorld(t, nil)
	journal, err := inferencelog.OpenJournal(t.TempDir(), nil)
	w.must(err)
	plain, told := w.log, make(chan int, 1)
	w.log = inferencelog.New(w.sink, &inferencelog.Options{Journal: journal, Trace: &inferencelog.Trace{
		Journaled: func(rows, bytes int, took time.Duration) { told <- rows },
	}})
	w.reopen()
	spec := to("one")
	spec.InferenceTable.Durability = inferencelog.Journaled
	if svc := w.service(spec); svc.Spec.InferenceTable.Durability != inferencelog.Journaled {
		t.Errorf("it reads %+v", svc.Spec.InferenceTable)
	}
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	if rows := <-told; rows == 0 {
		t.Error("the journal took no row")
	}
	w.row()
	_, err = w.log.Close(w.ctx())
	w.must(err)

	w.log = plain
	w.reopen()
	kept := w.dump()
	_, err = w.change("alice", modelservice.ServiceChange{InferenceTable: w.read().Spec.InferenceTable})
	w.must(err)
	w.unchanged(kept)
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	if n := len(w.rows()); n != 2 {
		t.Errorf("%d rows", n)
	}
	_, err = w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
	w.must(err)
	_, err = w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Durability: inferencelog.Journaled}})
	w.refused(err, modelservice.CodeInvalidParameter, "no journal")
}
