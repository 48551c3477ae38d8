package report

import "strconv"

// Table is a table of numbers.
type Table struct {
	Title   string
	Columns []Column
	Rows    []Row
}

// Column is a column of a table after that of the names. Key is the key of its numbers in JSON.
type Column struct{ Key, Title string }

// Row is a row of a table.
type Row struct {
	Name  string
	Cells []Cell
}

// Cell is a number as text, and the exact number; empty for none.
type Cell struct{ Text, Value string }

// Number is a cell with a number.
func Number(value float64, text string) Cell {
	return Cell{Text: text, Value: strconv.FormatFloat(value, 'g', -1, 64)}
}
