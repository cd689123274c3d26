package routing_test

import (
	"testing"

	"github.com/modelward/modelward/routing"
)

func BenchmarkPlan(b *testing.B) {
	half := &routing.Config{
		Destinations: []routing.Destination{{Name: "catalog.schema.large", Key: 1, Percentage: 50}, {Name: "catalog.schema.small", Key: 2, Percentage: 50}},
		Fallbacks:    []routing.Destination{{Name: "catalog.schema.elsewhere", Key: 3}},
	}
	for _, bench := range []struct {
		name     string
		affinity uint64
		options  *routing.Options
	}{
		{"split", 0, nil},
		{"session", 42, nil},
		{"ordered", 0, &routing.Options{Strategy: routing.Ordered{}}},
		{"latency", 0, &routing.Options{Strategy: routing.LeastLatency{}}},
		{"headroom", 0, &routing.Options{Strategy: routing.MostHeadroom{}}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			r := routing.New(bench.options)
			b.ReportAllocs()
			for i := uint64(0); b.Loop(); i++ {
				p := r.Plan(half, routing.Request{Draw: i, Affinity: bench.affinity, Stream: true})
				if p.Len() < 2 {
					b.Fatal("no plan")
				}
			}
		})
	}
}

func BenchmarkCauseOf(b *testing.B) {
	r := routing.New(nil)
	said := routing.Said{Code: "server_error", Type: "server_error", Message: "The server had an error while processing your request. Sorry about that!"}
	b.ReportAllocs()
	for b.Loop() {
		if r.CauseOf(500, said) != routing.CauseServerError {
			b.Fatal("another cause")
		}
	}
}
