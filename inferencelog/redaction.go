package inferencelog

import "go.uber.org/zap"

// redacted lets the host's hook change a record, and flags what it changed. It runs on the request path.
func (l *Logger) redacted(to Target, r *Record) {
	request, response := r.Request, r.Response
	if r.RequestSize < int64(len(request)) {
		r.RequestSize = int64(len(request))
	}
	if r.ResponseSize < int64(len(response)) {
		r.ResponseSize = int64(len(response))
	}
	defer func() {
		if p := recover(); p != nil {
			// What the hook would have taken out is not known, so nothing of the caller's own stays.
			r.Request, r.Response, r.RequestTags, r.RequestHeaders = nil, nil, nil, nil
			r.URL, r.UserAgent = "", ""
			r.RequestSHA256, r.ResponseSHA256 = "", ""
			r.flag(RedactionFailed)
			l.zap.Error("redaction hook panicked, payloads are left out", zap.String("request_id", r.RequestID))
		}
	}()
	l.redact(to, r)
	if !sameBytes(request, r.Request) {
		r.flag(RequestRedacted)
		r.RequestSHA256 = ""
	}
	if !sameBytes(response, r.Response) {
		r.flag(ResponseRedacted)
		r.ResponseSHA256 = ""
	}
}

// sameBytes reports whether both are one slice.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && (a == nil) == (b == nil) && (len(a) == 0 || &a[0] == &b[0])
}
