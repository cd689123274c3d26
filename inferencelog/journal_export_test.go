package inferencelog

import "github.com/modelward/modelward/inferencelog/internal/segments"

// OpenJournalOn is OpenJournal on a disk that may misbehave.
func OpenJournalOn(dir string, disk segments.FS) (*Journal, error) {
	log, err := segments.Open(dir, &segments.Options{FS: disk})
	if err != nil {
		return nil, err
	}
	return &Journal{dir: dir, segments: log, groupBytes: groupBytes}, nil
}

// CloseGrace is how long Close waits for what it has cancelled.
const CloseGrace = closeGrace
