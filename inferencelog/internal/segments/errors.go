package segments

import "errors"

var (
	// ErrFull: with these frames the files would take more than MaxBytes. Nothing was changed. It passes when Done has
	// freed a segment.
	ErrFull = errors.New("segments: full")

	// ErrTooLarge: a frame is longer than [MaxFrame], or the batch alone is larger than MaxBytes. Nothing was changed,
	// and the same batch will never be taken.
	ErrTooLarge = errors.New("segments: too large")

	// ErrLocked: another log has the folder open.
	ErrLocked = errors.New("segments: the folder is in use")

	// ErrForeign: a file has the name of a segment and a whole head that says otherwise: a later version's, or that of a
	// file that was renamed. Nothing was changed.
	ErrForeign = errors.New("segments: not a segment of this log")

	// ErrClosed: the log is closed.
	ErrClosed = errors.New("segments: closed")

	// errSpent: all 2^64 numbers are used.
	errSpent = errors.New("segments: no numbers left")
)
