package routing_test

import (
	"math"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/routing"
	"pgregory.net/rapid"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"0", 0, true},
		{"7", 7 * time.Second, true},
		{"  120\t", 2 * time.Minute, true},
		{"0000000000000000000000000000003", 3 * time.Second, true},
		{"9223372036", 9223372036 * time.Second, true},
		{"9223372037", math.MaxInt64, true},
		{strings.Repeat("9", 400), math.MaxInt64, true},
		{"Sun, 01 Mar 2026 12:00:30 GMT", 30 * time.Second, true},
		{"Sunday, 01-Mar-26 12:00:30 GMT", 30 * time.Second, true},
		{"Sun Mar  1 12:00:30 2026", 30 * time.Second, true},
		{"Sun, 01 Mar 2026 11:59:00 GMT", 0, true},
		{"Fri, 31 Dec 9999 23:59:59 GMT", math.MaxInt64, true},
		{"", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"1.5", 0, false},
		{"7s", 0, false},
		{"soon", 0, false},
		{"Sun, 01 Mar 2026 12:00:30 PST", 0, false},
	} {
		if got, ok := routing.ParseRetryAfter(tt.value, now); got != tt.want || ok != tt.ok {
			t.Errorf("ParseRetryAfter(%q) = %v, %t, want %v, %t", tt.value, got, ok, tt.want, tt.ok)
		}
	}
}

// Against a reference: big numbers, and the date parser of net/http.
func TestParseRetryAfterProperty(t *testing.T) {
	dates := rapid.Custom(func(t *rapid.T) string {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0).UTC()
		layout := rapid.SampledFrom([]string{http.TimeFormat, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC}).Draw(t, "layout")
		return at.Format(layout)
	})
	values := rapid.OneOf(dates, rapid.StringMatching(`[0-9]{1,25}`), rapid.StringMatching(`[-+ 0-9.eE]{0,8}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		value, now := values.Draw(t, "value"), time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0)
		got, ok := routing.ParseRetryAfter(value, now)
		if got < 0 {
			t.Fatalf("negative: %v", got)
		}
		trimmed := strings.Trim(value, " \t")
		if trimmed != "" && strings.Trim(trimmed, "0123456789") == "" {
			n, _ := new(big.Int).SetString(trimmed, 10)
			n.Mul(n, big.NewInt(int64(time.Second)))
			want := time.Duration(math.MaxInt64)
			if n.IsInt64() {
				want = time.Duration(n.Int64())
			}
			if !ok || got != want {
				t.Fatalf("%q: %v, %t, want %v", value, got, ok, want)
			}
			return
		}
		date, err := http.ParseTime(trimmed)
		if ok != (err == nil) || ok && got != max(date.Sub(now), 0) {
			t.Fatalf("%q: %v, %t, want the wait until %v (%v)", value, got, ok, date, err)
		}
	})
}
