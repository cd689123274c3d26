package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// jsonRow: a whole governed call over HTTP, answered with a kilobyte of JSON, 64
// connections. What is compared is the processor time of the gateway's process
// alone: the provider and the callers are other processes. Beside it: the proxy
// of the standard library, in front of the same provider, under the same load.
//
// A line of its own says how much memory the gateway's process had at most, in a
// world of 10,000 securables. Reported too: the memory of each process, how fast
// it answered, and the proxy with a pool of buffers, which is not its default. An
// answer that is not the provider's, byte for byte, fails the row.
func jsonRow() row {
	return row{name: "http-json", budget: 1.25, allocs: -1, weigh: func(tb testing.TB, scale scale) figure {
		return weighHTTP(tb, scale, jsonRequest, jsonAnswer)
	}}
}

// streamRow: the same for a stream of 50 events, which the provider sends one by
// one.
func streamRow() row {
	return row{name: "http-sse", budget: 1.25, allocs: -1, weigh: func(tb testing.TB, scale scale) figure {
		return weighHTTP(tb, scale, streamRequest, []byte(strings.Join(streamEvent, "")))
	}}
}

var (
	jsonRequest   = httpRequest("")
	streamRequest = httpRequest(`,"stream":true,"stream_options":{"include_usage":true}`)
)

// httpRequest is a request to the service, with more members.
func httpRequest(more string) []byte {
	return fmt.Appendf(nil, `{"model":%q,"messages":[{"role":"system","content":"You are brief."},{"role":"user","content":"What is the weather like in the mountains today?"}],"max_tokens":200%s}`, serviceName, more)
}

// server is one of those compared.
type server struct {
	*process
	load   *load
	cpu    []float64 // nanoseconds of processor time per answer, a round each
	first  []float64 // nanoseconds until the first bytes of an answer's body
	speed  []float64 // answers a second
	memory int64     // bytes
}

func weighHTTP(tb testing.TB, scale scale, request, want []byte) figure {
	// Short turns and many: what else the machine does changes within seconds.
	rounds, long := 3*rounds, 230*time.Millisecond
	if scale == small {
		rounds, long = 1, 0
	}
	provider := start(tb, roleProvider, "", scale)
	var all []*server
	for _, role := range []string{roleGateway, roleProxy, rolePooledProxy} {
		p := start(tb, role, provider.address, scale)
		all = append(all, &server{process: p, load: newLoad(tb, p.address, request, want)})
	}
	answered := 0
	var ratio []float64
	for round := range rounds + 1 { // the first one warms up
		for i := range all {
			s := all[(round+i)%len(all)]
			seen := s.turn(tb, long, round > 0)
			if seen.broken > 0 {
				tb.Errorf("the %s broke %d answers of %d: %v", s.role, seen.broken, seen.answered, seen.reason)
			}
			answered += seen.answered
		}
		if round > 0 {
			ratio = append(ratio, all[0].cpu[round-1]/all[1].cpu[round-1])
		}
	}
	var says []string
	for _, s := range all {
		says = append(says, fmt.Sprintf("%s %s, at most %.1f MB, first byte after %s, %.0f answers/s",
			s.role, inUnits(median(s.cpu)), float64(s.memory)/megabyte, inUnits(median(s.first)), median(s.speed)))
	}
	f := figure{value: median(ratio), says: fmt.Sprintf("%s; %d answers in all, none broken", strings.Join(says, "; "), answered)}
	if memory := all[0].memory; memory > 0 {
		f.more = []extra{{"memory", float64(memory) / megabyte, 40, "MB"}}
	}
	return f
}

// turn puts a server under load for so long.
func (s *server) turn(tb testing.TB, long time.Duration, counts bool) loaded {
	before, _ := s.used(tb)
	seen := s.load.run(long)
	after, memory := s.used(tb)
	if counts {
		s.cpu = append(s.cpu, float64(after-before)/float64(seen.answered))
		s.first = append(s.first, float64(seen.first))
		s.speed = append(s.speed, seen.speed)
	}
	s.memory = memory
	return seen
}
