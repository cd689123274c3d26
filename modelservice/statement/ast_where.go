package statement

// Condition is what WHERE asks of a row: an [And], [Or], [Not], [Comparison],
// [IsNull], [In], [Between], [Like] or [Contains], as a value and not a pointer.
//
// String prints it as a statement does, with the fewest parentheses. Whether
// the columns exist, and whether what is compared can be, is not decided here.
type Condition interface {
	String() string
	condition()
}

// And is two or more conditions that all have to hold. None of them is an And:
// what is written in parentheses without need is read without them.
type And []Condition

// Or is two or more conditions of which one has to hold. None of them is an Or.
type Or []Condition

// Not is NOT condition.
type Not struct{ Of Condition }

// Comparison is left op right.
type Comparison struct {
	Left Operand
	// Op is =, <>, <, <=, >, >= or <=>, which is = to which NULL is a value like
	// any other. == is read as =, and != as <>.
	Op    string
	Right Operand
}

// IsNull is operand IS [NOT] NULL.
type IsNull struct {
	Of  Operand
	Not bool
}

// In is operand [NOT] IN (value {, value}).
type In struct {
	Of     Operand
	Not    bool
	Values []Operand // one or more, none of them a Field
}

// Between is operand [NOT] BETWEEN low AND high; both ends belong to it.
type Between struct {
	Of        Operand
	Not       bool
	Low, High Operand
}

// Like is operand [NOT] LIKE 'pattern' [ESCAPE 'c'].
type Like struct {
	Of  Operand
	Not bool
	// Pattern has % for any run of characters and _ for any one.
	Pattern string
	// Escape is the character that takes their meaning from the next one;
	// empty stands for a backslash.
	Escape string
}

// Contains is ARRAY_CONTAINS(column, 'value').
type Contains struct {
	Column string // unquoted, in the case it was written
	Value  string
}

// Operand is one side of a comparison: a [Field], a [Literal] or a [Now], as a
// value and not a pointer.
type Operand interface {
	String() string
	operand()
}

// Field is a column, or with a key one element of a map column: column['key'].
type Field struct {
	Column string // unquoted, in the case it was written
	Key    *string
}

// Literal is a constant.
type Literal struct {
	// Type is STRING, NUMBER, TIMESTAMP or NULL.
	Type string
	// Text is that of the string, or of the time, without quotes; the number as
	// it was written, without a plus; or empty for NULL.
	Text string
}

// Now is CURRENT_TIMESTAMP(), also read as NOW(), or with a unit
// CURRENT_TIMESTAMP() - INTERVAL n unit.
type Now struct {
	Ago  int64  // n, 0 or more
	Unit string // SECOND, MINUTE, HOUR, DAY or WEEK; empty when there is no interval
}

func (And) condition()        {}
func (Or) condition()         {}
func (Not) condition()        {}
func (Comparison) condition() {}
func (IsNull) condition()     {}
func (In) condition()         {}
func (Between) condition()    {}
func (Like) condition()       {}
func (Contains) condition()   {}

func (Field) operand()   {}
func (Literal) operand() {}
func (Now) operand()     {}
