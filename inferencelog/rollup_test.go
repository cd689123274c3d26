package inferencelog_test

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"pgregory.net/rapid"
)

func rowsOf(rows ...*inferencelog.Record) iter.Seq2[*inferencelog.Record, error] {
	return func(yield func(*inferencelog.Record, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

var midday = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestRollUp(t *testing.T) {
	known := inferencelog.Known
	rows := []*inferencelog.Record{
		{EventTime: midday, ServiceID: "7", ServiceName: "a.b.old", RequesterID: "1", Requester: "ann", Outcome: inferencelog.OutcomeOK,
			InputTokens: known(10), OutputTokens: known(2), TotalTokens: known(12), CacheReadTokens: known(4), ReasoningTokens: known(1), LatencyMs: 30},
		{EventTime: midday.Add(time.Hour), ServiceID: "7", ServiceName: "a.b.new", RequesterID: "2", Requester: "ann", Outcome: inferencelog.OutcomeFailed, LatencyMs: 50},
		{EventTime: midday.Add(-time.Hour), ServiceID: "8", ServiceName: "a.b.new", RequesterID: "1", Requester: "ann", Outcome: inferencelog.OutcomeOK,
			InputTokens: known(1), OutputTokens: known(1), TotalTokens: known(2), CacheCreationTokens: known(1), LatencyMs: 5},
		{EventTime: midday.Add(12 * time.Hour), LostRows: known(3)},
	}
	sum, err := inferencelog.RollUp(rowsOf(rows...))
	want := []inferencelog.UsageTotal{{Requests: 3, OK: 2, Failed: 1, InputTokens: 11, OutputTokens: 3, TotalTokens: 14,
		CacheReadTokens: 4, CacheCreationTokens: 1, ReasoningTokens: 1, LatencyMs: 85, MaxLatencyMs: 50, LostRows: 3}}
	if err != nil || !slices.Equal(sum, want) {
		t.Errorf("got %+v, %v\nwant %+v", sum, err, want)
	}
	sum, err = inferencelog.RollUp(rowsOf(rows...), inferencelog.ByService, inferencelog.ByDay)
	today, tomorrow := midday.Truncate(24*time.Hour), midday.Truncate(24*time.Hour).Add(24*time.Hour)
	want = []inferencelog.UsageTotal{
		{Day: today, Service: "a.b.new", ServiceID: "7", Requests: 2, OK: 1, Failed: 1, InputTokens: 10, OutputTokens: 2, TotalTokens: 12,
			CacheReadTokens: 4, ReasoningTokens: 1, LatencyMs: 80, MaxLatencyMs: 50},
		{Day: today, Service: "a.b.new", ServiceID: "8", Requests: 1, OK: 1, InputTokens: 1, OutputTokens: 1, TotalTokens: 2,
			CacheCreationTokens: 1, LatencyMs: 5, MaxLatencyMs: 5},
		{Day: tomorrow, LostRows: 3},
	}
	if err != nil || !slices.Equal(sum, want) {
		t.Errorf("by service and day: got %+v, %v\nwant %+v", sum, err, want)
	}
	sum, err = inferencelog.RollUp(rowsOf(rows[:3]...), inferencelog.ByRequester)
	if err != nil || len(sum) != 2 || sum[0].Requests != 2 || sum[1].Requests != 1 || sum[0].RequesterID != "1" || sum[1].RequesterID != "2" {
		t.Errorf("two of one name are two: got %+v, %v", sum, err)
	}
}

func TestRollUpEdges(t *testing.T) {
	if sum, err := inferencelog.RollUp(rowsOf(), inferencelog.ByDay); err != nil || len(sum) != 0 {
		t.Errorf("no rows: %+v, %v", sum, err)
	}
	if _, err := inferencelog.RollUp(rowsOf(), "week"); !errors.Is(err, inferencelog.ErrNoDimension) {
		t.Errorf("by week: %v", err)
	}
	broken := errors.New("broken")
	if sum, err := inferencelog.RollUp(func(yield func(*inferencelog.Record, error) bool) {
		_ = yield(&inferencelog.Record{}, nil) && yield(nil, broken)
	}); err != broken || sum != nil {
		t.Errorf("broken rows: %+v, %v", sum, err)
	}
	most := inferencelog.Known(math.MaxInt64)
	full := &inferencelog.Record{InputTokens: most, OutputTokens: most, TotalTokens: most, LatencyMs: math.MaxInt64}
	odd := &inferencelog.Record{InputTokens: inferencelog.Known(-5), LatencyMs: math.MinInt64, Outcome: "strange"}
	sum, err := inferencelog.RollUp(rowsOf(odd, full, full, odd))
	if err != nil || len(sum) != 1 || sum[0].InputTokens != math.MaxInt64 || sum[0].TotalTokens != math.MaxInt64 ||
		sum[0].LatencyMs != math.MaxInt64 || sum[0].Requests != 4 || sum[0].OK+sum[0].Failed != 0 {
		t.Errorf("saturated: %+v, %v", sum, err)
	}
}

func TestRollUpHasABound(t *testing.T) {
	read := 0
	many := func(n int) iter.Seq2[*inferencelog.Record, error] {
		return func(yield func(*inferencelog.Record, error) bool) {
			for i := range n {
				if read++; !yield(&inferencelog.Record{ServiceID: strconv.Itoa(i)}, nil) {
					return
				}
			}
		}
	}
	if sum, err := inferencelog.RollUp(many(inferencelog.MaxGroups), inferencelog.ByService); err != nil || len(sum) != inferencelog.MaxGroups {
		t.Errorf("%d groups, %v", len(sum), err)
	}
	read = 0
	if _, err := inferencelog.RollUp(many(3*inferencelog.MaxGroups), inferencelog.ByService); !errors.Is(err, inferencelog.ErrTooManyGroups) {
		t.Errorf("too many groups: %v", err)
	} else if read != inferencelog.MaxGroups+1 {
		t.Errorf("%d rows were read", read)
	}
	if sum, err := inferencelog.RollUp(many(3*inferencelog.MaxGroups), inferencelog.ByDay); err != nil || sum[0].Requests != 3*inferencelog.MaxGroups {
		t.Errorf("one group: %+v, %v", sum, err)
	}
}

// The totals of a roll-up are those that an obvious count of each group finds,
// in whatever order the rows come.
func TestRollUpAgreesWithCounting(t *testing.T) {
	dimensions := []inferencelog.Dimension{inferencelog.ByService, inferencelog.ByDestination, inferencelog.ByRequester, inferencelog.ByDay}
	rapid.Check(t, func(t *rapid.T) {
		var rows []*inferencelog.Record
		for range rapid.IntRange(0, 30).Draw(t, "rows") {
			id := func(label string) string { return strconv.Itoa(rapid.IntRange(1, 3).Draw(t, label)) }
			rows = append(rows, &inferencelog.Record{
				EventTime: midday.Add(time.Duration(rapid.IntRange(0, 72).Draw(t, "hour")) * time.Hour),
				ServiceID: id("service"), DestinationID: id("destination"), RequesterID: id("requester"),
				Outcome:     rapid.SampledFrom([]inferencelog.Outcome{inferencelog.OutcomeOK, inferencelog.OutcomeRefused, inferencelog.OutcomeCancelled, inferencelog.OutcomeTruncated}).Draw(t, "outcome"),
				TotalTokens: inferencelog.Known(rapid.Int64Range(0, 1000).Draw(t, "tokens")),
				LatencyMs:   rapid.Int64Range(0, 1000).Draw(t, "latency"),
			})
		}
		by := rapid.SliceOfDistinct(rapid.SampledFrom(dimensions), rapid.ID).Draw(t, "by")
		label := func(r *inferencelog.Record) (s string) {
			for _, d := range dimensions {
				if !slices.Contains(by, d) {
					continue
				}
				s += map[inferencelog.Dimension]string{inferencelog.ByService: r.ServiceID, inferencelog.ByDestination: r.DestinationID,
					inferencelog.ByRequester: r.RequesterID, inferencelog.ByDay: r.EventTime.Format("|2006-01-02|")}[d] + "/"
			}
			return s
		}
		type count struct{ requests, refused, tokens, latency, slowest int64 }
		want := map[string]count{}
		for _, r := range rows {
			c := want[label(r)]
			c.requests++
			if r.Outcome == inferencelog.OutcomeRefused {
				c.refused++
			}
			c.tokens, c.latency, c.slowest = c.tokens+r.TotalTokens.Int, c.latency+r.LatencyMs, max(c.slowest, r.LatencyMs)
			want[label(r)] = c
		}
		sum, err := inferencelog.RollUp(rowsOf(rows...), by...)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]count{}
		for _, s := range sum {
			at := label(&inferencelog.Record{ServiceID: s.ServiceID, DestinationID: s.DestinationID, RequesterID: s.RequesterID, EventTime: s.Day})
			got[at] = count{s.Requests, s.Refused, s.TotalTokens, s.LatencyMs, s.MaxLatencyMs}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || len(sum) != len(want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
		slices.Reverse(rows)
		if again, err := inferencelog.RollUp(rowsOf(rows...), by...); err != nil || !slices.Equal(again, sum) {
			t.Fatalf("the other way round: %v, %v", again, err)
		}
	})
}

func ExampleRollUp() {
	rows := rowsOf(
		&inferencelog.Record{ServiceID: "7", ServiceName: "main.default.chat", Outcome: inferencelog.OutcomeOK, TotalTokens: inferencelog.Known(120)},
		&inferencelog.Record{ServiceID: "7", ServiceName: "main.default.chat", Outcome: inferencelog.OutcomeRefused},
	)
	totals, err := inferencelog.RollUp(rows, inferencelog.ByService)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range totals {
		fmt.Println(t.Service, t.Requests, t.OK, t.Refused, t.TotalTokens)
	}
	// Output: main.default.chat 2 1 1 120
}
