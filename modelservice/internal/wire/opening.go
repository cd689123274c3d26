package wire

import "bytes"

// opening is what the last event of a stream began with, up to the value of
// "choices". Most events of a stream begin alike, with an id, a time and a
// model, and what has been read once need not be read again.
type opening struct {
	text   []byte // empty: nothing is known
	faults faults // that were in it
}

// maxOpening is the longest that is remembered, in bytes.
const maxOpening = 1 << 10

var keyChoices = []byte("choices")

// skip goes to the value of "choices", from just behind the first bracket, if
// the document begins as the last one did.
func (o *opening) skip(s *scanner, f *faults) bool {
	if o == nil || len(o.text) == 0 || !bytes.HasPrefix(s.data, o.text) {
		return false
	}
	s.pos, s.fresh = len(o.text), false
	*f = o.faults
	return true
}

// note remembers what was read before the value of "choices".
func (o *opening) note(s *scanner, f faults) {
	if o == nil || s.bad || s.pos > maxOpening {
		return
	}
	o.text = append(o.text[:0], s.data[:s.pos]...)
	o.faults = f
}

// An Inspector inspects the events of one stream, in their order. It says of
// each what [InspectEvent] says, and remembers what makes that faster. It is for
// one goroutine; the zero Inspector is ready.
type Inspector struct{ before opening }

// Inspect says what the next event means.
func (i *Inspector) Inspect(api API, e Event) Chunk { return inspectEvent(api, e, &i.before) }
