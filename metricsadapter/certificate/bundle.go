package certificate

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"time"
)

// merge returns a bundle of CA certificates with those of a replica in place of its former ones. Certificates of other replicas
// stay until they expire: their replicas replace them. Entries that are no certificate are left out.
func merge(bundle []byte, replica string, own [][]byte, now time.Time) []byte {
	var merged []byte
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		ca, err := x509.ParseCertificate(block.Bytes)
		if err != nil || now.After(ca.NotAfter) || replicaOf(ca) == replica {
			continue
		}
		merged = append(merged, encode(block.Bytes)...)
	}
	for _, ca := range own {
		merged = append(merged, ca...)
	}
	return merged
}

// holds reports whether a bundle has exactly these certificates of a replica, and none that has expired. It ignores the order,
// because each replica appends its own.
func holds(bundle []byte, replica string, own [][]byte, now time.Time) bool {
	found := 0
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		ca, err := x509.ParseCertificate(block.Bytes)
		switch {
		case err != nil || now.After(ca.NotAfter):
			return false
		case replicaOf(ca) != replica:
		case !slices.ContainsFunc(own, func(c []byte) bool { return bytes.Equal(c, encode(block.Bytes)) }):
			return false
		default:
			found++
		}
	}
	return found == len(own)
}
