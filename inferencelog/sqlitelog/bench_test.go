package sqlitelog_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
)

const benchRows = 256

// benchBatch returns rows as a gateway makes them, with payloads of 4 KB in all. The ids begin at n.
func benchBatch(n int) []*inferencelog.Record {
	request := bytes.Repeat([]byte(`{"role":"user","content":"how are you?"},`), 26)
	response := bytes.Repeat([]byte(`{"index":0,"delta":{"content":"well, and you?"}},`), 63)
	batch := make([]*inferencelog.Record, benchRows)
	for i := range batch {
		batch[i] = &inferencelog.Record{
			RequestID: fmt.Sprintf("0b5ae4c0-7f0b-4c37-bb6e-%012d", n+i), ID: fmt.Sprintf("XJ5GQ2LOYFE5JMZ3K7%09dN", (n+i)*7919%1e9),
			EventTime:  time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(n+i) * time.Millisecond),
			StatusCode: 200, LatencyMs: 812, TimeToFirstByteMs: inferencelog.Known(230), Request: request, Response: response,
			DestinationType: "MODEL", DestinationName: "main.models.gpt", DestinationModel: "gpt-5", Requester: "ada@example.com",
			URL: "/v1/chat/completions", APIType: "chat", Outcome: inferencelog.OutcomeOK,
			Attempts:    []inferencelog.Attempt{{Destination: "main.models.gpt", Action: "INITIAL_ATTEMPT", Status: 200, LatencyMs: 800}},
			InputTokens: inferencelog.Known(812), OutputTokens: inferencelog.Known(401), TotalTokens: inferencelog.Known(1213),
			UsageSource: inferencelog.UsageProvider, Draw: uint64(n + i), Drawn: true, RequesterID: "4711",
			RequestSHA256:  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
			ResponseSHA256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
		}
	}
	return batch
}

// BenchmarkWrite alternates between Write and what one would write for one's own table, a prepared statement in a
// transaction: the same rows, in the same table with the same indexes. A round is eight batches, because every other one
// pays for a checkpoint, and who begins changes with the round. The ratio is that of the medians.
func BenchmarkWrite(b *testing.B) {
	sink := open(b, filepath.Join(b.TempDir(), "log.db"))
	createTwo(b, sink)
	db, insert := plainTable(b)
	ways := [2]func([]*inferencelog.Record) error{
		func(batch []*inferencelog.Record) error { return sink.Write(b.Context(), 1, batch) },
		func(batch []*inferencelog.Record) error { return plainWrite(db, insert, batch) },
	}
	const batches = 8
	var took [2][]time.Duration
	for round := 0; b.Loop(); round++ {
		var list [batches][]*inferencelog.Record
		for i := range list {
			list[i] = benchBatch((round*batches + i) * benchRows)
		}
		for i := range ways {
			way := (i + round) % 2
			start := time.Now()
			for _, batch := range list {
				if err := ways[way](batch); err != nil {
					b.Fatal(err)
				}
			}
			took[way] = append(took[way], time.Since(start))
		}
	}
	median := func(of []time.Duration) float64 { slices.Sort(of); return float64(of[len(of)/2]) }
	ours, plain := median(took[0]), median(took[1])
	b.ReportMetric(ours/batches/benchRows, "ns/row")
	b.ReportMetric(plain/batches/benchRows, "plain-ns/row")
	b.ReportMetric(ours/plain, "ratio")
}

// plainTable returns a table as a sink makes them, and the statement to insert into it.
func plainTable(b *testing.B) (*sql.DB, *sql.Stmt) {
	path := filepath.Join(b.TempDir(), "log.db")
	sink := open(b, path)
	createTwo(b, sink)
	if err := sink.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	const columns = 30
	insert, err := db.Prepare(`INSERT INTO t_1 (request_id, invocation_id, event_time, status_code, sampling_fraction, latency_ms,
		time_to_first_byte_ms, request, response, destination_type, destination_name, destination_model, requester, schema_version,
		url, api_type, outcome, attempts, input_tokens, output_tokens, total_tokens, usage_source, draw, request_bytes,
		response_bytes, request_sha256, response_sha256, requester_id, request_tags, logging_error_codes) VALUES (?` + strings.Repeat(", ?", columns-1) + ")")
	if err != nil {
		b.Fatal(err)
	}
	return db, insert
}

func plainWrite(db *sql.DB, insert *sql.Stmt, batch []*inferencelog.Record) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	in := tx.Stmt(insert)
	for _, r := range batch {
		a := &r.Attempts[0]
		attempts := fmt.Sprintf(`[{"destination":%q,"action":%q,"status_code":%d,"error_code":null,"latency_ms":%d,"class":null}]`, a.Destination, a.Action, a.Status, a.LatencyMs)
		_, err := in.Exec(r.RequestID, r.ID, r.EventTime.Format(inferencelog.TimeLayout), r.StatusCode, 1.0, r.LatencyMs,
			r.TimeToFirstByteMs.Int, string(r.Request), string(r.Response), r.DestinationType, r.DestinationName, r.DestinationModel, r.Requester, 1,
			r.URL, r.APIType, string(r.Outcome), attempts, r.InputTokens.Int, r.OutputTokens.Int, r.TotalTokens.Int, r.UsageSource, strconv.FormatUint(r.Draw, 10), len(r.Request),
			len(r.Response), r.RequestSHA256, r.ResponseSHA256, r.RequesterID, nil, nil)
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

func BenchmarkRead(b *testing.B) {
	sink := open(b, filepath.Join(b.TempDir(), "log.db"))
	if err := sink.Create(b.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		b.Fatal(err)
	}
	for n := 0; n < 10240; n += benchRows {
		if err := sink.Write(b.Context(), 1, benchBatch(n)); err != nil {
			b.Fatal(err)
		}
	}
	for what, q := range map[string]inferencelog.Query{
		"all":       {},
		"page":      {Limit: 100},
		"no-bodies": {Columns: []string{"event_time", "invocation_id", "requester", "status_code", "total_tokens"}},
	} {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for _, err := range sink.Rows(b.Context(), 1, q) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/row")
		})
	}
}

// BenchmarkPrune is the longest that a write may wait for one transaction of deletions: max-ms.
func BenchmarkPrune(b *testing.B) {
	for what, size := range map[string]int{"small": 0, "4KB": 4 << 10, "1MB": 1 << 20} {
		b.Run(what, func(b *testing.B) {
			var longest, begun time.Duration
			start := time.Now()
			c := &clock{}
			sink := openWith(b, filepath.Join(b.TempDir(), "log.db"), &sqlitelog.Options{
				MaxAge: time.Hour, Now: c.now,
				OnPrune: func(uint64, int64, error) {
					longest, begun = max(longest, time.Since(start)-begun), time.Since(start)
				},
			})
			createTwo(b, sink)
			c.at = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			for b.Loop() {
				b.StopTimer()
				for n := range 4 {
					write(b, sink, 1, plainRows(fmt.Sprint(n, "/"), min(500, 8<<20/(size+1)), size)...)
				}
				c.at = c.at.AddDate(1, 0, 0)
				begun = time.Since(start)
				b.StartTimer()
				if _, err := sink.Prune(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				c.at = c.at.AddDate(-1, 0, 0)
				b.StartTimer()
			}
			b.ReportMetric(float64(longest.Microseconds())/1000, "max-ms")
		})
	}
}
