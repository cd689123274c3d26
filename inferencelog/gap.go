package inferencelog

import (
	"crypto/rand"
	"errors"
	"strconv"
	"time"
)

// gap is what was lost of a table since its last gap record.
type gap struct {
	rows        int64
	by          [fates]int64
	from, until time.Time
}

// lose notes rows of a table that were lost while the table is there. The caller holds mu.
func (l *Logger) lose(g *ledger, n int64, why fate) {
	now := l.now()
	if g.gap.rows == 0 {
		g.gap.from = now
		if g.telling == nil {
			l.gaps = append(l.gaps, g)
		}
	}
	g.gap.rows += n
	g.gap.by[why] += n
	g.gap.until = now
}

// calm reports whether gaps can be told: there are some, and not more is lost at this moment. The caller holds mu.
func (l *Logger) calm() bool {
	return len(l.gaps) > 0 && (l.waiting <= l.maxRows/2 && l.bytes <= l.maxBytes/2 || l.closing)
}

// tellGaps writes a gap record for every table that has lost rows. What cannot be written now is told later, with the
// same id, because it may be there already.
func (l *Logger) tellGaps() {
	l.mu.Lock()
	var due []*ledger
	if l.calm() {
		due, l.gaps = l.gaps, nil
	}
	for _, g := range due {
		if g.telling == nil {
			g.telling, g.gap = g.gap.record(), gap{}
		}
	}
	l.mu.Unlock()
	for _, g := range due {
		err := l.write(g.table, []*Record{g.telling}, nil)
		gone := errors.Is(err, ErrNoTable) || errors.Is(err, ErrRejected)
		l.mu.Lock()
		if err != nil && !gone {
			l.gaps = append(l.gaps, g)
			l.mu.Unlock()
			continue
		}
		if err == nil {
			g.books.gaps++
			l.books.gaps++
		}
		g.telling = nil
		if errors.Is(err, ErrNoTable) {
			g.gap = gap{}
		}
		if g.gap.rows > 0 {
			l.gaps = append(l.gaps, g)
		}
		l.mu.Unlock()
	}
}

// record is the row that stands for the gap.
func (g gap) record() *Record {
	text := append([]byte(nil), `{"lost":{`...)
	for i, n := range g.by {
		if n > 0 {
			if text[len(text)-1] != '{' {
				text = append(text, ',')
			}
			text = strconv.AppendQuote(text, causes[i])
			text = strconv.AppendInt(append(text, ':'), n, 10)
		}
	}
	text = append(text, `},"until":"`...)
	text = append(AppendTime(text, g.until), `"}`...)
	return &Record{
		ID: rand.Text(), EventTime: g.from.UTC().Truncate(time.Microsecond),
		LoggingErrorCodes: []string{RowsLost}, LostRows: Known(g.rows),
		Response: text, ResponseSize: int64(len(text)), prepared: true,
	}
}
