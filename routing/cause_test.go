package routing_test

import (
	"testing"

	"github.com/modelward/modelward/routing"
)

// The table, written a second time by hand (ruling R28).
var fixtures = []struct {
	cause      routing.Cause
	next       bool
	cools      bool
	retryAfter bool
	class      routing.Class
	answer     int
}{
	{routing.CauseRateLimited, true, true, true, routing.ClassRefused, 429},
	{routing.CauseQuota, true, true, true, routing.ClassRefused, 429},
	{routing.CauseOverloaded, true, true, true, routing.ClassRefused, 0},
	{routing.CauseServerError, true, true, true, routing.ClassUncertain, 0},
	{routing.CauseProviderAuth, true, true, false, routing.ClassRefused, 502},
	{routing.CauseProviderNotFound, true, true, false, routing.ClassRefused, 502},
	{routing.CauseCallerFault, false, false, false, routing.ClassRefused, 0},
	{routing.CauseContextTooLong, false, false, false, routing.ClassRefused, 0},
	{routing.CauseContentPolicy, false, false, false, routing.ClassRefused, 0},
	{routing.CauseRefused, true, true, false, routing.ClassNotSent, 502},
	{routing.CauseTLS, true, true, false, routing.ClassNotSent, 502},
	{routing.CauseReset, true, true, false, routing.ClassUncertain, 502},
	{routing.CauseMalformed, true, true, false, routing.ClassUncertain, 502},
	{routing.CauseTimeoutConnect, true, true, false, routing.ClassNotSent, 504},
	{routing.CauseTimeoutFirstToken, true, true, false, routing.ClassUncertain, 504},
	{routing.CauseTimeoutAttempt, true, true, false, routing.ClassUncertain, 504},
	{routing.CauseTimeoutIdle, true, true, false, routing.ClassUncertain, 504},
	{routing.CauseTimeoutTotal, false, false, false, routing.ClassUncertain, 504},
	{routing.CauseCanceled, false, false, false, routing.ClassUncertain, 499},
	{routing.CauseSuperseded, false, false, false, routing.ClassUncertain, 0},
	{routing.CauseAborted, false, false, false, routing.ClassUncertain, 0},
	{routing.CausePanic, false, false, false, routing.ClassUncertain, 0},
}

func TestTable(t *testing.T) {
	rows := routing.Table()
	if len(rows) != len(fixtures) {
		t.Fatalf("%d rows, want %d", len(rows), len(fixtures))
	}
	for i, want := range fixtures {
		got := rows[i]
		next := got.Action == routing.NextDestination
		if got.Cause != want.cause || next != want.next || got.Cools != want.cools ||
			got.RetryAfter != want.retryAfter || got.Class != want.class || got.Answer != want.answer {
			t.Errorf("row %d is %+v, want %+v", i, got, want)
		}
		if got.CoolFor != 0 {
			t.Errorf("%s cools at once", want.cause)
		}
		if got != want.cause.Row() || got != routing.New(nil).Row(want.cause) {
			t.Errorf("Table and Row differ for %s", want.cause)
		}
		if got.RetryHere && !got.Cools {
			t.Errorf("%s is retried but is not the destination's failure", want.cause)
		}
	}
	rows[0].Action = "changed"
	if routing.Table()[0].Action == "changed" {
		t.Error("Table hands out its own rows")
	}
	if row := routing.Cause("of a later version").Row(); row.Action != routing.TellCaller || row.Cools {
		t.Errorf("an unknown cause: %+v, want the caller and neutral", row)
	}
}

func TestCauseOfStatus(t *testing.T) {
	for status := -1; status <= 1000; status++ {
		var want routing.Cause
		switch {
		case status >= 200 && status <= 299:
			want = ""
		case status == 429:
			want = routing.CauseRateLimited
		case status == 401, status == 402, status == 403, status == 407:
			want = routing.CauseProviderAuth
		case status == 404:
			want = routing.CauseProviderNotFound
		case status/100 == 4:
			want = routing.CauseCallerFault
		case status/100 == 5:
			want = routing.CauseServerError
		default:
			want = routing.CauseMalformed
		}
		if got := routing.CauseOfStatus(status); got != want {
			t.Errorf("CauseOfStatus(%d) = %q, want %q", status, got, want)
		}
	}
}
