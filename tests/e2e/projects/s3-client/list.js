'use strict';
// Lists buckets and reads an object of a server that answers as S3 does.
const http = require('node:http');
const { GetObjectCommand, ListBucketsCommand, S3Client } = require('@aws-sdk/client-s3');

const LISTING = `<?xml version="1.0" encoding="UTF-8"?>
<ListAllMyBucketsResult><Buckets>
<Bucket><Name>first</Name><CreationDate>2024-01-02T03:04:05.000Z</CreationDate></Bucket>
<Bucket><Name>second</Name><CreationDate>2025-01-02T03:04:05.000Z</CreationDate></Bucket>
</Buckets></ListAllMyBucketsResult>`;

async function main() {
  const server = http.createServer((request, response) => {
    if (request.url.startsWith('/first/')) response.end('the content');
    else if (request.url.startsWith('/missing/')) {
      response.writeHead(404, { 'content-type': 'application/xml' });
      response.end('<Error><Code>NoSuchKey</Code><Message>none</Message></Error>');
    } else response.end(LISTING);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${server.address().port}`,
    region: 'eu-central-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const { Buckets } = await client.send(new ListBucketsCommand({}));
  for (const bucket of Buckets) console.log(bucket.Name, bucket.CreationDate.toISOString());
  const object = await client.send(new GetObjectCommand({ Bucket: 'first', Key: 'key' }));
  console.log(await object.Body.transformToString());
  await client
    .send(new GetObjectCommand({ Bucket: 'missing', Key: 'key' }))
    .catch((error) => console.log(error.name, error.$metadata.httpStatusCode));
  client.destroy();
  server.close();
}

main();
