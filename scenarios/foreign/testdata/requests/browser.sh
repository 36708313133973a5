#!/bin/sh
# copied from a browser
TOKEN=secret-of-nobody
curl 'https://shop.example/api/items?q=it%27s&page=2' \
  -H 'accept: application/json' \
  -H 'accept-language: de-DE,de;q=0.9' \
  -H 'cookie: sid=s3cret' \
  -H 'authorization: Bearer s3cret-token' \
  -H "x-request-id: $REQUEST_ID" \
  -H 'sec-ch-ua: "Browser";v="1"' \
  --compressed --insecure

curl -sSL -X PUT https://me:s3cret@shop.example/orders/42 --data-raw $'{"note":"it\'s \u00fcber\\n","price":"${5}"}' -H 'content-type: application/json'; curl -u ada:s3cret -G https://shop.example/search -d q=beach --data-urlencode "place=by the sea & $PLACE"
curl --json '{"a": 1}' https://shop.example/json && curl -d user=ada -d password=s3cret shop.example/plain
curl https://shop.example/login -d user=ada -d "password=$PW" --next -I https://shop.example/head -F file=@x -m 5
curl -H 'accept: application/json' https://other.example/ -o /dev/null
wget https://shop.example/
