'use strict';

const express = require('express');
const path = require('node:path');

/** The application: two pages from views, and the files in `public`. */
function createApp(views) {
  const app = express();
  app.set('views', views);
  // Express requires the engine by this name, which no packager sees in a `require`.
  app.set('view engine', 'ejs');
  app.disable('x-powered-by');

  app.use('/static', express.static(path.join(__dirname, '..', 'public')));
  app.get('/', (request, response) => {
    response.render('index', { title: 'Express with views', names: ['Ada', 'Grace', 'Linus'] });
  });
  app.get('/greet/:name', (request, response) => {
    response.render('greeting', { title: 'Greeting', name: request.params.name });
  });
  app.use((request, response) => {
    response.status(404).render('missing', { title: 'Not found', page: request.path });
  });
  return app;
}

module.exports = { createApp };
