export default async function routes(app) {
  app.get('/:name', async (request) => ({ hello: request.params.name }));
}
