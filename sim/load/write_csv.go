package load

import (
	"bufio"
	"io"
	"strconv"
	"time"
)

// WriteCSV writes a load as a trace, with a rate for each step from begin on. A rate has six digits, and is empty where the load is
// unknown. step is greater than 0.
func WriteCSV(w io.Writer, of Load, begin time.Time, length, step time.Duration) error {
	buffered := bufio.NewWriter(w)
	line := []byte("timestamp,value\n")
	for elapsed := time.Duration(0); elapsed < length; elapsed += step {
		line = append(begin.Add(elapsed).AppendFormat(line, time.RFC3339), ',')
		if rate, known := of.At(elapsed); known {
			line = strconv.AppendFloat(line, rate, 'g', 6, 64)
		}
		if _, err := buffered.Write(append(line, '\n')); err != nil {
			return err
		}
		line = line[:0]
	}
	return buffered.Flush()
}
