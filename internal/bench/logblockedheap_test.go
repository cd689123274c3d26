package bench

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/modelward/modelward/inferencelog"
)

// logBlockedHeapRow: what the heap grows by while a sink never returns, as a
// multiple of Options.MaxBytes, which is meant to bound it: bodies, and a
// kilobyte a row for the rest. Calls go on when there is no room any more. It is
// the greatest of some: with bodies of some hundred bytes, where the rest weighs
// most, of 4 KB and 8 KB each way, and of 33,000 bytes, for which the allocator
// takes a quarter more.
func logBlockedHeapRow() row {
	return row{name: "log-blocked-heap", budget: 1, allocs: -1, weigh: weighLogBlockedHeap}
}

func weighLogBlockedHeap(tb testing.TB, scale scale) figure {
	bound := int64(scale.of(64 << 20))
	grown := growth(tb, scale, bound, requestBody, answerBody)
	most := grown
	says := fmt.Sprintf("of a bound of %.1f MB the heap grows by %.1f MB with small bodies", float64(bound)/megabyte, grown/megabyte)
	for _, n := range [3]int{4000, 8000, 33_000} {
		grown := growth(tb, scale, bound, httpRequest(fmt.Sprintf(`,"user":"%0*d"`, n, 0)), completion(n))
		most = max(most, grown)
		says += fmt.Sprintf(", by %.1f MB with such of %d bytes", grown/megabyte, n)
	}
	return figure{value: most / float64(bound), says: says}
}

// growth calls until there is no room for rows, and half as often again.
func growth(tb testing.TB, scale scale, bound int64, request, answer []byte) float64 {
	tb.Helper()
	sink := newStuck(tb)
	log := sink.log(&inferencelog.Options{MaxBytes: bound, MaxRows: bound})
	_, t, gateway := openInProcess(tb, scale, log, answer)
	c := &directCaller{gateway: gateway, users: t.users, request: request, answer: len(answer)}
	const turn = 10
	call := func() {
		if err := c.calls(turn); err != nil {
			tb.Fatal(err)
		}
		c.took = c.took[:0]
	}
	for range 20 { // what is made once is there
		call()
		if err := flush(log); err != nil {
			tb.Fatal(err)
		}
	}
	before := heap()
	sink.block()
	turns := 0
	for ; log.Stats().LostBy.Full == 0; turns++ {
		call()
	}
	for range turns / 2 {
		call()
	}
	grown := heap() - before
	if s := log.Stats(); s.Pending == 0 || turns == 0 {
		tb.Errorf("the sink does not block: %+v", s)
	}
	runtime.KeepAlive(c)
	return grown
}
