package wire

// inspectChat reads the data of one event of chat completions.
func inspectChat(data []byte, before *opening) Chunk {
	c, ok := readCompletion(data, before)
	if !ok {
		return Chunk{Malformed: true}
	}
	return Chunk{
		Content:   c.content,
		Finish:    c.finished > 0,
		Finished:  c.finished,
		Usage:     c.usage,
		UsageOnly: c.usage.Present && c.choices == 0 && c.failure == nil,
		TextBytes: c.textBytes,
		Failure:   c.failure,
	}
}

// chatAnswer reads a whole chat completion.
func chatAnswer(body []byte) Answer {
	c, ok := readCompletion(body, nil)
	if !ok {
		return Answer{}
	}
	return Answer{
		Valid:     c.choices > 0 && c.failure == nil,
		Usage:     c.usage,
		TextBytes: c.textBytes,
		Failure:   c.failure,
	}
}
