package parquetlog_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

const (
	benchRows  = 16 << 10
	benchBatch = 256
)

// chats returns rows of about 4 KB, texts out of a vocabulary of 5,000 words.
func chats(n int) []*inferencelog.Record {
	random := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 5000)
	for i := range words {
		b := make([]byte, 3+random.IntN(8))
		for k := range b {
			b[k] = 'a' + byte(random.IntN(26))
		}
		words[i] = string(b)
	}
	text := func(size int) string {
		var b strings.Builder
		for b.Len() < size {
			b.WriteString(words[random.IntN(len(words))])
			b.WriteByte(' ')
		}
		return b.String()
	}
	rows := make([]*inferencelog.Record, n)
	for i := range rows {
		request := []byte(`{"model":"chat","messages":[{"role":"user","content":"` + text(1900) + `"}]}`)
		response := []byte(`{"id":"` + strconv.Itoa(i) + `","choices":[{"message":{"role":"assistant","content":"` + text(1900) + `"},"finish_reason":"stop"}]}`)
		a, b := sha256.Sum256(request), sha256.Sum256(response)
		rows[i] = &inferencelog.Record{
			RequestID: fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64()), ID: fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64()),
			RequestTags: map[string]string{"team": "red"}, EventTime: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Millisecond),
			StatusCode: 200, LatencyMs: random.Int64N(5000), TimeToFirstByteMs: inferencelog.Known(random.Int64N(500)),
			Request: request, Response: response, DestinationType: "MODEL", DestinationName: "primary", DestinationModel: "model-7",
			Requester: fmt.Sprint("user-", random.IntN(50)), URL: "/v1/chat/completions", APIType: "chat", Outcome: inferencelog.OutcomeOK,
			Attempts:    []inferencelog.Attempt{{Destination: "primary", Action: "INITIAL_ATTEMPT", Status: 200, LatencyMs: random.Int64N(5000)}},
			InputTokens: inferencelog.Known(random.Int64N(1000)), OutputTokens: inferencelog.Known(random.Int64N(1000)),
			TotalTokens: inferencelog.Known(random.Int64N(2000)), UsageSource: inferencelog.UsageProvider, Draw: random.Uint64(), Drawn: true,
			RequestSHA256: hex.EncodeToString(a[:]), ResponseSHA256: hex.EncodeToString(b[:]), RequesterID: strconv.Itoa(random.IntN(50)),
		}
	}
	return rows
}

// BenchmarkWrite measures all that becomes of a row, spool and Parquet file, in time on the clock and on the processors,
// beside the Parquet library used directly.
func BenchmarkWrite(b *testing.B) {
	records := chats(benchRows)
	rows := make([]directRow, len(records))
	for i, r := range records {
		rows[i] = directOf(r)
	}
	measure := func(b *testing.B, once func(dir string)) {
		b.ReportAllocs()
		var size, before int64
		n := 0
		for b.Loop() {
			b.StopTimer()
			dir := b.TempDir()
			b.StartTimer()
			start := processorTime()
			once(dir)
			before += processorTime() - start
			n += benchRows
			b.StopTimer()
			size += sizeOf(b, dir)
			b.StartTimer()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/row")
		b.ReportMetric(float64(before)/float64(n), "cpu-ns/row")
		b.ReportMetric(float64(size)/float64(n), "B/row")
		b.ReportMetric(0, "ns/op")
	}
	b.Run("direct", func(b *testing.B) { measure(b, func(dir string) { writeDirect(b, dir, rows) }) })
	b.Run("parquetlog", func(b *testing.B) { measure(b, func(dir string) { writeOurs(b, dir, records) }) })
}

// BenchmarkRatio takes turns, so that what else the machine does falls on both, and reports the median of what we need
// over what the library alone needs, in processor time.
func BenchmarkRatio(b *testing.B) {
	records := chats(benchRows)
	rows := make([]directRow, len(records))
	for i, r := range records {
		rows[i] = directOf(r)
	}
	cost := func(once func(dir string)) float64 {
		dir := b.TempDir()
		runtime.GC()
		start := processorTime()
		once(dir)
		return float64(processorTime() - start)
	}
	var ratios []float64
	for b.Loop() {
		direct := cost(func(dir string) { writeDirect(b, dir, rows) })
		ours := cost(func(dir string) { writeOurs(b, dir, records) })
		ratios = append(ratios, ours/direct)
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ours/direct")
	b.ReportMetric(0, "ns/op")
}

func writeDirect(b *testing.B, dir string, rows []directRow) {
	f, err := os.Create(filepath.Join(dir, "direct.parquet"))
	if err != nil {
		b.Fatal(err)
	}
	w := directWriter(f)
	for i := 0; i < len(rows); i += benchBatch {
		if _, err := w.Write(rows[i : i+benchBatch]); err != nil {
			b.Fatal(err)
		}
		if i%4096 == 4096-benchBatch {
			if err := w.Flush(); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

func writeOurs(b *testing.B, dir string, rows []*inferencelog.Record) {
	sink := open(b, dir, nil)
	create(b, sink, 1)
	for i := 0; i < len(rows); i += benchBatch {
		write(b, sink, 1, rows[i:i+benchBatch]...)
	}
	if err := sink.Close(); err != nil {
		b.Fatal(err)
	}
}

func sizeOf(b *testing.B, dir string) (size int64) {
	for _, pattern := range []string{"*.parquet", "*/*.parquet"} {
		list, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			b.Fatal(err)
		}
		for _, path := range list {
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			size += info.Size()
		}
	}
	return size
}
