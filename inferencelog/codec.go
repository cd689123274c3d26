package inferencelog

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"
	"time"
)

// Rows in the journal: a version, the two tables, and then fields, each a number, a length and so many bytes. A field
// at its zero value is not there, and one that is not known is passed over, so that a journal of an earlier or a later
// version can be read. Numbers are never used again.
const codecVersion = 1

const (
	fieldRequestID = iota + 1
	fieldID
	fieldRequestTags
	fieldEventTime
	fieldStatusCode
	fieldSamplingFraction
	fieldLatencyMs
	fieldTimeToFirstByteMs
	fieldRequest
	fieldResponse
	fieldDestinationType
	fieldDestinationName
	fieldDestinationModel
	fieldLoggingErrorCodes
	fieldRequester
	fieldSchemaVersion
	fieldURL
	fieldAPIType
	fieldOutcome
	fieldAttempts
	fieldInputTokens
	fieldOutputTokens
	fieldTotalTokens
	fieldUsageSource
	fieldDraw
	fieldRequestSize
	fieldResponseSize
	fieldRequestSHA256
	fieldResponseSHA256
	fieldRequesterID
	fieldRequestHeaders
	fieldServiceID
	fieldServiceName
	fieldServiceType
	fieldDestinationID
	fieldRequesterType
	fieldIPAddress
	fieldUserAgent
	fieldResponseContentType
	fieldCacheReadTokens
	fieldCacheCreationTokens
	fieldReasoningTokens
	fieldLostRows
)

// textFields are the fields that are texts.
func textFields(r *Record) [21]struct {
	number byte
	text   *string
} {
	return [21]struct {
		number byte
		text   *string
	}{
		{fieldRequestID, &r.RequestID}, {fieldID, &r.ID}, {fieldDestinationType, &r.DestinationType},
		{fieldDestinationName, &r.DestinationName}, {fieldDestinationModel, &r.DestinationModel},
		{fieldRequester, &r.Requester}, {fieldURL, &r.URL}, {fieldAPIType, &r.APIType},
		{fieldOutcome, (*string)(&r.Outcome)}, {fieldUsageSource, &r.UsageSource},
		{fieldRequestSHA256, &r.RequestSHA256}, {fieldResponseSHA256, &r.ResponseSHA256},
		{fieldRequesterID, &r.RequesterID}, {fieldServiceID, &r.ServiceID}, {fieldServiceName, &r.ServiceName},
		{fieldServiceType, &r.ServiceType}, {fieldDestinationID, &r.DestinationID},
		{fieldRequesterType, &r.RequesterType}, {fieldIPAddress, &r.IPAddress}, {fieldUserAgent, &r.UserAgent},
		{fieldResponseContentType, &r.ResponseContentType},
	}
}

// numberFields are the fields that are whole numbers which may be unknown.
func numberFields(r *Record) [8]struct {
	number byte
	n      *NullInt
} {
	return [8]struct {
		number byte
		n      *NullInt
	}{
		{fieldTimeToFirstByteMs, &r.TimeToFirstByteMs}, {fieldInputTokens, &r.InputTokens},
		{fieldOutputTokens, &r.OutputTokens}, {fieldTotalTokens, &r.TotalTokens},
		{fieldCacheReadTokens, &r.CacheReadTokens}, {fieldCacheCreationTokens, &r.CacheCreationTokens},
		{fieldReasoningTokens, &r.ReasoningTokens}, {fieldLostRows, &r.LostRows},
	}
}

// encodeGroup appends a frame for every row, all of them in one buffer.
func encodeGroup(frames [][]byte, buf []byte, rows []keptRow) ([][]byte, []byte) {
	ends := make([]int, len(rows))
	for i := range rows {
		var to [2]uint64
		for t, g := range rows[i].ledgers {
			if g != nil {
				to[t] = g.table
			}
		}
		buf = appendRow(buf, Target{Table: to[0], Usage: to[1]}, rows[i].record)
		ends[i] = len(buf)
	}
	begin := 0
	for _, end := range ends {
		frames = append(frames, buf[begin:end:end])
		begin = end
	}
	return frames, buf
}

func appendRow(dst []byte, to Target, r *Record) []byte {
	dst = append(dst, codecVersion)
	dst = binary.AppendUvarint(dst, to.Table)
	dst = binary.AppendUvarint(dst, to.Usage)
	for _, f := range textFields(r) {
		if *f.text != "" {
			dst = appendField(dst, f.number, *f.text)
		}
	}
	for _, f := range numberFields(r) {
		if f.n.Valid {
			dst = appendNumber(dst, f.number, f.n.Int)
		}
	}
	dst = appendNumber(dst, fieldEventTime, r.EventTime.UnixMicro())
	dst = appendNumber(dst, fieldStatusCode, int64(r.StatusCode))
	dst = appendNumber(dst, fieldLatencyMs, r.LatencyMs)
	dst = appendNumber(dst, fieldSchemaVersion, int64(r.SchemaVersion))
	dst = appendNumber(dst, fieldRequestSize, r.RequestSize)
	dst = appendNumber(dst, fieldResponseSize, r.ResponseSize)
	dst = appendField(dst, fieldSamplingFraction, binary.LittleEndian.AppendUint64(nil, math.Float64bits(r.SamplingFraction)))
	if r.Drawn {
		dst = appendField(dst, fieldDraw, binary.LittleEndian.AppendUint64(nil, r.Draw))
	}
	if r.Request != nil {
		dst = appendField(dst, fieldRequest, r.Request)
	}
	if r.Response != nil {
		dst = appendField(dst, fieldResponse, r.Response)
	}
	if r.RequestTags != nil {
		dst = appendField(dst, fieldRequestTags, pairs(r.RequestTags))
	}
	if r.RequestHeaders != nil {
		dst = appendField(dst, fieldRequestHeaders, pairs(r.RequestHeaders))
	}
	if r.LoggingErrorCodes != nil {
		var list []byte
		for _, code := range r.LoggingErrorCodes {
			list = appendText(list, code)
		}
		dst = appendField(dst, fieldLoggingErrorCodes, list)
	}
	if r.Attempts != nil {
		var list []byte
		for i := range r.Attempts {
			a := &r.Attempts[i]
			list = appendText(appendText(list, a.Destination), a.Action)
			list = binary.AppendVarint(list, int64(a.Status))
			list = appendText(list, a.ErrorCode)
			list = appendText(binary.AppendVarint(list, a.LatencyMs), a.Class)
		}
		dst = appendField(dst, fieldAttempts, list)
	}
	return dst
}

func appendField[T string | []byte](dst []byte, number byte, value T) []byte {
	dst = binary.AppendUvarint(append(dst, number), uint64(len(value)))
	return append(dst, value...)
}

func appendNumber(dst []byte, number byte, n int64) []byte {
	var room [binary.MaxVarintLen64]byte
	return appendField(dst, number, room[:binary.PutVarint(room[:], n)])
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func pairs(m map[string]string) (list []byte) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = appendText(appendText(list, k), m[k])
	}
	return list
}

var errBadRow = errors.New("inferencelog: journal: not a row")

// decodeRow reads a row back. What it returns shares nothing with data.
func decodeRow(data []byte) (Target, *Record, error) {
	in := input{rest: data}
	if in.one() != codecVersion {
		return Target{}, nil, errBadRow
	}
	to := Target{Table: in.unsigned(), Usage: in.unsigned(), Durability: Journaled}
	r := &Record{}
	for len(in.rest) > 0 && !in.bad {
		number := in.one()
		value := input{rest: in.bytes()}
		value.field(r, number)
		in.bad = in.bad || value.bad
	}
	if in.bad || r.ID == "" || to.rows() == 0 {
		return Target{}, nil, errBadRow
	}
	return to, r, nil
}

// field sets the field of that number to the value that in holds.
func (in *input) field(r *Record, number byte) {
	for _, f := range textFields(r) {
		if f.number == number {
			*f.text = string(in.rest)
			return
		}
	}
	for _, f := range numberFields(r) {
		if f.number == number {
			*f.n = Known(in.signed())
			return
		}
	}
	switch number {
	case fieldEventTime:
		r.EventTime = time.UnixMicro(in.signed()).UTC()
	case fieldStatusCode:
		r.StatusCode = int(in.signed())
	case fieldLatencyMs:
		r.LatencyMs = in.signed()
	case fieldSchemaVersion:
		r.SchemaVersion = int(in.signed())
	case fieldRequestSize:
		r.RequestSize = in.signed()
	case fieldResponseSize:
		r.ResponseSize = in.signed()
	case fieldSamplingFraction:
		r.SamplingFraction = math.Float64frombits(in.word())
	case fieldDraw:
		r.Draw, r.Drawn = in.word(), true
	case fieldRequest:
		r.Request = append([]byte{}, in.rest...)
	case fieldResponse:
		r.Response = append([]byte{}, in.rest...)
	case fieldRequestTags:
		r.RequestTags = in.pairs()
	case fieldRequestHeaders:
		r.RequestHeaders = in.pairs()
	case fieldLoggingErrorCodes:
		r.LoggingErrorCodes = []string{}
		for len(in.rest) > 0 && !in.bad {
			r.LoggingErrorCodes = append(r.LoggingErrorCodes, in.text())
		}
	case fieldAttempts:
		r.Attempts = []Attempt{}
		for len(in.rest) > 0 && !in.bad {
			r.Attempts = append(r.Attempts, Attempt{
				Destination: in.text(), Action: in.text(), Status: int(in.signed()),
				ErrorCode: in.text(), LatencyMs: in.signed(), Class: in.text(),
			})
		}
	}
}

// input is what is left to read. After something that cannot be read it is bad, and nothing more comes of it.
type input struct {
	rest []byte
	bad  bool
}

func (in *input) fail() { in.rest, in.bad = nil, true }

func (in *input) one() byte {
	if len(in.rest) == 0 {
		in.fail()
		return 0
	}
	b := in.rest[0]
	in.rest = in.rest[1:]
	return b
}

func (in *input) unsigned() uint64 {
	n, size := binary.Uvarint(in.rest)
	if size <= 0 {
		in.fail()
		return 0
	}
	in.rest = in.rest[size:]
	return n
}

func (in *input) signed() int64 {
	n, size := binary.Varint(in.rest)
	if size <= 0 {
		in.fail()
		return 0
	}
	in.rest = in.rest[size:]
	return n
}

func (in *input) word() uint64 {
	if len(in.rest) < 8 {
		in.fail()
		return 0
	}
	n := binary.LittleEndian.Uint64(in.rest)
	in.rest = in.rest[8:]
	return n
}

func (in *input) bytes() []byte {
	n := in.unsigned()
	if n > uint64(len(in.rest)) {
		in.fail()
		return nil
	}
	b := in.rest[:n]
	in.rest = in.rest[n:]
	return b
}

func (in *input) text() string { return string(in.bytes()) }

func (in *input) pairs() map[string]string {
	m := map[string]string{}
	for len(in.rest) > 0 && !in.bad {
		k := in.text()
		m[k] = in.text()
	}
	return m
}
