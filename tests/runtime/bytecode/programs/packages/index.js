const express = require('express'); const app = express();
app.use(express.json());
app.get('/', (req, res) => res.send('hello ' + req.query.n));
app.post('/j', (req, res) => res.json({ got: req.body, url: req.originalUrl }));
app.get('/e', () => { throw new Error('handler'); });
app.get('/n', (req, res) => res.redirect('/'));
const s = app.listen(0, '127.0.0.1', async () => {
  const b = 'http://127.0.0.1:' + s.address().port;
  console.log(await (await fetch(b + '/?n=5')).text());
  console.log(await (await fetch(b + '/j', { method: 'POST', body: '{"a":[1]}', headers: { 'content-type': 'application/json' } })).text());
  const e = await fetch(b + '/e'); console.log(e.status, (await e.text()).split('\n')[8]);
  console.log((await fetch(b + '/n', { redirect: 'manual' })).headers.get('location'), (await fetch(b + '/none')).status);
  s.closeAllConnections(); s.close();
});
