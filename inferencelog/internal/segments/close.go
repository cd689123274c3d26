package segments

import (
	"errors"
	"fmt"
)

// Close waits for the Append and the Next that are under way, closes the files and gives back the lock. When nothing is left to do the
// segment files are gone afterwards, else those that have something left are kept for the next Open. An error says
// that a file could not be removed or closed; the log is closed all the same, and no acknowledged frame is lost by it.
// Closing it again does nothing.
func (l *Log) Close() error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.reading.Lock()
	defer l.reading.Unlock()
	l.sweeping.Lock()
	defer l.sweeping.Unlock()
	l.mu.Lock()
	closed, active := l.closed, l.active
	l.closed = true
	l.mu.Unlock()
	if closed {
		return nil
	}
	if active != nil {
		l.seal(active)
	}
	l.leave()
	l.buf = nil
	err := errors.Join(l.clear(), l.lock.Close())
	l.signal()
	if err != nil {
		return fmt.Errorf("segments: close: %w", err)
	}
	return nil
}
