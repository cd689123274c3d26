package inferencelog_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modelward/modelward/inferencelog"
)

// Every text of a row counts against MaxBytes, not its bodies alone.
func TestTextsHaveWeight(t *testing.T) {
	text := strings.Repeat("x", 1<<20)
	for name, r := range map[string]func() *inferencelog.Record{
		"url":          func() *inferencelog.Record { return &inferencelog.Record{URL: text} },
		"user agent":   func() *inferencelog.Record { return &inferencelog.Record{UserAgent: text} },
		"request id":   func() *inferencelog.Record { return &inferencelog.Record{RequestID: text} },
		"model":        func() *inferencelog.Record { return &inferencelog.Record{DestinationModel: text} },
		"content type": func() *inferencelog.Record { return &inferencelog.Record{ResponseContentType: text} },
		"tags":         func() *inferencelog.Record { return &inferencelog.Record{RequestTags: map[string]string{"": text}} },
		"attempts": func() *inferencelog.Record {
			return &inferencelog.Record{Attempts: []inferencelog.Attempt{{Destination: text}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, &inferencelog.Options{MaxBytes: 2 << 20})
				w.hook.OnWrite = hang
				taken := 0
				for range 20 {
					if w.log.Log(1, r()) {
						taken++
					}
				}
				if taken != 1 {
					t.Errorf("%d rows of more than a MiB wait, MaxBytes is 2 MiB", taken)
				}
			})
		})
	}
}
