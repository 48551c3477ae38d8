package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	certutil "k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// backdated is how much earlier than now a certificate is valid, for clients whose clock is behind.
const backdated = time.Hour

// authoritySuffix is between the replica and the time in the subject of an authority.
const authoritySuffix = "-ca@"

// pair is a serving certificate with its key, and the certificate of the authority that signed it, in PEM.
type pair struct {
	certificate, key, ca []byte
	created, expires     time.Time
}

// newPair returns a certificate for the names, of an authority of its own, whose key no variable keeps. replica is in the subject of
// the authority. client-go's generator makes RSA keys, which cost a starting program hundreds of times the CPU.
func newPair(replica string, dnsNames []string, lifetime time.Duration) (*pair, error) {
	p, err := makePair(replica, dnsNames, lifetime)
	if err != nil {
		return nil, fmt.Errorf("making a serving certificate: %w", err)
	}
	return p, nil
}

func makePair(replica string, dnsNames []string, lifetime time.Duration) (*pair, error) {
	created := time.Now()
	authority, err := newTemplate(replica+authoritySuffix+fmt.Sprint(created.Unix()), created, lifetime)
	if err != nil {
		return nil, err
	}
	authority.IsCA, authority.MaxPathLenZero, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	serving, err := newTemplate(replica, created, lifetime)
	if err != nil {
		return nil, err
	}
	serving.DNSNames, serving.KeyUsage = dnsNames, x509.KeyUsageDigitalSignature
	serving.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca, err := x509.CreateCertificate(rand.Reader, authority, authority, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.CreateCertificate(rand.Reader, serving, authority, key.Public(), caKey)
	if err != nil {
		return nil, err
	}
	keyPEM, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return nil, err
	}
	p := &pair{key: keyPEM, ca: encode(ca), created: created, expires: created.Add(lifetime)}
	p.certificate = slices.Concat(encode(certificate), p.ca)
	return p, nil
}

func newTemplate(commonName string, now time.Time, lifetime time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: commonName}, BasicConstraintsValid: true,
		NotBefore: now.Add(-backdated), NotAfter: now.Add(lifetime),
	}, nil
}

func encode(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certutil.CertificateBlockType, Bytes: der})
}

// replicaOf returns the replica whose authority a certificate is of; empty for a certificate that no replica made.
func replicaOf(ca *x509.Certificate) string {
	if end := strings.LastIndex(ca.Subject.CommonName, authoritySuffix); end > 0 {
		return ca.Subject.CommonName[:end]
	}
	return ""
}
