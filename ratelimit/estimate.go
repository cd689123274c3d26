package ratelimit

import "math"

const (
	bytesPerToken = 4
	usualOutput   = 1024
)

// Estimate returns how many tokens to reserve for a call (ruling R24):
// textBytes/4, rounded up, for the message text, and for the output maxTokens
// times n choices. Without a maximum (maxTokens of 0 or below) an output is
// taken to be what this service usually answers, in tokens a choice, or 1,024
// when that is unknown (usual of 0 or below). An n below 1 counts as 1,
// textBytes below 0 as 0. The result saturates at 2^63-1; [ReserveTokens] and
// [Limiter.Admit] cap it at each limit.
func Estimate(textBytes, maxTokens, n, usual int64) int64 {
	textBytes = max(textBytes, 0)
	input := textBytes / bytesPerToken
	if textBytes%bytesPerToken != 0 {
		input++
	}
	output := maxTokens
	if output <= 0 {
		output = usual
	}
	if output <= 0 {
		output = usualOutput
	}
	n = max(n, 1)
	if output > math.MaxInt64/n {
		return math.MaxInt64
	}
	return addSaturating(input, output*n)
}

// addSaturating returns a+b, at most 2^63-1. Neither may be negative.
func addSaturating(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
