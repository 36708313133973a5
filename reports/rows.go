package reports

import (
	"encoding/csv"
	"fmt"
	"io"
)

// Rows writes lines as CSV, their head first.
func Rows(w io.Writer, rows [][]string) error {
	if err := csv.NewWriter(w).WriteAll(rows); err != nil {
		return fmt.Errorf("reports: write CSV: %w", err)
	}
	return nil
}
