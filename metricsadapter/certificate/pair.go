package certificate

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	certutil "k8s.io/client-go/util/cert"
)

// backdated is how much earlier than now a certificate is valid, for clients whose clock is behind. The library sets it.
const backdated = time.Hour

// pair is a serving certificate with its key, and the certificate of the authority that signed it, in PEM.
type pair struct {
	certificate, key, ca []byte
	created, expires     time.Time
}

// newPair returns a certificate for the names, of an authority of its own. replica is in the subject of the authority.
func newPair(replica string, dnsNames []string, lifetime time.Duration) (*pair, error) {
	created := time.Now()
	certificate, key, err := certutil.GenerateSelfSignedCertKeyWithOptions(certutil.SelfSignedCertKeyOptions{
		Host: replica, AlternateDNS: dnsNames, MaxAge: backdated + lifetime,
	})
	if err != nil {
		return nil, fmt.Errorf("making a serving certificate: %w", err)
	}
	_, ca := pem.Decode(certificate) // the serving certificate is first
	if len(bytes.TrimSpace(ca)) == 0 {
		return nil, errors.New("making a serving certificate: it has no certificate of its authority")
	}
	return &pair{certificate: certificate, key: key, ca: ca, created: created, expires: created.Add(lifetime)}, nil
}

// replicaOf returns the replica whose authority a certificate is of; empty for a certificate that no replica made.
func replicaOf(ca *x509.Certificate) string {
	if at := strings.LastIndex(ca.Subject.CommonName, "-ca@"); at > 0 {
		return ca.Subject.CommonName[:at]
	}
	return ""
}
