package inferencelogtest

import (
	"fmt"
	"math"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

// Text generates texts that are apt to be mangled: quotes, line ends, NUL, escapes, every plane of Unicode.
func Text() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "null", "0123", "1e3", `"`, `'; DROP TABLE t_1; --`, "a\nb\r\n\tc", "a\x00b", "\x00", `\u0000`, "\u2028\u2029",
			"\ufffd", "\uFEFF", "é", "e\u0301", "日本語", "🙂", "\U0010FFFF", "<script>&amp;</script>", `{"a":"\"\\\n"}`, "\x7f\x01",
		}),
		rapid.String(),
	)
}

// Record generates a record as a logger hands it to a sink: with the given id, times in whole microseconds, valid UTF-8.
func Record(id string) *rapid.Generator[*inferencelog.Record] {
	return rapid.Custom(func(t *rapid.T) *inferencelog.Record {
		text := func(what string) string { return Text().Draw(t, what) }
		number := func(what string) inferencelog.NullInt {
			if !rapid.Bool().Draw(t, what+" known") {
				return inferencelog.NullInt{}
			}
			return inferencelog.Known(rapid.Int64().Draw(t, what))
		}
		body := func(what string) []byte {
			if !rapid.Bool().Draw(t, what+" kept") {
				return nil
			}
			return append([]byte{}, text(what)...)
		}
		r := &inferencelog.Record{
			RequestID:         text("request id"),
			ID:                id,
			EventTime:         time.UnixMicro(rapid.Int64Range(-1e15, 4e15).Draw(t, "event time")).UTC(),
			StatusCode:        rapid.SampledFrom([]int{0, 200, 403, 429, 502}).Draw(t, "status"),
			SamplingFraction:  rapid.SampledFrom([]float64{0, 0.1, 1, math.NaN()}).Draw(t, "fraction"),
			LatencyMs:         rapid.Int64().Draw(t, "latency"),
			TimeToFirstByteMs: number("first byte"),
			Request:           body("request"),
			Response:          body("response"),
			DestinationType:   text("type"),
			DestinationName:   text("name"),
			DestinationModel:  text("model"),
			LoggingErrorCodes: rapid.SliceOfN(Text(), 0, 3).Draw(t, "codes"),
			Requester:         text("requester"),
			URL:               text("url"),
			APIType:           text("api"),
			Outcome:           rapid.SampledFrom([]inferencelog.Outcome{"", inferencelog.OutcomeOK, inferencelog.OutcomeFailed}).Draw(t, "outcome"),
			InputTokens:       number("input"),
			OutputTokens:      number("output"),
			TotalTokens:       number("total"),
			UsageSource:       text("usage"),
			Drawn:             rapid.Bool().Draw(t, "drawn"),

			RequestSHA256:       text("request hash"),
			ResponseSHA256:      text("response hash"),
			RequesterID:         text("requester id"),
			ServiceID:           text("service id"),
			ServiceName:         text("service name"),
			ServiceType:         text("service type"),
			DestinationID:       text("destination id"),
			RequesterType:       text("requester type"),
			IPAddress:           text("ip address"),
			UserAgent:           text("user agent"),
			ResponseContentType: text("content type"),
			CacheReadTokens:     number("cache read"),
			CacheCreationTokens: number("cache creation"),
			ReasoningTokens:     number("reasoning"),
			LostRows:            number("lost rows"),
		}
		r.RequestSize = int64(len(r.Request)) + rapid.Int64Range(0, 5).Draw(t, "more request")
		r.ResponseSize = int64(len(r.Response)) + rapid.Int64Range(0, 5).Draw(t, "more response")
		if rapid.Bool().Draw(t, "headers") {
			r.RequestHeaders = rapid.MapOfN(Text(), Text(), 0, 3).Draw(t, "request headers")
		}
		if r.Drawn {
			r.Draw = rapid.OneOf(rapid.Uint64(), rapid.Just[uint64](math.MaxUint64)).Draw(t, "draw")
		}
		if rapid.Bool().Draw(t, "tagged") {
			r.RequestTags = rapid.MapOfN(Text(), Text(), 0, 3).Draw(t, "tags")
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "attempts") {
			r.Attempts = append(r.Attempts, inferencelog.Attempt{
				Destination: text("destination"),
				Action:      fmt.Sprint("action ", i),
				Status:      rapid.SampledFrom([]int{0, 200, 500}).Draw(t, "attempt status"),
				ErrorCode:   text("attempt error"),
				LatencyMs:   int64(i),
				Class:       text("class"),
			})
		}
		return r
	})
}

// Plain returns a record with the given id, received at the given number of seconds after a fixed moment.
func Plain(id string, seconds int) *inferencelog.Record {
	return &inferencelog.Record{
		ID:        id,
		RequestID: "request of " + id,
		EventTime: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second),
		Request:   []byte(`{"model":"chat"}`),
		Response:  []byte(`{"id":"` + id + `"}`),
	}
}

// Full returns a record with every field set, received ten seconds before those of [Plain].
func Full(id string) *inferencelog.Record {
	r := Plain(id, -10)
	r.RequestTags = map[string]string{"team": "red", "cost centre": "7"}
	r.StatusCode = 200
	r.SamplingFraction = 0.5
	r.LatencyMs = 120
	r.TimeToFirstByteMs = inferencelog.Known(30)
	r.DestinationType, r.DestinationName, r.DestinationModel = "MODEL", "main.models.chat", "chat-1"
	r.LoggingErrorCodes = []string{inferencelog.ResponseInvalidUTF8, inferencelog.RequestRedacted}
	r.Requester, r.RequesterID, r.RequesterType = "ann@example.com", "17", "USER"
	r.SchemaVersion = inferencelog.SchemaVersion
	r.URL, r.APIType = "/serving-endpoints/chat/invocations", "chat"
	r.Outcome = inferencelog.OutcomeOK
	r.Attempts = []inferencelog.Attempt{
		{Destination: "main.models.other", Action: "INITIAL_ATTEMPT", Status: 503, ErrorCode: "unavailable", LatencyMs: 40, Class: "refused"},
		{Destination: "main.models.chat", Action: "FALLBACK", Status: 200, LatencyMs: 80},
	}
	r.InputTokens, r.OutputTokens, r.TotalTokens = inferencelog.Known(11), inferencelog.Known(0), inferencelog.Known(11)
	r.UsageSource = inferencelog.UsageProvider
	r.Draw, r.Drawn = math.MaxUint64, true
	r.RequestSize, r.ResponseSize = 4096, 8192
	r.RequestSHA256, r.ResponseSHA256 = "00ff", "ff00"
	r.RequestHeaders = map[string]string{"x-trace": "abc"}
	r.ServiceID, r.ServiceName, r.ServiceType = "42", "main.services.chat", "MODEL_SERVICE"
	r.DestinationID = "43"
	r.IPAddress, r.UserAgent = "192.0.2.1", "curl/8"
	r.ResponseContentType = "application/json"
	r.CacheReadTokens, r.CacheCreationTokens, r.ReasoningTokens = inferencelog.Known(1), inferencelog.Known(2), inferencelog.Known(3)
	r.LostRows = inferencelog.Known(4)
	return r
}
