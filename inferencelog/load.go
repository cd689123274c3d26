package inferencelog

// load is what the rows of one request weigh while they wait in memory. It is guarded by the logger's mutex, and used
// again.
type load struct {
	weight int64
	left   int // rows that wait
	next   *load
}

// take notes that rows wait in memory. The caller holds mu.
func (l *Logger) take(rows, weight int64) *load {
	w := l.spare
	if w == nil {
		w = new(load)
	} else {
		l.spare = w.next
	}
	*w = load{weight: weight, left: int(rows)}
	l.waiting += rows
	l.bytes += weight
	return w
}

// leave notes that n of the rows do not wait in memory any more. The caller holds mu.
func (l *Logger) leave(w *load, n int) {
	if n == 0 {
		return
	}
	l.waiting -= int64(n)
	if w.left -= n; w.left == 0 {
		l.bytes -= w.weight
		w.next, l.spare = l.spare, w
	}
}

// rowWeight stands for what a row weighs besides its payloads and texts: the record, and its place in the queue.
const rowWeight = 1 << 10

// weigh is what a row counts for against MaxBytes.
func weigh(r *Record) int64 {
	w := rowWeight + held(r.Request) + held(r.Response)
	w += int64(len(r.RequestID) + len(r.ID) + len(r.DestinationType) + len(r.DestinationName) + len(r.DestinationModel) +
		len(r.Requester) + len(r.URL) + len(r.APIType) + len(r.RequesterID) + len(r.ServiceName) + len(r.IPAddress) +
		len(r.UserAgent) + len(r.ResponseContentType))
	for i := range r.Attempts {
		a := &r.Attempts[i]
		w += 128 + int64(len(a.Destination)+len(a.ErrorCode))
	}
	for _, m := range [...]map[string]string{r.RequestTags, r.RequestHeaders} {
		for k, v := range m {
			w += int64(len(k)) + int64(len(v))
		}
	}
	return w
}

// held is the memory that a body takes: somewhat more than its length, as the allocator rounds it up.
func held(body []byte) int64 {
	const page, large = 8 << 10, 32 << 10
	n := int64(len(body))
	if n > large {
		return (n + page - 1) &^ (page - 1)
	}
	return n + n/8
}
