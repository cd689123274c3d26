package wire

import "bytes"

// parse reads the fields of a whole event.
func (r *Reader) parse(raw []byte) Event {
	e := Event{Raw: raw}
	var ends lines
	for at, several := r.bom, false; at < len(raw); {
		end, ok := ends.next(raw, at)
		if !ok {
			break
		}
		name, value, _ := bytes.Cut(raw[at:end], []byte{':'})
		value = bytes.TrimPrefix(value, []byte{' '})
		switch string(name) {
		case "event":
			if string(value) != r.name {
				r.name = string(value)
			}
			e.Name = r.name
		case "data":
			switch {
			case e.Data == nil:
				e.Data = value
				if value == nil {
					e.Data = raw[end:end]
				}
			case several:
				r.data = append(append(r.data, '\n'), value...)
			default:
				several = true
				r.data = append(append(append(r.data[:0], e.Data...), '\n'), value...)
			}
		}
		at = end + 1
		if raw[end] == '\r' && at < len(raw) && raw[at] == '\n' {
			at++
		}
		if several {
			e.Data = r.data
		}
	}
	return e
}

// lines finds line ends in a buffer that only grows, looking at no byte twice
// however the ends are mixed.
type lines struct{ lf, cr mark }

// next is the place of the first LF or CR at or behind from.
func (l *lines) next(buf []byte, from int) (int, bool) {
	lf, cr := l.lf.find(buf, from, '\n'), l.cr.find(buf, from, '\r')
	return min(lf, cr), min(lf, cr) < len(buf)
}

// shift follows the buffer losing its first n bytes.
func (l *lines) shift(n int) {
	l.lf.pos -= n
	l.cr.pos -= n
}

// A mark remembers how far a byte was looked for, and whether it was there.
type mark struct {
	pos int
	hit bool
}

// find is the place of the first c at or behind from, or len(buf).
func (m *mark) find(buf []byte, from int, c byte) int {
	if m.hit && m.pos >= from {
		return m.pos
	}
	m.pos = max(m.pos, from)
	i := bytes.IndexByte(buf[m.pos:], c)
	m.hit = i >= 0
	if !m.hit {
		i = len(buf) - m.pos
	}
	m.pos += i
	return m.pos
}
