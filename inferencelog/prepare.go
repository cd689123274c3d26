package inferencelog

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// letGo drops payloads that are too long to keep, so that they hold no memory while the row waits to be stored. It is
// called on the request path.
func letGo(r *Record) {
	if len(r.Request) <= MaxPayload && len(r.Response) <= MaxPayload {
		return
	}
	measure(r)
	if len(r.Request) > MaxPayload {
		r.flag(MaxRequestSizeExceeded)
		r.Request = nil
	}
	if len(r.Response) > MaxPayload {
		r.flag(MaxResponseSizeExceeded)
		r.Response = nil
	}
}

// measure notes the lengths and hashes of the bodies, where they are not known yet. A redacted body is not what was sent
// or received, so it has the length of the original and no hash.
func measure(r *Record) {
	var text [4 * sha256.Size]byte
	request := measured(r, r.Request, &r.RequestSize, &r.RequestSHA256, RequestRedacted, text[:2*sha256.Size])
	response := measured(r, r.Response, &r.ResponseSize, &r.ResponseSHA256, ResponseRedacted, text[2*sha256.Size:])
	if !request && !response {
		return
	}
	both := string(text[:])
	if request {
		r.RequestSHA256 = both[:2*sha256.Size]
	}
	if response {
		r.ResponseSHA256 = both[2*sha256.Size:]
	}
}

// measured is measure for one body. It reports whether there is a hash in text, which is yet to be noted.
func measured(r *Record, body []byte, size *int64, hash *string, redacted string, text []byte) bool {
	n := int64(len(body))
	if body == nil || slices.Contains(r.LoggingErrorCodes, redacted) || *size > n {
		return false
	}
	*size = n
	if *hash != "" {
		return false
	}
	sum := sha256.Sum256(body)
	hex.Encode(text, sum[:])
	return true
}

// prepare makes a record fit to be stored: a row id and a time, lengths and hashes, payloads within their limit, all
// text valid UTF-8. It runs in the background, once for each record.
func prepare(r *Record, now func() time.Time) {
	if r.prepared {
		return
	}
	r.prepared = true
	if r.ID == "" {
		r.ID = rand.Text()
	}
	r.EventTime = r.EventTime.UTC().Truncate(time.Microsecond)
	if y := r.EventTime.Year(); y < 1 || y > 9999 || r.EventTime.IsZero() {
		r.EventTime = now().UTC().Truncate(time.Microsecond)
	}
	measure(r)
	r.Request = fit(r, r.Request, r.RequestSize, MaxRequestSizeExceeded, RequestInvalidUTF8, RequestRedacted)
	r.Response = fit(r, r.Response, r.ResponseSize, MaxResponseSizeExceeded, ResponseInvalidUTF8, ResponseRedacted)
	for _, s := range []*string{
		&r.RequestID, &r.ID, &r.DestinationType, &r.DestinationName, &r.DestinationModel,
		&r.Requester, &r.URL, &r.APIType, (*string)(&r.Outcome), &r.UsageSource,
		&r.RequestSHA256, &r.ResponseSHA256, &r.RequesterID, &r.ServiceID, &r.ServiceName, &r.ServiceType,
		&r.DestinationID, &r.RequesterType, &r.IPAddress, &r.UserAgent, &r.ResponseContentType,
	} {
		if !utf8.ValidString(*s) {
			*s = strings.ToValidUTF8(*s, "\uFFFD")
		}
	}
	r.RequestTags = mendTags(r.RequestTags)
	r.RequestHeaders = mendTags(r.RequestHeaders)
}

// fit returns the payload as the row keeps it, and notes in the row what had to be done to it.
func fit(r *Record, payload []byte, size int64, tooLong, invalid, redacted string) []byte {
	switch {
	case size > MaxPayload && !slices.Contains(r.LoggingErrorCodes, redacted):
		r.flag(tooLong) // whoever handed it over did not keep it whole
		return nil
	case utf8.Valid(payload):
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
