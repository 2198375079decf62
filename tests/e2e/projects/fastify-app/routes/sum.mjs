const schema = {
  params: {
    type: 'object',
    properties: { a: { type: 'integer' }, b: { type: 'integer' } },
  },
  response: { 200: { type: 'object', properties: { sum: { type: 'integer' } } } },
};

export default async function routes(app) {
  app.get('/:a/:b', { schema }, async ({ params }) => ({ sum: params.a + params.b, hidden: 1 }));
}
