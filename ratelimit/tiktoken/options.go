package tiktoken

// Options tune a [Counter]. A nil *Options means every default.
type Options struct {
	// MaxBytes is the longest text that is counted. A longer one is answered
	// as if the model were unknown, so that the time for a call is bounded.
	// Default: 1 MiB. Negative is the same.
	MaxBytes int
}

func (o *Options) maxBytes() int {
	if o == nil || o.MaxBytes <= 0 {
		return 1 << 20
	}
	return o.MaxBytes
}
