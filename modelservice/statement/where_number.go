package statement

import (
	"cmp"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// maxPrecision is how many digits a number without an exponent may have, as in
// Spark.
const maxPrecision = 38

// A number is a constant, exact whatever its size. It compares with whole numbers
// as what it is, and with fractions as the nearest float64.
type number struct {
	typ   string // as errors name it
	exact *big.Rat
	float float64

	floor    int64 // the greatest whole number not above it
	fraction bool  // it is above floor
	beyond   int   // -1 or 1: it is below or above every int64
}

// newNumber makes a number of a text that numberText accepts.
func newNumber(text string) (*number, error) {
	n := &number{typ: "DECIMAL"}
	if strings.ContainsAny(text, "eE") {
		n.typ = "DOUBLE"
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, sparkError("INVALID_NUMERIC_LITERAL_RANGE", "22003",
				"Numeric literal %s is outside the valid range for double with minimum value of %g and maximum value of %g.", clip(text), -math.MaxFloat64, math.MaxFloat64)
		}
		n.exact = new(big.Rat).SetFloat64(f)
	} else {
		unsigned := strings.TrimLeft(strings.TrimPrefix(text, "-"), "0")
		if precision := len(unsigned) - strings.Count(unsigned, "."); precision > maxPrecision {
			return nil, sparkError("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "22003", "Decimal precision %d exceeds max precision %d.", precision, maxPrecision)
		}
		if strings.HasPrefix(text, "-") {
			unsigned = "-0" + unsigned
		} else {
			unsigned = "0" + unsigned
		}
		var ok bool
		if n.exact, ok = new(big.Rat).SetString(strings.TrimSuffix(unsigned, ".")); !ok {
			return nil, invalid("%s is not a number.", clip(text))
		}
	}
	n.float, _ = n.exact.Float64()
	n.place()
	if n.typ == "DECIMAL" && !strings.Contains(text, ".") && n.beyond == 0 {
		n.typ = "BIGINT"
		if n.floor == int64(int32(n.floor)) {
			n.typ = "INT"
		}
	}
	return n, nil
}

// place says where the number stands among the whole numbers.
func (n *number) place() {
	floor, rest := new(big.Int).DivMod(n.exact.Num(), n.exact.Denom(), new(big.Int))
	n.fraction = rest.Sign() != 0
	if floor.IsInt64() {
		n.floor = floor.Int64()
		return
	}
	n.beyond = floor.Sign()
}

// numberFrom reads a text as a number of a type: a whole one, unless the type has
// fractions.
func numberFrom(text, typ string) (*number, bool) {
	text = strings.TrimPrefix(text, "+")
	whole := typ == "INT" || typ == "BIGINT"
	if !numberText(text) || whole && strings.ContainsAny(text, ".eE") {
		return nil, false
	}
	n, err := newNumber(text)
	return n, err == nil
}

// compareNumbers orders two numbers.
func compareNumbers(a, b any) int {
	switch a := a.(type) {
	case int64:
		switch b := b.(type) {
		case int64:
			return cmp.Compare(a, b)
		case float64:
			return cmp.Compare(float64(a), b)
		case *number:
			return -b.compareInt(a)
		}
	case float64:
		switch b := b.(type) {
		case int64:
			return cmp.Compare(a, float64(b))
		case float64:
			return cmp.Compare(a, b)
		case *number:
			return cmp.Compare(a, b.float)
		}
	case *number:
		switch b := b.(type) {
		case int64:
			return a.compareInt(b)
		case float64:
			return cmp.Compare(a.float, b)
		case *number:
			return a.exact.Cmp(b.exact)
		}
	}
	return 0
}

func (n *number) compareInt(i int64) int {
	switch {
	case n.beyond != 0:
		return n.beyond
	case n.floor != i:
		return cmp.Compare(n.floor, i)
	case n.fraction:
		return 1
	}
	return 0
}

// whole returns the number as an int, if it is one.
func (n *number) whole() (int, bool) {
	return int(n.floor), n.beyond == 0 && !n.fraction && n.floor == int64(int(n.floor))
}
