package cluster

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Authority is a certificate authority whose files live in one folder.
type Authority struct {
	dir         string
	certificate *x509.Certificate
	key         crypto.Signer
	// CertFile holds its certificate in PEM.
	CertFile string
	// PEM is that certificate.
	PEM []byte
}

// Subject says whom a certificate is for.
type Subject struct {
	// File is the base name of the files File.crt and File.key.
	File string
	// User is the common name; Groups are the organisations: the user and the groups that the API server sees.
	User   string
	Groups []string
	// Hosts are names and addresses that a server answers to. A certificate without any is for a client only.
	Hosts []string
	// Expired makes a certificate that has expired.
	Expired bool
}

// Pair is a certificate and its key, as PEM files.
type Pair struct{ CertFile, KeyFile string }

// lifetime of every certificate: longer than any run, and of no use after it.
const lifetime = 7 * 24 * time.Hour

func newAuthority(dir, name string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := newTemplate(pkix.Name{CommonName: name})
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a := &Authority{dir: dir, certificate: certificate, key: key, PEM: encode("CERTIFICATE", der)}
	a.CertFile = filepath.Join(dir, name+".crt")
	return a, os.WriteFile(a.CertFile, a.PEM, 0o600)
}

// Issue makes a certificate that this authority signs and writes it, with its key, beside the authority's own.
func (a *Authority) Issue(subject Subject) (Pair, error) {
	pair := Pair{CertFile: filepath.Join(a.dir, subject.File+".crt"), KeyFile: filepath.Join(a.dir, subject.File+".key")}
	key, err := writeKey(pair.KeyFile)
	if err != nil {
		return Pair{}, err
	}
	template := newTemplate(pkix.Name{CommonName: subject.User, Organization: subject.Groups})
	template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	for _, host := range subject.Hosts {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	if subject.Expired {
		template.NotAfter = time.Now().Add(-time.Minute)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return Pair{}, fmt.Errorf("certificate of %s: %w", subject.File, err)
	}
	return pair, os.WriteFile(pair.CertFile, encode("CERTIFICATE", der), 0o600)
}

// writeKey makes a key and writes it in PEM.
func writeKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, os.WriteFile(path, encode("EC PRIVATE KEY", der), 0o600)
}

func newTemplate(name pkix.Name) *x509.Certificate {
	// 63 random bits are a serial number that no other certificate of a run has.
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	now := time.Now()
	return &x509.Certificate{SerialNumber: serial, Subject: name, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(lifetime)}
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
