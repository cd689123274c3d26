package inferencelog

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// prepare makes a record fit to be stored: a row id and a time, payloads within their limit, all text valid UTF-8.
// It runs in the background, once a row.
func prepare(r *Record, now func() time.Time) {
	if r.ID == "" {
		r.ID = rand.Text()
	}
	r.EventTime = r.EventTime.UTC().Truncate(time.Microsecond)
	if y := r.EventTime.Year(); y < 1 || y > 9999 || r.EventTime.IsZero() {
		r.EventTime = now().UTC().Truncate(time.Microsecond)
	}
	r.Request = fit(r, r.Request, r.RequestSize, MaxRequestSizeExceeded, RequestInvalidUTF8)
	r.Response = fit(r, r.Response, r.ResponseSize, MaxResponseSizeExceeded, ResponseInvalidUTF8)
	for _, s := range []*string{
		&r.RequestID, &r.ID, &r.DestinationType, &r.DestinationName, &r.DestinationModel,
		&r.Requester, &r.URL, &r.APIType, (*string)(&r.Outcome), &r.UsageSource,
	} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
	r.RequestTags = mendTags(r.RequestTags)
}

// fit returns the payload as the row keeps it, and notes in the row what had to be done to it.
func fit(r *Record, payload []byte, size int64, tooLong, invalid string) []byte {
	if max(size, int64(len(payload))) > MaxPayload {
		r.flag(tooLong)
		return nil
	}
	if utf8.Valid(payload) {
		return payload
	}
	r.flag(invalid)
	return bytes.ToValidUTF8(payload, []byte("\uFFFD"))
}

// flag notes a code once. The list may share its memory with others, so it never grows in place.
func (r *Record) flag(code string) {
	if !slices.Contains(r.LoggingErrorCodes, code) {
		r.LoggingErrorCodes = append(slices.Clip(r.LoggingErrorCodes), code)
	}
}

// mendTags returns the tags with valid UTF-8 only: the same map when there is nothing to mend.
func mendTags(tags map[string]string) map[string]string {
	whole := true
	for k, v := range tags {
		whole = whole && utf8.ValidString(k) && utf8.ValidString(v)
	}
	if whole {
		return tags
	}
	mended := make(map[string]string, len(tags))
	for k, v := range tags {
		mended[strings.ToValidUTF8(k, "\uFFFD")] = strings.ToValidUTF8(v, "\uFFFD")
	}
	return mended
}
