#!/bin/sh
# Makes the certificates of the tests' https servers, which all have the same key. The authority's own key is not kept.
set -eu
cd "$(dirname "$0")"
names='subjectAltName=DNS:hub.example,DNS:localhost,IP:127.0.0.1'
temporary=$(mktemp -d)
touch "$temporary/index"
cat > "$temporary/config" <<END
[ca]
default_ca = authority
[authority]
new_certs_dir = $temporary
database = $temporary/index
rand_serial = yes
unique_subject = no
default_md = sha256
policy = policy
[policy]
commonName = supplied
END
openssl ecparam -name prime256v1 -genkey -noout -out "$temporary/authority.key"
openssl ecparam -name prime256v1 -genkey -noout -out key.pem

# selfSigned KEY FILE SUBJECT EXTENSION
selfSigned() {
  openssl req -x509 -key "$1" -out "$2" -subj "/CN=$3" -addext "$4" -days 36500
}
# signed FILE FROM TO EXTENSION
signed() {
  openssl req -new -key key.pem -subj '/CN=hub.example' -out "$temporary/request.pem"
  echo "$4" > "$temporary/extension"
  openssl ca -batch -notext -config "$temporary/config" -cert authority.pem -keyfile "$temporary/authority.key" \
    -extfile "$temporary/extension" -startdate "$2" -enddate "$3" -in "$temporary/request.pem" -out "$1"
}
selfSigned "$temporary/authority.key" authority.pem 'Authority of the tests' 'keyUsage=critical,keyCertSign'
selfSigned key.pem selfSigned.pem hub.example "$names"
signed hub.pem 20200101000000Z 21200101000000Z "$names"
signed expired.pem 20200101000000Z 20210101000000Z "$names"
signed otherHost.pem 20200101000000Z 21200101000000Z 'subjectAltName=DNS:other.example'
rm -r "$temporary"
