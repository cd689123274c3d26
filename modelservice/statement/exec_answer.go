package statement

// valueCharge is what a value costs of MaxResult beyond its text.
const valueCharge = 16

// An answer is a result in the making, bounded by MaxResult.
type answer struct {
	Result
	size int
}

func newAnswer(columns ...Column) *answer { return &answer{Result: Result{Columns: columns}} }

// add adds a row if there is room for it. Without room the result is marked as
// cut short, and whoever fills it should stop.
func (a *answer) add(values ...*string) bool {
	a.size += sizeOf(values)
	if a.size > MaxResult {
		a.Truncated = true
		return false
	}
	a.Rows = append(a.Rows, values)
	return true
}

// sizeOf is what values cost of MaxResult.
func sizeOf(values []*string) int {
	size := 0
	for _, v := range values {
		size += valueCharge
		if v != nil {
			size += len(*v)
		}
	}
	return size
}

// infoColumns are those of every description but a table's.
func infoColumns() []Column { return []Column{{"info_name", "STRING"}, {"info_value", "STRING"}} }

// info adds a row of a description.
func (a *answer) info(name, value string) { a.add(&name, given(value)) }

// given is a value, or NULL for an empty one.
func given(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

func row(values ...string) []*string {
	out := make([]*string, len(values))
	for i := range values {
		out[i] = &values[i]
	}
	return out
}
